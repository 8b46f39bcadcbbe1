//go:build unix

package data

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
)

// TestSharedCache: of a cache that a group shares every folder is the group's to write to,
// and so is what is taken out of it, as dvc has it.
func TestSharedCache(t *testing.T) {
	root := isolated(t)
	repo, cache := filepath.Join(root, "repo"), filepath.Join(root, "cache")
	datasettest.WriteAll(t, repo, map[string]string{"d/a": "a", "d/s/b": "b", "f": "f"})
	in(t, repo, 0, "init", "--no-scm", "-q")
	for _, option := range [][]string{{"cache.shared", "group"}, {"cache.type", "symlink"}, {"cache.dir", cache}} {
		in(t, repo, 0, "config", option[0], option[1])
	}
	in(t, repo, 0, "add", "-q", "d", "f")
	folders := 0
	err := filepath.WalkDir(cache, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o444)
		if e.IsDir() {
			folders++
			want = fs.ModeDir | fs.ModeSetgid | 0o775
		}
		if info.Mode() != want {
			t.Errorf("%s has the mode %v, want %v", strings.TrimPrefix(path, cache), info.Mode(), want)
		}
		return nil
	})
	if err != nil || folders < 4 {
		t.Errorf("%d folders, %v", folders, err)
	}
	in(t, repo, 0, "unprotect", "d", "f")
	for _, name := range []string{"f", "d/a", "d/s/b"} {
		if info, err := os.Lstat(filepath.Join(repo, name)); err != nil || info.Mode() != 0o664 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// TestListWithoutGits: what a stage makes that is not kept in the cache is none of DVC's.
func TestListWithoutGits(t *testing.T) {
	repo := filepath.Join(isolated(t), "repo")
	datasettest.WriteAll(t, repo, map[string]string{
		"o1": "1\n", "o2": "1\n",
		"dvc.yaml": "stages:\n  a:\n    cmd: make\n    outs: [o1, {o2: {cache: false}}]\n",
		"dvc.lock": "schema: '2.0'\nstages:\n  a:\n    cmd: make\n    outs:\n    - path: o1\n      hash: md5\n      md5: b026324c6904b2a9cb4b88d6d61c81d1\n      size: 2\n    - path: o2\n      hash: md5\n      md5: b026324c6904b2a9cb4b88d6d61c81d1\n      size: 2\n",
	})
	in(t, repo, 0, "init", "--no-scm", "-q")
	if out, _ := in(t, repo, 0, "list", ".", "--dvc-only"); out != "o1\n" {
		t.Errorf("%q", out)
	}
}
