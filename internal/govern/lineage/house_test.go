package lineage_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/develop/tracking/loggedmodel"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/secret/secrettest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

func schemas() []rows.Schema {
	all := []rows.Schema{{Name: "event", Files: event.Migrations()}, {Name: loggedmodel.Part().Name, Files: loggedmodel.Part().Migrations}}
	for _, r := range []room.Description{tracking.Room(), registry.Room(), lineage.Room()} {
		all = append(all, rows.Schema{Name: r.Name, Files: r.Migrations})
	}
	return all
}

// sight is what may be seen, by workspace; all where nothing is said.
type sight map[string]filter.Node

func (s sight) Visible(ctx context.Context, _ string) (filter.Node, error) {
	if n, ok := s[caller.Workspace(ctx)]; ok {
		return n, nil
	}
	return filter.True{}, nil
}

// Reader leaves all that is visible.
func (s sight) Reader(context.Context) (func(urn.URN) (bool, error), error) { return nil, nil }

// house is the room over a store, with the rooms whose events it takes.
type house struct {
	*lineage.Service
	db       *rows.DB
	events   *event.Log
	tracking *tracking.Service
	models   *loggedmodel.Service
	registry *registry.Service
	sight    sight
}

func open(db *rows.DB) house {
	ids, key := id.NewSource(time.Now, rand.Reader), secrettest.Ring("k")
	h := house{db: db, sight: sight{}, events: event.NewLog(db, ids, time.Now, slog.New(slog.DiscardHandler))}
	h.tracking = tracking.New(tracking.Config{DB: db, Events: h.events, Access: access.New(access.Config{}), IDs: ids, Now: time.Now, PageKey: key, Models: loggedmodel.Points{}})
	h.models = loggedmodel.New(loggedmodel.Config{DB: db, Events: h.events, Access: access.New(access.Config{}), Experiments: h.tracking, IDs: ids, Now: time.Now, PageKey: key})
	h.registry = registry.New(registry.Config{DB: db, Events: h.events, Access: access.New(access.Config{}), Runs: h.tracking, LoggedModels: h.models, Now: time.Now, PageKey: key})
	h.Service = lineage.New(lineage.Config{DB: db, Events: h.events, Access: h.sight})
	return h
}

func each(t *testing.T, test func(t *testing.T, h house)) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) { test(t, open(db)) })
}

func in(workspace string) context.Context {
	return caller.With(context.Background(), caller.Local(workspace))
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

func ok(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// tell announces that a subject stands so to others.
func (h house) tell(t testing.TB, workspace, verb string, subject urn.URN, links ...event.Link) {
	t.Helper()
	ctx := in(workspace)
	err := h.db.Write(ctx, func(tx *rows.Tx) error {
		return h.events.Append(ctx, tx, event.Event{Verb: verb, Subject: subject, Links: links})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// last is the last event of a workspace.
func (h house) last(t *testing.T, workspace string) event.Event {
	t.Helper()
	all := must[[]event.Event](t)(h.events.List(in(workspace), event.Query{Workspace: workspace, Limit: 1}))
	return all[0]
}

func used(u urn.URN) event.Link { return event.Link{Relation: event.Used, To: u} }

// lines are a graph's edges as text, sorted, with marks of what is deleted.
func lines(g lineage.Graph) []string {
	name := func(i int) string {
		n := g.Nodes[i]
		s := n.URN.String()
		if !n.Deleted.IsZero() {
			s += " deleted"
		}
		for _, a := range n.Aliases {
			s += " @" + a
		}
		return s
	}
	all := make([]string, 0, len(g.Edges))
	for _, e := range g.Edges {
		all = append(all, name(e.From)+" > "+name(e.To)+" "+string(e.Relation))
	}
	slices.Sort(all)
	return all
}

// settle waits until all that happened is in the graph: on PostgreSQL events are
// held back for transactions of others.
func (h house) settle(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ok(t, h.events.CatchUp(ctx, "lineage"))
}

func (h house) walk(t *testing.T, d lineage.Direction, of ...urn.URN) lineage.Graph {
	t.Helper()
	h.settle(t)
	return must[lineage.Graph](t)(h.Walk(in("default"), lineage.Walk{Roots: of, Direction: d}))
}

// trained is a run on data that made a logged model, whose version 1 has an
// alias.
func (h house) trained(t *testing.T) (run tracking.Run, model string) {
	t.Helper()
	ctx := in("default")
	e := must[tracking.Experiment](t)(h.tracking.CreateExperiment(ctx, tracking.ExperimentSpec{Name: "delays"}))
	run = must[tracking.Run](t)(h.tracking.CreateRun(ctx, tracking.RunSpec{Experiment: e.ID, Name: "calm-otter-7"}))
	made := must[loggedmodel.Model](t)(h.models.Create(ctx, loggedmodel.Spec{Experiment: e.ID, Name: "trees", SourceRun: run.ID}))
	ok(t, h.tracking.LogInputs(ctx, run.ID, tracking.Inputs{Datasets: []tracking.DatasetInput{{Dataset: tracking.Dataset{Name: "flights", Digest: "8a3b12c0"}}}}),
		h.tracking.LogOutputs(ctx, run.ID, []tracking.ModelOutput{{ModelID: made.ID}}))
	must[registry.Model](t)(h.registry.CreateModel(ctx, registry.ModelSpec{Name: "flight delay"}))
	must[registry.Version](t)(h.registry.CreateVersion(ctx, registry.VersionSpec{Model: "flight delay", Source: "models:/" + made.ID, ModelID: made.ID, RunID: run.ID}))
	ok(t, h.registry.SetAlias(ctx, "flight delay", "champion", 1))
	return run, made.ID
}
