package blobs

import (
	"context"
	"sync"
)

// Turns lets one caller at a time do what has a name: of two that complete an upload the
// second finds it complete. Its zero value is ready.
type Turns struct {
	mutex sync.Mutex
	taken map[string]chan struct{} // closed when the turn is over
}

// Take waits for the turn of a name; end gives it on.
func (t *Turns) Take(ctx context.Context, name string) (end func(), err error) {
	for {
		t.mutex.Lock()
		before, busy := t.taken[name]
		if !busy {
			mine := make(chan struct{})
			if t.taken == nil {
				t.taken = map[string]chan struct{}{}
			}
			t.taken[name] = mine
			t.mutex.Unlock()
			return func() {
				t.mutex.Lock()
				delete(t.taken, name)
				t.mutex.Unlock()
				close(mine)
			}, nil
		}
		t.mutex.Unlock()
		select {
		case <-before:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
