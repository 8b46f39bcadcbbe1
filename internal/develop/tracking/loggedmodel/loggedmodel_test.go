package loggedmodel_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/develop/tracking/loggedmodel"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/secret/secrettest"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

func schemas() []rows.Schema {
	part := loggedmodel.Part()
	return []rows.Schema{
		{Name: "event", Files: event.Migrations()},
		{Name: "tracking", Files: tracking.Room().Migrations},
		{Name: part.Name, Files: part.Migrations},
	}
}

// world is the rooms over one engine. Its clock goes on by a millisecond a look.
type world struct {
	*loggedmodel.Service
	runs *tracking.Service
	log  *event.Log
	ctx  context.Context
	now  int64
}

func open(t *testing.T, db *rows.DB) *world {
	t.Helper()
	w := &world{ctx: caller.With(t.Context(), caller.Local("default"))}
	clock := func() time.Time { w.now++; return time.UnixMilli(w.now) }
	ids := id.NewSource(time.Now, rand.Reader)
	w.log = event.NewLog(db, ids, time.Now, slog.New(slog.DiscardHandler))
	key := secrettest.Ring("test")
	w.runs = tracking.New(tracking.Config{DB: db, Events: w.log, Access: access.New(access.Config{}), IDs: ids, Now: clock, PageKey: key, Models: loggedmodel.Points{}})
	w.Service = loggedmodel.New(loggedmodel.Config{DB: db, Events: w.log, Access: access.New(access.Config{}), Experiments: w.runs, IDs: ids, Now: clock, PageKey: key})
	return w
}

