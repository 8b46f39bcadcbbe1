package points

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/tracking/curve"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// maxMerge bounds the segments of one merge, and so its memory.
	maxMerge = 256
	// chunkPoints is how many points a chunk holds before the next begins. A
	// chunk that is not full is written anew by the next merge.
	chunkPoints = 4096
	// tellEvery is how often a run that goes on announces its points.
	tellEvery = time.Minute
	// maxTries bounds how often a merge that another one overtook is tried again.
	maxTries = 10
)

// errOvertaken says that another replica merged the run first.
var errOvertaken = errors.New("points: another merge of the run was first")

// seal is what is merged of a run.
type seal struct {
	version   int64
	points    int64
	hash      string
	announced int64 // points that the last event told of
	told      int64 // ms since 1970 of the last event
}

func scanSeal(row rows.Scanner) (s seal, err error) {
	return s, row.Scan(&s.version, &s.points, &s.hash, &s.announced, &s.told)
}

// tail is the last chunk of a key.
type tail struct {
	part   int64
	points int
	bytes  []byte
}

func scanTail(row rows.Scanner) (t tail, err error) { return t, row.Scan(&t.part, &t.points, &t.bytes) }

// work is one merge, from what was read to what is written.
type work struct {
	ended     bool
	seal      seal
	sequences []int64
	fresh     map[string][]curve.Point
	tails     map[string]tail
	chunks    []chunk
}

// chunk is one to be written.
type chunk struct {
	key    string
	part   int64
	points []curve.Point
}

// Merge moves the points that a run has in segments into chunks, and announces
// them when the run has ended or has not told for a minute. quiet reports that
// nothing is left to do for the run as it stands.
func (s *Store) Merge(ctx context.Context, run string) (quiet bool, err error) {
	defer fault.Wrap(&err, "points.Merge(%s)", run)
	for try := 1; ; try++ {
		w, err := s.readWork(ctx, run)
		if rows.IsNone(err) {
			return true, nil // the run is gone
		}
		if err != nil {
			return false, err
		}
		if err = s.arrange(w); err != nil {
			return false, err
		}
		told, err := s.storeWork(ctx, run, w)
		switch {
		case errors.Is(err, errOvertaken) && try < maxTries:
			continue
		case rows.IsNone(err):
			return true, nil // it went meanwhile
		case err != nil:
			return false, err
		case len(w.sequences) < maxMerge:
			return told, nil
		}
		try = 0
	}
}

func (s *Store) readWork(ctx context.Context, run string) (*work, error) {
	workspace := caller.Workspace(ctx)
	w := &work{fresh: map[string][]curve.Point{}, tails: map[string]tail{}}
	err := s.DB.Snapshot(ctx, func(r rows.Reader) (err error) {
		if w.ended, err = s.Runs.Ended(ctx, r, run); err != nil {
			return err
		}
		if w.seal, err = rows.One(ctx, r, scanSeal, selectSeal, workspace, run); err != nil && !rows.IsNone(err) {
			return err // none is the seal of a run of which nothing was merged
		}
		segments, err := rows.Collect(ctx, r, scanSegment, selectSegments, workspace, run, int64(maxMerge))
		if err != nil {
			return err
		}
		for _, seg := range segments {
			w.sequences = append(w.sequences, seg.sequence)
			err := curve.ReadSegment(seg.bytes, nil, func(key []byte, points []curve.Point) {
				w.fresh[string(key)] = append(w.fresh[string(key)], points...)
			})
			if err != nil {
				return fmt.Errorf("segment %d: %w", seg.sequence, err)
			}
		}
		for key := range w.fresh {
			t, err := rows.One(ctx, r, scanTail, selectLastChunk, workspace, run, key)
			if err != nil && !rows.IsNone(err) {
				return err
			}
			if err == nil {
				w.tails[key] = t
			}
		}
		return nil
	})
	return w, err
}

