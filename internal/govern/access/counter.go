package access

import (
	"sync"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
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
