package event

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

func schemas() []rows.Schema { return []rows.Schema{{Name: "event", Files: Migrations()}} }

func newLog(db *rows.DB) *Log {
	return NewLog(db, id.NewSource(time.Now, rand.Reader), time.Now, slog.New(slog.DiscardHandler))
}

func as(workspace string) context.Context {
	c := caller.Local(workspace)
	c.Origin = caller.Origin{Request: "r1", Address: "127.0.0.1", Client: "test"}
	return caller.With(context.Background(), c)
}

func announce(t *testing.T, l *Log, ctx context.Context, e Event) {
	t.Helper()
	if err := l.db.Write(ctx, func(tx *rows.Tx) error { return l.Append(ctx, tx, e) }); err != nil {
		t.Fatal(err)
	}
}

func verbs(events []Event) []string {
	all := []string{}
	for _, e := range events {
		all = append(all, e.Verb)
	}
	return all
}

func TestAppendAndList(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		l, ctx := newLog(db), as("default")
		run := urn.New("run", "a/b@c")
		announce(t, l, ctx, Event{
			Verb: "tracking.run.created", Subject: run, Links: []Link{{Used, urn.New("data", "x").In("team")}},
			Before: "", After: Hash(map[string]int{"b": 1, "a": 2}), Data: map[string]any{"name": "one"},
		})
		announce(t, l, ctx, Event{Verb: "tracking.run.ended", Subject: run})
		announce(t, l, ctx, Event{Verb: "registry.model.created", Subject: urn.New("model", "m"), Outcome: Refused})
		announce(t, l, as("team"), Event{Verb: "tracking.run.created", Subject: run})
		settle(t, l, 4)

		for _, c := range []struct {
			query Query
			want  []string
		}{
			{Query{}, []string{"registry.model.created", "tracking.run.ended", "tracking.run.created"}},
			{Query{After: 1}, []string{"tracking.run.ended", "registry.model.created"}},
			{Query{Before: 3}, []string{"tracking.run.ended", "tracking.run.created"}},
			{Query{Limit: 1}, []string{"registry.model.created"}},
			{Query{VerbPrefix: "tracking."}, []string{"tracking.run.ended", "tracking.run.created"}},
			{Query{Subject: run.String()}, []string{"tracking.run.ended", "tracking.run.created"}},
			{Query{Subject: run.String(), VerbPrefix: "tracking.run.e"}, []string{"tracking.run.ended"}},
		} {
			c.query.Workspace = "default"
			got, err := l.List(ctx, c.query)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, verbs(got)); diff != "" {
				t.Errorf("%+v:\n%s", c.query, diff)
			}
		}
		all, err := l.List(ctx, Query{Workspace: "default", Subject: run.String(), Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		first := all[1]
		if first.Actor.String() != "tacit:user/local" || first.Subject.String() != "tacit:run/a%2Fb%40c" || first.Origin.Request != "r1" ||
			first.Links[0].To.Workspace != "team" || first.Outcome != Done || string(first.Data.(json.RawMessage)) != `{"name":"one"}` {
			t.Errorf("read back: %+v", first)
		}
		if got, err := l.Get(ctx, "default", first.ID, nil); err != nil || got.Verb != first.Verb {
			t.Errorf("get: %+v, %v", got, err)
		}
		if _, err := l.Get(ctx, "team", first.ID, filter.True{}); !fault.Is(err, fault.NotFound) {
			t.Errorf("get from another workspace: %v, want not found", err)
		}
	})
}

// TestListShowsWhatMayBeSeen joins every list with what its reader may see.
func TestListShowsWhatMayBeSeen(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		l, ctx := newLog(db), as("default")
		run := urn.New("run", "a")
		announce(t, l, ctx, Event{Verb: "tracking.run.created", Subject: run})
		announce(t, l, ctx, Event{Verb: "tracking.run.ended", Subject: run})
		announce(t, l, ctx, Event{Verb: "registry.model.created", Subject: urn.New("model", "m")})
		settle(t, l, 3)
		over := func(key string, op filter.Op, value string) filter.Node {
			return filter.Compare{Field: Attribute(key), Op: op, Values: []any{value}}
		}
		for _, c := range []struct {
			query Query
			want  []string
		}{
			{Query{Visible: filter.True{}, After: 1}, []string{"tracking.run.ended", "registry.model.created"}},
			{Query{Visible: filter.False{}}, []string{}},
			{Query{Visible: filter.False{}, After: 1}, []string{}},
			{Query{Visible: filter.False{}, Subject: run.String(), VerbPrefix: "tracking."}, []string{}},
			{Query{Visible: over("verb", filter.Like, "tracking.%")}, []string{"tracking.run.ended", "tracking.run.created"}},
			{Query{Visible: filter.Not{Node: over("verb", filter.Eq, "tracking.run.ended")}, VerbPrefix: "tracking."}, []string{"tracking.run.created"}},
			{Query{Visible: filter.Or{over("subject", filter.Eq, "tacit:model/m"), filter.False{}}}, []string{"registry.model.created"}},
			{Query{Visible: over("actor", filter.Ne, "tacit:user/local")}, []string{}},
		} {
			c.query.Workspace = "default"
			got, err := l.List(ctx, c.query)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, verbs(got)); diff != "" {
				t.Errorf("%+v:\n%s", c.query, diff)
			}
		}
		all, err := l.List(ctx, Query{Workspace: "default"})
		if err != nil {
			t.Fatal(err)
		}
		models := over("subject", filter.Eq, "tacit:model/m")
		if got, err := l.Get(ctx, "default", all[0].ID, models); err != nil || got.Verb != "registry.model.created" {
			t.Errorf("get what may be seen: %+v, %v", got, err)
		}
		if got, err := l.Get(ctx, "default", all[1].ID, models); !fault.Is(err, fault.NotFound) || got.ID != "" {
			t.Errorf("get what may not be seen: %+v, %v, want not found", got, err)
		}
		if _, err := l.List(ctx, Query{Workspace: "default", Visible: over("data", filter.Eq, "x")}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a condition over a field that events do not have: %v, want invalid", err)
		}
	})
}

