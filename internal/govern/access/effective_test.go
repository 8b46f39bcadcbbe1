package access

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// The nearest grant decides, then the role; an administrator is bound by none.
func TestEffectiveLevel(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		g, err := w.MakeGroup(w.socket(), "research", "")
		if err != nil {
			t.Fatal(err)
		}
		ada, vera, root := urn.New("user", "ada"), urn.New("user", "vera"), urn.New("user", "root")
		if err := w.Join(w.socket(), g.ID, vera); err != nil {
			t.Fatal(err)
		}
		for _, one := range []grant.Grant{
			{Principal: vera, Kind: "experiment", Object: "1", Level: grant.Read}, {Principal: g.URN(), Kind: "experiment", Object: "1", Level: grant.Edit}, {Principal: vera, Kind: "experiment", Object: "2", Level: grant.Manage}, {Principal: g.URN(), Kind: "experiment", Object: "2", Level: grant.NoPermissions},
			{Principal: g.URN(), Kind: "model", Object: grant.AnyObject, Level: grant.Use}, {Principal: vera, Kind: "model", Object: "flights", Level: grant.NoPermissions}, {Principal: g.URN(), Kind: grant.WorkspaceKind, Object: grant.AnyObject, Level: grant.Edit},
			{Principal: root, Kind: "experiment", Object: "1", Level: grant.NoPermissions},
		} {
			if err := w.SetGrant(w.socket(), one); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			who          urn.URN
			kind, object string
			want         grant.Level
		}{
			{vera, "experiment", "1", grant.Edit}, {vera, "experiment", "2", grant.NoPermissions}, {vera, "experiment", "3", grant.Edit},
			{vera, "model", "flights", grant.NoPermissions}, {vera, "model", "trains", grant.Use},
			{ada, "experiment", "1", grant.Manage}, {ada, "model", "flights", grant.Manage}, {ada, "prompt", "p", grant.NoPermissions},
			{root, "experiment", "1", grant.Manage},
		} {
			if got, err := w.Effective(w.socket(), c.who, c.kind, c.object); err != nil || got != c.want {
				t.Errorf("%s on %s %s: %s, %v, want %s", c.who, c.kind, c.object, got, err, c.want)
			}
		}
		// A policy decides before grants do.
		w.ruled(`forbid (principal, action == Action::"experiment.update", resource == Experiment::"1");`)
		if got, err := w.Effective(w.socket(), vera, "experiment", "1"); err != nil || got != grant.Read {
			t.Errorf("where a policy forbids to change it: %s, %v", got, err)
		}
		elsewhere := within(w.socket(), "team")
		if got, err := w.Effective(elsewhere, vera, "experiment", "1"); err != nil || got != grant.NoPermissions {
			t.Errorf("in another workspace: %s, %v", got, err)
		}
		_, err = w.Effective(w.socket(), urn.New("user", "nobody"), "experiment", "1")
		wants(t, err, fault.NotFound)
	})
}

// Who administers all finds groups and grants wherever they are, who asks about
// themselves their own, and others those of the workspace they ask in.
func TestWhatIsInOtherWorkspaces(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		team := within(w.socket(), "team")
		ada, vera := urn.New("user", "ada"), urn.New("user", "vera")
		g, err := w.MakeGroup(team, "research", "")
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{
			w.Join(team, g.ID, vera), w.SetGrant(team, grant.Grant{Principal: g.URN(), Kind: "experiment", Object: "1", Level: grant.Read}), w.SetGrant(team, grant.Grant{Principal: vera, Kind: "model", Object: "m", Level: grant.Edit}),
			w.SetRole(w.socket(), ada, "default", roles.Admin),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		root := w.mustEnter(caller.Credentials{User: "root", Password: right})
		own := w.mustEnter(caller.Credentials{User: "vera", Password: right})
		local := w.mustEnter(caller.Credentials{User: "ada", Password: right})
		for _, c := range []struct {
			name string
			ctx  context.Context
			want [5]int // groups, vera's, vera's grants, groups' grants, the group by its number
		}{
			{"the administrator of all", root, [5]int{1, 1, 1, 1, 1}},
			{"vera herself", own, [5]int{0, 1, 1, 0, 0}},
			{"the administrator of default", local, [5]int{0, 0, 0, 0, 0}},
		} {
			groups, err1 := w.AllGroups(c.ctx)
			hers, err2 := w.AllGroupsOf(c.ctx, vera)
			grants, err3 := w.AllGrantsOf(c.ctx, vera)
			granted, err4 := w.AllGroupGrants(c.ctx)
			in, placed, err5 := w.AtGroup(c.ctx, g.ID)
			for _, err := range []error{err1, err2, err3, err4} {
				if err != nil {
					t.Fatal(c.name, err)
				}
			}
			found := 0
			if err5 == nil {
				found = 1
				if caller.Workspace(in) != "team" || placed.Workspace != "team" {
					t.Errorf("%s is led to %s", c.name, caller.Workspace(in))
				}
			} else {
				wants(t, err5, fault.NotFound)
			}
			if diff := cmp.Diff(c.want, [5]int{len(groups), len(hers), len(grants), len(granted), found}); diff != "" {
				t.Errorf("%s: %s", c.name, diff)
			}
		}
		_, err = w.Within(local, "team")
		wants(t, err, fault.Denied)
	})
}
