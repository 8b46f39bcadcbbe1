package worktree_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
)

// TestFolder asks for the entries of one folder as StatOf does for their paths.
func TestFolder(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "file")
	datasettest.Write(t, file, "content")
	datasettest.Must(t, os.Chmod(file, 0o444))
	f, err := worktree.OpenFolder(root)
	datasettest.Must(t, err)
	got, err := f.Stat("file")
	datasettest.Must(t, err)
	want, err := worktree.StatOf(file)
	datasettest.Must(t, err)
	if got != want || got.Mode != 0o444 {
		t.Errorf("%+v, want %+v", got, want)
	}
	if _, err := f.Stat("absent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an entry that is not there: %v", err)
	}
	datasettest.Must(t, f.Close())
	if _, err := worktree.OpenFolder(filepath.Join(root, "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
	if _, err := worktree.OpenFolder(file); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file as a folder: %v", err)
	}
}

// TestRead reads no more than the buffer holds, and says what came.
func TestRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	content := bytes.Repeat([]byte("0123456789"), 30_000)
	datasettest.Must(t, os.WriteFile(file, content, 0o600))
	for _, size := range []int{0, 1, len(content) - 1, len(content), len(content) + 1} {
		buffer := make([]byte, size)
		n, err := worktree.Read(file, buffer)
		if want := min(size, len(content)); err != nil || n != want || !bytes.Equal(buffer[:n], content[:n]) {
			t.Errorf("into %d bytes: %d, want %d; %v", size, n, want, err)
		}
	}
	if _, err := worktree.Read(file+".absent", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
