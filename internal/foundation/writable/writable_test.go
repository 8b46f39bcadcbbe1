package writable

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func TestStateIsWellAgainByAProbeAlone(t *testing.T) {
	t.Parallel()
	now, probes, answer := time.Unix(0, 0), 0, error(nil)
	s := NewState(func() time.Time { return now }, func(context.Context) error {
		probes++
		return answer
	})
	ctx := t.Context()
	if err := s.Note(fault.New(fault.Invalid, "no")); err == nil || s.Check(ctx) != nil || probes != 0 {
		t.Fatalf("a wrong request is remembered: %v, %d probes", s.Check(ctx), probes)
	}
	full := NoRoom(syscall.ENOSPC, "the store of records")
	if !errors.Is(full, syscall.ENOSPC) || !fault.Is(full, fault.Unavailable) || fault.HintOf(full) == "" {
		t.Fatalf("the fault is %v with the hint %q", full, fault.HintOf(full))
	}
	answer = full
	if err := s.Note(full); err != full {
		t.Fatalf("noted %v, gave %v", full, err)
	}
	for range 3 {
		if err := s.Check(ctx); !Is(err) {
			t.Fatalf("while full: %v", err)
		}
	}
	if probes != 1 {
		t.Errorf("%d probes in one second, want 1", probes)
	}
	answer = nil
	if err := s.Check(ctx); !Is(err) {
		t.Errorf("well without a probe: %v", err)
	}
	now = now.Add(pause)
	if err := s.Check(ctx); err != nil || probes != 2 {
		t.Errorf("with room again: %v after %d probes", err, probes)
	}
	if err := s.Check(ctx); err != nil || probes != 2 {
		t.Errorf("a store that is well is probed: %v after %d probes", err, probes)
	}
}

// A disk that hangs holds neither who asks nor a second probe beside the first.
func TestAProbeThatHangs(t *testing.T) {
	t.Parallel()
	now, begun, free := time.Unix(0, 0), make(chan struct{}, 10), make(chan struct{})
	s := NewState(func() time.Time { return now }, func(context.Context) error {
		begun <- struct{}{}
		<-free
		return nil
	})
	_ = s.Note(NoRoom(syscall.ENOSPC, "the store of records"))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel() // who asked goes away
	}()
	if err := s.Check(ctx); !Is(err) {
		t.Errorf("while the probe hangs: %v", err)
	}
	now = now.Add(time.Hour)
	if err := s.Check(t.Context()); !Is(err) || len(begun) > 0 {
		t.Errorf("%v, and %d more probes while the first hangs", err, len(begun))
	}
	close(free)
	for s.Check(t.Context()) != nil {
		time.Sleep(time.Millisecond)
	}
	if len(begun) > 0 {
		t.Errorf("%d probes of a store that is well", len(begun))
	}
}
