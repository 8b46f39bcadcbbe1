package points

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/tracking/curve"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/label"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// HistoryPage says which part of a history is asked for.
type HistoryPage struct {
	Max   int    // points; 0 for all
	Token string // of the page before, "" for the first
}

// History gives points of a run and key by timestamp, step and value, and the
// token of the next page. A run or key that is not there has none.
func (s *Store) History(ctx context.Context, run, key string, p HistoryPage) (found []curve.Point, next string, err error) {
	defer fault.Wrap(&err, "points.History(%s, %s)", run, key)
	scope := page.Scope("history", run, key)
	at, err := page.Open(s.PageKey, scope, p.Token)
	if err != nil {
		return nil, "", err
	}
	after, err := pointAt(at)
	if err != nil {
		return nil, "", err
	}
	limit := math.MaxInt
	if p.Max > 0 && p.Max < limit {
		limit = p.Max + 1 // one more tells whether another page follows
	}
	if found, err = s.read(ctx, run, key, gathering{after: after, limit: limit}); err != nil {
		return nil, "", err
	}
	if p.Max > 0 && len(found) > p.Max {
		found = found[:p.Max]
		next = page.Seal(s.PageKey, scope, keysOf(found[p.Max-1]))
	}
	return found, next, nil
}

func keysOf(p curve.Point) []filter.Key {
	k := []filter.Key{{Value: p.Timestamp}, {Value: p.Step}, {Value: p.Value}}
	if p.NaN {
		k[2].Class = filter.IsNaN
	}
	return k
}

// pointAt is the reverse of keysOf, nil for none.
func pointAt(k []filter.Key) (*curve.Point, error) {
	if k == nil {
		return nil, nil
	}
	if len(k) == 3 {
		timestamp, ok1 := k[0].Value.(int64)
		step, ok2 := k[1].Value.(int64)
		value, ok3 := k[2].Value.(float64)
		if ok1 && ok2 && ok3 {
			return &curve.Point{Timestamp: timestamp, Step: step, Value: value, NaN: k[2].Class == filter.IsNaN}, nil
		}
	}
	return nil, fault.New(fault.Invalid, "Invalid page token: it is not of a history.")
}

// gathering is what is wanted of a history, and what was found so far: never
// many more points than are wanted.
type gathering struct {
	after *curve.Point           // points that come later by curve.Compare, nil for all
	limit int                    // at most so many, the first of them
	want  func(curve.Point) bool // nil wants all
	found []curve.Point
}

// from is the timestamp before which nothing is wanted.
func (g *gathering) from() int64 {
	if g.after == nil {
		return math.MinInt64
	}
	return g.after.Timestamp
}

func (g *gathering) add(points []curve.Point) {
	for _, p := range points {
		if (g.after == nil || curve.Compare(p, *g.after) > 0) && (g.want == nil || g.want(p)) {
			g.found = append(g.found, p)
		}
	}
	if len(g.found)/2 > g.limit {
		g.settle()
	}
}

// settle sorts what was found and keeps what is wanted of it.
func (g *gathering) settle() {
	g.found = curve.Merge(g.found)
	if len(g.found) > g.limit {
		g.found = g.found[:g.limit]
	}
}

// full reports that no point from a timestamp on is among those wanted.
func (g *gathering) full(first int64) bool {
	if len(g.found) < g.limit {
		return false
	}
	g.settle()
	return len(g.found) == g.limit && first > g.found[g.limit-1].Timestamp
}

// read reads points of a run and key, sorted and each once.
func (s *Store) read(ctx context.Context, run, key string, g gathering) ([]curve.Point, error) {
	if label.Stored("", run) != nil || label.Stored("", key) != nil || g.limit <= 0 {
		return nil, nil
	}
	// A merge moves points from segments to chunks: one moment sees them once.
	err := s.DB.Snapshot(ctx, func(r rows.Reader) error {
		g.found = g.found[:0]
		if g.limit == math.MaxInt { // in the order of the points, as far as it is known
			if err := s.readChunks(ctx, r, &g, run, key); err != nil {
				return err
			}
			return readSegments(ctx, r, &g, run, key)
		}
		if err := readSegments(ctx, r, &g, run, key); err != nil {
			return err
		}
		return s.readChunks(ctx, r, &g, run, key)
	})
	if err != nil {
		return nil, err
	}
	g.settle()
	return g.found, nil
}

