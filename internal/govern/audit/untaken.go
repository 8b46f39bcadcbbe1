package audit

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// untaken is what nothing vouches for in a log that an earlier tacit kept, and that
// nobody has taken as it stands since.
type untaken struct {
	begun   bool      // it was begun before entries were sealed: nothing shows its beginning
	emptied time.Time // entries from before it were emptied by a tacit that did not seal what it left; zero for none
}

// What is said of such a log.
const (
	begunEarlier   = "the audit log was begun by an earlier tacit, before entries were sealed"
	emptiedEarlier = "an earlier tacit emptied old entries of the audit log, and did not seal what it left of them"
	takeEarlier    = "see what tacit audit verify finds besides, then once: tacit audit checkpoint --accept"
)

// texts are what is to be said of it, nothing where all is vouched for.
func (u untaken) texts() (all []string) {
	if u.begun {
		all = append(all, begunEarlier)
	}
	if !u.emptied.IsZero() {
		all = append(all, emptiedEarlier)
	}
	return all
}

// left reports whether an entry is as such a tacit emptied it, which left no data.
func (u untaken) left(e event.Event) bool {
	return bare(e) && (u.begun && e.Mark == event.Unsealed || doubtful(e) && e.Time.Before(u.emptied))
}

// bare reports whether an entry tells nothing that could be emptied, and no seal
// vouches for that.
func bare(e event.Event) bool { return doubtful(e) && partOf(e) == (emptiable{}) }

// untaken looks at the beginning of the log: what is oldest was begun and emptied first.
func (s *Service) untaken(ctx context.Context, r rows.Reader) (u untaken, err error) {
	first, err := s.Events.Stored(ctx, r, subscriber, math.MinInt64, 1)
	if err != nil || len(first) == 0 {
		return u, err
	}
	a, err := s.accepted(ctx, r)
	if err != nil {
		return u, err
	}
	u.begun = first[0].Mark == event.Unsealed && a.at.IsZero()
	u.emptied, err = s.emptiedUnsealed(ctx, r, a)
	return u, err
}

// emptiedUnsealed is the time of which the newest emptying tells that left what it
// emptied without a seal, zero for none and where all was taken since. Only tacit can
// write one of these, so no entry of a log that never had one is taken for such.
func (s *Service) emptiedUnsealed(ctx context.Context, r rows.Reader, a acceptance) (time.Time, error) {
	leaves, err := rows.Collect(ctx, r, scanLeaf, selectEmptied, int64(math.MinInt64), 1)
	if err != nil || len(leaves) == 0 {
		return time.Time{}, err
	}
	oldest, err := s.storedAt(ctx, r, leaves[0].position)
	if err != nil || !bare(oldest.Event) {
		return time.Time{}, err
	}
	for before := int64(0); ; {
		all, err := s.Events.List(ctx, event.Query{Workspace: caller.DefaultWorkspace, Verb: emptiedVerb, Before: before})
		if err != nil || len(all) == 0 {
			return time.Time{}, err
		}
		for _, e := range all {
			before = e.Position
			if t := emptiedBefore(e); t.IsZero() || leftSealed(e) {
				continue
			}
			if e, err := s.storedAt(ctx, r, e.Position); err != nil || written(e) {
				if a.sealed && a.at.After(e.Time) {
					return time.Time{}, err
				}
				return emptiedBefore(e.Event), err
			}
		}
	}
}

// leftSealed reports whether an emptying tells that it sealed what it left.
func leftSealed(e event.Event) bool {
	var data emptied
	raw, ok := e.Data.(json.RawMessage)
	return ok && json.Unmarshal(raw, &data) == nil && data.Sealed
}

// storedAt is the event at a position, the zero one for none.
func (s *Service) storedAt(ctx context.Context, r rows.Reader, position int64) (event.Stored, error) {
	all, err := s.Events.Stored(ctx, r, subscriber, position-1, 1)
	if err != nil || len(all) == 0 || all[0].Position != position {
		return event.Stored{}, err
	}
	return all[0], nil
}

// written reports whether tacit wrote an event that lies in the store.
func written(e event.Stored) bool { return e.ID != "" && !doubtful(e.Event) && e.Broken == nil }

// examineUntaken says for tacit doctor what nothing vouches for.
func (s *Service) examineUntaken(ctx context.Context) (all []room.Finding) {
	u, err := s.untaken(ctx, s.DB.Read())
	if err != nil {
		return nil // what keeps it from being read is told of by others
	}
	for _, text := range u.texts() {
		all = append(all, room.Finding{Verdict: room.Warn, What: "audit", Text: text, Remedy: takeEarlier})
	}
	return all
}