// arrange sorts the fresh points, joins them to the last chunk of their key
// when that is not full, cuts them into chunks and moves the seal on.
func (s *Store) arrange(w *work) error {
	sum := sha256.New()
	sum.Write([]byte(w.seal.hash))
	for _, key := range slices.Sorted(maps.Keys(w.fresh)) {
		points := curve.Merge(w.fresh[key])
		sum.Write(curve.AppendSegment(nil, inSeries(key, points)))
		before, part := 0, int64(0)
		if t, ok := w.tails[key]; ok {
			part = t.part + 1
			if t.points < chunkPoints {
				old, err := s.codec.ReadChunk(nil, t.bytes)
				if err != nil {
					return fmt.Errorf("chunk %s/%d: %w", key, t.part, err)
				}
				before, part = len(old), t.part
				points = curve.Merge(append(old, points...))
			}
		}
		w.seal.points += int64(len(points) - before)
		for piece := range slices.Chunk(points, chunkPoints) {
			w.chunks = append(w.chunks, chunk{key, part, piece})
			part++
		}
	}
	if len(w.fresh) > 0 {
		w.seal.hash = hex.EncodeToString(sum.Sum(nil))
	}
	return nil
}

// inSeries cuts points into series that a segment may hold.
func inSeries(key string, points []curve.Point) []curve.Series {
	var all []curve.Series
	for piece := range slices.Chunk(points, curve.MaxPoints) {
		all = append(all, curve.Series{Key: key, Points: piece})
	}
	return all
}

// storeWork writes a merge, and the event when it is due. told reports that no
// event is owed.
func (s *Store) storeWork(ctx context.Context, run string, w *work) (told bool, err error) {
	now := s.Now().UnixMilli()
	due := w.seal.points > w.seal.announced && (w.ended || now-w.seal.told >= tellEvery.Milliseconds())
	if len(w.sequences) == 0 && !due {
		return w.seal.points == w.seal.announced, nil
	}
	if due {
		w.seal.announced, w.seal.told = w.seal.points, now
	}
	coded := make([][]byte, len(w.chunks))
	for i, c := range w.chunks {
		coded[i] = s.codec.Chunk(c.points)
	}
	err = s.guarded(ctx, func(tx *rows.Tx) error {
		workspace, to := caller.Workspace(ctx), w.seal
		if err := s.Runs.Hold(ctx, tx, run); err != nil {
			return err
		}
		if err := settleLatest(ctx, tx, workspace, run); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, upsertSeal, workspace, run, to.version, to.points, to.hash, to.announced, to.told)
		if err != nil {
			return err
		}
		if n == 0 {
			return errOvertaken
		}
		for i, c := range w.chunks {
			first, last := c.points[0].Timestamp, c.points[len(c.points)-1].Timestamp
			if _, err := tx.Exec(ctx, upsertChunk, workspace, run, c.key, c.part, len(c.points), first, last, coded[i]); err != nil {
				return err
			}
		}
		if err := deleteMerged(ctx, tx, workspace, run, w.sequences); err != nil {
			return err
		}
		if !due {
			return nil
		}
		return s.Runs.Sealed(ctx, tx, run, to.points, to.hash)
	})
	return due || w.seal.points == w.seal.announced, err
}

// deleteMerged takes away the segments that were read; all must still be there.
func deleteMerged(ctx context.Context, tx *rows.Tx, workspace, run string, sequences []int64) error {
	statement := deleteSegments + rows.Listed[int64](tx.Dialect(), 3)
	gone, err := tx.Exec(ctx, statement, workspace, run, rows.List(tx.Dialect(), sequences))
	if err == nil && int(gone) != len(sequences) {
		return errOvertaken
	}
	return err
}

// sortedKeys are the keys of a set of runs in an order.
func sortedKeys(all []runKey) []runKey {
	slices.SortFunc(all, func(a, b runKey) int {
		return cmp.Or(cmp.Compare(a.workspace, b.workspace), cmp.Compare(a.run, b.run))
	})
	return all
}
