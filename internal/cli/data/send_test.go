package data

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
)

// TestSentFromWithin: data of the repository that go to a remote alone have their stage
// beside them, as dvc writes it; those of elsewhere have it where the person stands.
func TestSentFromWithin(t *testing.T) {
	root := isolated(t)
	repo := filepath.Join(root, "repo")
	datasettest.WriteAll(t, root, map[string]string{"repo/src/a": "a", "repo/src/below/d/b": "b", "ext/e": "e", "repo/own": "o"})
	in(t, repo, 0, "init", "--no-scm", "-q")
	in(t, repo, 0, "remote", "add", "-q", "-d", "near", filepath.Join(root, "near"))
	for _, c := range []struct{ cwd, target, file string }{
		{"", "src/a", "src/a.dvc"},
		{"src", "below/d", "src/below/d.dvc"},
		{"src", "../own", "own.dvc"},
		{"", "../ext/e", "e.dvc"},
		{"src", filepath.Join(root, "ext", "e"), "src/e.dvc"},
	} {
		in(t, filepath.Join(repo, c.cwd), 0, "add", "-q", "--to-remote", c.target)
		name := strings.TrimSuffix(filepath.Base(c.file), ".dvc")
		if got := datasettest.Read(t, filepath.Join(repo, c.file)); !strings.Contains(got, "path: "+name+"\n") {
			t.Errorf("%s: %s", c.target, got)
		}
	}
	if err := os.Remove(filepath.Join(repo, "src", "a")); err != nil {
		t.Fatal(err)
	}
	in(t, repo, 0, "pull", "-q", "src/a.dvc")
	if got := datasettest.Read(t, filepath.Join(repo, "src", "a")); got != "a" {
		t.Errorf("pulled: %q", got)
	}
}

// TestNoFolderForData: what cannot have its stage written is not brought.
func TestNoFolderForData(t *testing.T) {
	root := isolated(t)
	datasettest.WriteAll(t, root, map[string]string{"src/a": "a"})
	in(t, root, 0, "init", "--no-scm", "-q")
	in(t, root, 0, "remote", "add", "-q", "-d", "near", filepath.Join(root, "near"))
	for _, args := range [][]string{{"add", "src/a", "--to-remote", "-o", "none/q"}, {"import-url", "src/a", "none/q"}, {"import-url", "src/a", "src/a/q"}} {
		_, errs := in(t, root, 1, args...)
		if !strings.Contains(errs, "stage working dir") {
			t.Errorf("%q: %s", args, errs)
		}
	}
	for _, name := range []string{"none", "near"} {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%s was made", name)
		}
	}
}

// TestMovedImportKeepsItsSource, which lies outside of the repository, wherever it is moved.
func TestMovedImportKeepsItsSource(t *testing.T) {
	root := isolated(t)
	repo := filepath.Join(root, "repo")
	datasettest.WriteAll(t, root, map[string]string{"src/a": "1", "repo/sub/deep/own": "o", "repo/src/other": "2"})
	in(t, repo, 0, "init", "--no-scm", "-q")
	in(t, repo, 0, "import-url", "-q", "../src", "s")
	for _, move := range []struct{ from, to, dep string }{
		{"s", "s2", "../src"}, {"s2", "sub/deep/s", "../../../src"}, {"sub/deep/s", "sub/s", "../../src"}, {"sub/s", "sub/s3", "../../src"}, {"sub/s3", "s", "../src"},
	} {
		in(t, repo, 0, "move", "-q", move.from, move.to)
		if got := datasettest.Read(t, filepath.Join(repo, move.to+".dvc")); !strings.Contains(got, "path: "+move.dep+"\n") {
			t.Fatalf("%s: %s", move.to, got)
		}
		in(t, repo, 0, "update", "-q", move.to+".dvc")
	}
}

// TestMissingInAClone is named as the person did: of where a clone lay nobody knows.
func TestMissingInAClone(t *testing.T) {
	root := isolated(t)
	source, repo := filepath.Join(root, "source"), filepath.Join(root, "repo")
	datasettest.WriteAll(t, root, map[string]string{"source/f": "1", "repo/own": "o"})
	datasettest.Git(t, source, "init", "-q")
	datasettest.Git(t, source, "add", "-A")
	datasettest.Git(t, source, "commit", "-qm", "v")
	in(t, repo, 0, "init", "--no-scm", "-q")
	for path, want := range map[string]string{"none": "'none' in '../source'", "../../etc/passwd": "leads out of the repository"} {
		t.Chdir(repo)
		code, _, errs := run(t, false, "", "import", "../source", path)
		if code == 0 || !strings.Contains(errs, want) || strings.Contains(errs, "tacit-sources") {
			t.Errorf("%s: %d, %s", path, code, errs)
		}
	}
}
