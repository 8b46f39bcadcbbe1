package id

import (
	"bytes"
	"crypto/rand"
	"errors"
	"regexp"
	"slices"
	"sync"
	"testing"
	"testing/iotest"
	"time"
)

var uuidv7 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// The layout is that of RFC 9562: milliseconds, version, sequence, variant, and
// random bits that come from the reader.
func TestUUID(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(0x0123456789ab)
	s := NewSource(func() time.Time { return now }, bytes.NewReader(bytes.Repeat([]byte{0xff}, 64)))
	for _, want := range []string{"01234567-89ab-7000-bfff-ffffffffffff", "01234567-89ab-7001-bfff-ffffffffffff"} {
		if got := s.UUID(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	now = now.Add(-time.Hour) // a clock that is put back
	if got, want := s.UUID(), "01234567-89ab-7002-bfff-ffffffffffff"; got != want {
		t.Errorf("after the clock was put back: %s, want %s", got, want)
	}
	now = now.Add(2 * time.Hour)
	if got, want := s.UUID(), "0123459e-782b-7000-bfff-ffffffffffff"; got != want {
		t.Errorf("an hour later: %s, want %s", got, want)
	}
}

func TestUUIDsOnlyRise(t *testing.T) {
	t.Parallel()
	s := NewSource(time.Now, rand.Reader)
	const writers, each = 8, 5000 // more than a millisecond has numbers
	all := make([][]string, writers)
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for range each {
				all[w] = append(all[w], s.UUID())
			}
		})
	}
	group.Wait()
	seen := map[string]bool{}
	for _, ids := range all {
		if !slices.IsSorted(ids) {
			t.Error("the ids of one writer do not rise")
		}
		for _, one := range ids {
			if seen[one] || !uuidv7.MatchString(one) {
				t.Fatalf("%s: twice, or no UUIDv7", one)
			}
			seen[one] = true
		}
	}
}

func TestOtherForms(t *testing.T) {
	t.Parallel()
	s := NewSource(time.Now, rand.Reader)
	if a, b := s.Hex32(), s.Hex32(); a == b || !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(a) {
		t.Errorf("%s and %s", a, b)
	}
	if b := s.Bytes(7); len(b) != 7 || bytes.Equal(b, make([]byte, 7)) {
		t.Errorf("%v", b)
	}
	for range 1000 {
		if d := s.Spread(time.Millisecond); d < 0 || d >= time.Millisecond {
			t.Fatalf("%s is not from nothing to less than a millisecond", d)
		}
	}
	if s.Spread(0) != 0 || s.Spread(-1) != 0 {
		t.Error("of nothing something was spread")
	}
	broken := NewSource(time.Now, iotest.ErrReader(errors.New("no entropy")))
	defer func() {
		if recover() == nil {
			t.Error("an id was made without random bytes")
		}
	}()
	_ = broken.Hex32()
}
