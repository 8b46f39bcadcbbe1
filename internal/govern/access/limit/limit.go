package limit

import (
	"net/netip"
	"sync"
	"time"
)

// mostLimited bounds how many names and addresses are kept in mind.
const mostLimited = 20_000

// Limiter counts what failed, by key, and forgets it as time goes by. It is
// this process's own: another replica counts for itself.
type Limiter struct {
	now func() time.Time

	mu   sync.Mutex
	kept map[string]time.Time // when the last failure of a key is forgotten
}

// New counts nothing yet.
func New(now func() time.Time) *Limiter {
	return &Limiter{now: now, kept: map[string]time.Time{}}
}

// Take counts one try of a key of which tries may be open at once, each
// forgotten after pause. wait is how long to wait when there are too many.
func (l *Limiter) Take(key string, tries int, pause time.Duration) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	until := l.kept[key]
	if until.Before(now) {
		until = now
	}
	until = until.Add(pause)
	if over := until.Sub(now) - time.Duration(tries)*pause; over > 0 {
		return over
	}
	if len(l.kept) >= mostLimited {
		l.forget(now)
	}
	l.kept[key] = until
	return 0
}

// Full reports whether no more tries of a key are open, and counts none.
func (l *Limiter) Full(key string, tries int, pause time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.kept[key].Sub(l.now()) > time.Duration(tries-1)*pause
}

// Give takes a try back: it did not fail.
func (l *Limiter) Give(key string, pause time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	until, ok := l.kept[key]
	if !ok {
		return
	}
	if until = until.Add(-pause); until.After(l.now()) {
		l.kept[key] = until
	} else {
		delete(l.kept, key)
	}
}

// forget makes room: what is over goes, and where that is not enough, one in
// two of the others.
func (l *Limiter) forget(now time.Time) {
	for key, until := range l.kept {
		if !until.After(now) {
			delete(l.kept, key)
		}
	}
	odd := false
	for key := range l.kept {
		if odd = !odd; odd && len(l.kept) >= mostLimited/2 {
			delete(l.kept, key)
		}
	}
}

// Network is what one client may choose freely among: the /64 of an IPv6
// address, else the address.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	p, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}
