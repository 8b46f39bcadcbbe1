package access

import (
	"slices"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// sso is a provider whose groups give roles.
func sso() Provider {
	p := Provider{Name: "sso", Title: "Sign-on", Issuer: "https://sso.example.org", GroupsClaim: "groups", Roles: []GroupRole{
		{"ml", roles.Contributor, "default"}, {"leads", roles.Maintainer, "default"}, {"team", roles.Viewer, "team"}, {"ops", roles.Admin, roles.Everywhere},
	}}
	return p
}

// known signs somebody in whom sso knows.
func (w world) known(subject, name, answer string, groups ...string) (string, error) {
	_, value, err := w.SignInIdentity(from("default", ""), Identity{sso(), subject, name, groups, answer}, "")
	return value, err
}

func (w world) rolesOf(name string) []RoleIn {
	w.t.Helper()
	p, err := w.Account(w.socket(), urn.New("user", name))
	if err != nil {
		w.t.Fatal(err)
	}
	return p.Roles
}

// Groups give roles and take them; what was given by hand stays.
func TestGroupsGiveRoles(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		if _, err := w.known("1", "mei", "a", "ml", "leads", "unheard of"); err != nil {
			t.Fatal(err)
		}
		if got := w.rolesOf("mei"); !slices.Equal(got, []RoleIn{{"default", roles.Maintainer}}) {
			t.Errorf("the groups give %v", got)
		}
		if err := w.SetRole(w.socket(), urn.New("user", "mei"), "default", roles.Viewer); err != nil {
			t.Fatal(err)
		}
		value, err := w.known("1", "renamed", "b", "team") // the name is looked at the first time alone
		if err != nil {
			t.Fatal(err)
		}
		if got := w.rolesOf("mei"); !slices.Equal(got, []RoleIn{{"default", roles.Viewer}, {"team", roles.Viewer}}) {
			t.Errorf("after the groups changed: %v", got)
		}
		ctx := w.mustEnter(caller.Credentials{Session: value})
		if role, _, err := w.RoleOf(ctx); role != roles.Viewer || err != nil {
			t.Errorf("the role is %q: %v", role, err)
		}
		if value, err = w.known("1", "mei", "c", "ops"); err != nil {
			t.Fatal(err)
		}
		if role, _, err := w.RoleOf(w.mustEnter(caller.Credentials{Session: value})); role != roles.Admin || err != nil {
			t.Errorf("the greater of two is %q: %v", role, err)
		}
		if _, err = w.known("1", "mei", "d"); err != nil {
			t.Fatal(err)
		}
		if got := w.rolesOf("mei"); !slices.Equal(got, []RoleIn{{"default", roles.Viewer}}) {
			t.Errorf("without groups: %v", got)
		}
	})
}

// An answer of a provider is used once, takes nobody's account over, and lets
// nobody in who is kept out.
func TestProvidersAnswersAreNotReplayed(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		if _, err := w.known("1", "mei", "a"); err != nil {
			t.Fatal(err)
		}
		_, err := w.known("1", "mei", "a")
		wants(t, err, fault.Unauthenticated)
		_, err = w.known("2", "other", "a")
		wants(t, err, fault.Unauthenticated)
		for _, nameless := range []string{"", "no name", "local", "a/b"} {
			_, err = w.known("3", nameless, "n"+nameless)
			wants(t, err, fault.Denied)
		}
		_, err = w.known("4", "ada", "b") // ada has a password here
		wants(t, err, fault.Conflict)
		_, err = w.known("5", "mei", "c") // another person of the same name
		wants(t, err, fault.Conflict)
		_, err = w.known("", "mei", "d")
		wants(t, err, fault.Unauthenticated)
		if _, err := w.SignInBrowser(from("default", ""), "mei", "", ""); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("without a password: %v", err)
		}
		if err := w.SetDisabled(w.socket(), urn.New("user", "mei"), true); err != nil {
			t.Fatal(err)
		}
		value, err := w.known("1", "mei", "e")
		if wants(t, err, fault.Unauthenticated); value != "" {
			t.Error("who is kept out gets a session")
		}
		w.pass(AnswerTime)
		if err := w.Sweep(w.socket()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestProvidersAreChecked(t *testing.T) {
	t.Parallel()
	good := func() Provider {
		return Provider{Name: "sso", Issuer: "https://sso.example.org", ClientID: "tacit", ClientSecretFile: "secret.txt", GroupsClaim: "groups", Roles: []GroupRole{{Group: "ml", Role: roles.Viewer}}}
	}
	all := []Provider{good()}
	if err := checkProviders(all, "/etc/tacit"); err != nil {
		t.Fatal(err)
	}
	if p := all[0]; p.Title != "sso" || p.ClientSecretFile != "/etc/tacit/secret.txt" || p.NameClaim != "preferred_username" || len(p.Scopes) != 2 || p.Roles[0].Workspace != "default" {
		t.Errorf("filled in: %+v", p)
	}
	for name, spoil := range map[string]func(*Provider){
		"name": func(p *Provider) { p.Name = "a/b" }, "no name": func(p *Provider) { p.Name = "" },
		"http": func(p *Provider) { p.Issuer = "http://sso.example.org" }, "no issuer": func(p *Provider) { p.Issuer = "" },
		"issuer's query": func(p *Provider) { p.Issuer += "?a=b" }, "client": func(p *Provider) { p.ClientID = "" },
		"two secrets": func(p *Provider) { p.ClientSecretEnv = "SECRET" }, "claim": func(p *Provider) { p.GroupsClaim = "" },
		"role": func(p *Provider) { p.Roles[0].Role = "owner" }, "no role": func(p *Provider) { p.Roles[0].Role = "" },
		"group": func(p *Provider) { p.Roles[0].Group = "" }, "workspace": func(p *Provider) { p.Roles[0].Workspace = "No Such" },
	} {
		p := good()
		spoil(&p)
		if err := checkProviders([]Provider{p}, ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := checkProviders([]Provider{good(), good()}, ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("the same name twice: %v", err)
	}
	here := good()
	here.Issuer = "http://localhost:9998/"
	if err := checkProviders([]Provider{here}, ""); err != nil {
		t.Errorf("on this machine: %v", err)
	}
}
