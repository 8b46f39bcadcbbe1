package points

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/tracking/curve"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// maxDue bounds the segments that are settled at once, and so their memory.
const maxDue = 256

// Settle stores the latest points of a run that are due: before they are read.
func (s *Store) Settle(ctx context.Context, run string) error {
	due, err := rows.One(ctx, s.DB.Read(), rows.Column[bool], hasLatestDue, caller.Workspace(ctx), run)
	if err != nil || !due {
		return err
	}
	return s.guarded(ctx, func(tx *rows.Tx) error { return s.settleHeld(ctx, tx, run) })
}

// Due are the runs of the workspace whose latest points are due.
func (s *Store) Due(ctx context.Context) ([]string, error) {
	return rows.Collect(ctx, s.DB.Read(), rows.Column[string], runsWithLatestDue, caller.Workspace(ctx))
}

// settledTogether are the runs whose latest points one transaction stores: a
// list waits for few, and others wait for none that is long.
const settledTogether = 32

// SettleRuns is Settle for several runs. It goes by id, so that two that settle
// the same runs take them in one order.
func (s *Store) SettleRuns(ctx context.Context, runs []string) error {
	d := s.DB.Dialect()
	due, err := rows.Collect(ctx, s.DB.Read(), rows.Column[string], dueAmongRuns+rows.Listed[string](d, 2), caller.Workspace(ctx), rows.List(d, runs))
	if err != nil {
		return err
	}
	slices.Sort(due)
	for some := range slices.Chunk(due, settledTogether) {
		if err := s.guarded(ctx, func(tx *rows.Tx) error {
			for _, run := range some {
				if err := s.settleHeld(ctx, tx, run); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// Place is where a list of runs, as r, finds the latest points that are stored.
func Place() filter.Place {
	return filter.Place{Kind: filter.Float, Pairs: &filter.Pairs{Table: "tracking_metric",
		On: "@.workspace = r.workspace AND @.run = r.run", Key: "@.key", Value: "@.value", NaN: "@.is_nan"}}
}

// Latest hands over the latest points of runs that are stored, by run and key.
func Latest(ctx context.Context, r rows.Reader, runs []string, each func(run, key string, p curve.Point)) error {
	d := r.Dialect()
	answer, err := r.Query(ctx, latestOfRuns+rows.Listed[string](d, 2)+" ORDER BY run, key", caller.Workspace(ctx), rows.List(d, runs))
	if err != nil {
		return err
	}
	defer func() { _ = answer.Close() }()
	var (
		run, key string
		p        curve.Point
	)
	fields := []any{&run, &key, &p.Value, &p.NaN, &p.Timestamp, &p.Step}
	for answer.Next() {
		if err := answer.Scan(fields...); err != nil {
			return err
		}
		each(run, key, p)
	}
	return answer.Err()
}

// settleHeld is settleLatest for a run that is there; of one that went it leaves all
// as it is.
func (s *Store) settleHeld(ctx context.Context, tx *rows.Tx, run string) error {
	err := s.Runs.Hold(ctx, tx, run)
	if rows.IsNone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return settleLatest(ctx, tx, caller.Workspace(ctx), run)
}

// settleLatest stores the latest points of those segments of a run that owe
// it. It may come twice for one segment: the later point wins either way.
func settleLatest(ctx context.Context, tx *rows.Tx, workspace, run string) error {
	for {
		segments, err := rows.Collect(ctx, tx, scanSegment, segmentsWithLatestDue, workspace, run, int64(maxDue))
		if err != nil || len(segments) == 0 {
			return err
		}
		latest := map[string]curve.Point{}
		sequences := make([]int64, len(segments))
		for i, seg := range segments {
			sequences[i] = seg.sequence
			err := curve.ReadSegment(seg.bytes, nil, func(key []byte, points []curve.Point) {
				last := latestOf(points)
				if was, ok := latest[string(key)]; !ok || curve.Later(last, was) {
					latest[string(key)] = last
				}
			})
			if err != nil {
				return fmt.Errorf("segment %d: %w", seg.sequence, err)
			}
		}
		all := make([]curve.Series, 0, len(latest))
		for _, key := range slices.Sorted(maps.Keys(latest)) {
			all = append(all, curve.Series{Key: key, Points: []curve.Point{latest[key]}})
		}
		if err := upsertLatest(ctx, tx, workspace, run, all); err != nil {
			return err
		}
		d := tx.Dialect()
		if _, err := tx.Exec(ctx, deleteLatestDue+rows.Listed[int64](d, 3), workspace, run, rows.List(d, sequences)); err != nil {
			return err
		}
	}
}

// latestOf is the latest of one key's points; there is one at least.
func latestOf(points []curve.Point) curve.Point {
	latest := points[0]
	for _, p := range points[1:] {
		if curve.Later(p, latest) {
			latest = p
		}
	}
	return latest
}

// upsertSizes are the points that one upsert carries: few lengths, so that few
// statements are kept prepared.
var upsertSizes = [...]int{50, 10, 1}

// upsertLatest stores the latest point of each series where it is later than
// what is there.
func upsertLatest(ctx context.Context, tx *rows.Tx, workspace, run string, all []curve.Series) error {
	for len(all) > 0 {
		size := 1
		for _, n := range upsertSizes {
			if len(all) >= n {
				size = n
				break
			}
		}
		args := make([]any, 0, 7*size)
		for _, series := range all[:size] {
			latest := latestOf(series.Points)
			args = append(args, workspace, run, series.Key, latest.Value, latest.NaN, latest.Timestamp, latest.Step)
		}
		if _, err := tx.Exec(ctx, upsertStatement(size), args...); err != nil {
			return err
		}
		all = all[size:]
	}
	return nil
}

func upsertStatement(size int) string {
	const columns = 7
	var b strings.Builder
	b.WriteString(insertMetric)
	for i := range size {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(rows.In(columns*i+1, columns))
	}
	b.WriteString(latestWins)
	return b.String()
}
