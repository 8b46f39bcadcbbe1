package browser

import (
	"encoding/json"
	"net/url"
	"testing"
)

// withProviders has two, one with a long title. No page asks a provider before
// somebody chooses it.
const withProviders = `access:
  providers:
    - {name: sso, title: Sign-on, issuer: "https://sso.example.org", client_id: tacit}
    - {name: partner, title: "the directory of the partner's department of statistics", issuer: "https://partner.example.org", client_id: tacit}
`

// withPolicies has one beside the shipped ones, with lines longer than a phone.
const withPolicies = `access:
  policies: |
    @id("nobody-deletes-flights")
    @description("Runs of the flights stay: an auditor asks for them.")
    forbid (principal, action == Action::"run.delete", resource)
    when { resource has experiment && resource.experiment.name like "flights of all carriers and of all airports-*" };
`

// TestPagesOfTheDoor looks at what people see before they are in: sign-in with
// providers, the first start, and invitations that hold and that do not.
func TestPagesOfTheDoor(t *testing.T) {
	h, asks := guarded(t, withProviders)
	var made struct{ Link string }
	if err := json.Unmarshal([]byte(asks("/users", `{"name":"ada","role":"contributor"}`)), &made); err != nil {
		t.Fatal(err)
	}
	link := must[*url.URL](t)(url.Parse(made.Link))
	walk(t, h, []at{
		{"sign-in-providers", "/sign-in?then=/experiments", []string{"Continue with Sign-on", "department of statistics", "or with a local account", "User name"}},
		{"sign-in-left", "/sign-in?told=out&left=sso", []string{"You are signed out.", "Sign out of Sign-on too"}},
		{"sign-in-refused", "/sign-in/from/sso?state=x&code=y", []string{"is for another browser, or came too late", "Continue with Sign-on"}},
		{"invited", link.RequestURI(), []string{"Choose a password for ada", "Password again", "8 characters or more"}},
		{"invited-no-more", "/welcome?token=tacit_inv_x", []string{"This link leads nowhere", "Sign in"}},
	}, looks())
}

// TestFirstStart looks at the page of the first administrator.
func TestFirstStart(t *testing.T) {
	whole, h := unowned(t, "")
	link := must[*url.URL](t)(url.Parse(must[string](t)(whole.FirstLink(t.Context()))))
	walk(t, h, []at{
		{"welcome", link.RequestURI(), []string{"Welcome to", "Nobody is an administrator here yet", "User name"}},
	}, looks())
}

// TestPagesOfPolicies looks at what an administrator sees of what is allowed: the
// policies, shipped and added, and the reasons of an answer.
func TestPagesOfPolicies(t *testing.T) {
	h, asks := guarded(t, withPolicies)
	asks("/users", `{"name":"ada","password":"`+passphrase+`","role":"viewer"}`)
	browser, rules := chromium(t), axe(t)
	for _, l := range looks() {
		t.Run(l.String(), func(t *testing.T) {
			p := openTab(t, browser, l)
			p.visit(t, h.URL+"/sign-in?then=/account", "sign-in")
			p.keysInto(t, "username", "root\t"+passphrase+"\r")
			p.comes(t, "Personal access tokens")
			for _, page := range []at{
				{"policies-added", "/policies", []string{"nobody-deletes-flights", "forbids", "tacit.yaml, line 3", "an auditor asks for them"}},
				{"policies-allowed", "/policies?who=ada&action=experiment.read", []string{"Allowed. The role viewer permits it"}},
				{"policies-denied", "/policies?who=ada&action=run.delete", []string{"Denied."}},
				{"policies-nobody", "/policies?who=eve&action=run.read", []string{"eve"}},
			} {
				judge(t, p.visit(t, h.URL+page.path, page.name), page)
				if l.scripts {
					p.audit(t, rules)
				}
			}
		})
	}
}
