package tracking_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// Events are told apart by what the rooms keep of their subjects.
func TestEventsOfWhatAConditionSelects(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h, ctx := newHouse(db), in("default")
		var runs []string
		for _, name := range []string{"open", "shut"} {
			e := must[tracking.Experiment](t)(h.CreateExperiment(ctx, tracking.ExperimentSpec{Name: name, Tags: []tracking.Tag{{Key: name, Value: "yes"}}}))
			runs = append(runs, must[tracking.Run](t)(h.CreateRun(ctx, tracking.RunSpec{Experiment: e.ID})).ID)
		}
		must[tracking.Experiment](t)(h.CreateExperiment(in("team"), tracking.ExperimentSpec{Name: "open"}))
		field := func(entity, key string) filter.Field { return filter.Field{Entity: entity, Key: key} }
		is := func(f filter.Field, value string) filter.Node {
			return filter.Compare{Field: f, Op: filter.Eq, Values: []any{value}}
		}
		for name, c := range map[string]struct {
			seen filter.Node
			want []string
		}{
			"an experiment by its name":         {tracking.ExperimentSubjects("default", is(field("object", "name"), "open")), []string{"tacit:experiment/1"}},
			"an experiment by its id":           {tracking.ExperimentSubjects("default", is(field("object", "id"), "2")), []string{"tacit:experiment/2"}},
			"an experiment but one with a tag":  {tracking.ExperimentSubjects("default", filter.Not{Node: filter.Compare{Field: field("object-tag", "open"), Op: filter.NotNull}}), []string{"tacit:experiment/2", "tacit:experiment/0"}},
			"a run by its experiment's tag":     {tracking.RunSubjects("default", is(field("experiment-tag", "shut"), "yes")), []string{"tacit:run/" + runs[1]}},
			"a run by its experiment's name":    {tracking.RunSubjects("default", is(field("experiment", "name"), "open")), []string{"tacit:run/" + runs[0]}},
			"an experiment of a workspace else": {tracking.ExperimentSubjects("team", is(field("object", "id"), "2")), nil},
		} {
			var got []string
			for _, e := range must[[]event.Event](t)(h.events.List(ctx, event.Query{Workspace: "default", Visible: c.seen})) {
				got = append(got, e.Subject.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	})
}
