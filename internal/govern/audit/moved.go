package audit

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// selectLeavesOf are the leaves of events. A list of their ids stands behind it. It goes
// through the whole tree, so it is asked only of entries that something speaks against.
const selectLeavesOf = `SELECT ` + leafColumns + ` FROM audit_leaf WHERE event IN `

// displaced marks the entries that do not lie where they were: an older leaf than that
// of their position, or one where they have none, is of another position. Looked at are
// those that a list has out of the order of time, and one that is asked for alone.
func (s *Service) displaced(ctx context.Context, all []Entry) error {
	var ids []string
	for i, e := range all {
		if len(all) == 1 || i > 0 && disordered(all[i-1].Event, e.Event) || i+1 < len(all) && disordered(e.Event, all[i+1].Event) {
			ids = append(ids, e.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	leaves, err := rows.Collect(ctx, s.DB.Read(), scanLeaf, selectLeavesOf+rows.Listed[string](s.DB.Dialect(), 1), rows.List(s.DB.Dialect(), ids))
	if err != nil {
		return err
	}
	for _, l := range leaves {
		for i, e := range all {
			if e.ID == l.event && e.Position != l.position && (e.Index == Pending || l.index < e.Index) {
				all[i].Moved = true
			}
		}
	}
	return nil
}

// disordered reports whether of two entries the one that lies first happened later.
func disordered(a, b event.Event) bool {
	return a.Position < b.Position == a.Time.After(b.Time) && !a.Time.Equal(b.Time)
}
