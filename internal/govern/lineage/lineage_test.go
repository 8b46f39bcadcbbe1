package lineage_test

import (
	"slices"
	"strconv"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

// From the data to the version and back, over the events of the rooms
// themselves.
func TestWalkBothWays(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		run, model := h.trained(t)
		r, m, v := "tacit:run/"+run.ID, "tacit:logged-model/"+model, "tacit:model/flight%20delay/1 @champion"
		want := []string{
			"tacit:data/8a3b12c0 > " + r + " used",
			m + " > " + v + " derived-from",
			r + " > " + m + " derived-from",
			r + " > " + m + " produced",
			r + " > " + v + " derived-from",
		}
		slices.Sort(want)
		data := tracking.DataURN("8a3b12c0")
		if diff := gocmp.Diff(want, lines(h.walk(t, lineage.Down, data))); diff != "" {
			t.Errorf("down from the data:\n%s", diff)
		}
		up := h.walk(t, lineage.Up, registry.VersionURN("flight delay", 1))
		want = append(want, "tacit:model/flight%20delay > "+v+" version-of")
		slices.Sort(want)
		if diff := gocmp.Diff(want, lines(up)); diff != "" {
			t.Errorf("up from the version:\n%s", diff)
		}
		names := map[string]string{}
		for _, n := range up.Nodes {
			names[n.URN.Kind] = n.Name
		}
		if diff := gocmp.Diff(map[string]string{"data": "flights", "run": "calm-otter-7", "logged-model": "trees", "model": ""}, names); diff != "" {
			t.Errorf("names:\n%s", diff)
		}
		if root := up.Nodes[0]; root.Actor.String() != "tacit:user/local" || root.Depth != 0 || up.Roots != 1 || up.Rest != 0 || up.Deeper || up.Behind {
			t.Errorf("the root is %+v of %d, rest %d", root, up.Roots, up.Rest)
		}
		if got := len(h.walk(t, lineage.Down, urn.New("user", "local")).Nodes); got != 6 { // experiment, run, logged model, model, version, and who made them
			t.Errorf("%d things are the local user's", got)
		}
	})
}

func TestCopyOfAVersionLeadsToIt(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := in("default")
		run := must[tracking.Run](t)(h.tracking.CreateRun(ctx, tracking.RunSpec{}))
		for _, spec := range []registry.VersionSpec{{Model: "tried", Source: "runs:/" + run.ID + "/m", RunID: run.ID}, {Model: "served", Source: "models:/tried/1"}} {
			must[registry.Model](t)(h.registry.CreateModel(ctx, registry.ModelSpec{Name: spec.Model}))
			must[registry.Version](t)(h.registry.CreateVersion(ctx, spec))
		}
		want := []string{
			"tacit:model/tried/1 > tacit:model/served/1 derived-from",
			"tacit:run/" + run.ID + " > tacit:model/served/1 derived-from",
			"tacit:run/" + run.ID + " > tacit:model/tried/1 derived-from",
		}
		if diff := gocmp.Diff(want, lines(h.walk(t, lineage.Down, tracking.RunURN(run.ID)))); diff != "" {
			t.Error(diff)
		}
	})
}

// What is deleted stays, marked; what is restored is there again.
func TestDeletedStays(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		run, _ := h.trained(t)
		ctx, root := in("default"), tracking.RunURN(run.ID)
		gone := func() []string {
			var all []string
			for _, n := range h.walk(t, lineage.Both, root).Nodes {
				if !n.Deleted.IsZero() {
					all = append(all, n.URN.Kind)
				}
			}
			return all
		}
		ok(t, h.tracking.DeleteExperiment(ctx, run.Experiment))
		if diff := gocmp.Diff([]string{"run"}, gone()); diff != "" {
			t.Errorf("after the experiment went:\n%s", diff)
		}
		ok(t, h.tracking.RestoreExperiment(ctx, run.Experiment))
		if all := gone(); all != nil {
			t.Errorf("after it came back, gone are %v", all)
		}
		ok(t, h.registry.DeleteModel(ctx, "flight delay"))
		if diff := gocmp.Diff([]string{"model"}, gone()); diff != "" {
			t.Errorf("after the model went:\n%s", diff)
		}
		h.settle(t)
		if found := must[[]lineage.Node](t)(h.Named(ctx, "models:/flight delay@champion")); len(found) != 0 {
			t.Errorf("the alias of a deleted model leads to %v", found)
		}
	})
}

