package cli

import (
	"errors"
	"os"
	"path/filepath"
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

// TestNamedLink: who names a link means what it leads to.
func TestNamedLink(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file, link := filepath.Join(folder, "model.pkl"), filepath.Join(folder, "latest.pkl")
	if err := errors.Join(os.WriteFile(file, []byte("N."), 0o600), os.Symlink(file, link)); err != nil {
		t.Fatal(err)
	}
	source, closing, err := openSource(link, "")
	if err != nil {
		t.Fatal(err)
	}
	defer closing()
	if source.Path != link || source.Size != 2 {
		t.Errorf("%s, %d bytes", source.Path, source.Size)
	}
}
