package staging_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/staging"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// data are files of all sizes that matter: none, small, two alike, the largest that
// is held whole, larger.
func data(t testing.TB) (root string, contents map[string][]byte) {
	t.Helper()
	root = t.TempDir()
	contents = map[string][]byte{
		"empty": nil, "one": []byte("1"), "folder/one": []byte("1"), "folder/two": []byte("22"),
		"whole": bytes.Repeat([]byte("w"), 1<<20), "large": bytes.Repeat([]byte("l"), 3<<20),
	}
	for i := range 200 {
		contents[fmt.Sprintf("many/%d", i)] = fmt.Appendf(nil, "content %d", i)
	}
	for name, content := range contents {
		datasettest.Write(t, filepath.Join(root, name), string(content))
	}
	return root, contents
}

// TestStage: with each type of link, all sums are right, all objects are there, and
// the files have their bytes still.
func TestStage(t *testing.T) {
	for _, typ := range []link.Type{link.Copy, link.Hardlink, link.Symlink} {
		root, contents := data(t)
		c := staging.Config{Root: root, Cache: cache.New(t.TempDir(), object.Current, draw.Reader(t)), Link: typ, Now: time.Now}
		for _, state := range []string{"new", "again"} {
			entries := stage(t, c)
			if len(entries) != len(contents) {
				t.Fatalf("%s, %s: %d entries of %d files", typ, state, len(entries), len(contents))
			}
			for _, e := range entries {
				if e.Sum != md5.Sum(contents[e.Path]) || e.Kept {
					t.Errorf("%s, %s: %s has sum %x, kept %v", typ, state, e.Path, e.Sum, e.Kept)
				}
				for _, path := range []string{filepath.Join(root, e.Path), c.Cache.Path(e.ID())} {
					if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, contents[e.Path]) {
						t.Errorf("%s, %s: %s has %d bytes, %v", typ, state, path, len(got), err)
					}
				}
				if stat, err := worktree.StatOf(filepath.Join(root, e.Path)); err != nil || stat != e.Stat {
					t.Errorf("%s, %s: %s is %v, %v; the entry says %v", typ, state, e.Path, stat, err, e.Stat)
				}
				checkLink(t, typ, filepath.Join(root, e.Path), c.Cache.Path(e.ID()), len(contents[e.Path]))
			}
		}
	}
}

// checkLink: a file shares its object's inode when links are shared.
func checkLink(t *testing.T, typ link.Type, file, object string, size int) {
	t.Helper()
	a, errA := os.Stat(file)
	b, errB := os.Stat(object)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	want := typ.Shared() && !(typ == link.Hardlink && size == 0)
	if os.SameFile(a, b) != want {
		t.Errorf("%s: %s shares its object's inode: %v", typ, file, !want)
	}
	l, err := os.Lstat(file)
	if err != nil || l.Mode()&os.ModeSymlink != 0 != (typ == link.Symlink) {
		t.Errorf("%s: %s has mode %v, %v", typ, file, l.Mode(), err)
	}
}

// TestStageKnown reads no file that it knows, unless its object is gone.
func TestStageKnown(t *testing.T) {
	root, contents := data(t)
	old := time.Now().Add(-time.Hour)
	for name := range contents {
		if err := os.Chtimes(filepath.Join(root, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	later := func() time.Time { return time.Now().Add(time.Minute) } // all files are at rest
	c := staging.Config{Root: root, Cache: cache.New(t.TempDir(), object.Current, draw.Reader(t)), Link: link.Copy, Now: later}
	var records []worktree.Record
	for _, e := range stage(t, c) {
		if !e.Rest {
			t.Fatalf("%s is not at rest", e.Path)
		}
		records = append(records, worktree.Record{Path: e.Path, Stat: e.Stat, Sum: e.Sum})
	}
	c.Sums = (&worktree.Sums{}).With([]string{""}, records)
	gone := object.ID{Sum: md5.Sum([]byte("22"))}
	if err := c.Cache.Remove(gone); err != nil {
		t.Fatal(err)
	}
	datasettest.Write(t, filepath.Join(root, "one"), "2")
	for _, e := range stage(t, c) {
		if read := e.Path == "one" || e.Path == "folder/two"; e.Kept == read {
			t.Errorf("%s was read: %v", e.Path, !e.Kept)
		}
	}
	if missing, err := c.Cache.Missing(context.Background(), []object.ID{gone, {Sum: md5.Sum([]byte("2"))}}); err != nil || len(missing) > 0 {
		t.Errorf("missing: %v, %v", missing, err)
	}
}

// TestStageRefuses what has no content, and what is not what the walk saw.
func TestStageRefuses(t *testing.T) {
	root, _ := data(t)
	c := staging.Config{Root: root, Cache: cache.New(t.TempDir(), object.Current, draw.Reader(t)), Link: link.Copy, Now: time.Now}
	files, err := worktree.Walk(context.Background(), root, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(path string) error{
		"one":   func(path string) error { return os.WriteFile(path, []byte("2"), 0o666) },
		"large": func(path string) error { return os.Truncate(path, 2<<20) },
		"whole": os.Remove,
	} {
		former, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := change(filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Stage(context.Background(), files); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s changed after the walk: %v", name, err)
		}
		datasettest.Write(t, filepath.Join(root, name), string(former))
		if files, err = worktree.Walk(context.Background(), root, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("nowhere", filepath.Join(root, "broken")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if files, err = worktree.Walk(context.Background(), root, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Stage(context.Background(), files); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "broken") {
		t.Errorf("a link that leads nowhere: %v", err)
	}
}

// TestStageFollowsLinks stores the bytes of what a link leads to, and leaves that alone.
func TestStageFollowsLinks(t *testing.T) {
	root, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "file")
	datasettest.Write(t, elsewhere, "bytes")
	if err := os.Symlink(elsewhere, filepath.Join(root, "link")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	c := staging.Config{Root: root, Cache: cache.New(t.TempDir(), object.Current, draw.Reader(t)), Link: link.Hardlink, Now: time.Now}
	entries := stage(t, c)
	if got, err := os.ReadFile(c.Cache.Path(entries[0].ID())); err != nil || string(got) != "bytes" {
		t.Errorf("the object has %q, %v", got, err)
	}
	if info, err := os.Stat(elsewhere); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("what the link leads to has mode %v, %v", info.Mode(), err)
	}
}

func stage(t *testing.T, c staging.Config) []staging.Entry {
	t.Helper()
	files, err := worktree.Walk(context.Background(), c.Root, nil)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := c.Stage(context.Background(), files)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}
