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
		for _, g := range []Grant{
			{ada, "experiment", "1", Read}, {ada, "experiment", "1", Edit}, {vera, "experiment", "1", NoPermissions},
			{ada, "model", "churn", Manage}, {group.URN(), "experiment", AnyObject, Use}, {vera, WorkspaceKind, AnyObject, Read},
		} {
			if err := w.SetGrant(w.socket(), g); err != nil {
				t.Fatal(err)
			}
		}
		of, err := w.GrantsOf(w.socket(), ada)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]Grant{{ada, "experiment", "1", Edit}, {ada, "model", "churn", Manage}}, of); diff != "" {
			t.Error(diff)
		}
		on, err := w.GrantsOn(w.socket(), "experiment", "1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]Grant{{ada, "experiment", "1", Edit}, {vera, "experiment", "1", NoPermissions}}, on); diff != "" {
			t.Error(diff)
		}
		if there, err := w.GrantsOf(elsewhere(), ada); err != nil || len(there) != 0 {
			t.Errorf("another workspace has %v, %v", there, err)
		}
		if g, err := w.GrantOf(w.socket(), vera, "experiment", "1"); err != nil || g.Level != NoPermissions {
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
			grant Grant
			kind  fault.Kind
		}{
			"no level":           {Grant{ada, "experiment", "1", ""}, fault.Invalid},
			"a level of no such": {Grant{ada, "experiment", "1", "WRITE"}, fault.Invalid},
			"a kind in capitals": {Grant{ada, "Experiment", "1", Read}, fault.Invalid},
			"a kind in plural":   {Grant{ada, "experiments", AnyObject, NoPermissions}, fault.Invalid},
			"no object":          {Grant{ada, "experiment", "", Read}, fault.Invalid},
			"a named workspace":  {Grant{ada, WorkspaceKind, "team", Read}, fault.Invalid},
			"nobody":             {Grant{urn.New("user", "eve"), "experiment", "1", Read}, fault.NotFound},
			"no group":           {Grant{urn.New("group", "7"), "experiment", "1", Read}, fault.NotFound},
			"a group's name":     {Grant{urn.New("group", "research"), "experiment", "1", Read}, fault.NotFound},
			"no principal":       {Grant{urn.New("run", "7"), "experiment", "1", Read}, fault.Invalid},
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
		if err := w.SetGrant(w.socket(), Grant{second.URN(), "model", "churn", Edit}); err != nil {
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
		on := func(object string) (all []Level) {
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
		for object, l := range map[string]Level{"a": Edit, "b": Manage, AnyObject: Read} {
			if err := w.SetGrant(w.socket(), Grant{ada, "model", object, l}); err != nil {
				t.Fatal(err)
			}
		}
		for _, version := range []string{"a/1", "b/1", "ab/1"} {
			if err := w.SetGrant(w.socket(), Grant{ada, "version", version, NoPermissions}); err != nil {
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
		if diff := cmp.Diff([][]Level{nil, {Edit}, {Read}, nil, {NoPermissions}}, [][]Level{on("a"), on("b"), on(AnyObject), on("a/1"), on("b/1")}); diff != "" {
			t.Error(diff)
		}
		change(func(tx *rows.Tx) error { return w.Gone(ctx, tx, "model", "b") })
		change(func(tx *rows.Tx) error { return w.Gone(ctx, tx, "model", AnyObject) })
		if diff := cmp.Diff([][]Level{nil, {Read}, nil, {NoPermissions}}, [][]Level{on("b"), on(AnyObject), on("b/1"), on("ab/1")}); diff != "" {
			t.Error(diff)
		}
	})
}