func (w *world) create(t *testing.T, s loggedmodel.Spec) loggedmodel.Model {
	t.Helper()
	if s.Experiment == "" {
		s.Experiment = "0"
	}
	m, err := w.Create(w.ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (w *world) run(t *testing.T) string {
	t.Helper()
	r, err := w.runs.CreateRun(w.ctx, tracking.RunSpec{Experiment: "0", Start: 1})
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

// points writes points to a run as log-batch does.
func (w *world) points(t *testing.T, run string, points ...tracking.Metric) {
	t.Helper()
	if err := w.runs.LogBatch(w.ctx, tracking.Batch{Run: run, Metrics: points}); err != nil {
		t.Fatal(err)
	}
}

// The first model of a workspace makes the record of "Default" as the first
// run does, once.
func TestAModelMakesTheDefaultExperiment(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		w := open(t, db)
		if _, err := w.Create(w.ctx, loggedmodel.Spec{Experiment: "7"}); !fault.Is(err, fault.NotFound) {
			t.Errorf("a model in an experiment that is not there: %v", err)
		}
		w.create(t, loggedmodel.Spec{})
		w.create(t, loggedmodel.Spec{})
		events, err := w.log.List(w.ctx, event.Query{Workspace: caller.DefaultWorkspace})
		if err != nil {
			t.Fatal(err)
		}
		var verbs []string
		for _, e := range events {
			verbs = append(verbs, e.Verb)
		}
		slices.Reverse(verbs)
		want := []string{"tracking.experiment.created", "tracking.logged_model.created", "tracking.logged_model.created"}
		if d := cmp.Diff(want, verbs); d != "" {
			t.Error(d)
		}
		if e, err := w.runs.Experiment(w.ctx, "0"); err != nil || e.Created == 0 {
			t.Errorf("the experiment has no record: %+v, %v", e, err)
		}
		if err := w.runs.DeleteExperiment(w.ctx, "0"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Create(w.ctx, loggedmodel.Spec{Experiment: "0"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a model in a deleted experiment: %v", err)
		}
	})
}

func TestLifeOfAModel(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		w := open(t, db)
		run := w.run(t)
		made := w.create(t, loggedmodel.Spec{Name: "churn", Type: "xgboost", SourceRun: run,
			Params: []tracking.Param{{Key: "lr", Value: "0.1"}, {Key: "depth", Value: "3"}}, Tags: []tracking.Tag{{Key: "team", Value: "risk"}}})
		want := loggedmodel.Model{ID: made.ID, Experiment: "0", Name: "churn", Type: "xgboost", SourceRun: run, Status: loggedmodel.Pending, Lifecycle: tracking.Active,
			ArtifactURI: "mlflow-artifacts:/0/models/" + made.ID + "/artifacts", Created: made.Created, Updated: made.Created,
			Params: []tracking.Param{{Key: "depth", Value: "3"}, {Key: "lr", Value: "0.1"}}, Tags: []tracking.Tag{{Key: "team", Value: "risk"}}}
		if diff := cmp.Diff(want, made); diff != "" {
			t.Fatal(diff)
		}
		if err := w.LogParams(w.ctx, made.ID, []tracking.Param{{Key: "lr", Value: "0.1"}, {Key: "n", Value: ""}}); err != nil {
			t.Fatal(err)
		}
		if err := w.LogParams(w.ctx, made.ID, []tracking.Param{{Key: "lr", Value: "0.2"}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a param that changes: %v", err)
		}
		if err := w.SetTags(w.ctx, made.ID, []tracking.Tag{{Key: "team", Value: "a"}, {Key: "team", Value: "b"}, {Key: "gone", Value: "x"}}); err != nil {
			t.Fatal(err)
		}
		if err := w.DeleteTag(w.ctx, made.ID, "gone"); err != nil {
			t.Fatal(err)
		}
		if err := w.DeleteTag(w.ctx, made.ID, "gone"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a tag that is not there: %v", err)
		}
		ready, err := w.Finalize(w.ctx, made.ID, loggedmodel.Ready)
		if err != nil || ready.Status != loggedmodel.Ready || ready.Updated <= made.Updated {
			t.Errorf("%+v, %v", ready, err)
		}
		if diff := cmp.Diff([]tracking.Tag{{Key: "team", Value: "b"}}, ready.Tags); diff != "" {
			t.Error(diff)
		}
		if location, from, err := w.Source(w.ctx, made.ID); err != nil || location != made.ArtifactURI || from != run {
			t.Errorf("%s %s %v", location, from, err)
		}
		for range 2 {
			if err := w.Delete(w.ctx, made.ID); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Model(w.ctx, made.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("a deleted model is found: %v", err)
		}
		if _, _, err := w.Source(w.ctx, made.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("a deleted model has a source: %v", err)
		}
		if m, err := w.AnyModel(w.ctx, made.ID); err != nil || m.Lifecycle != tracking.Deleted {
			t.Errorf("%+v, %v", m, err)
		}
		if page, err := w.Search(w.ctx, loggedmodel.Search{Experiments: []string{"0"}, Max: 10}); err != nil || page.Models != nil {
			t.Errorf("a deleted model is listed: %+v, %v", page, err)
		}
		w.tells(t, made.ID, "deleted", "finalized", "untagged", "described", "described", "described", "created")
	})
}

// tells checks the events about a model, the newest first.
func (w *world) tells(t *testing.T, model string, verbs ...string) {
	t.Helper()
	events, err := w.log.List(w.ctx, event.Query{Workspace: "default", Subject: tracking.LoggedModelURN(model).String()})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range events {
		got = append(got, strings.TrimPrefix(e.Verb, "tracking.logged_model."))
	}
	if diff := cmp.Diff(verbs, got); diff != "" {
		t.Error(diff)
	}
	if last := events[len(events)-1]; len(last.Links) != 1 || last.Links[0].Relation != event.DerivedFrom || last.Links[0].To.Kind != "run" {
		t.Errorf("the first event links to %v", last.Links)
	}
}

// Events are told apart by what is kept of their subjects.
func TestEventsOfWhatAConditionSelects(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		w := open(t, db)
		shut := w.create(t, loggedmodel.Spec{Name: "shut", Tags: []tracking.Tag{{Key: "secret", Value: "yes"}}})
		m := w.create(t, loggedmodel.Spec{Name: "open"})
		for want, seen := range map[string]filter.Node{
			m.ID:    filter.Compare{Field: filter.Field{Entity: "object-tag", Key: "secret"}, Op: filter.IsNull},
			shut.ID: filter.Compare{Field: filter.Field{Entity: "object", Key: "id"}, Op: filter.Eq, Values: []any{shut.ID}},
		} {
			all, err := w.log.List(w.ctx, event.Query{Workspace: "default", Visible: loggedmodel.Subjects("default", seen)})
			if err != nil || len(all) == 0 || slices.ContainsFunc(all, func(e event.Event) bool { return e.Subject.Name() != want }) {
				t.Errorf("%v, %v; want what happened to %s", all, err, want)
			}
		}
	})
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	w := open(t, rowstest.SQLite(t, schemas()))
	m := w.create(t, loggedmodel.Spec{})
	if m.Name == "" {
		t.Error("no name was made up")
	}
	for _, s := range []loggedmodel.Spec{
		{Experiment: "0", Name: "a/b"}, {Experiment: "0", Name: "a.b"}, {Experiment: "0", Name: `a"b`}, {Experiment: "0", Name: "a%b"}, {Experiment: "x"},
		{Experiment: "0", Name: strings.Repeat("x", loggedmodel.MaxName+1)}, {Experiment: "0", Name: "\x00"},
		{Experiment: "0", Params: []tracking.Param{{Key: "a", Value: "1"}, {Key: "a", Value: "2"}}}, {Experiment: "0", Tags: []tracking.Tag{{}}},
	} {
		if _, err := w.Create(w.ctx, s); !fault.Is(err, fault.Invalid) {
			t.Errorf("Create(%.80v): %v", s, err)
		}
	}
	if _, err := w.Create(w.ctx, loggedmodel.Spec{Experiment: "77"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("an experiment that is not there: %v", err)
	}
	other := caller.With(w.ctx, caller.Local("team"))
	for name, err := range map[string]error{
		"another workspace":  func() error { _, err := w.Model(other, m.ID); return err }(),
		"no model":           func() error { _, err := w.Finalize(w.ctx, "m-none", loggedmodel.Ready); return err }(),
		"nul":                func() error { _, err := w.Model(w.ctx, "m\x00"); return err }(),
		"points of no model": w.runs.LogBatch(w.ctx, tracking.Batch{Run: w.run(t), Metrics: []tracking.Metric{{Key: "auc", ModelID: "m-none"}}}),
	} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Finalize(w.ctx, m.ID, "DONE"); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown status: %v", err)
	}
}

func TestPoints(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		w := open(t, db)
		run, m := w.run(t), w.create(t, loggedmodel.Spec{})
		auc := tracking.Metric{Key: "auc", Value: 0.9, Timestamp: 5, Step: 2, ModelID: m.ID, DatasetName: "test", DatasetDigest: "d1"}
		again := auc
		nan := tracking.Metric{Key: "loss", Value: math.NaN(), Timestamp: 1, ModelID: m.ID}
		infinite := tracking.Metric{Key: "loss", Value: math.Inf(1), Timestamp: 1, Step: -1, ModelID: m.ID}
		alone := tracking.Metric{Key: "auc", Value: 0.1, Timestamp: 5, Step: 2}
		w.points(t, run, auc, again, nan, infinite, alone)
		w.points(t, run, auc)
		got, err := w.Model(w.ctx, m.ID)
		if err != nil {
			t.Fatal(err)
		}
		infinite.Value = math.MaxFloat64
		want := []loggedmodel.Metric{{Metric: auc, Run: run}, {Metric: infinite, Run: run}, {Metric: nan, Run: run}}
		if diff := cmp.Diff(want, got.Metrics, cmpopts.EquateNaNs()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRegistered(t *testing.T) {
	t.Parallel()
	w := open(t, rowstest.SQLite(t, schemas()))
	m := w.create(t, loggedmodel.Spec{})
	for version := range int64(2) {
		err := w.DB.Write(w.ctx, func(tx *rows.Tx) error { return w.Registered(w.ctx, tx, m.ID, "churn", version+1) })
		if err != nil {
			t.Fatal(err)
		}
	}
	got, err := w.Model(w.ctx, m.ID)
	want := []tracking.Tag{{Key: "mlflow.modelVersions", Value: `[{"name":"churn","version":1},{"name":"churn","version":2}]`}}
	if diff := cmp.Diff(want, got.Tags); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if err := w.DB.Write(w.ctx, func(tx *rows.Tx) error { return w.Registered(w.ctx, tx, "m-none", "churn", 3) }); !fault.Is(err, fault.NotFound) {
		t.Errorf("no model: %v", err)
	}
}

// TestRegisteredAtOnce registers one model under two names in transactions that
// run at once, as the registry's do: the tag keeps every entry.
func TestRegisteredAtOnce(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		w := open(t, db)
		const rounds = 30
		m := w.create(t, loggedmodel.Spec{})
		for round := range int64(rounds) {
			start := make(chan struct{})
			var group sync.WaitGroup
			for _, name := range []string{"churn", "revenue"} {
				group.Go(func() {
					<-start
					err := db.WriteAt(w.ctx, rows.ReadCommitted, func(tx *rows.Tx) error { return w.Registered(w.ctx, tx, m.ID, name, round+1) })
					if err != nil {
						t.Error(err)
					}
				})
			}
			close(start)
			group.Wait()
		}
		got, err := w.Model(w.ctx, m.ID)
		if err != nil {
			t.Fatal(err)
		}
		var entries []struct{ Name string }
		if len(got.Tags) != 1 || json.Unmarshal([]byte(got.Tags[0].Value), &entries) != nil || len(entries) != 2*rounds {
			t.Errorf("%d entries after %d registrations: %v", len(entries), 2*rounds, got.Tags)
		}
	})
}