// A renamed model takes its versions and their aliases along.
func TestRenamedModelIsFollowed(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := in("default")
		must[registry.Model](t)(h.registry.CreateModel(ctx, registry.ModelSpec{Name: "a"}))
		run := must[tracking.Run](t)(h.tracking.CreateRun(ctx, tracking.RunSpec{}))
		must[registry.Version](t)(h.registry.CreateVersion(ctx, registry.VersionSpec{Model: "a", Source: "runs:/" + run.ID + "/m", RunID: run.ID}))
		ok(t, h.registry.SetAlias(ctx, "a", "champion", 1))
		must[registry.Model](t)(h.registry.RenameModel(ctx, "a", "b"))
		want := []string{
			"tacit:model/a deleted > tacit:model/a/1 deleted version-of",
			"tacit:model/a deleted > tacit:model/b derived-from",
			"tacit:model/a/1 deleted > tacit:model/b/1 @champion derived-from",
			"tacit:model/b > tacit:model/b/1 @champion version-of",
			"tacit:run/" + run.ID + " > tacit:model/a/1 deleted derived-from",
		}
		if diff := gocmp.Diff(want, lines(h.walk(t, lineage.Up, registry.VersionURN("b", 1)))); diff != "" {
			t.Error(diff)
		}
		found := must[[]lineage.Node](t)(h.Named(ctx, "models:/b@champion"))
		if len(found) != 1 || found[0].URN.String() != "tacit:model/b/1" {
			t.Errorf("the alias leads to %v", found)
		}
	})
}

func TestNamed(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		run, model := h.trained(t)
		h.settle(t)
		for word, want := range map[string]string{
			run.ID: "tacit:run/" + run.ID, run.ID[:8]: "tacit:run/" + run.ID, run.ID[:7]: "",
			"tacit:run/" + run.ID: "tacit:run/" + run.ID, "tacit:run/none": "",
			model: "tacit:logged-model/" + model, model[:12]: "tacit:logged-model/" + model, "models:/" + model: "tacit:logged-model/" + model,
			"models:/flight%20delay/1": "", "models:/x/9": "", "models:/x@none": "",
			"8a3b12c0": "tacit:data/8a3b12c0", "no such thing": "", "%": "", "tacit:@team/run/" + run.ID: "",
		} {
			got := ""
			for _, n := range must[[]lineage.Node](t)(h.Named(in("default"), word)) {
				got += n.URN.String()
			}
			if got != want {
				t.Errorf("%q means %q, want %q", word, got, want)
			}
			if found := must[[]lineage.Node](t)(h.Named(in("other"), word)); len(found) > 0 {
				t.Errorf("%q means %v in another workspace", word, found)
			}
		}
		for _, word := range []string{"tacit:nonsense", "models:/", "models:/a/b"} {
			if _, err := h.Named(in("default"), word); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v, want invalid", word, err)
			}
		}
	})
}

// A file's digest is that of the bytes it has: also when it is told later, and none as
// long as it was not.
func TestDigestsOfFiles(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx, of := in("default"), urn.New("artifact", "data.bin")
		for _, step := range []struct{ verb, told, found string }{
			{"artifact.file.stored", "one", "one"}, {"artifact.file.stored", "", ""}, {"artifact.file.hashed", "two", "two"},
		} {
			ok(t, h.db.Write(ctx, func(tx *rows.Tx) error {
				return h.events.Append(ctx, tx, event.Event{Verb: step.verb, Subject: of, Data: map[string]string{"sha256": step.told}})
			}))
			h.settle(t)
			for _, digest := range []string{"one", "two"} {
				if found := must[[]lineage.Node](t)(h.Named(ctx, digest)); len(found) == 1 != (digest == step.found) {
					t.Errorf("%s with %q: %q leads to %v", step.verb, step.told, digest, found)
				}
			}
		}
	})
}

