package queue

import (
	"testing"
	"time"
)

// It is looked when somebody has enqueued, and else once in idleTime.
func TestLookout(t *testing.T) {
	t.Parallel()
	now := time.Unix(1, 0)
	l := &lookout{now: func() time.Time { return now }}
	if !l.look() {
		t.Error("what is there at the start is not looked for")
	}
	for step, c := range []struct {
		wait time.Duration
		wake bool
		want bool
	}{
		{0, false, false}, {idleTime - 1, false, false}, {1, false, true}, {0, true, true}, {0, false, false},
		{idleTime / 2, true, true}, {idleTime - 1, false, false}, {1, false, true},
	} {
		now = now.Add(c.wait)
		if c.wake {
			l.wake()
		}
		if got := l.look(); got != c.want {
			t.Errorf("step %d: looks %v, want %v", step, got, c.want)
		}
	}
}
