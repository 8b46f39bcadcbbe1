// Package batch does one small thing many times, in as many goroutines as there are
// processors.
//
// Each is for things that cost microseconds: goroutines take them by the dozen. The package
// knows nothing of what they are.
package batch

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// size is how many small things a goroutine takes at once: enough that it seldom waits for
// the others, few enough that they end together.
const size = 64

// Each does something for every number below n, in no order. begin is called once a
// goroutine and gives what is called for its numbers, so that these may keep something
// between them. The first error ends the work and is returned.
func Each(ctx context.Context, n int, begin func(worker int) func(ctx context.Context, i int) error) error {
	return by(ctx, n, size, begin)
}

// Few is Each of things that are large: goroutines take one at a time.
func Few(ctx context.Context, n int, begin func(worker int) func(ctx context.Context, i int) error) error {
	return by(ctx, n, 1, begin)
}

func by(ctx context.Context, n, size int, begin func(worker int) func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var all sync.WaitGroup
	for worker := range min(runtime.GOMAXPROCS(0), n/size+1) {
		all.Go(func() {
			do := begin(worker)
			for ctx.Err() == nil {
				to := int(next.Add(int64(size)))
				if to-size >= n {
					return
				}
				for i := to - size; i < min(to, n); i++ {
					if err := do(ctx, i); err != nil {
						cancel(err)
						return
					}
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}
