package points_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/develop/tracking/curve"
	"github.com/tacit-ml/tacit/internal/develop/tracking/points"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/secret/secrettest"
)

func schemas() []rows.Schema {
	return []rows.Schema{{Name: tracking.Room().Name, Files: tracking.Room().Migrations}}
}

func in(workspace string) context.Context {
	return caller.With(context.Background(), caller.Local(workspace))
}

// clock is a time that tests move by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now goes on a microsecond with each look.
func (c *clock) Now() time.Time { return c.forward(time.Microsecond) }

func (c *clock) forward(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return c.now
}

// ledger is what the runs of a test are: all are there but the one named gone.
type ledger struct {
	mu    sync.Mutex
	ended map[string]bool
	told  map[string][]int64 // points, as announced
}

func (l *ledger) Ended(_ context.Context, _ rows.Reader, run string) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if run == "gone" {
		return false, sql.ErrNoRows
	}
	return l.ended[run], nil
}

func (l *ledger) Hold(ctx context.Context, tx *rows.Tx, run string) error {
	_, err := l.Ended(ctx, tx, run)
	return err
}

func (l *ledger) Sealed(_ context.Context, tx *rows.Tx, run string, n int64, hash string) error {
	if len(hash) != 64 {
		return fmt.Errorf("the hash over %d points of run %s is %q", n, run, hash)
	}
	tx.AfterCommit(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.told[run] = append(l.told[run], n)
	})
	return nil
}

func (l *ledger) announced(run string) []int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.told[run])
}

// replica is one process's store over records that others may share.
type replica struct {
	*points.Store
	clock *clock
}

func newLedger() *ledger { return &ledger{ended: map[string]bool{}, told: map[string][]int64{}} }

func newReplica(db *rows.DB, runs points.Runs) replica {
	c := &clock{now: time.UnixMilli(1_764_000_000_000)}
	return replica{points.New(points.Config{DB: db, Runs: runs, IDs: id.NewSource(c.Now, rand.Reader), Now: c.Now,
		PageKey: secrettest.Ring("k"), Log: slog.New(slog.DiscardHandler)}), c}
}

// log writes the series of one request.
func (r replica) log(t testing.TB, ctx context.Context, run string, all ...curve.Series) {
	t.Helper()
	if err := r.DB.WriteAt(ctx, rows.ReadCommitted, func(tx *rows.Tx) error { return r.Append(ctx, tx, run, all) }); err != nil {
		t.Fatal(err)
	}
}

func (r replica) merge(t testing.TB, ctx context.Context, run string) (quiet bool) {
	t.Helper()
	quiet, err := r.Merge(ctx, run)
	if err != nil {
		t.Fatal(err)
	}
	return quiet
}

// history reads all points of a key in pages of size.
func (r replica) history(t testing.TB, ctx context.Context, run, key string, size int) []curve.Point {
	t.Helper()
	var all []curve.Point
	token := ""
	for {
		found, next, err := r.History(ctx, run, key, points.HistoryPage{Max: size, Token: token})
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, found...); next == "" {
			return all
		}
		token = next
	}
}

// latest reads what is stored of the latest points of a run, by key.
func (r replica) latest(t testing.TB, ctx context.Context, run string) map[string]curve.Point {
	t.Helper()
	all := map[string]curve.Point{}
	if err := points.Latest(ctx, r.DB.Read(), []string{run}, func(_, key string, p curve.Point) { all[key] = p }); err != nil {
		t.Fatal(err)
	}
	return all
}

// series is a key with a point at each step from first to before, with every
// steps between; the timestamp is the step.
func series(key string, first, before, every int64) curve.Series {
	s := curve.Series{Key: key}
	for at := first; at < before; at += every {
		s.Points = append(s.Points, curve.Point{Step: at, Timestamp: at})
	}
	return s
}

