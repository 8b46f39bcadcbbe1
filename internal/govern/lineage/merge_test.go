package lineage_test

import (
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

// say announces an event with data.
func (h house) say(t *testing.T, workspace string, e event.Event) {
	t.Helper()
	ctx := in(workspace)
	ok(t, h.db.Write(ctx, func(tx *rows.Tx) error { return h.events.Append(ctx, tx, e) }))
}

// The things of a workspace that was moved are followed to where they are: with what
// both workspaces had, with what others made of them, and built anew from the log the
// graph is the same.
func TestAMovedWorkspaceIsFollowed(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		data, run, model := urn.New("data", "8a3b12c0"), urn.New("run", "r"), urn.New("model", "churn", "1")
		h.tell(t, "team", "tracking.experiment.created", urn.New("experiment", "3"))
		h.say(t, "team", event.Event{Verb: "tracking.run.created", Subject: run, Links: []event.Link{used(data)}, Data: map[string]any{"name": "calm-otter", "experiment": "3", "datasets": map[string]string{"8a3b12c0": "flights"}}})
		h.tell(t, "team", "artifact.file.stored", urn.New("artifact", "3", "r", "artifacts", "f"), event.Link{Relation: event.DerivedFrom, To: run})
		h.tell(t, "team", "registry.version.created", model, event.Link{Relation: event.DerivedFrom, To: run}, event.Link{Relation: event.VersionOf, To: urn.New("model", "churn")})
		h.say(t, "team", event.Event{Verb: "registry.alias.set", Subject: model, Data: map[string]any{"alias": "champion", "to": 1}})
		h.tell(t, "default", "tracking.run.created", urn.New("run", "x"), used(data), used(model.In("team")))
		h.tell(t, "lab", "tracking.run.created", urn.New("run", "y"), used(run.In("team")))
		h.say(t, "default", event.Event{Verb: "tracking.experiment.transferred", Subject: urn.New("experiment", "7"), Links: []event.Link{{Relation: event.DerivedFrom, To: urn.New("experiment", "3").In("team")}}})
		h.say(t, "team", event.Event{Verb: "access.workspace.deleted", Subject: urn.New("workspace", "team"), Data: map[string]any{"things": 3, "to": "default", "folder": "moved-1"}})

		want := []string{
			"tacit:data/8a3b12c0 > tacit:run/r used",
			"tacit:data/8a3b12c0 > tacit:run/x used",
			"tacit:model/churn/1 @champion > tacit:run/x used",
			"tacit:run/r > tacit:@lab/run/y used",
			"tacit:run/r > tacit:artifact/moved-1/3/r/artifacts/f derived-from",
			"tacit:run/r > tacit:model/churn/1 @champion derived-from",
		}
		slices.Sort(want)
		if diff := gocmp.Diff(want, lines(h.walk(t, lineage.Down, data))); diff != "" {
			t.Errorf("down from the data:\n%s", diff)
		}
		g := must[lineage.Graph](t)(h.Walk(in("lab"), lineage.Walk{Roots: []urn.URN{urn.New("run", "y")}, Direction: lineage.Up}))
		if diff := gocmp.Diff([]string{"tacit:@default/data/8a3b12c0 > tacit:@default/run/r used", "tacit:@default/run/r > tacit:run/y used"}, lines(g)); diff != "" {
			t.Errorf("up from what another workspace made of it:\n%s", diff)
		}
		found := must[[]lineage.Node](t)(h.Named(in("default"), "models:/churn@champion"))
		if len(found) != 1 || found[0].URN.String() != model.String() {
			t.Errorf("the alias leads to %v", found)
		}
		for _, n := range h.walk(t, lineage.Up, run).Nodes {
			if n.URN.Kind == "run" && (n.Name != "calm-otter" || n.Actor.String() != "tacit:user/local") || n.URN.Kind == "data" && n.Name != "flights" {
				t.Errorf("%+v", n)
			}
		}
		followed := h.all(t)
		if left := slices.DeleteFunc(slices.Clone(followed), func(s string) bool { return !strings.HasPrefix(s, "team ") && !strings.Contains(s, "@team") }); len(left) > 0 {
			t.Errorf("left of it: %v", left)
		}
		h.rebuild(t)
		if diff := gocmp.Diff(followed, h.all(t)); diff != "" {
			t.Errorf("built anew:\n%s", diff)
		}
		// What its experiment held goes with it.
		h.tell(t, "default", "tracking.experiment.deleted", tracking.ExperimentURN("7"))
		if g := h.walk(t, lineage.Up, run); g.Nodes[0].Deleted.IsZero() {
			t.Error("the run is there after its experiment went")
		}
	})
}