// TestWhatIsNotTextIsRefused keeps from the engines what PostgreSQL cannot take.
func TestWhatIsNotTextIsRefused(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		l, ctx := newLog(db), as("default")
		for _, text := range []string{"a\x00b", "a\xffb"} {
			for _, q := range []Query{{VerbPrefix: text}, {Subject: text}} {
				q.Workspace = "default"
				if _, err := l.List(ctx, q); !fault.Is(err, fault.Invalid) {
					t.Errorf("list %+v: %v, want invalid", q, err)
				}
			}
			if _, err := l.Get(ctx, "default", text, nil); !fault.Is(err, fault.Invalid) {
				t.Errorf("get %q: %v, want invalid", text, err)
			}
		}
	})
}

func TestLinksAreBounded(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		l, ctx := newLog(db), as("default")
		e := Event{Verb: "tracking.input.recorded", Subject: urn.New("run", "a")}
		for range MaxLinks {
			e.Links = append(e.Links, Link{Used, urn.New("logged-model", "m")})
		}
		announce(t, l, ctx, e)
		e.Links = append(e.Links, e.Links[0])
		if err := db.Write(ctx, func(tx *rows.Tx) error { return l.Append(ctx, tx, e) }); err == nil {
			t.Errorf("an event with %d links is taken", len(e.Links))
		}
	})
}

func TestNoEventWithoutItsChange(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		l, ctx := newLog(db), as("default")
		failed := errors.New("the change failed")
		err := db.Write(ctx, func(tx *rows.Tx) error {
			if err := l.Append(ctx, tx, Event{Verb: "tracking.run.created", Subject: urn.New("run", "x")}); err != nil {
				return err
			}
			return failed
		})
		if !errors.Is(err, failed) {
			t.Fatalf("got %v", err)
		}
		if all, err := l.List(ctx, Query{Workspace: "default"}); err != nil || len(all) != 0 {
			t.Errorf("after a failed change there are %v, %v", verbs(all), err)
		}
	})
}

// collect subscribes and returns what comes, in order, until want events came.
func collect(t *testing.T, l *Log, name string, want int, handle func(Event) error) []string {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	var got []string
	l.Subscribe(name, func(_ context.Context, e Event) error {
		if err := handle(e); err != nil {
			return err
		}
		if got = append(got, e.Subject.Name()); len(got) == want {
			stop()
		}
		return nil
	})
	if err := l.Run(ctx); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestSubscriberGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		ctx := as("default")
		for i := range 5 {
			announce(t, newLog(db), ctx, Event{Verb: "a.b.made", Subject: urn.New("thing", fmt.Sprint(i))})
		}
		var fails atomic.Int32
		got := collect(t, newLog(db), "one", 3, func(e Event) error {
			if e.Subject.Name() == "2" && fails.Add(1) == 1 {
				return errors.New("not now")
			}
			return nil
		})
		if diff := cmp.Diff([]string{"0", "1", "2"}, got); diff != "" {
			t.Errorf("first life:\n%s", diff)
		}
		got = collect(t, newLog(db), "one", 2, func(Event) error { return nil })
		if diff := cmp.Diff([]string{"3", "4"}, got); diff != "" {
			t.Errorf("second life:\n%s", diff)
		}
	})
}

func TestHashIsOfTheMeaning(t *testing.T) {
	t.Parallel()
	type one struct {
		B int `json:"b"`
		A int `json:"a"`
	}
	if Hash(one{1, 2}) != Hash(map[string]int{"a": 2, "b": 1}) {
		t.Error("the order of keys changes the hash")
	}
	if Hash(one{1, 2}) == Hash(one{2, 1}) {
		t.Error("different values have one hash")
	}
}
