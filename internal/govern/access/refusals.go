package access

import (
	"context"
	"sync"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/limit"
)

const (
	// refusalPause is how long the same refusal is counted before it is
	// announced again.
	refusalPause = time.Minute
	// refusalTries different refusals of one actor are announced at once, and one
	// more each refusalRest: who tries names one after the other fills no log.
	refusalTries = 60
	refusalRest  = 10 * time.Second
	// mostRefusals bounds how many are counted at a time.
	mostRefusals = 10_000
	// longestObject is the longest URN, in bytes, that is told of: names are a
	// stranger's choice.
	longestObject = 1000
)

// refusal is one refusal that comes again and again.
type refusal struct {
	by    caller.Caller
	event event.Event // its data tells why
	why   string
	times int       // since it was last announced
	until time.Time // when it is announced again
}

// refusals count what was refused, so that a client that hammers leaves an
// entry a minute and not one each time. None is lost: what was counted is
// announced at the minute's end, and when the process ends in order.
type refusals struct {
	now   func() time.Time
	actor *limit.Limiter

	mu   sync.Mutex
	kept map[string]*refusal
}

func newRefusals(now func() time.Time) *refusals {
	return &refusals{now: now, actor: limit.New(now), kept: map[string]*refusal{}}
}

// note counts a refusal of by, and reports whether it is to be announced now.
// key tells it from others of the same actor.
func (r *refusals) note(by caller.Caller, key string, e event.Event, why string) (refusal, bool) {
	who := by.Actor.String()
	if by.Actor.String() == caller.Nobody().String() {
		who = limit.Network(by.Origin.Address)
	}
	key = who + " " + by.Workspace + " " + e.Verb + " " + by.Action + " " + key
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if _, known := r.kept[key]; !known && (r.actor.Take(who, refusalTries, refusalRest) > 0 || len(r.kept) >= mostRefusals) {
		// Too many different ones: they are told together, by what was asked.
		key, e.Subject = who+" "+e.Verb+" "+by.Action, urn.New("workspace", by.Workspace)
	}
	one, known := r.kept[key]
	if known {
		one.by, one.why = by, why
		one.times++
		if now.Before(one.until) {
			return refusal{}, false
		}
	} else {
		one = &refusal{by: by, event: e, why: why, times: 1}
		r.kept[key] = one
	}
	told := *one
	one.times, one.until = 0, now.Add(refusalPause)
	return told, true
}

// due gives what was counted and is to be announced, all of it at the end, and
// forgets what did not come again.
func (r *refusals) due(all bool) []refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	var told []refusal
	for key, one := range r.kept {
		if now.Before(one.until) && !all {
			continue
		}
		if one.times == 0 {
			delete(r.kept, key)
			continue
		}
		told = append(told, *one)
		one.times, one.until = 0, now.Add(refusalPause)
	}
	return told
}

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
	if one, now := s.refused.note(c, key, e, why); now {
		s.announce(ctx, one)
	}
}

// announce writes one entry for all the times that a refusal was counted.
func (s *Service) announce(ctx context.Context, one refusal) {
	one.event.Data = refusalData{one.why, one.times}
	s.tell(caller.With(ctx, one.by), one.event)
}

// Work announces, until ctx ends and then once more, the refusals that were
// counted.
func (s *Service) Work(ctx context.Context) error {
	if s.refused == nil {
		return nil
	}
	tick := time.NewTicker(refusalPause)
	defer tick.Stop()
	for over := false; !over; {
		select {
		case <-ctx.Done():
			over = true
		case <-tick.C:
		}
		for _, one := range s.refused.due(over) {
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
