package access

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/refusal"
)

// longestObject is the longest URN, in bytes, that is told of: names are a
// stranger's choice.
const longestObject = 1000

// Refused announces that a request of the caller in ctx was refused what it
// asked for: action on object, the zero object being the workspace. That it
// cannot be announced changes nothing about the refusal.
func (s *Service) Refused(ctx context.Context, action string, object urn.URN, reason error) {
	if s.refused == nil {
		return
	}
	c := caller.From(ctx)
	c.Action = action
	if object.IsZero() || len(object.String()) > longestObject {
		object = urn.New("workspace", c.Workspace)
	}
	s.noteRefusal(ctx, c, object.String(), requestRefused(object), fault.Sentence(reason))
}

// noteRefusal counts a refusal of c, and announces it unless the same one was
// announced within a minute.
func (s *Service) noteRefusal(ctx context.Context, c caller.Caller, key string, e event.Event, why string) {
	if one, now := s.refused.Note(c, key, e, why); now {
		s.announce(ctx, one)
	}
}

// announce writes one entry for all the times that a refusal was counted.
func (s *Service) announce(ctx context.Context, one refusal.Refusal) {
	one.Event.Data = refusalData{one.Why, one.Times}
	s.tell(caller.With(ctx, one.By), one.Event)
}

// Work announces, until ctx ends and then once more, the refusals that were
// counted.
func (s *Service) Work(ctx context.Context) error {
	if s.refused == nil {
		return nil
	}
	tick := time.NewTicker(refusal.Pause)
	defer tick.Stop()
	for over := false; !over; {
		select {
		case <-ctx.Done():
			over = true
		case <-tick.C:
		}
		for _, one := range s.refused.Due(over) {
			s.announce(context.WithoutCancel(ctx), one)
		}
	}
	return nil
}

// tell announces a refusal, which stays one where it cannot be told.
func (s *Service) tell(ctx context.Context, e event.Event) {
	err := s.DB.Write(ctx, func(tx *rows.Tx) error { return s.Events.Append(ctx, tx, e) })
	if err != nil {
		s.Log.Error("a refusal could not be announced", "error", err)
	}
}
