package idempotency

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// clock is a time that the test moves.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time        { return time.UnixMicro(c.at.Load()) }
func (c *clock) pass(by time.Duration) { c.at.Add(by.Microseconds()) }

// world is a store, its clock, and a caller.
type world struct {
	*Store
	clock *clock
	ctx   context.Context
}

func each(t *testing.T, test func(*testing.T, world)) {
	t.Helper()
	t.Parallel()
	rowstest.Each(t, []rows.Schema{Schema()}, func(t *testing.T, db *rows.DB) {
		c := &clock{}
		c.at.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixMicro())
		test(t, world{New(db, id.NewSource(time.Now, rand.Reader), c.now), c, caller.With(context.Background(), caller.Local("default"))})
	})
}

func (w world) begin(t *testing.T, ctx context.Context, key, request string, want Outcome) Begun {
	t.Helper()
	b, err := w.Begin(ctx, key, request)
	if err != nil || b.Outcome != want {
		t.Fatalf("Begin(%s, %s): outcome %d, %v; want %d", key, request, b.Outcome, err, want)
	}
	return b
}

// change writes something in a transaction of its own.
func (w world) change(ctx context.Context) error {
	return w.db.Write(ctx, func(tx *rows.Tx) error {
		_, err := tx.Exec(ctx, insertClaim, "scratch", "a", w.ids.Hex32(), "", "", int64(1<<60), []byte{})
		return err
	})
}

// changes counts what change wrote.
func (w world) changes(t *testing.T) (n int) {
	t.Helper()
	if err := w.db.Read().QueryRow(w.ctx, `SELECT count(*) FROM idempotency_answer WHERE workspace = 'scratch'`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAnAnswerIsKept(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		want := Answer{201, map[string]string{"Content-Type": "application/json"}, []byte("{\"id\":\"7\"}\x00\xff")}
		first := w.begin(t, w.ctx, "k", "r", Claimed)
		w.begin(t, w.ctx, "k", "r", Busy)
		w.begin(t, w.ctx, "k", "other", Reused)
		if err := w.change(first.Claim.Within(w.ctx)); err != nil {
			t.Fatal(err)
		}
		if err := first.Claim.Keep(w.ctx, want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, w.begin(t, w.ctx, "k", "r", Answered).Answer); diff != "" {
			t.Error(diff)
		}
		w.begin(t, w.ctx, "k", "other", Reused)
		w.begin(t, caller.With(w.ctx, caller.Local("team")), "k", "other", Claimed)
		w.begin(t, caller.With(w.ctx, caller.System("x", "default")), "k", "other", Claimed)
		w.clock.pass(Kept - time.Microsecond)
		w.begin(t, w.ctx, "k", "r", Answered)
		w.clock.pass(time.Microsecond)
		w.begin(t, w.ctx, "k", "other", Claimed)
	})
}

func TestAKeyThatWasNeverFinished(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		dead := w.begin(t, w.ctx, "k", "r", Claimed)
		w.clock.pass(Lease - time.Microsecond)
		w.begin(t, w.ctx, "k", "r", Busy)
		w.clock.pass(time.Microsecond)
		next := w.begin(t, w.ctx, "k", "r", Claimed)
		// The first was slow, not dead: it must not write any more.
		if err := w.change(dead.Claim.Within(w.ctx)); !fault.Is(err, fault.Conflict) {
			t.Errorf("a claim whose key another has wrote: %v", err)
		}
		if n := w.changes(t); n != 0 {
			t.Errorf("%d changes of a claim that is over", n)
		}
		if err := dead.Claim.Keep(w.ctx, Answer{Status: 409}); err != nil {
			t.Fatal(err)
		}
		if err := dead.Claim.Release(w.ctx); err != nil {
			t.Fatal(err)
		}
		w.begin(t, w.ctx, "k", "r", Busy)
		if err := w.change(next.Claim.Within(w.ctx)); err != nil {
			t.Fatal(err)
		}
		if n := w.changes(t); n != 1 {
			t.Errorf("%d changes, want 1", n)
		}
	})
}

