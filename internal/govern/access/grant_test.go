package access

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
)

// elsewhere is the owner of the folder, in another workspace.
func elsewhere() context.Context {
	return Local(caller.With(context.Background(), caller.Local("team")))
}

func TestGrantsAreKeptByWorkspacePrincipalAndObject(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada, vera := urn.New("user", "ada"), urn.New("user", "vera")
		group, err := w.MakeGroup(w.socket(), "research", "who trains")
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range []grant.Grant{
			{Principal: ada, Kind: "experiment", Object: "1", Level: grant.Read}, {Principal: ada, Kind: "experiment", Object: "1", Level: grant.Edit}, {Principal: vera, Kind: "experiment", Object: "1", Level: grant.NoPermissions},
			{Principal: ada, Kind: "model", Object: "churn", Level: grant.Manage}, {Principal: group.URN(), Kind: "experiment", Object: grant.AnyObject, Level: grant.Use}, {Principal: vera, Kind: grant.WorkspaceKind, Object: grant.AnyObject, Level: grant.Read},
		} {
			if err := w.SetGrant(w.socket(), g); err != nil {
				t.Fatal(err)
			}
		}
		of, err := w.GrantsOf(w.socket(), ada)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]grant.Grant{{Principal: ada, Kind: "experiment", Object: "1", Level: grant.Edit}, {Principal: ada, Kind: "model", Object: "churn", Level: grant.Manage}}, of); diff != "" {
			t.Error(diff)
		}
		on, err := w.GrantsOn(w.socket(), "experiment", "1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]grant.Grant{{Principal: ada, Kind: "experiment", Object: "1", Level: grant.Edit}, {Principal: vera, Kind: "experiment", Object: "1", Level: grant.NoPermissions}}, on); diff != "" {
			t.Error(diff)
		}
		if there, err := w.GrantsOf(elsewhere(), ada); err != nil || len(there) != 0 {
			t.Errorf("another workspace has %v, %v", there, err)
		}
		if g, err := w.GrantOf(w.socket(), vera, "experiment", "1"); err != nil || g.Level != grant.NoPermissions {
			t.Errorf("vera has %v, %v", g, err)
		}
		if err := w.RemoveGrant(w.socket(), ada, "experiment", "1"); err != nil {
			t.Fatal(err)
		}
		_, err = w.GrantOf(w.socket(), ada, "experiment", "1")
		wants(t, err, fault.NotFound)
		wants(t, w.RemoveGrant(w.socket(), ada, "experiment", "1"), fault.NotFound)
		events, err := w.log.List(w.socket(), event.Query{Workspace: "default", VerbPrefix: "access.grant.", Subject: ada.String()})
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, e := range events {
			told = append(told, string(e.Data.(json.RawMessage)))
		}
		if diff := cmp.Diff([]string{
			`{"kind":"experiment","object":"1","from":"EDIT"}`, `{"kind":"model","object":"churn","to":"MANAGE"}`,
			`{"kind":"experiment","object":"1","from":"READ","to":"EDIT"}`, `{"kind":"experiment","object":"1","to":"READ"}`,
		}, told); diff != "" {
			t.Error(diff)
		}
	})
}

