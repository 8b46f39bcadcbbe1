package lineage_test

import (
	"slices"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

// A report that names a thing says nothing of when it began, and one of another
// workspace puts nothing there that its own events did not.
func TestAMentionChangesNothingOfAThing(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		model, run := urn.New("model", "churn", "1"), urn.New("run", "early")
		ok(t, h.Report(in("default"), reported("COMPLETE", aRun+","+job+`,"outputs":[{"namespace":"tacit:team","name":"tacit:model/churn/1"},{"namespace":"tacit:default","name":"tacit:run/early"}]`)))
		h.settle(t)
		if found := must[[]lineage.Node](t)(h.Named(in("team"), model.String())); len(found) != 0 {
			t.Errorf("the team is told of %v, of which no event of its own tells", found)
		}
		if found := must[[]lineage.Node](t)(h.Named(in("default"), run.String())); len(found) != 1 || found[0].Event != "" || !found[0].First.IsZero() {
			t.Errorf("what was only named is told as %+v", found)
		}
		h.tell(t, "team", "registry.version.created", model)
		h.tell(t, "default", "tracking.run.created", run)
		h.settle(t)
		for workspace, u := range map[string]urn.URN{"team": model, "default": run} {
			own := h.last(t, workspace)
			found := must[[]lineage.Node](t)(h.Named(in(workspace), u.String()))
			if len(found) != 1 || found[0].Event != own.ID || !found[0].First.Equal(own.Time) {
				t.Errorf("%s began with %+v, not with its own %s", u, found, own.ID)
			}
		}
		g := must[lineage.Graph](t)(h.Walk(in("team"), lineage.Walk{Roots: []urn.URN{model}}))
		if len(g.Nodes) != 1 || g.Deeper || g.Rest != 0 {
			t.Errorf("from the team's version one sees %v", lines(g))
		}
	})
}

// The path of a file names a run, and what stores it chose the path: of a run that the
// workspace does not have it tells nothing, also when that run comes later.
func TestAFileTellsOfTheRunsOfItsWorkspace(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		run, model := urn.New("run", "theirs"), urn.New("logged-model", "m-theirs")
		store := func(workspace, name string, of urn.URN) {
			h.tell(t, workspace, "artifact.file.stored", urn.New("artifact", name), event.Link{Relation: event.DerivedFrom, To: of})
		}
		h.tell(t, "team", "tracking.run.created", run)
		h.tell(t, "team", "tracking.logged-model.created", model)
		for _, of := range []urn.URN{run, model} {
			store("default", "other "+of.Kind, of)
			store("team", "own "+of.Kind, of)
		}
		h.settle(t)
		for _, of := range []urn.URN{run, model} {
			if found := must[[]lineage.Node](t)(h.Named(in("default"), of.String())); len(found) != 0 {
				t.Errorf("default is told of %v", found)
			}
			g := must[lineage.Graph](t)(h.Walk(in("team"), lineage.Walk{Roots: []urn.URN{of}}))
			if want := []string{of.String() + " > " + urn.New("artifact", "own "+of.Kind).String() + " derived-from"}; !slices.Equal(lines(g), want) {
				t.Errorf("team sees %v", lines(g))
			}
		}
		h.tell(t, "default", "tracking.run.created", run) // it came, as a move brings it
		h.settle(t)
		if g := must[lineage.Graph](t)(h.Walk(in("default"), lineage.Walk{Roots: []urn.URN{run}})); len(g.Edges) != 0 {
			t.Errorf("what lay at its path before is told as its own: %v", lines(g))
		}
		before := h.all(t)
		if _, err := h.Rebuild(in("default"), false); err != nil {
			t.Fatal(err)
		}
		if after := h.all(t); !slices.Equal(before, after) {
			t.Errorf("a rebuild gives %v, and there was %v", after, before)
		}
	})
}

// Events about people and the log itself are no lineage.
func TestAccountsAreNoLineage(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		before := h.all(t)
		h.tell(t, "default", "access.user.created", urn.New("user", "vera"))
		h.tell(t, "default", "access.token.created", urn.New("service", "etl"))
		h.settle(t)
		if after := h.all(t); !slices.Equal(before, after) {
			t.Errorf("the graph has %v", after)
		}
	})
}

// Data begins for a reader with the first that the reader may read.
func TestDataBeginsWithWhatMayBeRead(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		shut, open, data := urn.New("run", "shut"), urn.New("run", "open"), urn.New("data", "d")
		h.tell(t, "default", "t.run.created", shut, used(data))
		first := h.last(t, "default")
		h.tell(t, "default", "t.run.created", open, used(data))
		second := h.last(t, "default")
		h.settle(t)
		for id, hidden := range map[string]urn.URN{first.ID: tracking.RunURN("none"), second.ID: shut} {
			h.Access = but{h.sight, map[string]bool{hidden.String(): true}}
			g := must[lineage.Graph](t)(h.Walk(in("default"), lineage.Walk{Roots: []urn.URN{open}, Direction: lineage.Up}))
			found := must[[]lineage.Node](t)(h.Named(in("default"), "d"))
			if len(found) != 1 || found[0].Event != id || len(g.Nodes) != 2 || g.Nodes[1].Event != id || !g.Nodes[1].First.Equal(found[0].First) {
				t.Errorf("without %s the data begins with %+v, %+v; want %s", hidden, found, g.Nodes, id)
			}
		}
	})
}
