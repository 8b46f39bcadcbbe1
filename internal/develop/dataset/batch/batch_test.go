package batch_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/batch"
)

// TestEach does each thing once, and ends with the first error.
func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, 64, 1000} {
		done := make([]atomic.Int32, n)
		err := batch.Each(context.Background(), n, func(int) func(context.Context, int) error {
			return func(_ context.Context, i int) error { done[i].Add(1); return nil }
		})
		for i := range done {
			if done[i].Load() != 1 {
				t.Errorf("of %d, %d was done %d times", n, i, done[i].Load())
			}
		}
		if err != nil {
			t.Error(err)
		}
	}
	broken := errors.New("broken")
	err := batch.Each(context.Background(), 1000, func(int) func(context.Context, int) error {
		return func(_ context.Context, i int) error {
			if i == 500 {
				return broken
			}
			return nil
		}
	})
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := batch.Each(ended, 1, func(int) func(context.Context, int) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("called off: %v", err)
	}
}
