package access

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// kept is what a room keeps, by workspace.
type kept map[string]int64

func (k kept) Workspaces(context.Context) (all []string, err error) {
	for name := range k {
		all = append(all, name)
	}
	return all, nil
}

func (k kept) Holds(_ context.Context, _ rows.Reader, workspace string) (int64, error) {
	return k[workspace], nil
}

func (k kept) Hold(context.Context, *rows.Tx) error { return nil }

func (k kept) Empty(ctx context.Context, _ *rows.Tx) error {
	delete(k, caller.Workspace(ctx))
	return nil
}

func (k kept) Taken(context.Context, rows.Reader, *room.Move) ([]string, error) { return nil, nil }

func (k kept) Move(_ context.Context, _ *rows.Tx, m *room.Move) error {
	k[m.To] += k[m.From]
	delete(k, m.From)
	return nil
}

func TestWorkspacesAreMadeAndDeleted(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		room := kept{"used": 2}
		w.Contents = func() []Contents { return []Contents{room} }
		w.Usual = func() string { return "home" }
		root := w.socket()
		if _, err := w.MakeWorkspace(root, WorkspaceSpec{Name: "team", Description: "who trains"}); err != nil {
			t.Fatal(err)
		}
		for name, kind := range map[string]fault.Kind{"team": fault.Exists, "default": fault.Invalid, "No": fault.Invalid, "": fault.Invalid} {
			_, err := w.MakeWorkspace(root, WorkspaceSpec{Name: name})
			wants(t, err, kind)
		}
		for _, err := range []error{
			w.SetRole(root, urn.New("user", "vera"), "team", roles.Viewer), w.SetRole(root, urn.New("user", "ada"), "given", roles.Viewer),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		names := func(ctx context.Context) (all []string) {
			t.Helper()
			found, err := w.Workspaces(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range found {
				all = append(all, one.Name)
			}
			return all
		}
		for user, want := range map[string][]string{
			"root": {"default", "given", "home", "team", "used"}, "vera": {"default", "team"}, "ada": {"default", "given"},
		} {
			if diff := cmp.Diff(want, names(w.mustEnter(caller.Credentials{User: user, Password: right}))); diff != "" {
				t.Errorf("of %s: %s", user, diff)
			}
		}
		if one, err := w.ChangeWorkspace(root, "used", WorkspaceChange{Description: new("what was used")}); err != nil || one.Description != "what was used" {
			t.Errorf("%+v, %v", one, err)
		}
		_, err := w.ChangeWorkspace(root, "nowhere", WorkspaceChange{Description: new("x")})
		wants(t, err, fault.NotFound)

		wants(t, w.DeleteWorkspace(root, "used", Restrict), fault.Conflict)
		wants(t, w.DeleteWorkspace(root, "default", Restrict), fault.Invalid)
		wants(t, w.DeleteWorkspace(root, "home", Restrict), fault.Invalid)
		wants(t, w.DeleteWorkspace(root, "nowhere", Restrict), fault.NotFound)
		wants(t, w.DeleteWorkspace(root, "used", "ELSEWHERE"), fault.Invalid)
		if err := w.DeleteWorkspace(root, "used", Cascade); err != nil || len(room) != 0 {
			t.Errorf("%v is left: %v", room, err)
		}
		_, err = w.Workspace(root, "used")
		wants(t, err, fault.NotFound)
		room["used"] = 1
		wants(t, w.DeleteWorkspace(root, "used", Restrict), fault.Conflict)
		delete(room, "used")
		if _, err := w.MakeWorkspace(root, WorkspaceSpec{Name: "used"}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"team", "used"} {
			if err := w.DeleteWorkspace(root, name, Restrict); err != nil {
				t.Fatal(err)
			}
			_, err := w.Workspace(root, name)
			wants(t, err, fault.NotFound)
		}
		_, err = w.Authenticate(from("team", ""), caller.Credentials{User: "vera", Password: right})
		wants(t, err, fault.Denied) // the role went with the workspace
	})
}

// A workspace that is not there answers as one in which somebody has no part,
// also to who has a role in all of them; who administers all makes it by use.
func TestARoleEverywhereIsOneInWhatIsThere(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.Contents = func() []Contents { return []Contents{kept{"used": 1}} }
		for name, workspace := range map[string]string{"all": roles.Everywhere, "one": "team"} {
			if _, err := w.CreateUser(w.socket(), name, right, workspace, roles.Maintainer); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			user, workspace string
			enters          bool
		}{
			{"all", "default", true}, {"all", "used", true}, {"all", "team", true}, {"all", "nowhere", false},
			{"one", "team", true}, {"one", "used", false}, {"one", "nowhere", false}, {"root", "nowhere", true},
		} {
			_, err := w.Authenticate(from(c.workspace, ""), caller.Credentials{User: c.user, Password: right})
			if c.enters != (err == nil) || err != nil && fault.Sentence(err) != "You have no part in the workspace "+c.workspace+"." {
				t.Errorf("%s into %s: %v", c.user, c.workspace, err)
			}
		}
	})
}

// A role by a provider's groups makes a workspace one that is there, and goes
// with it.
func TestARoleByGroupsIsOneInWhatIsThere(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		root := w.socket()
		if _, err := w.known("1", "mei", "a", "team"); err != nil {
			t.Fatal(err)
		}
		all, err := w.Workspaces(root)
		if err != nil || !slices.ContainsFunc(all, func(one Workspace) bool { return one.Name == "team" }) {
			t.Errorf("%v, %v", all, err)
		}
		if _, err := w.Workspace(root, "team"); err != nil {
			t.Error(err)
		}
		if err := w.DeleteWorkspace(root, "team", Restrict); err != nil {
			t.Fatal(err)
		}
		if got := w.rolesOf("mei"); len(got) != 0 {
			t.Errorf("after the workspace: %v", got)
		}
		_, err = w.Workspace(root, "team")
		wants(t, err, fault.NotFound)
	})
}

// What a policy keeps from being deleted is not deleted with its workspace.
func TestAWorkspaceIsEmptiedByWhoMayDeleteAllOfIt(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		room := kept{"team": 2}
		w.Contents = func() []Contents { return []Contents{room} }
		root := w.mustEnter(caller.Credentials{User: "root", Password: right})
		for _, kind := range append(slices.Clone(lists), "artifact") {
			w.ruled(`forbid (principal, action == Action::"` + kind + `.delete", resource);`)
			wants(t, w.DeleteWorkspace(root, "team", Cascade), fault.Denied)
		}
		if room["team"] != 2 {
			t.Errorf("%v is left", room)
		}
		w.Settings = nil
		if err := w.DeleteWorkspace(root, "team", Cascade); err != nil || len(room) != 0 {
			t.Errorf("%v is left: %v", room, err)
		}
	})
}
