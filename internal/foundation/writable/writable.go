// Package writable is what happens when a store cannot be written: its disk is
// full, a quota is used up, or the disk fails.
//
// Words. Such a failure is fault.Unavailable with a remedy, since nothing is
// wrong with the request and it may be repeated. A State remembers it, so that
// GET /health tells it, and is well again only when a probe has written as much
// as Room: that some small write went through proves nothing.
//
// It watches no disk: a store that has not failed is taken to be well.
package writable

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Room is how many bytes a probe must be able to write.
const Room = 1 << 20

const (
	// pause is the least time between two probes, whoever asks for them.
	pause = time.Second
	// probeTime bounds one probe: who asks for health does not wait long.
	probeTime = 5 * time.Second
)

// errUnwritable lies below every fault of this package.
var errUnwritable = errors.New("the store cannot be written")

// NoRoom is the fault of a store without space left; what names it: "the store
// of records".
func NoRoom(cause error, what string) error {
	return fault.WithHint(fault.Because(errors.Join(errUnwritable, cause), fault.Unavailable, "There is no space left in %s.", what),
		"make room on its disk, or raise the quota; tacit goes on by itself")
}

// Failing is the fault of a store whose disk answers with errors.
func Failing(cause error, what string) error {
	return fault.WithHint(fault.Because(errors.Join(errUnwritable, cause), fault.Unavailable, "The disk under %s cannot be written.", what),
		"look at the disk and its quota; tacit goes on by itself once it can be written")
}

// Is reports whether err is a fault of this package.
func Is(err error) bool { return errors.Is(err, errUnwritable) }

// State remembers whether one store can be written. It is safe for concurrent
// use.
type State struct {
	now   func() time.Time
	probe func(context.Context) error

	mu     sync.Mutex
	failed error // nil when all is well
	next   time.Time
	busy   bool // a probe is under way
}

// NewState gives a State that asks probe whether the store can be written
// again. The probe must make Room bytes durable and take them away.
func NewState(now func() time.Time, probe func(context.Context) error) *State {
	return &State{now: now, probe: probe}
}

// Note remembers err when it says that the store cannot be written, and gives
// it back.
func (s *State) Note(err error) error {
	if Is(err) {
		s.mu.Lock()
		s.failed = err
		s.mu.Unlock()
	}
	return err
}

// Check answers nil, or the failure that was remembered and, as a probe a
// second at most has shown, is still so. A disk that hangs does not hold who
// asks: the probe goes on without them.
func (s *State) Check(ctx context.Context) error {
	s.mu.Lock()
	failed, now := s.failed, s.now()
	if failed == nil || s.busy || now.Before(s.next) {
		s.mu.Unlock()
		return failed
	}
	s.busy, s.next = true, now.Add(pause)
	s.mu.Unlock()

	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTime)
	go func() {
		defer cancel()
		err := s.probe(own)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.busy = false
		if err == nil {
			s.failed = nil
		}
	}()
	select {
	case <-own.Done(): // the probe has ended, or its time
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}
