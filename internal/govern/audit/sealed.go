package audit

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// sealed refuses a tree whose leaves from an index on are not all of entries as
// tacit wrote them: whoever writes the store can give an entry that they made up its
// leaf as well, and a signature would make it one of the log for ever. An entry that
// was emptied tells nothing that could be judged, and is long signed when it is.
// fault.Conflict.
func (s *Service) sealed(ctx context.Context, from, size int64) error {
	for from < size {
		leaves, err := rows.Collect(ctx, s.DB.Read(), scanLeaf, selectLeavesByIndex, from-1, page)
		if err != nil {
			return err
		}
		if len(leaves) == 0 || leaves[0].index != from {
			return nil // there is a hole, of which no root can be made
		}
		if err := s.sealedLeaves(ctx, leaves); err != nil {
			return err
		}
		from = leaves[len(leaves)-1].index + 1
	}
	return nil
}

// sealedLeaves judges the entries of leaves.
func (s *Service) sealedLeaves(ctx context.Context, leaves []leaf) error {
	byPosition := make(map[int64]leaf, len(leaves))
	low, high := leaves[0].position, leaves[0].position
	for _, l := range leaves {
		byPosition[l.position] = l
		low, high = min(low, l.position), max(high, l.position)
	}
	for after := low - 1; after < high; {
		some, err := s.Events.Stored(ctx, s.DB.Read(), subscriber, after, page)
		if err != nil {
			return err
		}
		for _, e := range some {
			if l, ok := byPosition[e.Position]; ok {
				if doubtful(e.Event) || e.Broken != nil || !madeOf(e.Event, l) {
					return notOurs(fmt.Sprintf("The entry %s at position %d was not written by tacit, or changed", e.ID, e.Position))
				}
				delete(byPosition, e.Position)
			}
			after = e.Position
		}
		if len(some) < page {
			break
		}
	}
	for position, l := range byPosition {
		return notOurs(fmt.Sprintf("Leaf %d of the audit log is of the entry %s at position %d, where none lies", l.index, l.event, position))
	}
	return nil
}

// madeOf reports whether a leaf is that of an entry as it is.
func madeOf(e event.Event, l leaf) bool {
	part := l.part
	if !l.emptied {
		part = partOf(e).hash()
	}
	return e.ID == l.event && tlog.RecordHash(leafText(e, part)) == l.hash
}

func notOurs(what string) error {
	return fault.WithHint(fault.New(fault.Conflict, "%s, and the log is not signed with it.", what), "tacit audit verify names all that is wrong; tacit audit checkpoint --accept signs the log as it stands")
}