// A walk gives so many nodes and counts the others once, whatever circles
// there are.
func TestWalkIsBounded(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		root, hub := urn.New("data", "root"), urn.New("run", "hub")
		h.tell(t, "default", "tracking.input.recorded", hub, used(root))
		h.tell(t, "default", "tracking.input.recorded", root, used(hub)) // a circle
		const many = lineage.MaxNodes + 1000
		var all []event.Link
		for i := range many {
			all = append(all, event.Link{Relation: event.Produced, To: urn.New("logged-model", strconv.Itoa(i))})
		}
		for some := range slices.Chunk(all, event.MaxLinks) {
			h.tell(t, "default", "tracking.output.recorded", hub, some...)
		}
		h.tell(t, "default", "x.y.made", urn.New("model", "last"), event.Link{Relation: event.DerivedFrom, To: urn.New("logged-model", "2999")})

		g := h.walk(t, lineage.Down, root)
		if len(g.Nodes) != lineage.MaxNodes || g.Rest != many+2+1-lineage.MaxNodes || g.Least || g.Deeper {
			t.Errorf("%d nodes and %d more, least %v, deeper %v", len(g.Nodes), g.Rest, g.Least, g.Deeper)
		}
		near := must[lineage.Graph](t)(h.Walk(in("default"), lineage.Walk{Roots: []urn.URN{root}, Direction: lineage.Down, Depth: 1}))
		if len(near.Nodes) != 2 || !near.Deeper || len(near.Edges) != 1 {
			t.Errorf("one edge far: %d nodes, %d edges, deeper %v", len(near.Nodes), len(near.Edges), near.Deeper)
		}
		for _, w := range []lineage.Walk{{}, {Roots: make([]urn.URN, lineage.MaxRoots+1)}, {Roots: []urn.URN{root}, Depth: lineage.MaxDepth + 1}} {
			if _, err := h.Walk(in("default"), w); !fault.Is(err, fault.Invalid) {
				t.Errorf("%+v: %v, want invalid", w, err)
			}
		}
		if _, err := h.Walk(in("other"), lineage.Walk{Roots: []urn.URN{root}}); !fault.Is(err, fault.NotFound) {
			t.Errorf("another workspace's thing: %v, want not found", err)
		}
	})
}

// Edges between workspaces are walked from either end, by whom may see both.
func TestWalkAcrossWorkspaces(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		model, run := urn.New("model", "churn", "3"), urn.New("run", "r")
		h.tell(t, "team", "x.y.created", model, used(urn.New("data", "d")))
		h.tell(t, "default", "x.y.created", run, used(model.In("team")))
		want := []string{"tacit:@team/data/d > tacit:@team/model/churn/3 used", "tacit:@team/model/churn/3 > tacit:run/r used"}
		if diff := gocmp.Diff(want, lines(h.walk(t, lineage.Up, run))); diff != "" {
			t.Errorf("up from here:\n%s", diff)
		}
		if diff := gocmp.Diff(want[1:], lines(h.walk(t, lineage.Down, model.In("team")))); diff != "" {
			t.Errorf("down from there:\n%s", diff)
		}
		h.sight["team"] = filter.False{}
		if g := h.walk(t, lineage.Both, run); len(g.Nodes) != 1 || len(g.Edges) != 0 || g.Rest != 0 {
			t.Errorf("who may not see the team's things sees %v", lines(g))
		}
		if _, err := h.Walk(in("default"), lineage.Walk{Roots: []urn.URN{model.In("team")}}); !fault.Is(err, fault.NotFound) {
			t.Errorf("the team's thing: %v, want not found", err)
		}
	})
}

// A walk does not pass through what may not be seen, nor count it.
func TestWalkShowsWhatMayBeSeen(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		run, _ := h.trained(t)
		h.sight["default"] = filter.Compare{Field: lineage.Attribute("kind"), Op: filter.Ne, Values: []any{"run"}}
		g := h.walk(t, lineage.Up, registry.VersionURN("flight delay", 1))
		for _, n := range g.Nodes {
			if n.URN.Kind == "run" || n.URN.Kind == "data" {
				t.Errorf("%s is shown", n.URN)
			}
		}
		if len(g.Nodes) != 3 || g.Rest != 0 || g.Deeper {
			t.Errorf("%d nodes, rest %d, deeper %v", len(g.Nodes), g.Rest, g.Deeper)
		}
		if found := must[[]lineage.Node](t)(h.Named(in("default"), run.ID)); len(found) != 0 {
			t.Errorf("the run is found: %v", found)
		}
	})
}
