package event

import (
	"context"
	"math"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Mark says why the seal of an event does not vouch for all that it says, "" where
// it does.
type Mark string

// The marks.
const (
	// Forged is what somebody without the key wrote or changed.
	Forged Mark = "forged"
	// Emptied is what retention took actor, origin and data out of; the seal is of
	// what is left.
	Emptied Mark = "emptied"
	// Unsealed is from before events were sealed: nothing vouches for it here.
	Unsealed Mark = "unsealed"
)

// markOf judges a record by its seal. What has none is Unsealed, until date has
// looked where it lies.
func (l *Log) markOf(r record) Mark {
	switch {
	case l.key == nil || equal(r.seal, l.seal(r.values())):
		return ""
	case equal(r.seal, l.sealEmptied(r.values(), true)), equal(r.seal, l.sealEmptied(r.values(), false)):
		return Emptied
	case len(r.seal) == 0:
		return Unsealed
	}
	return Forged
}

// date marks as forged what has no seal and lies behind one that holds: from that on
// tacit sealed all that it wrote.
func (l *Log) date(ctx context.Context, r rows.Reader, n int, at func(int) *Event) error {
	asked, first := false, int64(0)
	for i := range n {
		e := at(i)
		if e.Mark != Unsealed {
			continue
		}
		if !asked {
			var err error
			if first, err = l.firstSealed(ctx, r); err != nil {
				return err
			}
			asked = true
		}
		if e.Position > first {
			e.Mark = Forged
		}
	}
	return nil
}

// SealedUntil reports whether the log's key sealed an event up to a position when it was
// written.
func (l *Log) SealedUntil(ctx context.Context, r rows.Reader, position int64) (bool, error) {
	first, err := l.firstSealed(ctx, r)
	return first <= position, err
}

// firstSealed is the position of the first event that was sealed when it was written;
// math.MaxInt64 when there is none.
func (l *Log) firstSealed(ctx context.Context, r rows.Reader) (int64, error) {
	if known := l.sealedFrom.Load(); known != nil {
		return *known, nil
	}
	for after := int64(math.MinInt64); ; {
		some, err := rows.Collect(ctx, r, scanRecord, selectWithSeal, after, batch)
		if err != nil {
			return 0, err
		}
		for _, one := range some {
			if equal(one.seal, l.seal(one.values())) || equal(one.seal, l.sealEmptied(one.values(), true)) {
				l.sealedFrom.Store(&one.Position)
				return one.Position, nil
			}
			after = one.Position
		}
		if len(some) < batch {
			return math.MaxInt64, nil
		}
	}
}
