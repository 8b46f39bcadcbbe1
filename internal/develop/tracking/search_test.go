package tracking_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/filter/search"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// only lets the caller see runs of one name.
type only string

func (o only) Visible(_ context.Context, action string) (filter.Node, error) {
	if action != "run.read" {
		return filter.False{}, nil
	}
	return filter.Compare{Field: filter.Field{Entity: search.Attribute, Key: "run_name"}, Op: filter.Eq, Values: []any{string(o)}}, nil
}

func TestSearchShowsWhatMayBeSeen(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		c := newClock()
		ids := id.NewSource(c.Now, rand.Reader)
		s := tracking.New(tracking.Config{DB: db, Events: event.NewLog(db, ids, c.Now, slog.New(slog.DiscardHandler)), Access: only("mine"), IDs: ids, Now: c.Now})
		ctx := in("default")
		for _, name := range []string{"mine", "yours", "mine"} {
			run := must[tracking.Run](t)(s.CreateRun(ctx, tracking.RunSpec{Name: name}))
			used := tracking.DatasetInput{Dataset: tracking.Dataset{Name: "of " + name, Digest: "1"}}
			if err := s.LogInputs(ctx, run.ID, tracking.Inputs{Datasets: []tracking.DatasetInput{used}}); err != nil {
				t.Fatal(err)
			}
		}
		if all := must[[]tracking.DatasetSummary](t)(s.SearchDatasets(ctx, []string{"0"})); len(all) != 1 || all[0].Name != "of mine" {
			t.Errorf("datasets that may be seen: %+v", all)
		}
		q := tracking.RunSearch{Experiments: []string{"0"}, Max: 10}
		if page := must[tracking.RunPage](t)(s.SearchRuns(ctx, q)); len(page.Runs) != 2 || page.Runs[0].Name != "mine" {
			t.Errorf("runs that may be seen: %+v", page.Runs)
		}
		if n := must[int64](t)(s.CountRuns(ctx, q)); n != 2 {
			t.Errorf("%d runs are counted, want 2", n)
		}
		if sums := must[map[string]tracking.RunSummary](t)(s.SumUpRuns(ctx, []string{"0", "7"})); len(sums) != 1 || sums["0"].Runs != 2 {
			t.Errorf("runs that may be seen are summed up as %+v", sums)
		}
		if page := must[tracking.ExperimentPage](t)(s.SearchExperiments(ctx, tracking.ExperimentSearch{Max: 10})); len(page.Experiments) != 0 {
			t.Errorf("experiments that may not be seen: %+v", page.Experiments)
		}
	})
}

// TestSearchPages pages through runs by a metric that some have as NaN or not
// at all, and counts them.
func TestSearchPages(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h, ctx := newHouse(db), in("default")
		values := []float64{0.5, math.NaN(), 0.9, 0.5, -1, math.NaN()}
		for i := range 8 {
			run := must[tracking.Run](t)(h.CreateRun(ctx, tracking.RunSpec{Start: int64(i), Name: fmt.Sprint("r", i)}))
			if i < len(values) {
				if err := h.LogMetric(ctx, run.ID, tracking.Metric{Key: "auc", Value: values[i]}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for order, want := range map[string][]string{
			"metrics.auc DESC": {"r2", "r3", "r0", "r4", "r5", "r1", "r7", "r6"},
			"metrics.auc":      {"r4", "r3", "r0", "r2", "r5", "r1", "r7", "r6"},
			"start_time ASC":   {"r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"},
		} {
			q := tracking.RunSearch{Experiments: []string{"0"}, OrderBy: []string{order}, Max: 3}
			var got []string
			for {
				page := must[tracking.RunPage](t)(h.SearchRuns(ctx, q))
				for _, r := range page.Runs {
					got = append(got, r.Name)
				}
				if q.Token = page.Next; q.Token == "" {
					break
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", order, diff)
			}
		}
		if n := must[int64](t)(h.CountRuns(ctx, tracking.RunSearch{Experiments: []string{"0"}, Filter: "metrics.auc >= 0.5"})); n != 3 {
			t.Errorf("%d runs with auc of at least 0.5, want 3", n)
		}
	})
}
