package points_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// eventually asks until the answer is yes.
func eventually(t *testing.T, what string, ask func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ask(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not happen", what)
		}
	}
}

// segments counts the records of points that are not merged.
func segments(t *testing.T, db *rows.DB) int64 {
	t.Helper()
	n, err := rows.One(context.Background(), db.Read(), rows.Column[int64], "SELECT count(*) FROM tracking_segment")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// working has a replica work until the function that it gives is called.
func (r replica) working(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- r.Work(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestWork merges what another process left behind, what many requests wrote
// and what an ended run has, by itself.
func TestWork(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		runs, ctx := newLedger(), in("default")
		newReplica(db, runs).log(t, ctx, "first", series("m", 0, 1, 1))
		r := newReplica(db, runs)
		stop := r.working(t)
		eventually(t, "merging what was left behind", func() bool { return segments(t, db) == 0 })

		for step := range int64(64) {
			r.log(t, ctx, "second", series("m", step, step+1, 1))
		}
		eventually(t, "merging a run with many segments", func() bool { return segments(t, db) == 0 })

		r.log(t, ctx, "third", series("m", 0, 1, 1))
		if err := db.Write(ctx, func(tx *rows.Tx) error {
			r.End(ctx, tx, "third")
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "merging a run that ended", func() bool { return segments(t, db) == 0 })
		stop()
		for _, run := range []string{"first", "second", "third"} {
			if n := len(runs.announced(run)); n != 1 {
				t.Errorf("the points of the %s run are announced %d times, want 1", run, n)
			}
		}
		if n := len(r.history(t, ctx, "second", "m", 0)); n != 64 {
			t.Errorf("%d points are there, want 64", n)
		}
	})
}

// TestWorkAnnouncesAfterARestart takes up the points that a process merged and
// did not live to announce.
func TestWorkAnnouncesAfterARestart(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		runs, ctx := newLedger(), in("default")
		dying := newReplica(db, runs)
		for step := range int64(2) {
			dying.log(t, ctx, "run", series("m", step, step+1, 1))
			dying.merge(t, ctx, "run")
		}
		if told := runs.announced("run"); !slices.Equal(told, []int64{1}) || segments(t, db) != 0 {
			t.Fatalf("%v points announced and %d segments before the restart, want 1 and 0", told, segments(t, db))
		}
		r := newReplica(db, runs)
		r.clock.forward(time.Hour)
		stop := r.working(t)
		eventually(t, "announcing what was merged before the restart", func() bool { return slices.Equal(runs.announced("run"), []int64{1, 2}) })
		stop()
	})
}
