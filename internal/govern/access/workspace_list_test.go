package access

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// TestWhoIsLedWhereTheyEnter: the workspaces that a page leads somebody to are
// those that let them in, whatever it is by: a role, a provider's groups, a
// grant to them or their group, or a policy; a grant of nothing leads nowhere.
func TestWhoIsLedWhereTheyEnter(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.Contents = func() []Contents { return []Contents{kept{"used": 1, "open": 1}} }
		w.ruled(`permit (principal == User::"vera", action == Action::"run.read", resource) when { context.workspace == "open" };`)
		root, vera, ada := w.socket(), urn.New("user", "vera"), urn.New("user", "ada")
		for _, name := range []string{"role", "groups", "grant", "nothing", "both", "closed"} {
			if _, err := w.MakeWorkspace(root, WorkspaceSpec{Name: name}); err != nil {
				t.Fatal(err)
			}
		}
		group, err := w.MakeGroup(within(root, "groups"), "research", "")
		if err != nil {
			t.Fatal(err)
		}
		both, err := w.MakeGroup(within(root, "both"), "research", "")
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{
			w.SetRole(root, vera, "role", roles.Viewer), w.SetRole(root, urn.New("user", "root"), "closed", roles.Admin),
			w.Join(within(root, "groups"), group.ID, vera), w.SetGrant(within(root, "groups"), grant.Grant{Principal: group.URN(), Kind: "experiment", Object: "1", Level: grant.Read}),
			w.SetGrant(within(root, "grant"), grant.Grant{Principal: vera, Kind: "model", Object: "churn", Level: grant.Edit}),
			w.SetGrant(within(root, "nothing"), grant.Grant{Principal: vera, Kind: "experiment", Object: grant.AnyObject, Level: grant.NoPermissions}),
			w.Join(within(root, "both"), both.ID, vera), w.SetGrant(within(root, "both"), grant.Grant{Principal: both.URN(), Kind: "experiment", Object: "1", Level: grant.Read}),
			w.SetGrant(within(root, "both"), grant.Grant{Principal: vera, Kind: "experiment", Object: "1", Level: grant.NoPermissions}),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.CreateUser(root, "all", right, roles.Everywhere, roles.Viewer); err != nil {
			t.Fatal(err)
		}
		if _, err := w.known("1", "mei", "a", "team"); err != nil {
			t.Fatal(err)
		}
		if err := w.SetRole(root, ada, "default", roles.None); err != nil {
			t.Fatal(err)
		}
		there := []string{"both", "closed", "default", "grant", "groups", "nothing", "open", "role", "team", "used"}
		for user, want := range map[string][]string{
			"root": there, "all": there, "vera": {"default", "grant", "groups", "open", "role"}, "ada": nil, "mei": {"team"},
		} {
			who := urn.New("user", user)
			participant, err := w.participantIn(root, who)
			if err != nil {
				t.Fatal(err)
			}
			var statements atomic.Int64
			w.DB.Watch(func(string) { statements.Add(1) })
			found, err := w.Workspaces(context.WithValue(root, participantKey{}, participant))
			w.DB.Watch(nil)
			if err != nil {
				t.Fatal(err)
			}
			if n := statements.Load(); n > 3 {
				t.Errorf("to find where %s enters took %d statements", user, n)
			}
			var names []string
			for _, one := range found {
				names = append(names, one.Name)
			}
			if diff := cmp.Diff(want, names); diff != "" {
				t.Errorf("%s is led elsewhere: %s", user, diff)
			}
			if user == "mei" {
				continue // who has no password
			}
			for _, name := range there {
				_, err := w.Authenticate(from(name, ""), caller.Credentials{User: user, Password: right})
				if err != nil && !fault.Is(err, fault.Denied) {
					t.Fatal(err)
				}
				if led := slices.Contains(names, name); led != (err == nil) {
					t.Errorf("%s is led to %s: %v, and enters: %v", user, name, led, err)
				}
			}
		}
	})
}
