package event

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

func newSealedLog(db *rows.DB, key string) *Log {
	return NewSealedLog(db, id.NewSource(time.Now, rand.Reader), time.Now, slog.New(slog.DiscardHandler), []byte(key))
}

// marks are those of all events, in the order of positions.
func marks(t *testing.T, l *Log) string {
	t.Helper()
	all, err := l.Stored(t.Context(), l.db.Read(), "nobody", 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var told []Mark
	for _, e := range all {
		told = append(told, e.Mark)
	}
	listed, err := l.List(t.Context(), Query{Workspace: "default"})
	if err != nil || len(listed) != len(all) {
		t.Fatalf("%d events are listed of %d, %v", len(listed), len(all), err)
	}
	for _, e := range listed {
		one, err := l.Get(t.Context(), "default", e.ID, nil)
		i := slices.IndexFunc(all, func(s Stored) bool { return s.ID == e.ID })
		if err != nil || one.Mark != e.Mark || e.Mark != told[i] {
			t.Errorf("%s is %q, in a list %q, in the store %q: %v", e.ID, one.Mark, e.Mark, told[i], err)
		}
	}
	return fmt.Sprintf("%q", told)
}

func run(t *testing.T, db *rows.DB, statements ...string) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *rows.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What is from before seals, what was emptied and what somebody made up are told
// apart, by every reader.
func TestMarks(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		earlier, l, ctx := newLog(db), newSealedLog(db, "k"), as("default")
		made := Event{Verb: "a.b.made", Subject: urn.New("thing", "x"), Data: map[string]string{"name": "n", "who": "ada"}}
		for range 2 {
			announce(t, earlier, ctx, made)
		}
		settle(t, l, 2)
		if got := marks(t, l); got != `["unsealed" "unsealed"]` {
			t.Errorf("before the first seal: %s", got)
		}
		for range 4 {
			announce(t, l, ctx, made)
		}
		announce(t, earlier, ctx, made) // as somebody without the key does
		settle(t, l, 7)
		l.SubscribeBatch("reader", func(context.Context, []Event) error { return nil })
		forgotten := []int64{}
		err := l.Remain("reader", Remains{
			Keep: func(e Event) any { return map[string]any{"name": "n"} },
			Forget: func(_ context.Context, _ *rows.Tx, positions []int64) error {
				forgotten = append(forgotten, positions...)
				return nil
			},
		})
		if err != nil || l.Remain("nobody", Remains{}) == nil {
			t.Errorf("%v, and nobody has something stay", err)
		}
		vouched := func(e Event) bool { return e.Position != 4 }
		if err := l.Empty(ctx, []int64{1, 3, 4}, vouched, func(*rows.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if got := marks(t, l); got != `["emptied" "unsealed" "emptied" "forged" "" "" "forged"]` || !slices.Equal(forgotten, []int64{1, 3, 4}) {
			t.Errorf("%s, forgotten %v", got, forgotten)
		}
		all, err := l.Stored(ctx, db.Read(), "nobody", 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range map[int]string{0: `{"name":"n"}`, 2: `{"name":"n"}`, 3: ""} {
			text, _ := all[i].Data.(json.RawMessage)
			if string(text) != want || !all[i].Actor.IsZero() || all[i].Origin.Address != "" {
				t.Errorf("left of %d: %+v", i, all[i])
			}
		}
		run(t, db, `UPDATE event_log SET data = '{"name":"m"}' WHERE position = 3`, `UPDATE event_log SET actor = '', request = '', address = '', client = '', data = '' WHERE position = 5`)
		if got := marks(t, newSealedLog(db, "k")); got != `["emptied" "unsealed" "forged" "forged" "forged" "" "forged"]` {
			t.Errorf("changed: %s", got)
		}
	})
}

// What another key sealed is sealed anew where it is what was left, and counts for none
// that the key sealed when it was written.
func TestWhatIsLeftIsSealedByAnotherKey(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		l, ctx := newSealedLog(db, "k"), as("default")
		for range 3 {
			announce(t, l, ctx, Event{Verb: "a.b.made", Subject: urn.New("thing", "x")})
		}
		settle(t, l, 3)
		if err := l.Empty(ctx, []int64{1, 2}, func(Event) bool { return true }, func(*rows.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		other := newSealedLog(db, "other")
		err := db.Write(ctx, func(tx *rows.Tx) error {
			return other.SealLeft(ctx, tx, []int64{1, 2}, func(e Event) bool { return e.Position != 2 })
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := marks(t, other); got != `["emptied" "forged" "forged"]` {
			t.Error(got)
		}
		announce(t, other, ctx, Event{Verb: "a.b.made", Subject: urn.New("thing", "x")})
		for key, want := range map[string]int64{"k": 2, "other": 4} { // the first is what this key sealed as emptied
			log := newSealedLog(db, key)
			for position := range int64(5) {
				if known, err := log.SealedUntil(ctx, db.Read(), position); err != nil || known != (position >= want) {
					t.Errorf("%s up to %d: %t, %v", key, position, known, err)
				}
			}
		}
	})
}

// What goes along ends the emptying with it.
func TestEmptyingIsOneTransaction(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		l, ctx := newSealedLog(db, "k"), as("default")
		announce(t, l, ctx, Event{Verb: "a.b.made", Subject: urn.New("thing", "x")})
		settle(t, l, 1)
		broken := errors.New("broken")
		l.SubscribeBatch("reader", func(context.Context, []Event) error { return nil })
		if err := l.Remain("reader", Remains{Forget: func(context.Context, *rows.Tx, []int64) error { return broken }}); err != nil {
			t.Fatal(err)
		}
		if err := l.Empty(ctx, []int64{1}, func(Event) bool { return true }, func(*rows.Tx) error { return nil }); !errors.Is(err, broken) {
			t.Errorf("%v", err)
		}
		if got := marks(t, l); got != `[""]` {
			t.Error(got)
		}
	})
}

// On SQLite an event gets no position that a subscriber has come by, though those that
// lay there are gone.
func TestAnEventAfterACutIsBrought(t *testing.T) {
	t.Parallel()
	db := rowstest.SQLite(t, schemas())
	l, ctx := newLog(db), as("default")
	var brought []string
	l.SubscribeBatch("reader", func(_ context.Context, all []Event) error {
		for _, e := range all {
			brought = append(brought, e.Subject.Name())
		}
		return nil
	})
	for i := range 5 {
		announce(t, l, ctx, Event{Verb: "a.b.made", Subject: urn.New("thing", fmt.Sprint(i))})
	}
	if err := l.CatchUp(ctx, "reader"); err != nil {
		t.Fatal(err)
	}
	run(t, db, "DELETE FROM event_log WHERE position > 2")
	announce(t, l, ctx, Event{Verb: "a.b.made", Subject: urn.New("thing", "after")})
	if err := l.CatchUp(ctx, "reader"); err != nil || fmt.Sprint(brought) != "[0 1 2 3 4 after]" {
		t.Errorf("%v, %v", brought, err)
	}
}
