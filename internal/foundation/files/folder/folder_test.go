package folder_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/filestest"
	"github.com/tacit-ml/tacit/internal/foundation/files/folder"
)

func TestFolder(t *testing.T) {
	filestest.Run(t, filestest.Kind{Lists: true, Unsized: true}, func(t *testing.T) files.Place {
		return folder.New(filepath.Join(t.TempDir(), "made by the first file"), draw.Reader(t))
	})
}

// TestOutside: no path leads out of the folder.
func TestOutside(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "outside"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	place := folder.New(filepath.Join(root, "inside"), draw.Reader(t))
	for _, path := range []string{"../outside", "/outside", "a/../../outside", ""} {
		if err := place.Put(context.Background(), path, strings.NewReader("y"), 1, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", path, err)
		}
		if _, err := place.Stat(context.Background(), path); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// TestFull: who writes to a full disk is told so, and nothing is left.
func TestFull(t *testing.T) {
	root := t.TempDir()
	err := folder.New(root, draw.Reader(t)).Put(context.Background(), "a", iotest.ErrReader(syscall.ENOSPC), files.Unknown, nil)
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Sentence(err), "the disk is full") {
		t.Errorf("%v", err)
	}
	if left, err := os.ReadDir(root); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
