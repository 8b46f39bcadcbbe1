package points

import (
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/tracking/curve"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// sketchChunks is how many chunks of a run a sketch looks at, beside the last.
	sketchChunks = 6
	// sketchSegments is how many segments of a run a sketch looks at, beside the
	// last. A run that goes on has no more for long.
	sketchSegments = 2 * mergeAt
)

// Sketch hands over the shape of one key's history in each of several runs: at
// most most points by step, timestamp and value, the first and the last among
// them. What a run has more of than few chunks or segments is looked at in even
// parts, so that the sketches of many runs cost two statements and little more.
// Runs without points are not handed over.
func (s *Store) Sketch(ctx context.Context, runs []string, key string, most int, each func(run string, found []curve.Point)) (err error) {
	defer fault.Wrap(&err, "points.Sketch(%s)", key)
	found := map[string][]curve.Point{}
	err = s.DB.Snapshot(ctx, func(r rows.Reader) error {
		clear(found)
		if err := s.sketchChunks(ctx, r, runs, key, most, found); err != nil {
			return err
		}
		return sketchOpen(ctx, r, runs, key, found)
	})
	if err != nil {
		return err
	}
	for _, run := range slices.Compact(slices.Sorted(slices.Values(runs))) {
		if points := curve.Merge(found[run]); len(points) > 0 {
			slices.SortFunc(points, curve.CompareSteps)
			each(run, sampled(points, most))
		}
	}
	return nil
}

// sketchChunks adds at most most points of each chunk that it looks at.
func (s *Store) sketchChunks(ctx context.Context, r rows.Reader, runs []string, key string, most int, found map[string][]curve.Point) error {
	var points []curve.Point
	d := r.Dialect()
	return stream(ctx, r, scanPiece, func(p piece) (_ bool, err error) {
		if points, err = s.codec.ReadChunk(points[:0], p.bytes); err != nil {
			return false, err
		}
		slices.SortFunc(points, curve.CompareSteps)
		found[p.run] = append(found[p.run], sampled(points, most)...)
		return true, nil
	}, someChunks+rows.Listed[string](d, 4)+evenChunks, caller.Workspace(ctx), key, int64(sketchChunks), rows.List(d, runs))
}

// sketchOpen adds the points of the key that are not merged yet.
func sketchOpen(ctx context.Context, r rows.Reader, runs []string, key string, found map[string][]curve.Point) error {
	want := func(k []byte) bool { return string(k) == key }
	d := r.Dialect()
	return stream(ctx, r, scanPiece, func(p piece) (bool, error) {
		return true, curve.ReadSegment(p.bytes, want, func(_ []byte, points []curve.Point) {
			found[p.run] = append(found[p.run], points...)
		})
	}, someSegments+rows.Listed[string](d, 3)+evenSegments, caller.Workspace(ctx), int64(sketchSegments), rows.List(d, runs))
}

// piece is a chunk or a segment of one of several runs.
type piece struct {
	run   string
	bytes []byte
}

func scanPiece(row rows.Scanner) (p piece, err error) { return p, row.Scan(&p.run, &p.bytes) }
