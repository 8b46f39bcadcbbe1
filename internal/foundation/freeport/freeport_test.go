package freeport

import (
	"net"
	"strconv"
	"testing"
)

// A port is given once while it is held, can be listened on, and is none that
// the system gives to who asks for any.
func TestAPortIsOnesOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 20 {
		address := Address(t)
		if seen[address] {
			t.Fatalf("%s was given twice", address)
		}
		seen[address] = true
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_ = listener.Close()
	}
	held, release, err := Hold()
	if err != nil {
		t.Fatal(err)
	}
	release()
	if again, free, err := Hold(); err != nil || again != held {
		t.Errorf("a port that was given back is not given again: %d, %d, %v", held, again, err)
	} else {
		free()
	}
	taken, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(held)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	if other := Take(t); other == held {
		t.Error("a port where somebody listens was given")
	}
}
