package tracking_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/secret/secrettest"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

func schemas() []rows.Schema {
	return []rows.Schema{
		{Name: "event", Files: event.Migrations()},
		{Name: tracking.Room().Name, Files: tracking.Room().Migrations},
	}
}

// clock is a time that tests move by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.UnixMilli(1_764_000_000_000)} }

// Now goes on a microsecond with each look.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Microsecond)
	return c.now
}

// house is a tracking service over a store.
type house struct {
	*tracking.Service
	events *event.Log
	clock  *clock
}

func newHouse(db *rows.DB) house {
	c := newClock()
	ids := id.NewSource(c.Now, rand.Reader)
	events := event.NewLog(db, ids, c.Now, slog.New(slog.DiscardHandler))
	return house{tracking.New(tracking.Config{DB: db, Events: events, Access: access.New(access.Config{}), IDs: ids, Now: c.Now, PageKey: secrettest.Ring("k")}), events, c}
}

func in(workspace string) context.Context {
	return caller.With(context.Background(), caller.Local(workspace))
}

// verbs are the verbs of all events of a workspace, the oldest first.
func (h house) verbs(t *testing.T, workspace string) []string {
	t.Helper()
	all, err := h.events.List(in(workspace), event.Query{Workspace: workspace, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	verbs := make([]string, len(all))
	for i, e := range all {
		verbs[i] = e.Verb
	}
	slices.Reverse(verbs)
	return verbs
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestWorkspacesAreApart(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := newHouse(db)
		a, b := in("a"), in("b")
		first := must[tracking.Experiment](t)(h.CreateExperiment(a, tracking.ExperimentSpec{Name: "churn"}))
		second := must[tracking.Experiment](t)(h.CreateExperiment(b, tracking.ExperimentSpec{Name: "churn"}))
		if first.ID != "1" || second.ID != "1" {
			t.Errorf("each workspace counts for itself: got %s and %s", first.ID, second.ID)
		}
		run := must[tracking.Run](t)(h.CreateRun(a, tracking.RunSpec{Experiment: "1"}))
		if _, err := h.Run(b, run.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("a run of another workspace: %v", err)
		}
		if err := h.LogMetric(b, run.ID, tracking.Metric{Key: "m"}); !fault.Is(err, fault.NotFound) {
			t.Errorf("a metric for a run of another workspace: %v", err)
		}
		page := must[tracking.RunPage](t)(h.SearchRuns(b, tracking.RunSearch{Experiments: []string{"1"}, Max: 10}))
		if len(page.Runs) != 0 {
			t.Errorf("a search sees the runs of another workspace: %v", page.Runs)
		}
		if e := must[tracking.Experiment](t)(h.Experiment(in("c"), "0")); e.Name != "Default" || e.ArtifactLocation != "mlflow-artifacts:/0" {
			t.Errorf("the default experiment is %+v", e)
		}
	})
}

func TestDefaultExperimentIsMadeOnce(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		houses := []house{newHouse(db), newHouse(db)}
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				if _, err := houses[i%2].CreateRun(in("w"), tracking.RunSpec{}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		n := 0
		for _, v := range houses[0].verbs(t, "w") {
			if v == "tracking.experiment.created" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("the default experiment was made %d times", n)
		}
	})
}

