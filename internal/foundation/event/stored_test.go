package event

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

func TestListByWhoWhatAndWhen(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		l := newLog(db)
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for i, e := range []struct{ workspace, user, action, verb string }{
			{"default", "ada", "run.create", "tracking.run.created"},
			{"default", "ada", "run.update", "tracking.run.tagged"},
			{"default", "bob", "run.update", "tracking.run.ended"},
			{"team", "ada", "model.create", "registry.model.created"},
		} {
			l.now = func() time.Time { return start.Add(time.Duration(i) * time.Hour) }
			c := caller.Local(e.workspace)
			c.Actor, c.Action = urn.New("user", e.user), e.action
			announce(t, l, caller.With(t.Context(), c), Event{Verb: e.verb, Subject: urn.New("thing", "x")})
		}
		settle(t, l, 4)
		settle(t, l, 4)
		for _, c := range []struct {
			query Query
			want  []string
		}{
			{Query{Actor: "tacit:user/ada"}, []string{"tracking.run.tagged", "tracking.run.created"}},
			{Query{Actor: "tacit:user/ada", Everywhere: true}, []string{"registry.model.created", "tracking.run.tagged", "tracking.run.created"}},
			{Query{Action: "run.update", Oldest: true}, []string{"tracking.run.tagged", "tracking.run.ended"}},
			{Query{Action: "run."}, []string{"tracking.run.ended", "tracking.run.tagged", "tracking.run.created"}},
			{Query{Action: "run"}, []string{}},
			{Query{Verb: "tracking.run.ended"}, []string{"tracking.run.ended"}},
			{Query{Verb: "tracking.run."}, []string{}},
			{Query{Since: start.Add(time.Hour), Until: start.Add(2 * time.Hour)}, []string{"tracking.run.tagged"}},
		} {
			c.query.Workspace = "default"
			got, err := l.List(t.Context(), c.query)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, verbs(got)); diff != "" {
				t.Errorf("%+v:\n%s", c.query, diff)
			}
		}
	})
}

// What lies in the store is read also where somebody changed it, and emptying
// takes out no more than it says.
func TestStoredEventsAndEmptiedOnes(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		l, ctx := newLog(db), as("default")
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for i := range 4 {
			l.now = func() time.Time { return start.Add(time.Duration(i) * time.Hour) }
			announce(t, l, ctx, Event{Verb: "a.b.made", Subject: urn.New("thing", "x"), Links: []Link{{Used, urn.New("data", "d")}}, Data: map[string]int{"n": i}})
			if i == 2 {
				l.SubscribeBatch("reader", func(context.Context, []Event) error { return nil })
				settle(t, l, 3)
				if err := l.CatchUp(ctx, "reader"); err != nil {
					t.Fatal(err)
				}
			}
		}
		err := db.Write(ctx, func(tx *rows.Tx) error {
			if _, err := tx.Exec(ctx, `UPDATE event_log SET links = 'none' WHERE position = 3`); err != nil {
				return err
			}
			last, err := l.Until(ctx, tx, start.Add(90*time.Minute))
			if err != nil || last != 2 {
				t.Errorf("until position %d, %v, want 2", last, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Empty(ctx, []int64{1, 2}, func(Event) bool { return true }, func(*rows.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		all, err := l.Stored(ctx, db.Read(), "reader", 0, 10)
		if err != nil || len(all) != 4 {
			t.Fatalf("%d events, %v", len(all), err)
		}
		for i, e := range all {
			if e.Brought != (i < 3) || (e.Broken != nil) != (i == 2) || e.Position != int64(i+1) {
				t.Errorf("event %d: %+v", i, e)
			}
			if emptied := i < 2; e.Actor.IsZero() != emptied || (e.Data == nil) != (emptied || i == 2) || (e.Origin == caller.Origin{}) != emptied {
				t.Errorf("event %d: emptied %v: %+v", i, emptied, e)
			}
		}
		if all[0].Subject.String() != "tacit:thing/x" || len(all[0].Links) != 1 {
			t.Errorf("an emptied event lost its subject or links: %+v", all[0])
		}
		if some, err := l.Stored(ctx, db.Read(), "nobody", 2, 1); err != nil || len(some) != 1 || some[0].Brought {
			t.Errorf("for nobody: %+v, %v", some, err)
		}
	})
}