func TestGrantsThatMeanNothingAreRefused(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada := urn.New("user", "ada")
		for name, c := range map[string]struct {
			grant grant.Grant
			kind  fault.Kind
		}{
			"no level":           {grant.Grant{Principal: ada, Kind: "experiment", Object: "1", Level: ""}, fault.Invalid},
			"a level of no such": {grant.Grant{Principal: ada, Kind: "experiment", Object: "1", Level: "WRITE"}, fault.Invalid},
			"a kind in capitals": {grant.Grant{Principal: ada, Kind: "Experiment", Object: "1", Level: grant.Read}, fault.Invalid},
			"a kind in plural":   {grant.Grant{Principal: ada, Kind: "experiments", Object: grant.AnyObject, Level: grant.NoPermissions}, fault.Invalid},
			"no object":          {grant.Grant{Principal: ada, Kind: "experiment", Object: "", Level: grant.Read}, fault.Invalid},
			"a named workspace":  {grant.Grant{Principal: ada, Kind: grant.WorkspaceKind, Object: "team", Level: grant.Read}, fault.Invalid},
			"nobody":             {grant.Grant{Principal: urn.New("user", "eve"), Kind: "experiment", Object: "1", Level: grant.Read}, fault.NotFound},
			"no group":           {grant.Grant{Principal: urn.New("group", "7"), Kind: "experiment", Object: "1", Level: grant.Read}, fault.NotFound},
			"a group's name":     {grant.Grant{Principal: urn.New("group", "research"), Kind: "experiment", Object: "1", Level: grant.Read}, fault.NotFound},
			"no principal":       {grant.Grant{Principal: urn.New("run", "7"), Kind: "experiment", Object: "1", Level: grant.Read}, fault.Invalid},
		} {
			if err := w.SetGrant(w.socket(), c.grant); !fault.Is(err, c.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestGroupsHaveMembersAndEndWithTheirGrants(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada, vera := urn.New("user", "ada"), urn.New("user", "vera")
		first, err := w.MakeGroup(w.socket(), "research", "")
		if err != nil {
			t.Fatal(err)
		}
		second, err := w.MakeGroup(w.socket(), "ops", "who serves")
		if err != nil || second.ID <= first.ID {
			t.Fatalf("%+v after %+v, %v", second, first, err)
		}
		_, err = w.MakeGroup(w.socket(), "ops", "")
		wants(t, err, fault.Exists)
		_, err = w.ChangeGroup(w.socket(), first.ID, "ops", "")
		wants(t, err, fault.Exists)
		if _, err = w.MakeGroup(elsewhere(), "ops", ""); err != nil {
			t.Fatal(err)
		}
		for _, p := range []urn.URN{ada, vera, ada} {
			if err := w.Join(w.socket(), second.ID, p); err != nil {
				t.Fatal(err)
			}
		}
		wants(t, w.Join(w.socket(), second.ID, urn.New("user", "eve")), fault.NotFound)
		wants(t, w.Join(w.socket(), second.ID, first.URN()), fault.Invalid)
		wants(t, w.Join(elsewhere(), second.ID, ada), fault.NotFound)
		if err := w.Leave(w.socket(), second.ID, vera); err != nil {
			t.Fatal(err)
		}
		members, err := w.Members(w.socket(), second.ID)
		if diff := cmp.Diff([]urn.URN{ada}, members); diff != "" || err != nil {
			t.Error(diff, err)
		}
		second, err = w.ChangeGroup(w.socket(), second.ID, "serving", "who serves")
		if err != nil {
			t.Fatal(err)
		}
		of, err := w.GroupsOf(w.socket(), ada)
		if diff := cmp.Diff([]Group{second}, of); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if err := w.SetGrant(w.socket(), grant.Grant{Principal: second.URN(), Kind: "model", Object: "churn", Level: grant.Edit}); err != nil {
			t.Fatal(err)
		}
		if err := w.DeleteGroup(w.socket(), second.ID); err != nil {
			t.Fatal(err)
		}
		wants(t, w.DeleteGroup(w.socket(), second.ID), fault.NotFound)
		if on, err := w.GrantsOn(w.socket(), "model", "churn"); err != nil || len(on) != 0 {
			t.Errorf("the group is gone and its grants are %v, %v", on, err)
		}
		if of, err = w.GroupsOf(w.socket(), ada); err != nil || len(of) != 0 {
			t.Errorf("the group is gone and ada is in %v, %v", of, err)
		}
	})
}

// A name is not the thing: what was granted on a model goes with its name's
// change, and ends with it.
func TestGrantsFollowTheObject(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada := urn.New("user", "ada")
		on := func(object string) (all []grant.Level) {
			t.Helper()
			kind := "model"
			if strings.Contains(object, "/") {
				kind = "version"
			}
			found, err := w.GrantsOn(w.socket(), kind, object)
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range found {
				all = append(all, g.Level)
			}
			return all
		}
		for object, l := range map[string]grant.Level{"a": grant.Edit, "b": grant.Manage, grant.AnyObject: grant.Read} {
			if err := w.SetGrant(w.socket(), grant.Grant{Principal: ada, Kind: "model", Object: object, Level: l}); err != nil {
				t.Fatal(err)
			}
		}
		for _, version := range []string{"a/1", "b/1", "ab/1"} {
			if err := w.SetGrant(w.socket(), grant.Grant{Principal: ada, Kind: "version", Object: version, Level: grant.NoPermissions}); err != nil {
				t.Fatal(err)
			}
		}
		ctx := w.socket()
		change := func(fn func(*rows.Tx) error) {
			t.Helper()
			if err := w.DB.Write(ctx, fn); err != nil {
				t.Fatal(err)
			}
		}
		change(func(tx *rows.Tx) error { return w.Renamed(ctx, tx, "model", "a", "b") })
		if diff := cmp.Diff([][]grant.Level{nil, {grant.Edit}, {grant.Read}, nil, {grant.NoPermissions}}, [][]grant.Level{on("a"), on("b"), on(grant.AnyObject), on("a/1"), on("b/1")}); diff != "" {
			t.Error(diff)
		}
		change(func(tx *rows.Tx) error { return w.Gone(ctx, tx, "model", "b") })
		change(func(tx *rows.Tx) error { return w.Gone(ctx, tx, "model", grant.AnyObject) })
		if diff := cmp.Diff([][]grant.Level{nil, {grant.Read}, nil, {grant.NoPermissions}}, [][]grant.Level{on("b"), on(grant.AnyObject), on("b/1"), on("ab/1")}); diff != "" {
			t.Error(diff)
		}
	})
}
