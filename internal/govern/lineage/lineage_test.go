package lineage_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/develop/tracking/loggedmodel"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
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

// but may read all things but some.
type but struct {
	sight
	hidden map[string]bool
}

// Reader leaves out what is hidden.
func (b but) Reader(context.Context) (func(urn.URN) (bool, error), error) {
	return func(u urn.URN) (bool, error) { return !b.hidden[u.String()], nil }, nil
}

// Data is told with whatever used it: what only hidden things used is told by no
// way, what an open one used as well is, and so is what nothing used.
func TestDataIsToldWithWhatUsedIt(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		data := func(digest string) urn.URN { return urn.New("data", digest) }
		open, shut := urn.New("run", "open"), urn.New("run", "shut")
		h.tell(t, "default", "t.run.created", shut, used(data("secret")), used(data("both")))
		h.tell(t, "default", "t.run.created", open, used(data("both")), used(data("own")))
		h.tell(t, "default", "t.dataset.reported", urn.New("dataset", "s3://b", "alone"))
		h.settle(t)
		h.Access = but{h.sight, map[string]bool{shut.String(): true}}
		for u, want := range map[string][]string{
			"tacit:data/secret": nil, "tacit:run/shut": nil, "tacit:data/none": nil,
			"tacit:data/both": {"tacit:data/both > tacit:run/open used"},
			"tacit:run/open":  {"tacit:data/both > tacit:run/open used", "tacit:data/own > tacit:run/open used"},
			urn.New("dataset", "s3://b", "alone").String(): {},
		} {
			named := must[urn.URN](t)(urn.Parse(u))
			g, err := h.Walk(in("default"), lineage.Walk{Roots: []urn.URN{named}, Direction: lineage.Both})
			if want == nil {
				if !fault.Is(err, fault.NotFound) {
					t.Errorf("%s: %v, %v", u, g.Nodes, err)
				}
			} else if got := lines(g); err != nil || !slices.Equal(want, got) {
				t.Errorf("%s: %v, %v; want %v", u, got, err, want)
			}
		}
		for digest, want := range map[string]int{"secret": 0, "both": 1, "own": 1} {
			if found := must[[]lineage.Node](t)(h.Named(in("default"), digest)); len(found) != want {
				t.Errorf("%s is found as %v", digest, found)
			}
		}
	})
}

// all is the whole graph as text, sorted.
func (h house) all(t *testing.T) []string {
	t.Helper()
	text := func(s rows.Scanner) (line string, err error) { return line, s.Scan(&line) }
	var all []string
	for _, statement := range []string{
		`SELECT workspace || ' ' || urn || ' ' || kind || ' ' || name || ' ' || digest || ' ' || actor || ' ' || within || ' ' || event || ' ' || CAST(time AS TEXT) || ' ' || CAST(deleted AS TEXT) FROM lineage_node`,
		`SELECT e.workspace || ' ' || s.urn || ' ' || e.relation || ' ' || t.urn || ' ' || e.event || ' ' || CAST(e.time AS TEXT) FROM lineage_edge e
JOIN lineage_node s ON s.workspace = e.workspace AND s.id = e.source JOIN lineage_node t ON t.workspace = e.workspace AND t.id = e.target`,
		`SELECT a.workspace || ' ' || m.urn || '@' || a.alias || ' ' || n.urn FROM lineage_alias a
JOIN lineage_node m ON m.workspace = a.workspace AND m.id = a.model JOIN lineage_node n ON n.workspace = a.workspace AND n.id = a.node`,
	} {
		some, err := rows.Collect(context.Background(), h.db.Read(), text, statement)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	slices.Sort(all)
	return all
}

// happen has a random history happen: few names, so that things are deleted,
// renamed, made again and linked in circles.
func (h house) happen(t *testing.T, n int) {
	t.Helper()
	random := draw.Rand(t)
	models := []urn.URN{urn.New("model", "a"), urn.New("model", "b"), urn.New("model", "a", "1"), urn.New("model", "a", "2"), urn.New("model", "b", "1")}
	things := append([]urn.URN{urn.New("run", "r"), urn.New("data", "d"), urn.New("artifact", "1", "r", "f"), urn.New("logged-model", "m")}, models...)
	relations := []event.Relation{event.Used, event.Produced, event.DerivedFrom, event.VersionOf}
	pick := func(all []urn.URN) urn.URN { return all[random.IntN(len(all))] }
	for range n {
		ctx := in([]string{"default", "team"}[random.IntN(2)])
		e := event.Event{Subject: pick(things), Verb: "x.y." + []string{"created", "deleted", "restored", "recorded", "ended", "stored"}[random.IntN(6)],
			Data: map[string]string{"name": fmt.Sprint(random.IntN(9)), "experiment": fmt.Sprint(random.IntN(2))}}
		switch random.IntN(5) {
		case 0:
			e.Verb, e.Subject, e.Data = []string{"registry.alias.set", "registry.alias.removed"}[random.IntN(2)], models[2+random.IntN(3)], map[string]any{"alias": fmt.Sprint(random.IntN(2))}
		case 1:
			e.Verb, e.Subject, e.Links = "registry.model.renamed", models[random.IntN(2)], []event.Link{{Relation: event.DerivedFrom, To: models[random.IntN(2)]}}
		case 2, 3:
			for range 1 + random.IntN(3) {
				to := pick(things)
				if random.IntN(4) == 0 {
					to = to.In("team")
				}
				e.Links = append(e.Links, event.Link{Relation: relations[random.IntN(4)], To: to})
			}
		}
		if err := h.db.Write(ctx, func(tx *rows.Tx) error { return h.events.Append(ctx, tx, e) }); err != nil {
			t.Fatal(err)
		}
	}
}

// Built from the log at once the graph is what it was when it followed the log
// event by event, and events that come again change nothing.
func TestRebuiltGraphIsTheSame(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := context.Background()
		h.happen(t, 400)
		var history []event.Event
		for _, workspace := range []string{"default", "team"} {
			history = append(history, must[[]event.Event](t)(h.events.List(in(workspace), event.Query{Workspace: workspace, Limit: 1000}))...)
		}
		slices.SortFunc(history, func(a, b event.Event) int { return cmp.Compare(a.Position, b.Position) })
		for _, e := range history {
			ok(t, h.Take(ctx, []event.Event{e}))
		}
		followed := h.all(t)
		if len(followed) < 30 {
			t.Fatalf("the history makes a graph of %d lines: too little to compare", len(followed))
		}
		for _, from := range []int{399, 390, 300, 200, 0} {
			ok(t, h.Take(ctx, history[from:]))
			if diff := gocmp.Diff(followed, h.all(t)); diff != "" {
				t.Fatalf("after the events from %d came again:\n%s", from, diff)
			}
		}
		built := must[lineage.Built](t)(h.Rebuild(in("default"), false))
		for built.Behind { // on PostgreSQL for transactions of others
			built = must[lineage.Built](t)(h.Rebuild(in("default"), true))
		}
		rebuilt := h.all(t)
		if diff := gocmp.Diff(followed, rebuilt); diff != "" {
			t.Errorf("built anew:\n%s", diff)
		}
		aliases := slices.DeleteFunc(slices.Clone(rebuilt), func(s string) bool { return !strings.Contains(s, "@0") && !strings.Contains(s, "@1") })
		if built.Nodes+built.Edges+int64(len(aliases)) != int64(len(rebuilt)) {
			t.Errorf("%d nodes, %d edges and %d aliases are told of %d", built.Nodes, built.Edges, len(aliases), len(rebuilt))
		}
	})
}
