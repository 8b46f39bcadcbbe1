package backup

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// TestSubscribersGoOnAfterRestore: who got two of three events before the backup
// gets the third and the new one after it, on either engine.
func TestSubscribersGoOnAfterRestore(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, from *rows.DB) {
		fill(t, from, 10)
		got := take(t, from, 2)
		archive := write(t, from, bytesIn(t))
		for _, to := range []*rows.DB{rowstest.SQLite(t, schemas()), rowstest.Postgres(t, schemas())} {
			if _, err := restored(to, bytesIn(t), archive); err != nil {
				t.Fatal(err)
			}
			ctx := caller.With(context.Background(), caller.Local("team"))
			err := to.Write(ctx, func(tx *rows.Tx) error {
				return events(to).Append(ctx, tx, event.Event{Verb: "things.thing.made", Subject: urn.New("thing", "new")})
			})
			if err != nil {
				t.Fatal(err)
			}
			after := take(t, to, 2)
			if diff := cmp.Diff([]int64{1, 2, 3, 4}, slices.Concat(got, after)); diff != "" {
				t.Errorf("%s to %s: positions (-want +got):\n%s", from.Dialect(), to.Dialect(), diff)
			}
		}
	})
}

// take has a subscriber get so many events and stop; it gives their positions.
func take(t *testing.T, db *rows.DB, many int) (positions []int64) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	log := events(db)
	log.Subscribe("taker", func(_ context.Context, e event.Event) error {
		if len(positions) == many {
			return errors.New("enough")
		}
		if positions = append(positions, e.Position); len(positions) == many {
			cancel()
		}
		return nil
	})
	if err := log.Run(ctx); err != nil {
		t.Fatal(err)
	}
	return positions
}

// TestEventsGoOnAfterRestore: positions rise from where they were, and a new
// subscriber gets the restored events before the new one.
func TestEventsGoOnAfterRestore(t *testing.T) {
	t.Parallel()
	from := rowstest.SQLite(t, schemas())
	fill(t, from, 1000)
	archive := write(t, from, bytesIn(t))
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		if _, err := restored(db, bytesIn(t), archive); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(caller.With(context.Background(), caller.Local("team")))
		defer cancel()
		log := events(db)
		var positions []int64
		log.Subscribe("test", func(_ context.Context, e event.Event) error {
			if positions = append(positions, e.Position); len(positions) == 4 {
				cancel()
			}
			return nil
		})
		err := db.Write(ctx, func(tx *rows.Tx) error {
			return log.Append(ctx, tx, event.Event{Verb: "things.thing.made", Subject: urn.New("thing", "new")})
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := log.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int64{1, 2, 3, 4}, positions); diff != "" {
			t.Errorf("positions (-want +got):\n%s", diff)
		}
	})
}
