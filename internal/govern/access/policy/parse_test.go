package policy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
)

func TestParseKeepsWhatIsTold(t *testing.T) {
	t.Parallel()
	set, err := policy.Parse("team.cedar", `// Of the team.
@id("secret") @description("Nobody changes what is frozen.")
forbid (principal, action == Action::"run.update", resource)
when { resource.hasTag("frozen") };  // whoever asks

// Another.
permit (principal, action, resource is Run);
`, vocabulary)
	if err != nil {
		t.Fatal(err)
	}
	type told struct {
		ID, Description string
		Line            int
		Forbids         bool
		Text            string
	}
	var got []told
	for _, p := range set.Policies {
		got = append(got, told{p.ID, p.Description, p.Line, p.Forbids, p.Text})
	}
	if diff := cmp.Diff([]told{
		{"secret", "Nobody changes what is frozen.", 2, true, `@id("secret") @description("Nobody changes what is frozen.")
forbid (principal, action == Action::"run.update", resource)
when { resource.hasTag("frozen") };`},
		{"team.cedar:7", "", 7, false, "permit (principal, action, resource is Run);"},
	}, got); diff != "" {
		t.Error(diff)
	}
}

// What cannot be tested of a list, and what would silently not apply, is refused
// with its place.
func TestParseRefusesWithThePlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`permit (principal action, resource);`:                                                                  `f:1:19: "action" is not expected here, but ","`,
		`permit (principal in Role::"chief", action, resource);`:                                                `f:1:28: there is no role "chief"`,
		"permit (principal,\n action == Action::\"run.updte\", resource);":                                      `f:2:20: there is no action "run.updte"`,
		`permit (principal, action, resource is Rum);`:                                                          `f:1:40: there is no type Rum`,
		`permit (principal, action, resource) when { resource.status == "RUNNING" };`:                           `f:1:54: status cannot be tested`,
		`permit (principal, action, resource) when { principal.mail == "a" };`:                                  `f:1:55: principal has no mail`,
		`permit (principal, action, resource) when { resource.experiment.name == "a" };`:                        `f:1:54: not every resource has a resource.experiment`,
		`permit (principal, action, resource is Model) when { resource.experiment.name == "a" };`:               `f:1:63: not every resource has a resource.experiment`,
		`forbid (principal, action, resource) unless { resource.getTag("a") == "b" };`:                          `f:1:56: getTag("a") is asked of what may not have the tag`,
		`forbid (principal, action, resource) unless { resource.hasTag("c") && resource.getTag("a") == "b" };`:  `f:1:80: getTag("a") is asked`,
		`forbid (principal, action, resource) when { resource.hasTag("a") || resource.getTag("a") == "b" };`:    `f:1:78: getTag("a") is asked`,
		`forbid (principal, action, resource) when { resource.hasTag("a") && resource.getTag("a") like "*b" };`: `f:1:90: like takes a beginning`,
		`permit (principal, action, resource) when { resource.name < "a" };`:                                    `f:1:45: this cannot be tested`,
		`permit (principal, action, resource) when { resource.name == 3 };`:                                     `f:1:62: 3 is neither a text nor`,
		`permit (principal, action, resource) when { resource.name == resource.id };`:                           `f:1:71: two things of the resource`,
		`permit (principal, action, resource) when { resource.name == principal };`:                             `f:1:62: these two are never equal`,
		`permit (principal, action, resource) when { resource.name };`:                                          `f:1:54: a condition must be true or false`,
		`permit (principal, action, resource) when { principal in resource };`:                                  `f:1:58: what something is in is written in the policy`,
		`permit (principal, action, resource) when { resource in ["a"] };`:                                      `f:1:58: what something is in is the name of something`,
		`permit (principal, action, resource) when { ip("1.2.3.4").isLoopback() };`:                             `this cannot be tested`,
		`permit (principal, action, resource) when { resource.hasTag(principal.name) };`:                        `the key of a tag is a text`,
		`permit (principal, action, resource) when { principal.hasTag("a") };`:                                  `f:1:62: the resource, its experiment and its model have tags`,
		"@id(\"a\")\npermit (principal, action, resource);\n@id(\"a\")\npermit (principal, action, resource);":  `f:3:1: the id "a" is taken by the policy at f:1`,
		strings.Repeat("(", 101):           `f:1:101: brackets lie more than 100 deep`,
		strings.Repeat(" ", 256<<10) + " ": `f:1:1: the text has more than 262144 bytes`,
	} {
		_, err := policy.Parse("f", text, vocabulary)
		var p *policy.Place
		if !errors.As(err, &p) || !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.110s\n got %v\nwant %s", text, err, want)
		}
	}
}

// Who decided is told: the policies that forbid before those that permit.
func TestDecideNamesWhatDecided(t *testing.T) {
	t.Parallel()
	set, err := policy.Parse("f", `
@id("own") permit (principal, action, resource) when { resource == principal };
@id("read") permit (principal in Role::"viewer", action in Action::"viewer", resource);
@id("frozen") forbid (principal, action, resource) when { resource has experiment && resource.experiment.hasTag("frozen") };
`, vocabulary)
	if err != nil {
		t.Fatal(err)
	}
	frozen := policy.Resource{Kind: "experiment", ID: "1", Tags: map[string]string{"frozen": ""}}
	ada := policy.Principal{URN: urn.New("user", "ada"), Role: "admin"}
	for name, c := range map[string]struct {
		who      policy.Principal
		resource policy.Resource
		allowed  bool
		by       []string
	}{
		"an admin reads":     {ada, policy.Resource{Kind: "run", ID: "1"}, true, []string{"read"}},
		"a frozen one":       {ada, policy.Resource{Kind: "run", ID: "1", Within: &frozen}, false, []string{"frozen"}},
		"one without a role": {policy.Principal{URN: urn.New("user", "ada")}, policy.Resource{Kind: "run", ID: "1"}, false, nil},
		"oneself":            {policy.Principal{URN: urn.New("user", "ada")}, policy.Named(urn.New("user", "ada"), "w"), true, []string{"own"}},
		"somebody else":      {policy.Principal{URN: urn.New("user", "ada")}, policy.Named(urn.New("user", "eve"), "w"), false, nil},
		"of the same name":   {policy.Principal{URN: urn.New("service", "ada")}, policy.Named(urn.New("user", "ada"), "w"), false, nil},
	} {
		d := set.Decide(policy.Request{Principal: c.who, Action: "run.read", Workspace: "w", Resource: c.resource})
		var by []string
		for _, p := range d.Policies {
			by = append(by, p.ID)
		}
		if diff := cmp.Diff(c.by, by); diff != "" || d.Allowed != c.allowed {
			t.Errorf("%s: %v by %v", name, d.Allowed, by)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`permit (principal in Role::"viewer", action in Action::"viewer", resource);`)
	f.Add(`forbid (principal, action, resource is Run) unless { resource.hasTag("a") && resource.getTag("a") like "b*" };`)
	f.Add(`@id("a") permit (principal, action, resource) when { if resource has model then resource.model.name == "a" else ["b"].contains(resource.id) };`)
	f.Fuzz(func(t *testing.T, text string) {
		set, err := policy.Parse("f", text, vocabulary)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v is no refusal", text, err)
			}
			return
		}
		r := policy.Request{Principal: policy.Principal{URN: urn.New("user", "ada")}, Action: "run.read", Workspace: "w", Resource: policy.Resource{Kind: "run", ID: "1"}}
		set.Decide(r)
		set.Condition(r.Principal, r.Action, r.Workspace, "run")
	})
}
