package files

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Retries says how often and after what pauses a place tries again what failed with
// fault.Unavailable.
type Retries struct {
	Attempts int           // in all; 0 means 5
	First    time.Duration // the pause before the second; each later one is twice as long. 0 means 100 ms
}

const (
	usualAttempts = 5
	usualFirst    = 100 * time.Millisecond
)

// Do calls try until it does not fail with fault.Unavailable. again is asked before
// each further call, and says whether there can be one.
func (r Retries) Do(ctx context.Context, try func() error, again func() bool) error {
	attempts, pause := r.Attempts, r.First
	if attempts == 0 {
		attempts = usualAttempts
	}
	if pause == 0 {
		pause = usualFirst
	}
	for n := 1; ; n++ {
		err := try()
		if !fault.Is(err, fault.Unavailable) || n >= attempts || !again() {
			return err
		}
		if err := Sleep(ctx, max(pause, time.Duration(fault.Seconds(err, 0))*time.Second)); err != nil {
			return err
		}
		pause *= 2
	}
}

// Always is for what can be tried again as often as one likes.
func Always() bool { return true }

// Sleep waits, or gives the reason for which ctx ended.
func Sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