// readSegments looks through what is not merged yet: its order is that of the
// requests.
func readSegments(ctx context.Context, r rows.Reader, g *gathering, run, key string) error {
	want := func(k []byte) bool { return string(k) == key }
	each := func(_ []byte, points []curve.Point) { g.add(points) }
	return stream(ctx, r, scanSegment, func(seg segment) (bool, error) {
		return true, curve.ReadSegment(seg.bytes, want, each)
	}, selectSegments, caller.Workspace(ctx), run, int64(1)<<40)
}

// readChunks decodes chunks by their first timestamp, until the next one
// begins behind all that is wanted.
func (s *Store) readChunks(ctx context.Context, r rows.Reader, g *gathering, run, key string) error {
	var points []curve.Point
	return stream(ctx, r, scanStoredChunk, func(c storedChunk) (more bool, err error) {
		if g.full(c.first) {
			return false, nil
		}
		if points, err = s.codec.ReadChunk(points[:0], c.bytes); err != nil {
			return false, err
		}
		g.add(points)
		return true, nil
	}, selectChunks, caller.Workspace(ctx), run, key, g.from())
}

// stream hands over a statement's records one by one, until each has enough.
func stream[T any](ctx context.Context, r rows.Reader, scan func(rows.Scanner) (T, error), each func(T) (more bool, err error), statement string, args ...any) error {
	answer, err := r.Query(ctx, statement, args...)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Close() }()
	for answer.Next() {
		one, err := scan(answer)
		if err != nil {
			return err
		}
		if more, err := each(one); err != nil || !more {
			return err
		}
	}
	return answer.Err()
}

// storedChunk is a chunk as it is read.
type storedChunk struct {
	first int64 // timestamp
	bytes []byte
}

func scanStoredChunk(row rows.Scanner) (c storedChunk, err error) {
	return c, row.Scan(&c.first, &c.bytes)
}

// Mark is a text that is another one as soon as a run has more points.
func (s *Store) Mark(ctx context.Context, run string) (_ string, err error) {
	defer fault.Wrap(&err, "points.Mark(%s)", run)
	return rows.One(ctx, s.DB.Read(), scanMark, selectMark, caller.Workspace(ctx), run)
}

func scanMark(row rows.Scanner) (string, error) {
	var segments, last, merges int64
	err := row.Scan(&segments, &last, &merges)
	return fmt.Sprintf("%d.%d.%d", segments, last, merges), err
}

// BulkHistory hands over the first points, at most limit in all, of one key of
// several runs: run by run, each run's by timestamp, step and value.
func (s *Store) BulkHistory(ctx context.Context, runs []string, key string, limit int, each func(run string, found []curve.Point)) (err error) {
	defer fault.Wrap(&err, "points.BulkHistory(%s)", key)
	for _, run := range slices.Compact(slices.Sorted(slices.Values(runs))) {
		found, err := s.read(ctx, run, key, gathering{limit: limit})
		if err != nil {
			return err
		}
		limit -= len(found)
		each(run, found)
	}
	return nil
}

// Sample is a question for an even sample of histories.
type Sample struct {
	Runs  []string
	Key   string
	Max   int    // points of each run
	First *int64 // steps from First to Last, both or none
	Last  *int64
}

// SampleHistory hands over, of each run, at most Max points of a key, spread
// evenly over its points by step, timestamp and value, the first and the last
// among them; when Max is 1, the last alone.
func (s *Store) SampleHistory(ctx context.Context, q Sample, each func(run string, found []curve.Point)) (err error) {
	defer fault.Wrap(&err, "points.SampleHistory(%s)", q.Key)
	wanted := gathering{limit: math.MaxInt}
	if q.First != nil && q.Last != nil {
		wanted.want = func(p curve.Point) bool { return p.Step >= *q.First && p.Step <= *q.Last }
	}
	for _, run := range q.Runs {
		found, err := s.read(ctx, run, q.Key, wanted)
		if err != nil {
			return err
		}
		slices.SortFunc(found, curve.CompareSteps)
		each(run, sampled(found, q.Max))
	}
	return nil
}

// sampled cuts points into n buckets, as SQL's NTILE does: the first buckets
// hold one more when it does not divide. It gives the first of each, and the
// last of all.
func sampled(points []curve.Point, n int) []curve.Point {
	if len(points) <= n {
		return points
	}
	size, more := len(points)/n, len(points)%n
	all := make([]curve.Point, 0, n)
	for i, at := 0, 0; i < n; i++ {
		all = append(all, points[at])
		if at += size; i < more {
			at++
		}
	}
	if last := points[len(points)-1]; all[n-1] != last {
		all[n-1] = last
	}
	return all
}
