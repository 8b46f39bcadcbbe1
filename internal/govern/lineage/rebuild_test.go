package lineage_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

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
		`SELECT g.workspace || ' ' || n.urn || ' is ' || g.name || ' to ' || b.urn FROM lineage_name g
JOIN lineage_node n ON n.workspace = g.workspace AND n.id = g.node JOIN lineage_node b ON b.workspace = g.workspace AND b.id = g.giver`,
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
func (h house) happen(t *testing.T, random *rand.Rand, n int, by ...string) {
	t.Helper()
	models := []urn.URN{urn.New("model", "a"), urn.New("model", "b"), urn.New("model", "a", "1"), urn.New("model", "a", "2"), urn.New("model", "b", "1")}
	things := append([]urn.URN{urn.New("run", "r"), urn.New("data", "d"), urn.New("artifact", "1", "r", "f"), urn.New("logged-model", "m")}, models...)
	relations := []event.Relation{event.Used, event.Produced, event.DerivedFrom, event.VersionOf}
	pick := func(all []urn.URN) urn.URN { return all[random.IntN(len(all))] }
	for range n {
		c := caller.Local([]string{"default", "team"}[random.IntN(2)])
		c.Actor = urn.New("user", by[random.IntN(len(by))])
		ctx := caller.With(context.Background(), c)
		e := event.Event{Subject: pick(things), Verb: "x.y." + []string{"created", "deleted", "restored", "recorded", "ended", "stored"}[random.IntN(6)],
			Data: map[string]string{"name": fmt.Sprint(random.IntN(9)), "experiment": fmt.Sprint(random.IntN(2))}}
		if random.IntN(4) == 0 {
			e.Subject = urn.New("run", fmt.Sprint(random.IntN(1_000_000))) // one that nothing else is about
		}
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
			e.Data = map[string]any{"datasets": map[string]string{"d": fmt.Sprint("called ", random.IntN(9))}}
		}
		if err := h.db.Write(ctx, func(tx *rows.Tx) error { return h.events.Append(ctx, tx, e) }); err != nil {
			t.Fatal(err)
		}
	}
}

// rebuild builds the graph anew, and waits until it is whole: on PostgreSQL for
// transactions of others.
func (h house) rebuild(t *testing.T) lineage.Built {
	t.Helper()
	built := must[lineage.Built](t)(h.Rebuild(in("default"), false))
	for built.Behind {
		built = must[lineage.Built](t)(h.Rebuild(in("default"), true))
	}
	return built
}

// Built from the log at once the graph is what it was when it followed the log
// event by event, and events that come again change nothing.
func TestRebuiltGraphIsTheSame(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := context.Background()
		h.happen(t, draw.Rand(t), 400, "ada", "bob")
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
		built := h.rebuild(t)
		rebuilt := h.all(t)
		if diff := gocmp.Diff(followed, rebuilt); diff != "" {
			t.Errorf("built anew:\n%s", diff)
		}
		aliases := slices.DeleteFunc(slices.Clone(rebuilt), func(s string) bool {
			return !strings.Contains(s, "@0") && !strings.Contains(s, "@1") && !strings.Contains(s, " is ")
		})
		if built.Nodes+built.Edges+int64(len(aliases)) != int64(len(rebuilt)) {
			t.Errorf("%d nodes, %d edges and %d aliases and names are told of %d", built.Nodes, built.Edges, len(aliases), len(rebuilt))
		}
	})
}
