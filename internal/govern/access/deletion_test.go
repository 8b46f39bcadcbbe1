package access

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// Each role, grant and group that ends with a workspace is told by its name, there.
func TestWhatEndsWithAWorkspaceIsTold(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		team := elsewhere()
		group, err := w.MakeGroup(team, "planners", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.known("1", "mei", "a", "team"); err != nil { // a role by a provider's group
			t.Fatal(err)
		}
		if err := w.SetRole(team, urn.New("user", "vera"), "team", roles.Viewer); err != nil {
			t.Fatal(err)
		}
		for _, g := range []grant.Grant{{Principal: urn.New("user", "ada"), Kind: "experiment", Object: "1", Level: grant.Edit}, {Principal: group.URN(), Kind: "model", Object: "churn", Level: grant.Read}} {
			if err := w.SetGrant(team, g); err != nil {
				t.Fatal(err)
			}
		}
		before, err := w.log.List(team, event.Query{Workspace: "team", VerbPrefix: "access."})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.DeleteWorkspace(w.socket(), "team", Restrict); err != nil {
			t.Fatal(err)
		}
		after, err := w.log.List(team, event.Query{Workspace: "team", VerbPrefix: "access."})
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, e := range after[:len(after)-len(before)] {
			told = append(told, e.Verb+" "+e.Subject.String()+" "+string(e.Data.(json.RawMessage)))
		}
		slices.Sort(told)
		if diff := cmp.Diff([]string{
			`access.grant.changed ` + group.URN().String() + ` {"kind":"model","object":"churn","from":"READ"}`,
			`access.grant.changed tacit:user/ada {"kind":"experiment","object":"1","from":"EDIT"}`,
			`access.group.deleted ` + group.URN().String() + ` {"name":"planners"}`,
			`access.role.changed tacit:user/vera {"workspace":"team","from":"viewer"}`,
			`access.role.mapped tacit:user/mei {"workspace":"team","from":"viewer"}`,
			`access.workspace.deleted tacit:workspace/team {"things":0}`,
		}, told); diff != "" {
			t.Error(diff)
		}
	})
}

// What is asked before a workspace is emptied is whether something in it is kept,
// and not whether something could be; a file that is kept keeps it as well.
func TestAWorkspaceIsBoundByWhatIsInIt(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.ruled(`forbid (principal, action, resource is Run) when { resource.hasTag("hold") };
forbid (principal, action == Action::"artifact.delete", resource is Artifact) when { resource.id like "kept/*" };`)
		runs, files := false, []string{"0/a", "1/b"}
		var asked []string
		w.Any = func(ctx context.Context, _ rows.Reader, kind string, where filter.Node) (bool, error) {
			if caller.Workspace(ctx) != "team" || where == (filter.Node)(filter.False{}) {
				t.Errorf("asked in %s for %v", caller.Workspace(ctx), where)
			}
			asked = append(asked, kind)
			return runs, nil
		}
		w.Files = func(_ context.Context, do func(string) error) error {
			for _, f := range files {
				if err := do(f); err != nil {
					return err
				}
			}
			return nil
		}
		root := w.mustEnter(caller.Credentials{User: "root", Password: right})
		emptied := func() error {
			room := kept{"team": 2}
			w.Contents = func() []Contents { return []Contents{room} }
			err := w.DeleteWorkspace(root, "team", Cascade)
			if (err == nil) != (len(room) == 0) {
				t.Errorf("%v is left: %v", room, err)
			}
			return err
		}
		if err := emptied(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"run", "run"}, asked); diff != "" { // run.delete, and artifact.delete of runs
			t.Error(diff)
		}
		runs = true
		wants(t, emptied(), fault.Denied)
		runs, files = false, append(files, "kept/c")
		wants(t, emptied(), fault.Denied)
		files = slices.Repeat([]string{"0/a"}, mostAsked+1)
		wants(t, emptied(), fault.Denied)
		files = files[:mostAsked]
		if err := emptied(); err != nil {
			t.Error(err)
		}
	})
}
