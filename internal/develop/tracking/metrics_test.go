package tracking_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// TestMetrics logs points of any value, of few keys and of many, with and
// without a merge: histories, the run and searches tell of them at once.
func TestMetrics(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h, ctx := newHouse(db), in("default")
		run := must[tracking.Run](t)(h.CreateRun(ctx, tracking.RunSpec{}))
		nan, most := math.NaN(), math.MaxFloat64
		point := func(key string, value float64, timestamp, step int64) tracking.Metric {
			return tracking.Metric{Key: key, Value: value, Timestamp: timestamp, Step: step}
		}
		few := []tracking.Metric{
			point("loss", math.Inf(1), 1, 0), point("auc", 0.5, 3, -1), point("loss", nan, 2, 1), point("loss", math.Inf(-1), 3, 0), point("auc", 0.5, 3, -1),
		}
		var many []tracking.Metric
		for i := range 40 {
			many = append(many, point(fmt.Sprintf("wide%02d", i), float64(i), 5, 7))
		}
		for _, batch := range [][]tracking.Metric{few, many} {
			if err := h.LogBatch(ctx, tracking.Batch{Run: run.ID, Metrics: batch}); err != nil {
				t.Fatal(err)
			}
		}
		found := must[tracking.RunPage](t)(h.SearchRuns(ctx, tracking.RunSearch{Experiments: []string{"0"}, Max: 1, Filter: "metrics.wide07 = 7"}))
		if len(found.Runs) != 1 {
			t.Error("a search does not know the latest point of many keys")
		}
		loss := []tracking.Metric{point("loss", most, 1, 0), point("loss", nan, 2, 1), point("loss", -most, 3, 0)}
		auc := []tracking.Metric{point("auc", 0.5, 3, -1)}
		latest := slices.Concat(auc, loss[1:2], many)
		for _, when := range []string{"before a merge", "after it"} {
			same := func(what string, want, got any) {
				t.Helper()
				if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
					t.Errorf("%s %s: %s", what, when, diff)
				}
			}
			same("latest", latest, must[tracking.Run](t)(h.Run(ctx, run.ID)).Metrics)
			same("loss", loss, h.history(t, ctx, run.ID, "loss", 2))
			same("auc", auc, h.history(t, ctx, run.ID, "auc", 0))
			same("bulk", []tracking.RunMetric{{Run: run.ID, Metric: loss[0]}, {Run: run.ID, Metric: loss[1]}},
				must[[]tracking.RunMetric](t)(h.BulkHistory(ctx, []string{run.ID, "none"}, "loss", 2)))
			same("sample", []tracking.RunMetric{{Run: run.ID, Metric: loss[0]}, {Run: run.ID, Metric: loss[1]}},
				must[[]tracking.RunMetric](t)(h.SampleHistory(ctx, tracking.Sample{Runs: []string{run.ID}, Key: "loss", Max: 2})))
			must[bool](t)(h.Merge(ctx, run.ID))
		}
	})
}

// TestAListSettlesWhatItAsksFor has latest points that are due in two
// experiments: a list stores those of the runs that it shows, or of the
// experiments that it compares the points of, and no others.
func TestAListSettlesWhatItAsksFor(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h, ctx := newHouse(db), in("default")
		other := must[tracking.Experiment](t)(h.CreateExperiment(ctx, tracking.ExperimentSpec{Name: "other"})).ID
		var wide []tracking.Metric
		for i := range 40 {
			wide = append(wide, tracking.Metric{Key: fmt.Sprintf("wide%02d", i), Value: float64(i)})
		}
		for i := range 40 { // more than are settled together
			for _, experiment := range []string{"0", other} {
				run := must[tracking.Run](t)(h.CreateRun(ctx, tracking.RunSpec{Experiment: experiment, Start: int64(i)}))
				if err := h.LogBatch(ctx, tracking.Batch{Run: run.ID, Metrics: wide}); err != nil {
					t.Fatal(err)
				}
			}
		}
		due := func(when string, here, there int64) {
			t.Helper()
			for experiment, want := range map[string]int64{"0": here, other: there} {
				got := must[int64](t)(rows.One(ctx, db.Read(), rows.Column[int64], `SELECT count(DISTINCT d.run) FROM tracking_latest_due d
JOIN tracking_run r ON r.workspace = d.workspace AND r.run = d.run WHERE CAST(r.experiment AS TEXT) = $1`, experiment))
				if got != want {
					t.Errorf("after %s %d runs of experiment %s are due, want %d", when, got, experiment, want)
				}
			}
		}
		here := []string{"0"}
		must[int64](t)(h.CountRuns(ctx, tracking.RunSearch{Experiments: here, Filter: "attributes.status = 'RUNNING'"}))
		must[map[string]tracking.RunSummary](t)(h.SumUpRuns(ctx, []string{"0", other}))
		due("counts without points", 40, 40)
		page := must[tracking.RunPage](t)(h.SearchRuns(ctx, tracking.RunSearch{Experiments: here, Max: 3}))
		if diff := cmp.Diff(wide, page.Runs[2].Metrics); diff != "" {
			t.Errorf("a page does not show the latest points: %s", diff)
		}
		due("a page", 37, 40)
		if n := must[int64](t)(h.CountRuns(ctx, tracking.RunSearch{Experiments: here, Filter: "metrics.wide07 = 7"})); n != 40 {
			t.Errorf("%d runs have the point, want 40", n)
		}
		due("a count by points", 0, 40)
		page = must[tracking.RunPage](t)(h.SearchRuns(ctx, tracking.RunSearch{Experiments: []string{other}, Max: 1, OrderBy: []string{"metrics.wide07 DESC"}}))
		if len(page.Runs) != 1 {
			t.Errorf("a page by points has %d runs", len(page.Runs))
		}
		due("a page by points", 0, 0)
	})
}

// TestAnEndedRunIsMergedAtOnce has the room's work seal the points of a run
// that finished, long before its next sweep.
func TestAnEndedRunIsMergedAtOnce(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h, ctx := newHouse(db), in("default")
		working, stop := context.WithCancel(context.Background())
		done := make(chan error)
		go func() { done <- h.Work(working) }()
		run := must[tracking.Run](t)(h.CreateRun(ctx, tracking.RunSpec{}))
		if err := h.LogMetric(ctx, run.ID, tracking.Metric{Key: "m"}); err != nil {
			t.Fatal(err)
		}
		failed := tracking.Failed
		must[tracking.Run](t)(h.UpdateRun(ctx, tracking.RunUpdate{ID: run.ID, Status: &failed}))
		for deadline := time.Now().Add(time.Minute); !slices.Contains(h.verbs(t, "default"), "tracking.metrics.sealed"); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("its points are not sealed")
			}
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