func TestALostAnswerIsNotDoneAgain(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		first := w.begin(t, w.ctx, "k", "r", Claimed)
		if err := w.change(first.Claim.Within(w.ctx)); err != nil {
			t.Fatal(err)
		}
		w.begin(t, w.ctx, "k", "r", Busy)                  // its answer may be under way
		if err := first.Claim.Release(w.ctx); err != nil { // as after a 500
			t.Fatal(err)
		}
		w.begin(t, w.ctx, "k", "r", Lost)

		if err := w.change(w.begin(t, w.ctx, "killed", "r", Claimed).Claim.Within(w.ctx)); err != nil {
			t.Fatal(err)
		}
		if err := w.TakeUp(w.ctx); err != nil {
			t.Fatal(err)
		}
		if w.db.Dialect() == rows.Postgres {
			w.begin(t, w.ctx, "killed", "r", Busy)
			w.clock.pass(Lease)
		}
		w.begin(t, w.ctx, "killed", "r", Lost)
	})
}

func TestReleaseTakeUpAndSweep(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		if err := w.begin(t, w.ctx, "freed", "r", Claimed).Claim.Release(w.ctx); err != nil {
			t.Fatal(err)
		}
		w.begin(t, w.ctx, "freed", "other", Claimed)
		if err := w.TakeUp(w.ctx); err != nil {
			t.Fatal(err)
		}
		want := Claimed
		if w.db.Dialect() == rows.Postgres {
			want = Busy // another process may be at it
		}
		w.begin(t, w.ctx, "freed", "other", want)
		w.clock.pass(Kept)
		if err := w.begin(t, w.ctx, "young", "r", Claimed).Claim.Keep(w.ctx, Answer{Status: 204}); err != nil {
			t.Fatal(err)
		}
		if err := w.Sweep(w.ctx); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := w.db.Read().QueryRow(w.ctx, `SELECT count(*) FROM idempotency_answer`).Scan(&n); err != nil || n != 1 {
			t.Errorf("%d entries after the sweep, %v; want the young one", n, err)
		}
		w.begin(t, w.ctx, "young", "r", Answered)
	})
}

// Of many that come at once one is carried out, whatever the engine.
func TestOneOfManyIsCarriedOut(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		for _, key := range []string{"a", "b", "c"} {
			var group sync.WaitGroup
			for range 12 {
				group.Go(func() {
					b, err := w.Begin(w.ctx, key, "r")
					switch {
					case err != nil:
						t.Error(err)
					case b.Outcome == Claimed:
						if err := w.change(b.Claim.Within(w.ctx)); err != nil {
							t.Error(err)
						}
						if err := b.Claim.Keep(w.ctx, Answer{Status: 200, Body: []byte(key)}); err != nil {
							t.Error(err)
						}
					case b.Outcome == Answered && string(b.Answer.Body) != key:
						t.Errorf("%s is answered with %q", key, b.Answer.Body)
					case b.Outcome != Answered && b.Outcome != Busy:
						t.Errorf("outcome %d", b.Outcome)
					}
				})
			}
			group.Wait()
		}
		if n := w.changes(t); n != 3 {
			t.Errorf("%d changes for 3 keys", n)
		}
	})
}

func TestCheckKey(t *testing.T) {
	t.Parallel()
	for key, good := range map[string]bool{
		"a": true, "\"quoted\"": true, strings.Repeat("k", MaxKey): true,
		"": false, strings.Repeat("k", MaxKey+1): false, "a b": false, "a\x00": false, "ä": false, "a\n": false,
	} {
		if err := CheckKey(key); (err == nil) != good || !good && !fault.Is(err, fault.Invalid) {
			t.Errorf("CheckKey(%q): %v", key, err)
		}
	}
}