// TestReadingWritesNothing shows the experiment "Default" of a workspace that
// nobody wrote to, and leaves no trace of it.
func TestReadingWritesNothing(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h, ctx := newHouse(db), in("unheard-of")
		want := tracking.Experiment{ID: "0", Name: "Default", ArtifactLocation: "mlflow-artifacts:/0", Lifecycle: tracking.Active}
		for name, got := range map[string]tracking.Experiment{
			"by id": must[tracking.Experiment](t)(h.Experiment(ctx, "0")), "by name": must[tracking.Experiment](t)(h.ExperimentByName(ctx, "Default")),
		} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		search := func(q tracking.ExperimentSearch) (ids []string) {
			t.Helper()
			q.Max = max(q.Max, 1)
			page := must[tracking.ExperimentPage](t)(h.SearchExperiments(ctx, q))
			for _, e := range page.Experiments {
				ids = append(ids, e.ID)
			}
			if page.Next != "" {
				q.Token = page.Next
				ids = append(ids, must[tracking.ExperimentPage](t)(h.SearchExperiments(ctx, q)).Experiments[0].ID)
			}
			return ids
		}
		for _, c := range []struct {
			query tracking.ExperimentSearch
			want  []string
		}{
			{tracking.ExperimentSearch{}, []string{"0"}},
			{tracking.ExperimentSearch{Filter: "name = 'Default'", OrderBy: []string{"name"}}, []string{"0"}},
			{tracking.ExperimentSearch{Filter: "name ILIKE 'x%'"}, nil},
			{tracking.ExperimentSearch{View: tracking.DeletedOnly}, nil},
		} {
			if diff := cmp.Diff(c.want, search(c.query)); diff != "" {
				t.Errorf("%+v: %s", c.query, diff)
			}
		}
		if _, err := h.Experiment(ctx, "1"); !fault.Is(err, fault.NotFound) {
			t.Errorf("another experiment: %v", err)
		}
		if n := must[int64](t)(rows.One(ctx, db.Read(), rows.Column[int64], "SELECT (SELECT count(*) FROM tracking_experiment) + (SELECT count(*) FROM event_log)")); n != 0 {
			t.Fatalf("reading wrote %d records", n)
		}
		if _, err := h.CreateExperiment(ctx, tracking.ExperimentSpec{Name: "Default"}); !fault.Is(err, fault.Exists) {
			t.Errorf("a second Default: %v", err)
		}
		if e := must[tracking.Experiment](t)(h.CreateExperiment(ctx, tracking.ExperimentSpec{Name: "churn"})); e.ID != "1" {
			t.Errorf("the first experiment made has the id %s", e.ID)
		}
		if diff := cmp.Diff([]string{"1", "0"}, search(tracking.ExperimentSearch{OrderBy: []string{"experiment_id DESC"}})); diff != "" {
			t.Error(diff)
		}
		if err := h.RenameExperiment(ctx, "0", "first"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.ExperimentByName(ctx, "Default"); !fault.Is(err, fault.NotFound) {
			t.Errorf("the name that Default had: %v", err)
		}
	})
}

func TestEvents(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h, ctx := newHouse(db), in("default")
		run := must[tracking.Run](t)(h.CreateRun(ctx, tracking.RunSpec{Name: "n"}))
		finished, end := tracking.Finished, int64(5)
		for _, err := range []error{
			h.LogBatch(ctx, tracking.Batch{Run: run.ID, Params: []tracking.Param{{Key: "p", Value: "1"}}, Tags: []tracking.Tag{{Key: "t", Value: "1"}}}),
			h.LogParam(ctx, run.ID, tracking.Param{Key: "p", Value: "1"}), // says nothing new
			h.LogMetric(ctx, run.ID, tracking.Metric{Key: "m", Value: 1}),
			h.LogMetric(ctx, run.ID, tracking.Metric{Key: "m", Value: 2}),
			h.LogInputs(ctx, run.ID, tracking.Inputs{Datasets: []tracking.DatasetInput{{Dataset: tracking.Dataset{Name: "d", Digest: "1"}}}}),
			h.LogOutputs(ctx, run.ID, []tracking.ModelOutput{{ModelID: "m-1"}}),
			second(h.UpdateRun(ctx, tracking.RunUpdate{ID: run.ID, Status: &finished, End: &end})),
			second(h.UpdateRun(ctx, tracking.RunUpdate{ID: run.ID, Status: &finished, End: &end})), // changes nothing
			second(h.Merge(ctx, run.ID)),
			second(h.Merge(ctx, run.ID)),
			h.DeleteRun(ctx, run.ID),
			h.DeleteRun(ctx, run.ID),
			h.RestoreRun(ctx, run.ID),
			h.LogParam(ctx, run.ID, tracking.Param{Key: "q", Value: strings.Repeat("ü", 7000)}),
			h.DeleteExperiment(ctx, "0"),
			h.RestoreExperiment(ctx, "0"),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		want := []string{
			"tracking.experiment.created", "tracking.run.created", "tracking.run.described", "tracking.input.recorded", "tracking.output.recorded",
			"tracking.run.ended", "tracking.metrics.sealed", "tracking.run.deleted", "tracking.run.restored", "tracking.run.described",
			"tracking.experiment.deleted", "tracking.experiment.restored",
		}
		if diff := cmp.Diff(want, h.verbs(t, "default")); diff != "" {
			t.Error(diff)
		}
		got := must[tracking.Run](t)(h.Run(ctx, run.ID))
		if v := got.Params[1].Value; v != strings.Repeat("ü", 6000) {
			t.Errorf("a long param is cut to %d bytes", len(v))
		}
	})
}

func second[T any](_ T, err error) error { return err }

// history reads all points of a key in pages of size.
func (h house) history(t testing.TB, ctx context.Context, run, key string, size int) []tracking.Metric {
	t.Helper()
	var all []tracking.Metric
	token := ""
	for {
		points, next, err := h.History(ctx, run, key, tracking.HistoryPage{Max: size, Token: token})
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, points...); next == "" {
			return all
		}
		token = next
	}
}
