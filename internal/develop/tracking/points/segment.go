package points

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/tacit-ml/tacit/internal/develop/tracking/curve"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// runKey names a run across workspaces.
type runKey struct{ workspace, run string }

// errCrowded says that a place for a segment was taken again and again.
var errCrowded = errors.New("points: no free sequence for a segment")

// directKeys is how many keys a request has at most whose latest points are
// stored with it; those of one with more are due, and stored by the next read or
// merge: of a thousand keys, storing them is most of what the request costs.
const directKeys = 32

// Append appends one segment to a run of the caller's workspace and moves the
// latest points on, or notes that this is due. all are the series of one
// request, by key, each with one point at least; tx may be read committed.
func (s *Store) Append(ctx context.Context, tx *rows.Tx, run string, all []curve.Series) error {
	n := 0
	for _, series := range all {
		n += len(series.Points)
	}
	workspace := caller.Workspace(ctx)
	bytes := curve.AppendSegment(make([]byte, 0, 64+12*n), all)
	sequence, err := s.insertSegment(ctx, tx, workspace, run, n, bytes)
	if err != nil {
		return err
	}
	if len(all) <= directKeys {
		err = upsertLatest(ctx, tx, workspace, run, all)
	} else {
		_, err = tx.Exec(ctx, insertLatestDue, workspace, run, sequence)
	}
	if err != nil {
		return err
	}
	tx.AfterCommit(func() { s.merging.grown(runKey{workspace, run}) })
	return nil
}

// End notes that a run of the caller's workspace expects no more points, once
// tx is committed: they are merged at once.
func (s *Store) End(ctx context.Context, tx *rows.Tx, run string) {
	workspace := caller.Workspace(ctx)
	tx.AfterCommit(func() { s.merging.ended(runKey{workspace, run}) })
}

// insertSegment gives the segment a sequence of time and chance.
func (s *Store) insertSegment(ctx context.Context, tx *rows.Tx, workspace, run string, n int, bytes []byte) (int64, error) {
	for range 100 {
		sequence := s.Now().UnixMicro()<<11 | int64(binary.BigEndian.Uint16(s.IDs.Bytes(2))&0x7ff)
		inserted, err := tx.Exec(ctx, insertSegment, workspace, run, sequence, n, bytes)
		if err != nil || inserted > 0 {
			return sequence, err
		}
	}
	return 0, errCrowded
}

// segment is a stored segment.
type segment struct {
	sequence int64
	bytes    []byte
}

func scanSegment(row rows.Scanner) (seg segment, err error) {
	return seg, row.Scan(&seg.sequence, &seg.bytes)
}
