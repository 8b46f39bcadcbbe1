package event

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// settle waits until n events may be brought: on PostgreSQL they are held back
// while any older transaction of the server runs, be it another test's.
func settle(t *testing.T, l *Log, n int) {
	t.Helper()
	next := selectNextSQLite
	if l.db.Dialect() == rows.Postgres {
		next = selectNextPostgres
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		all, err := rows.Collect(t.Context(), l.db.Read(), l.scanSettled, next, 0, 0, n)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d events settled within a minute", len(all), n)
		}
	}
}

func TestBatchesAreCaughtUpAndRewound(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		l, ctx := newLog(db), as("default")
		var got []int
		fail := errors.New("not now")
		var refuse error
		l.SubscribeBatch("counter", func(_ context.Context, all []Event) error {
			if refuse != nil {
				return refuse
			}
			got = append(got, len(all))
			return nil
		})
		for range 3 {
			announce(t, l, ctx, Event{Verb: "tracking.run.created", Subject: urn.New("run", "a")})
		}
		settle(t, l, 3)
		refuse = fail
		if err := l.CatchUp(ctx, "counter"); !errors.Is(err, fail) {
			t.Fatalf("a handler that fails: %v", err)
		}
		refuse = nil
		for range 2 { // the second time there is nothing new
			if err := l.CatchUp(ctx, "counter"); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Rewind(ctx, "counter", func(*rows.Tx) error { return fail }); !errors.Is(err, fail) {
			t.Fatalf("a rewind whose clearing fails: %v", err)
		}
		if err := l.CatchUp(ctx, "counter"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int{3}, got); diff != "" {
			t.Fatalf("batches before the rewind (-want +got):\n%s", diff)
		}
		if err := l.Rewind(ctx, "counter", func(*rows.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if err := l.CatchUp(ctx, "counter"); err != nil {
			t.Fatal(err)
		}
		if err := l.Hold(ctx, "counter"); err != nil {
			t.Fatal(err)
		}
		announce(t, l, ctx, Event{Verb: "tracking.run.ended", Subject: urn.New("run", "a")})
		settle(t, l, 4)
		if err := l.CatchUp(ctx, "counter"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int{3, 3}, got); diff != "" {
			t.Fatalf("batches after the rewind, and while it is held (-want +got):\n%s", diff)
		}
		if err := errors.Join(l.Rewind(ctx, "counter", func(*rows.Tx) error { return nil }), l.CatchUp(ctx, "counter")); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int{3, 3, 4}, got); diff != "" {
			t.Errorf("batches after it was held (-want +got):\n%s", diff)
		}
		if err := l.CatchUp(ctx, "nobody"); err == nil {
			t.Error("a subscriber that is not there was caught up")
		}
	})
}
