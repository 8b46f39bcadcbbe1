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
	positions, byPosition := placesOf(leaves)
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

// remains reports whether what an emptied entry tells is what retention left of it, by
// the seal of that. What an earlier tacit emptied has none until its log is taken.
func remains(e event.Event, u untaken) bool {
	return dataAlone(e) && !doubtful(e) || u.left(e)
}

// dataAlone reports whether an entry tells nothing but data that could be emptied.
func dataAlone(e event.Event) bool {
	part := partOf(e)
	part.Data = ""
	return part == (emptiable{})
}

// sealLeft seals what retention left anew, inside the transaction by which a log goes on
// with a new key: that which sealed it is gone. Where the one that is there sealed any
// entry of the log, it sealed what was left as well, and nothing is sealed anew.
func (s *Service) sealLeft(ctx context.Context, tx *rows.Tx) error {
	last, err := rows.One(ctx, tx, rows.Column[int64], selectLastPosition)
	if err != nil {
		return err
	}
	if known, err := s.Events.SealedUntil(ctx, tx, last); known || err != nil {
		return err
	}
	return s.sealThose(ctx, tx, dataAlone)
}

// sealThose seals the emptied entries that left names and that have their leaf.
func (s *Service) sealThose(ctx context.Context, tx *rows.Tx, left func(event.Event) bool) error {
	for after := int64(math.MinInt64); ; {
		leaves, err := rows.Collect(ctx, tx, scanLeaf, selectEmptied, after, emptiedAtOnce)
		if err != nil || len(leaves) == 0 {
			return err
		}
		positions, byPosition := placesOf(leaves)
		sound := func(e event.Event) bool { return left(e) && madeOf(e, byPosition[e.Position]) }
		if err := s.Events.SealLeft(ctx, tx, positions, sound); err != nil {
			return err
		}
		after = leaves[len(leaves)-1].position
	}
}

// placesOf are the positions of leaves, and the leaves by them.
func placesOf(leaves []leaf) ([]int64, map[int64]leaf) {
	positions, byPosition := make([]int64, len(leaves)), make(map[int64]leaf, len(leaves))
	for i, l := range leaves {
		positions[i], byPosition[l.position] = l.position, l
	}
	return positions, byPosition
}
