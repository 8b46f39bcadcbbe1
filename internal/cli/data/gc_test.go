package data

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
)

// isolated stands in an empty folder, with no settings but its own.
func isolated(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"DVC_SYSTEM_CONFIG_DIR", "DVC_GLOBAL_CONFIG_DIR"} {
		t.Setenv(name, filepath.Join(folder, "absent"))
	}
	return folder
}

// in runs a line in a folder, and ends the test where it fails otherwise than it should.
func in(t *testing.T, folder string, exits int, args ...string) (out, errs string) {
	t.Helper()
	t.Chdir(folder)
	code, out, errs := run(t, false, "", args...)
	if code != exits {
		t.Fatalf("%q exits %d: %s%s", args, code, out, errs)
	}
	return out, errs
}

func objects(t *testing.T, folder string) int {
	t.Helper()
	return len(datasettest.Tree(t, filepath.Join(folder, ".dvc", "cache", "files")))
}

// TestCollection: what the working copy, another project or a remote needs stays; the rest comes back from the trash.
func TestCollection(t *testing.T) {
	root := isolated(t)
	one, two := filepath.Join(root, "one"), filepath.Join(root, "two")
	for _, folder := range []string{one, two} {
		datasettest.WriteAll(t, folder, map[string]string{"data/a": "a", "data/b": "b", "file": "1"})
		in(t, folder, 0, "init", "--no-scm", "-q")
		in(t, folder, 0, "remote", "add", "-q", "-d", "near", filepath.Join(root, "near"))
		in(t, folder, 0, "config", "cache.dir", filepath.Join(root, "shared"))
	}
	shared := filepath.Join(root, "shared", "files")
	in(t, one, 0, "add", "-q", "data", "file")
	datasettest.Write(t, filepath.Join(two, "file"), "2")
	in(t, two, 0, "add", "-q", "file")
	if n := len(datasettest.Tree(t, shared)); n != 5 {
		t.Fatalf("%d objects", n)
	}
	in(t, one, 255, "gc", "-f")
	if out, _ := in(t, one, 0, "gc", "-w", "-f", "-p", two); !strings.Contains(out, "No unused 'repo' cache") {
		t.Error(out)
	}
	in(t, one, 1, "gc", "-w") // nobody says yes
	out, errs := in(t, one, 0, "gc", "-w", "--dry")
	if !strings.Contains(out, "Removing "+shared) || !strings.Contains(errs, "1 bytes") || len(datasettest.Tree(t, shared)) != 5 {
		t.Error(out, errs)
	}
	in(t, one, 0, "gc", "-w", "-f")
	if n := len(datasettest.Tree(t, shared)); n != 4 {
		t.Errorf("%d objects", n)
	}
	if out, _ := in(t, one, 0, "gc", "--undo"); out != "Brought back 1 objects to repo cache.\n" || len(datasettest.Tree(t, shared)) != 5 {
		t.Error(out)
	}
	// What was pushed need not be here; what was not pushed does.
	in(t, one, 0, "push", "-q", "data")
	in(t, one, 0, "gc", "-w", "-f", "--not-in-remote")
	if n := len(datasettest.Tree(t, shared)); n != 1 {
		t.Errorf("%d objects", n)
	}
	if out, _ := in(t, one, 0, "pull"); !strings.Contains(out, "3 files fetched") {
		t.Error(out)
	}
	// A remote keeps what came within the last day.
	if out, errs := in(t, two, 0, "gc", "-w", "-c", "-f"); !strings.Contains(out, "No unused cache to remove from remote.") || !strings.Contains(errs, "3 objects") {
		t.Error(out, errs)
	}
}

// TestNothingIsCollectedBlindly: where a listing is nowhere, nobody can say which files it needs, and all stays.
func TestNothingIsCollectedBlindly(t *testing.T) {
	root := isolated(t)
	datasettest.WriteAll(t, root, map[string]string{"data/a": "a", "data/b": "b"})
	in(t, root, 0, "init", "--no-scm", "-q")
	in(t, root, 0, "add", "-q", "data")
	listings, err := filepath.Glob(filepath.Join(root, ".dvc", "cache", "files", "md5", "*", "*.dir"))
	if err != nil || len(listings) != 1 {
		t.Fatal(listings, err)
	}
	datasettest.Must(t, os.Remove(listings[0]))
	if _, errs := in(t, root, 255, "gc", "-w", "-f"); !strings.Contains(errs, "which files it needs is not known") || objects(t, root) != 2 {
		t.Error(errs)
	}
}

// TestWhatIsNoFolderInTheCache is left, and keeps nothing else there.
func TestWhatIsNoFolderInTheCache(t *testing.T) {
	root := isolated(t)
	datasettest.WriteAll(t, root, map[string]string{"f": "a"})
	in(t, root, 0, "init", "--no-scm", "-q")
	in(t, root, 0, "add", "-q", "f")
	datasettest.Write(t, filepath.Join(root, "f"), "b")
	in(t, root, 0, "add", "-q", "f")
	stray := filepath.Join(root, ".dvc", "cache", "files", "md5", "00")
	datasettest.Write(t, stray, "x")
	in(t, root, 0, "fsck", "--local")
	if in(t, root, 0, "gc", "-w", "-f"); objects(t, root) != 2 || datasettest.Read(t, stray) != "x" {
		t.Error(datasettest.Tree(t, root))
	}
}
