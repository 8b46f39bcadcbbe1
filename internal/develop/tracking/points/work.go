package points

import (
	"context"
	"sync"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// mergeAt is how many segments of a run are merged at once while it goes on.
	mergeAt = 64
	// sweepEvery is how often the segments of quiet runs are merged.
	sweepEvery = 20 * time.Second
	// maxSweep bounds the runs that one look into the store finds.
	maxSweep = 1000
)

// merging knows which runs have segments to merge.
type merging struct {
	mu      *sync.Mutex
	pending map[runKey]*growth
	wake    chan struct{}
}

// growth is what happened to a run since its segments were merged.
type growth struct {
	segments int
	ended    bool
}

func (g *growth) ready() bool { return g.ended || g.segments >= mergeAt }

func newMerging() merging {
	return merging{mu: &sync.Mutex{}, pending: map[runKey]*growth{}, wake: make(chan struct{}, 1)}
}

func (m *merging) note(k runKey, change func(*growth)) {
	m.mu.Lock()
	g := m.pending[k]
	if g == nil {
		g = &growth{}
		m.pending[k] = g
	}
	change(g)
	ready := g.ready()
	m.mu.Unlock()
	if ready {
		select {
		case m.wake <- struct{}{}:
		default:
		}
	}
}

// grown notes that a run has one segment more.
func (m *merging) grown(k runKey) { m.note(k, func(g *growth) { g.segments++ }) }

// ended notes that a run expects no more points.
func (m *merging) ended(k runKey) { m.note(k, func(g *growth) { g.ended = true }) }

// take takes the runs that are ready, or all.
func (m *merging) take(all bool) []runKey {
	m.mu.Lock()
	defer m.mu.Unlock()
	var taken []runKey
	for k, g := range m.pending {
		if all || g.ready() {
			taken = append(taken, k)
			delete(m.pending, k)
		}
	}
	return sortedKeys(taken)
}

// Work merges segments in the background until ctx ends: of a run that has
// many or that ended at once, of others every sweepEvery, those that another
// process left behind included.
func (s *Store) Work(ctx context.Context) error {
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	s.findPending(ctx)
	s.mergeAll(ctx, true)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.merging.wake:
			s.mergeAll(ctx, false)
		case <-sweep.C:
			s.findPending(ctx)
			s.mergeAll(ctx, true)
		}
	}
}

// findPending notes the runs that have segments in the store, and those whose
// merged points no event has told of yet.
func (s *Store) findPending(ctx context.Context) {
	for _, statement := range []string{pendingRuns, owedRuns} {
		found, err := rows.Collect(ctx, s.DB.Read(), func(row rows.Scanner) (k runKey, err error) {
			return k, row.Scan(&k.workspace, &k.run)
		}, statement, int64(maxSweep))
		if err != nil && ctx.Err() == nil {
			s.Log.Error("the runs with points to merge or to announce cannot be found; the next sweep tries again", "error", err)
		}
		for _, k := range found {
			s.merging.note(k, func(*growth) {})
		}
	}
}

func (s *Store) mergeAll(ctx context.Context, all bool) {
	for _, k := range s.merging.take(all) {
		if ctx.Err() != nil {
			return
		}
		quiet, err := s.Merge(caller.With(ctx, caller.System("tracking", k.workspace)), k.run)
		if err != nil && ctx.Err() == nil {
			s.Log.Error("the points of a run cannot be merged; the next sweep tries again", "workspace", k.workspace, "run", k.run, "error", err)
		}
		if err != nil || !quiet {
			s.merging.note(k, func(*growth) {}) // an event is owed, or work is left
		}
	}
}
