package imports_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/comparison"
	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/imports"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
)

// wanting is a repository with imports whose data were never brought: a folder of another
// repository, and a folder and a file of this machine.
func wanting(t *testing.T) *repository.Repository {
	t.Helper()
	source, w := working(t), working(t)
	add(t, source, map[string]string{"data/a": "one", "data/sub/b": "two"}, "data")
	commit(t, source)
	commit(t, w)
	datasettest.WriteAll(t, filepath.Dir(w.Repo.Root), map[string]string{"raw/x": "x", "file": "f"})
	head := datasettest.Git(t, source.Repo.Root, "rev-parse", "HEAD")
	datasettest.WriteAll(t, w.Repo.Root, map[string]string{
		"data.dvc": "frozen: true\ndeps:\n- path: data\n  repo:\n    url: " + source.Repo.Root + "\n    rev_lock: " + head + "outs:\n- hash: md5\n  path: data\n",
		"raw.dvc":  "frozen: true\ndeps:\n- path: ../raw\n  hash: md5\n  md5: 9b1345c7a223c1e3b15054d677977ced.dir\n  size: 1\n  nfiles: 1\nouts:\n- hash: md5\n  path: raw\n",
		"file.dvc": "frozen: true\ndeps:\n- path: ../file\n  hash: md5\n  md5: 8fa14cdd754f91cc6554c9e71929cce7\n  size: 1\nouts:\n- hash: md5\n  path: file\n",
	})
	commit(t, w)
	return w.Repo
}

// TestListWanting lists what was never brought as it is in its source, with no more of
// hashes and sizes than the files of this repository say.
func TestListWanting(t *testing.T) {
	ctx, r := context.Background(), wanting(t)
	s, err := imports.Open(ctx, r.Root, imports.Options{}, around(t))
	datasettest.Must(t, err)
	defer func() { datasettest.Must(t, s.Close()) }()
	var got []string
	var walk func(p string)
	walk = func(p string) {
		e, err := s.Entry(ctx, p)
		datasettest.Must(t, err)
		if e.Out {
			size, id := "-", "-"
			if e.Said != nil {
				size = fmt.Sprint(*e.Said)
			}
			if e.ID != nil {
				id = e.ID.String()[:4]
			}
			got = append(got, fmt.Sprintf("%s %v %s %s", e.Path, e.Dir, size, id))
		}
		all, err := s.Entries(ctx, e)
		datasettest.Must(t, err)
		for _, e := range all {
			if e.Tracked {
				walk(e.Path)
			}
		}
	}
	walk("")
	want := []string{"data true - -", "data/a false - -", "data/sub true - -", "data/sub/b false - -", "file false 1 8fa1", "raw true 1 9b13", "raw/x false 1 -"}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	to := filepath.Join(t.TempDir(), "x")
	datasettest.Must(t, s.Download(ctx, "data", to, 0))
	if got := datasettest.Read(t, filepath.Join(to, "sub/b")); got != "two" {
		t.Errorf("what was imported is brought as %q", got)
	}
}

// TestCompareWanting: what was never brought is compared by what its source has.
func TestCompareWanting(t *testing.T) {
	ctx, r := context.Background(), wanting(t)
	sources := func(_ context.Context, o *repository.Out) ([]string, bool, error) {
		files := map[string][]string{"data": {"a", "sub/b"}, "raw": {"x"}}[o.Path]
		return files, files != nil, nil
	}
	diff := func(a, b string) (got []string) {
		t.Helper()
		d, err := comparison.Diff(ctx, r, r.Root, a, b, nil, sources)
		datasettest.Must(t, err)
		for _, c := range d.Changes {
			got = append(got, fmt.Sprint(c.Kind, " ", c.Shown()))
		}
		for _, e := range d.NotInCache {
			got = append(got, "not in cache "+e.Shown())
		}
		slices.Sort(got)
		return got
	}
	status := func() *comparison.DataStatus {
		t.Helper()
		d, err := comparison.Data(ctx, r, r.Root, nil, comparison.DataAsked{})
		datasettest.Must(t, err)
		return d
	}
	added, deleted, modified := fmt.Sprint(comparison.Added, " "), fmt.Sprint(comparison.Deleted, " "), fmt.Sprint(comparison.Modified, " ")
	same := func(what string, got []string, want ...string) {
		t.Helper()
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q\nwant %q", what, got, want)
		}
	}
	same("added", diff("HEAD^", "HEAD"), added+"data/a", added+"data/sub/b", added+"file", added+"raw/", added+"raw/x")
	same("gone", diff("HEAD", ""), deleted+"data/a", deleted+"data/sub/b", deleted+"file", deleted+"raw/", deleted+"raw/x", "not in cache file", "not in cache raw/")
	if d := status(); len(d.NotInCache) != 2 || len(d.Uncommitted) != 2 {
		t.Errorf("not brought: %+v", d)
	}
	datasettest.WriteAll(t, r.Root, map[string]string{"data/a": "one", "data/sub/b": "two", "raw/x": "x", "file": "f"})
	same("brought", diff("HEAD", ""), modified+"data/a", modified+"data/sub/b")
	if d := status(); len(d.NotInCache) != 0 || len(d.Uncommitted) != 1 {
		t.Errorf("brought: %+v", d)
	}
	datasettest.Must(t, os.Remove(filepath.Join(r.Root, "raw/x")))
	datasettest.Write(t, filepath.Join(r.Root, "raw/y"), "y")
	if d := status(); len(d.NotInCache) != 1 || len(d.Uncommitted) != 2 {
		t.Errorf("changed: %+v", d)
	}
}
