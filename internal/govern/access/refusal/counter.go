package refusal

import (
	"sync"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/limit"
)

const (
	// Pause is how long the same refusal is counted before it is
	// announced again.
	Pause = time.Minute
	// Tries different refusals of one actor are announced at once, and one
	// more each rest: who tries names one after the other fills no log.
	Tries = 60
	rest  = 10 * time.Second
	// mostKept bounds how many are counted at a time.
	mostKept = 10_000
)

// Refusal is one that comes again and again.
type Refusal struct {
	By    caller.Caller
	Event event.Event // its data tells why
	Why   string
	Times int       // since it was last announced
	until time.Time // when it is announced again
}

// Counter counts what was refused, so that a client that hammers leaves an
// entry a minute and not one each time. None is lost: what was counted is
// announced at the minute's end, and when the process ends in order.
type Counter struct {
	now   func() time.Time
	actor *limit.Limiter

	mu   sync.Mutex
	kept map[string]*Refusal
}

// NewCounter counts nothing yet.
func NewCounter(now func() time.Time) *Counter {
	return &Counter{now: now, actor: limit.New(now), kept: map[string]*Refusal{}}
}

// Note counts a refusal of by, and reports whether it is to be announced now.
// key tells it from others of the same actor.
func (r *Counter) Note(by caller.Caller, key string, e event.Event, why string) (Refusal, bool) {
	who := by.Actor.String()
	if by.Actor.String() == caller.Nobody().String() {
		who = limit.Network(by.Origin.Address)
	}
	key = who + " " + by.Workspace + " " + e.Verb + " " + by.Action + " " + key
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if _, known := r.kept[key]; !known && (r.actor.Take(who, Tries, rest) > 0 || len(r.kept) >= mostKept) {
		// Too many different ones: they are told together, by what was asked.
		key, e.Subject = who+" "+e.Verb+" "+by.Action, urn.New("workspace", by.Workspace)
	}
	one, known := r.kept[key]
	if known {
		one.By, one.Why = by, why
		one.Times++
		if now.Before(one.until) {
			return Refusal{}, false
		}
	} else {
		one = &Refusal{By: by, Event: e, Why: why, Times: 1}
		r.kept[key] = one
	}
	told := *one
	one.Times, one.until = 0, now.Add(Pause)
	return told, true
}

// Due gives what was counted and is to be announced, all of it at the end, and
// forgets what did not come again.
func (r *Counter) Due(all bool) []Refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	var told []Refusal
	for key, one := range r.kept {
		if now.Before(one.until) && !all {
			continue
		}
		if one.Times == 0 {
			delete(r.kept, key)
			continue
		}
		told = append(told, *one)
		one.Times, one.until = 0, now.Add(Pause)
	}
	return told
}
