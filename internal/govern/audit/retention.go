package audit

import (
	"context"
	"math"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// emptiedAtOnce bounds one transaction.
const emptiedAtOnce = 1000

// Retain empties the entries that are older than the settings keep whole.
func (s *Service) Retain(ctx context.Context) error {
	settings := s.Settings()
	age, err := settings.retention()
	if err != nil || age == 0 {
		return err
	}
	n, err := s.Empty(ctx, s.Now().Add(-age))
	if n > 0 {
		s.Log.Info("old entries of the audit log are emptied", "entries", n)
	}
	return err
}

// Empty takes actor, origin and data out of the entries from before a time, but for
// what lineage and this log need, and says of how many. The event that tells of it is
// written with the first, so that no entry is ever empty without one.
func (s *Service) Empty(ctx context.Context, before time.Time) (total int64, err error) {
	defer fault.Wrap(&err, "audit.Empty")
	before = before.UTC().Truncate(time.Microsecond)
	last, err := s.Events.Until(ctx, s.DB.Read(), before)
	if err != nil {
		return 0, err
	}
	for after := int64(math.MinInt64); ; {
		leaves, err := rows.Collect(ctx, s.DB.Read(), scanLeaf, selectUnemptied, after, last, emptiedAtOnce)
		if err != nil || len(leaves) == 0 {
			return total, err
		}
		if err := s.emptyThose(ctx, leaves, before, total == 0); err != nil {
			return total, err
		}
		total += int64(len(leaves))
		after = leaves[len(leaves)-1].position
	}
}

// emptyThose empties the entries of leaves in one transaction, and tells of it when
// they are the first. Of an entry that is not what its leaf was made of nothing stays.
func (s *Service) emptyThose(ctx context.Context, leaves []leaf, before time.Time, first bool) error {
	positions, byPosition := make([]int64, len(leaves)), make(map[int64]leaf, len(leaves))
	for i, l := range leaves {
		positions[i], byPosition[l.position] = l.position, l
	}
	vouched := func(e event.Event) bool { return madeOf(e, byPosition[e.Position]) }
	return s.Events.Empty(ctx, positions, vouched, func(tx *rows.Tx) error {
		if first {
			if err := s.Events.Append(ctx, tx, entriesEmptied(before)); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, markEmptied+rows.Listed[int64](tx.Dialect(), 1), rows.List(tx.Dialect(), positions))
		return err
	})
}

// keep is what stays of the data of the room's own entries: what was emptied, and
// what was accepted. It tells of nobody.
func keep(e event.Event) any {
	if e.Verb == emptiedVerb || e.Verb == acceptedVerb {
		return e.Data
	}
	return nil
}

// remains reports whether what an emptied entry tells is what was left of it. What was
// left before the newest key was made is taken as it is: the one that sealed it is gone.
func remains(e event.Event, keyed int64) bool {
	part := partOf(e)
	told := part.Data != ""
	part.Data = ""
	return part == (emptiable{}) && (!told || e.Mark == event.Emptied || e.Position < keyed)
}

// keyed is the position of the entry by which the log begins, or goes on with a new
// key; 0 for a log without one.
func (s *Service) keyed(ctx context.Context, r rows.Reader) (int64, error) {
	e, err := s.newest(ctx, r, begunVerb)
	return e.Position, err
}
