package points_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/tracking/curve"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

func TestSealedAtMostOnceAMinute(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		runs, ctx := newLedger(), in("default")
		r := newReplica(db, runs)
		for _, c := range []struct {
			what    string
			forward time.Duration
			ended   bool
			quiet   bool
			told    []int64
		}{
			{"the first points", 0, false, true, []int64{1}},
			{"within the minute", 30 * time.Second, false, false, []int64{1}},
			{"after the minute", 31 * time.Second, false, true, []int64{1, 3}},
			{"within the next", time.Second, false, false, []int64{1, 3}},
			{"at the end of the run", time.Second, true, true, []int64{1, 3, 5}},
		} {
			step := r.clock.forward(c.forward).UnixMilli()
			r.log(t, ctx, "run", series("m", step, step+1, 1))
			runs.ended["run"] = c.ended
			if quiet := r.merge(t, ctx, "run"); quiet != c.quiet || !slices.Equal(runs.announced("run"), c.told) {
				t.Errorf("%s: quiet %v, %v points announced; want %v, %v", c.what, quiet, runs.announced("run"), c.quiet, c.told)
			}
		}
	})
}

// TestMergeOfARunThatIsGone has nothing left to do.
func TestMergeOfARunThatIsGone(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		r, ctx := newReplica(db, newLedger()), in("default")
		r.log(t, ctx, "gone", series("m", 0, 1, 1))
		if !r.merge(t, ctx, "gone") {
			t.Error("something is left to do")
		}
	})
}

// TestMergesAtOnce has replicas merge the run that others write to: no point
// is lost and none is there twice.
func TestMergesAtOnce(t *testing.T) {
	t.Parallel()
	const writers, requests, steps = 4, 40, 30
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		runs, ctx := newLedger(), in("default")
		replicas := []replica{newReplica(db, runs), newReplica(db, runs), newReplica(db, runs)}
		var writing, merging sync.WaitGroup
		done := make(chan struct{})
		for _, r := range replicas {
			merging.Go(func() {
				for {
					if _, err := r.Merge(ctx, "run"); err != nil && !strings.Contains(err.Error(), "another merge") {
						t.Error(err)
					}
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		for w := range writers {
			writing.Go(func() {
				for n := range requests {
					var all []curve.Series
					for k := range 3 {
						s := curve.Series{Key: fmt.Sprint("k", k)}
						for at := k; at < steps; at += 3 {
							s.Points = append(s.Points, curve.Point{Value: float64(w), Timestamp: int64(n), Step: int64(w*steps + at)})
						}
						all = append(all, s)
					}
					all = append(all, wide(int64(w*requests+n))...)
					write := func(tx *rows.Tx) error { return replicas[w%3].Append(ctx, tx, "run", all) }
					if err := db.WriteAt(ctx, rows.ReadCommitted, write); err != nil {
						t.Error(err)
					}
					if err := replicas[n%3].Settle(ctx, "run"); err != nil {
						t.Error(err)
					}
				}
			})
		}
		writing.Wait()
		close(done)
		merging.Wait()
		replicas[0].merge(t, ctx, "run")
		total := 0
		for k := range 3 {
			total += len(replicas[1].history(t, ctx, "run", fmt.Sprint("k", k), 0))
		}
		if want := writers * requests * steps; total != want {
			t.Errorf("%d points are there, want %d", total, want)
		}
		latest := replicas[1].latest(t, ctx, "run")
		if len(latest) != 43 {
			t.Errorf("%d latest points are there, want 43", len(latest))
		}
		for key, p := range latest {
			if strings.HasPrefix(key, "wide") && p.Step != writers*requests-1 {
				t.Errorf("the latest step of %s is %d, want %d", key, p.Step, writers*requests-1)
			}
		}
	})
}
