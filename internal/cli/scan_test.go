package cli

import (
	"errors"
	"strings"
	"testing"
)

// TestNoInput: a pipe that brought nothing was not scanned, whatever an empty file is.
func TestNoInput(t *testing.T) {
	t.Parallel()
	_, _, err := standardInput(strings.NewReader(""))
	var got *exit
	if !errors.As(noInput(err), &got) || got.code != ExitNothing {
		t.Errorf("no bytes: %v", err)
	}
	source, closing, err := standardInput(strings.NewReader("."))
	if err != nil || source.Size != 1 {
		t.Fatalf("one byte: %v", err)
	}
	closing()
}
