package tracking_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// TestSumUpRuns: active runs of this workspace are counted by experiment; one
// without such runs is not there.
func TestSumUpRuns(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := newHouse(db)
		ctx := in("a")
		for _, name := range []string{"churn", "delay", "none"} {
			must[tracking.Experiment](t)(h.CreateExperiment(ctx, tracking.ExperimentSpec{Name: name}))
			must[tracking.Experiment](t)(h.CreateExperiment(in("b"), tracking.ExperimentSpec{Name: name}))
		}
		for _, r := range []struct {
			experiment string
			start      int64
		}{{"1", 5000}, {"1", 9000}, {"1", 7000}, {"2", 3000}} {
			must[tracking.Run](t)(h.CreateRun(ctx, tracking.RunSpec{Experiment: r.experiment, Start: r.start}))
		}
		gone := must[tracking.Run](t)(h.CreateRun(ctx, tracking.RunSpec{Experiment: "1", Start: 20_000}))
		if err := h.DeleteRun(ctx, gone.ID); err != nil {
			t.Fatal(err)
		}
		must[tracking.Run](t)(h.CreateRun(in("b"), tracking.RunSpec{Experiment: "3", Start: 1000}))
		got := must[map[string]tracking.RunSummary](t)(h.SumUpRuns(ctx, []string{"1", "2", "3"}))
		want := map[string]tracking.RunSummary{"1": {Runs: 3, Last: 9000}, "2": {Runs: 1, Last: 3000}}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		if got := must[map[string]tracking.RunSummary](t)(h.SumUpRuns(ctx, nil)); len(got) != 0 {
			t.Errorf("of no experiment there is %v", got)
		}
		everywhere(t, h)
	})
}

// everywhere searches and counts the runs of all experiments in use of a
// workspace, page by page; then of what is left without experiment 1.
func everywhere(t *testing.T, h house) {
	t.Helper()
	ctx := in("a")
	starts := func() (all []int64) {
		for q := (tracking.RunSearch{Everywhere: true, Max: 2}); ; {
			page := must[tracking.RunPage](t)(h.SearchRuns(ctx, q))
			for _, r := range page.Runs {
				all = append(all, r.Start)
			}
			if q.Token = page.Next; q.Token == "" {
				return all
			}
		}
	}
	if d := cmp.Diff([]int64{9000, 7000, 5000, 3000}, starts()); d != "" {
		t.Errorf("runs everywhere: %s", d)
	}
	if n := must[int64](t)(h.CountRuns(ctx, tracking.RunSearch{Everywhere: true})); n != 4 {
		t.Errorf("%d runs everywhere, want 4", n)
	}
	if n := must[int64](t)(h.CountRuns(ctx, tracking.RunSearch{Everywhere: true, Filter: "metrics.none > 1"})); n != 0 {
		t.Errorf("%d runs everywhere with a metric that none has", n)
	}
	if err := h.DeleteExperiment(ctx, "1"); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]int64{3000}, starts()); d != "" {
		t.Errorf("runs everywhere without those of an experiment in the bin: %s", d)
	}
}