func drawPoint(t *rapid.T) curve.Point {
	p := curve.Point{Timestamp: rapid.Int64Range(0, 3).Draw(t, "timestamp"), Step: rapid.Int64Range(-2, 3).Draw(t, "step")}
	if p.NaN = rapid.Bool().Draw(t, "nan"); !p.NaN {
		p.Value = rapid.SampledFrom([]float64{0, -1, 0.5}).Draw(t, "value")
	}
	return p
}

// wide are points of so many keys that they are not weighed at once.
func wide(step int64) []curve.Series {
	all := make([]curve.Series, 40)
	for i := range all {
		all[i] = curve.Series{Key: fmt.Sprintf("wide%02d", i), Points: []curve.Point{{Step: step, Value: float64(i)}}}
	}
	return all
}

// model is what the points of one key must be: each once, in order, and the
// greatest by step, timestamp and value, where NaN comes next above 0.
type model struct {
	history []curve.Point
	latest  *curve.Point
}

func (m *model) add(p curve.Point) {
	if slices.Contains(m.history, p) {
		return
	}
	m.history = append(m.history, p)
	slices.SortFunc(m.history, func(a, b curve.Point) int {
		for _, d := range []float64{float64(a.Timestamp - b.Timestamp), float64(a.Step - b.Step), a.Value - b.Value} {
			if d < 0 {
				return -1
			}
			if d > 0 {
				return 1
			}
		}
		if b.NaN {
			return -1
		}
		return 1
	})
	l := m.latest
	if l == nil || p.Step > l.Step || p.Step == l.Step && (p.Timestamp > l.Timestamp || p.Timestamp == l.Timestamp && (p.Value > l.Value || p.Value == l.Value && p.NaN)) {
		m.latest = &p
	}
}

// TestPoints logs and merges in any order: histories hold each point once, in
// order, and the latest is the greatest by step, timestamp and value.
func TestPoints(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		r, ctx := newReplica(db, newLedger()), in("default")
		count := 0
		draw.Check(t, func(rt *rapid.T) {
			count++
			run, models := fmt.Sprint("r", count), map[string]*model{}
			for range rapid.IntRange(1, 5).Draw(rt, "requests") {
				var all []curve.Series
				for _, key := range []string{"loss", "val/auc", "ü"} {
					if drawn := rapid.SliceOfN(rapid.Custom(drawPoint), 0, 4).Draw(rt, key); len(drawn) > 0 {
						all = append(all, curve.Series{Key: key, Points: drawn})
					}
				}
				if rapid.Bool().Draw(rt, "wide") { // its latest points become due
					all = append(all, wide(rapid.Int64Range(0, 3).Draw(rt, "when"))...)
				}
				for _, s := range all {
					if models[s.Key] == nil {
						models[s.Key] = &model{}
					}
					for _, p := range s.Points {
						models[s.Key].add(p)
					}
				}
				r.log(t, ctx, run, all...)
				if rapid.Bool().Draw(rt, "merge") {
					r.merge(t, ctx, run)
				}
			}
			if rapid.Bool().Draw(rt, "settle several") {
				if err := r.SettleRuns(ctx, []string{run, fmt.Sprint("r", count-1)}); err != nil {
					rt.Fatal(err)
				}
			} else if err := r.Settle(ctx, run); err != nil {
				rt.Fatal(err)
			}
			latest, size := r.latest(t, ctx, run), rapid.IntRange(1, 5).Draw(rt, "page")
			if len(latest) != len(models) {
				rt.Fatalf("%d latest points, want %d", len(latest), len(models))
			}
			for key, want := range models {
				if diff := cmp.Diff(*want.latest, latest[key]); diff != "" {
					rt.Fatalf("the latest of %s: %s", key, diff)
				}
				if diff := cmp.Diff(want.history, r.history(t, ctx, run, key, size)); diff != "" {
					rt.Fatalf("%s: %s", key, diff)
				}
			}
		})
	})
}
