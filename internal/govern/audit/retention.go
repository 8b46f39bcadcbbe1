package audit

import (
	"context"
	"time"

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

// Empty takes actor, origin and data out of the entries from before a time, and
// says of how many. The event that tells of it is written first, so that no
// entry is ever empty without one.
func (s *Service) Empty(ctx context.Context, before time.Time) (total int64, err error) {
	defer fault.Wrap(&err, "audit.Empty")
	before = before.UTC().Truncate(time.Microsecond)
	last, err := s.Events.Until(ctx, s.DB.Read(), before)
	if err != nil {
		return 0, err
	}
	for after := int64(0); ; {
		positions, err := rows.Collect(ctx, s.DB.Read(), rows.Column[int64], selectUnemptied, after, last, emptiedAtOnce)
		if err != nil || len(positions) == 0 {
			return total, err
		}
		err = s.DB.Write(ctx, func(tx *rows.Tx) error {
			if after == 0 {
				if err := s.Events.Append(ctx, tx, entriesEmptied(before)); err != nil {
					return err
				}
			}
			if err := s.Events.Empty(ctx, tx, positions); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, markEmptied+rows.Listed[int64](tx.Dialect(), 1), rows.List(tx.Dialect(), positions))
			return err
		})
		if err != nil {
			return total, err
		}
		total += int64(len(positions))
		after = positions[len(positions)-1]
	}
}
