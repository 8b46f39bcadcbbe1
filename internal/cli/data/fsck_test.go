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

// TestFsckOnlyLooks: without --repair a damaged object of a folder keeps its name, here and
// in the remote, and is told of each time.
func TestFsckOnlyLooks(t *testing.T) {
	root := isolated(t)
	folder := filepath.Join(root, "r")
	datasettest.WriteAll(t, root, map[string]string{"r/f": "a", "r/d/g": "g"})
	in(t, folder, 0, "init", "--no-scm", "-q")
	in(t, folder, 0, "remote", "add", "-q", "-d", "near", filepath.Join(root, "near"))
	in(t, folder, 0, "add", "-q", "f", "d")
	in(t, folder, 0, "push", "-q")
	objects, err := filepath.Glob(filepath.Join(root, "near", "files", "md5", "*", "*"))
	if err != nil || len(objects) != 3 {
		t.Fatal(objects, err)
	}
	for _, object := range objects {
		datasettest.Must(t, os.Remove(object))
		datasettest.Write(t, object, "b")
	}
	datasettest.Must(t, os.RemoveAll(filepath.Join(folder, ".dvc", "cache")))
	first, _ := in(t, folder, 1, "fsck")
	if again, _ := in(t, folder, 1, "fsck"); again != first || strings.Count(first, "damaged:") != 3 {
		t.Errorf("the second time %q, the first %q", again, first)
	}
	for _, object := range objects {
		if got := datasettest.Read(t, object); got != "b" {
			t.Errorf("%s is %q", object, got)
		}
	}
	cached := filepath.Join(folder, ".dvc", "cache", "files", "md5", filepath.Base(filepath.Dir(objects[0])), filepath.Base(objects[0]))
	datasettest.Write(t, cached, "b")
	in(t, folder, 1, "fsck", "--local")
	if got := datasettest.Read(t, cached); got != "b" {
		t.Errorf("the cache has %q", got)
	}
	if out, _ := in(t, folder, 1, "fsck", "--local", "--repair"); !strings.Contains(out, "1 object was hashed, ") {
		t.Error(out)
	}
}
