package data

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
)

// TestFsck tells what is wrong by its exit code, and mends it.
func TestFsck(t *testing.T) {
	root := isolated(t)
	datasettest.WriteAll(t, root, map[string]string{"r/data/a": "a", "r/data/b": "b"})
	folder := filepath.Join(root, "r")
	in(t, folder, 0, "init", "--no-scm", "-q")
	in(t, folder, 0, "remote", "add", "-q", "-d", "near", filepath.Join(root, "near"))
	in(t, folder, 0, "add", "-q", "data")
	in(t, folder, 0, "push", "-q")
	if out, _ := in(t, folder, 0, "fsck"); out != "6 objects were hashed, 0 things are not as they should be, 0 were mended.\n" {
		t.Error(out)
	}
	paths, err := filepath.Glob(filepath.Join(root, "near", "files", "md5", "*", "*[0-9a-f]"))
	if err != nil || len(paths) != 2 {
		t.Fatal(paths, err)
	}
	datasettest.Must(t, os.Remove(paths[0]))
	if out, errs := in(t, folder, 1, "fsck"); !strings.Contains(out, "unsent:     data/") || !strings.Contains(errs, "--repair") {
		t.Error(out, errs)
	}
	in(t, folder, 0, "fsck", "--local")
	if out, _ := in(t, folder, 0, "fsck", "--repair"); !strings.Contains(out, " (mended)\n") {
		t.Error(out)
	}
	in(t, folder, 0, "fsck")
}
