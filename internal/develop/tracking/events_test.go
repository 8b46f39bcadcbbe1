package tracking_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// about are the events of a subject, the oldest first.
func (h house) about(t *testing.T, subject urn.URN) []event.Event {
	t.Helper()
	all := must[[]event.Event](t)(h.events.List(in("default"), event.Query{Workspace: "default", Subject: subject.String()}))
	slices.Reverse(all)
	return all
}

// TestEventsTellBeforeAndAfter chains the states that a thing went through.
func TestEventsTellBeforeAndAfter(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h, ctx := newHouse(db), in("default")
		e := must[tracking.Experiment](t)(h.CreateExperiment(ctx, tracking.ExperimentSpec{Name: "churn"}))
		run := must[tracking.Run](t)(h.CreateRun(ctx, tracking.RunSpec{Experiment: e.ID}))
		tag := tracking.Tag{Key: "team", Value: "ops"}
		for _, err := range []error{
			h.SetExperimentTag(ctx, e.ID, tag), h.DeleteExperimentTag(ctx, e.ID, "team"), h.DeleteExperiment(ctx, e.ID), h.RestoreExperiment(ctx, e.ID),
			h.SetTag(ctx, run.ID, tag), h.DeleteTag(ctx, run.ID, "team"), h.DeleteRun(ctx, run.ID), h.RestoreRun(ctx, run.ID),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, subject := range []urn.URN{tracking.ExperimentURN(e.ID), tracking.RunURN(run.ID)} {
			all := h.about(t, subject)
			if len(all) != 5 {
				t.Fatalf("%s has %d events, want 5", subject, len(all))
			}
			created, untagged, deleted, restored := all[0], all[2], all[3], all[4]
			if untagged.Before != event.Hash(tag) || untagged.After != "" {
				t.Errorf("%s: before %q, after %q; want the tag and nothing", untagged.Verb, untagged.Before, untagged.After)
			}
			if deleted.Before != created.After || deleted.After == deleted.Before {
				t.Errorf("%s: before %q, after %q; it was made as %q", deleted.Verb, deleted.Before, deleted.After, created.After)
			}
			if restored.Before != deleted.After || restored.After == restored.Before {
				t.Errorf("%s: before %q, after %q; it was deleted as %q", restored.Verb, restored.Before, restored.After, deleted.After)
			}
		}
	})
}

// TestManyLinksAreToldInSeveralEvents keeps every link of a large request.
func TestManyLinksAreToldInSeveralEvents(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h, ctx := newHouse(db), in("default")
		run := must[tracking.Run](t)(h.CreateRun(ctx, tracking.RunSpec{}))
		var (
			used tracking.Inputs
			made []tracking.ModelOutput
		)
		for i := range event.MaxLinks {
			id := fmt.Sprintf("m-%d", i)
			used.Models, made = append(used.Models, id), append(made, tracking.ModelOutput{ModelID: id})
		}
		used.Datasets = []tracking.DatasetInput{{Dataset: tracking.Dataset{Name: "d", Digest: "1"}}}
		for _, err := range []error{h.LogInputs(ctx, run.ID, used), h.LogOutputs(ctx, run.ID, made), h.LogInputs(ctx, run.ID, tracking.Inputs{})} {
			if err != nil {
				t.Fatal(err)
			}
		}
		got := map[string][]int{}
		for _, e := range h.about(t, tracking.RunURN(run.ID))[1:] {
			got[e.Verb] = append(got[e.Verb], len(e.Links))
		}
		if diff := cmp.Diff(map[string][]int{"tracking.input.recorded": {256, 1}, "tracking.output.recorded": {256}}, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestEventsTellWhereARunComesFrom links a run to its parent and to its data.
func TestEventsTellWhereARunComesFrom(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h, ctx := newHouse(db), in("default")
		parent := must[tracking.Run](t)(h.CreateRun(ctx, tracking.RunSpec{}))
		run := must[tracking.Run](t)(h.CreateRun(ctx, tracking.RunSpec{Tags: []tracking.Tag{{Key: "mlflow.parentRunId", Value: parent.ID}}}))
		used := tracking.Inputs{Datasets: []tracking.DatasetInput{{Dataset: tracking.Dataset{Name: "flights", Digest: "8a3b12c0"}}}}
		if err := h.LogInputs(ctx, run.ID, used); err != nil {
			t.Fatal(err)
		}
		var links []event.Link
		data := ""
		for _, e := range h.about(t, tracking.RunURN(run.ID)) {
			links, data = append(links, e.Links...), string(e.Data.(json.RawMessage))
		}
		want := []event.Link{{Relation: event.CausedBy, To: tracking.RunURN(parent.ID)}, {Relation: event.Used, To: tracking.DataURN("8a3b12c0")}}
		if diff := cmp.Diff(want, links); diff != "" {
			t.Error(diff)
		}
		if data != `{"count":1,"datasets":{"8a3b12c0":"flights"}}` {
			t.Errorf("the event of the data tells %s", data)
		}
	})
}
