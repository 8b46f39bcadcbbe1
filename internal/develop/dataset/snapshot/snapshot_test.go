package snapshot_test

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/snapshot"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
)

// looking looks at a folder in which what is called ignored is as if it were not there.
func looking(root string) snapshot.Config {
	return snapshot.Config{
		Root: root, Now: func() time.Time { return time.Now().Add(time.Hour) }, // so that every file is at rest
		Walk: func(ctx context.Context, folder string) ([]worktree.File, error) {
			all, err := worktree.Walk(ctx, filepath.Join(root, folder), nil)
			for i := range all {
				all[i].Path = path.Join(folder, all[i].Path)
			}
			return all, err
		},
		Ignores: func(p string, _ bool) (bool, error) { return path.Base(p) == "ignored", nil },
	}
}

// TestTake sees of each place what it is, in the order in which they were asked for, and
// stores the files when it is given a cache.
func TestTake(t *testing.T) {
	root := t.TempDir()
	datasettest.WriteAll(t, root, map[string]string{"d/a": "one", "d/s/b": "two", "f": "one", "tool": "#!", "ignored": "x", "d2/c": "three"})
	datasettest.Must(t, os.Chmod(filepath.Join(root, "tool"), 0o755))
	datasettest.Must(t, os.Mkdir(filepath.Join(root, "empty"), 0o755))
	datasettest.Must(t, os.Symlink("nowhere", filepath.Join(root, "broken")))
	datasettest.Must(t, os.Symlink("d2", filepath.Join(root, "linked")))
	c := looking(root)
	c.Cache, c.Link = cache.New(filepath.Join(t.TempDir(), "cache"), object.Current, draw.Reader(t)), link.Copy
	places := []string{"tool", "d", "f", "none", "f/below", "ignored", "broken", "empty", "linked"}
	s, err := c.Take(context.Background(), places)
	datasettest.Must(t, err)
	type seen struct {
		kind snapshot.Kind
		id   string
		size int64
		exec bool
	}
	const one = "f97c5d29941bfb1b2fdab0874906ab82"
	want := map[string]seen{
		"tool": {snapshot.File, "ad540a4cc5c410795131d4d8db7a6d91", 2, true}, "f": {snapshot.File, one, 3, false},
		"none": {}, "f/below": {}, "ignored": {}, "broken": {kind: snapshot.Other},
		"empty": {snapshot.Folder, "d751713988987e9331980363e24189ce.dir", 0, false},
	}
	for i, p := range places {
		got := &s.Contents[i]
		w, ok := want[p]
		if id := got.ID.String(); ok && (got.Kind != w.kind || w.id != "" && id != w.id || got.Size != w.size || got.Exec != w.exec) {
			t.Errorf("%s: %v %s %d %v, want %v", p, got.Kind, id, got.Size, got.Exec, w)
		}
	}
	if d := &s.Contents[1]; d.Kind != snapshot.Folder || d.Size != 6 || d.Listing.Len() != 2 || string(d.Listing.Path(1)) != "s/b" || d.Listing.ID(0).String() != one {
		t.Errorf("d: %+v", d)
	}
	if l := &s.Contents[8]; l.Kind != snapshot.Folder || l.Listing.Len() != 1 {
		t.Errorf("a link to a folder: %+v", l)
	}
	var ids []object.ID
	for i := range s.Contents[1].Listing.Len() {
		ids = append(ids, s.Contents[1].Listing.ID(i))
	}
	if missing, err := c.Cache.Missing(context.Background(), ids); err != nil || len(missing) > 0 {
		t.Errorf("%v were not stored, %v", missing, err)
	}
}

// TestKeptSums: what was read is not read again while it is as it was, and is when it is not.
func TestKeptSums(t *testing.T) {
	root := t.TempDir()
	datasettest.WriteAll(t, root, map[string]string{"d/a": "one", "d/b": "two", "f": "f"})
	take := func(c snapshot.Config, places ...string) *snapshot.Snapshot {
		t.Helper()
		s, err := c.Take(context.Background(), places)
		datasettest.Must(t, err)
		return s
	}
	c := looking(root)
	first := take(c, "d", "f")
	if !first.Fresh {
		t.Error("nothing was new at the first look")
	}
	c.Sums = first.Sums
	again := take(c, "d", "f")
	if again.Fresh || again.Contents[0].ID != first.Contents[0].ID {
		t.Error("what is as it was was read again")
	}
	datasettest.Write(t, filepath.Join(root, "d/a"), "another")
	changed := take(c, "d")
	if !changed.Fresh || changed.Contents[0].ID == first.Contents[0].ID {
		t.Error("a file that changed was not read again")
	}
	c.Sums = changed.Sums
	if s := take(c, "f"); s.Fresh {
		t.Error("a look at one place forgot what is known of others")
	}
}

// TestSee finds out what lies at a place, and its files, without reading them.
func TestSee(t *testing.T) {
	root := t.TempDir()
	datasettest.WriteAll(t, root, map[string]string{"d/a": "one", "d/s/b": "two"})
	content, err := looking(root).See(context.Background(), "d")
	datasettest.Must(t, err)
	var paths []string
	for _, f := range content.Files {
		paths = append(paths, f.Path)
	}
	if slices.Sort(paths); content.Kind != snapshot.Folder || !slices.Equal(paths, []string{"d/a", "d/s/b"}) || content.ID != (object.ID{}) {
		t.Errorf("%+v", content)
	}
}
