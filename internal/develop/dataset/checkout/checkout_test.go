package checkout_test

import (
	"context"
	"crypto/md5"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/checkout"
	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// place is a working copy with its cache.
type place struct {
	t testing.TB
	checkout.Config
	sums *worktree.Sums
}

func newPlace(t testing.TB, typ link.Type) *place {
	root := t.TempDir()
	scratch, working := filepath.Join(root, "scratch"), filepath.Join(root, "data")
	if err := errors.Join(os.Mkdir(scratch, 0o777), os.Mkdir(working, 0o777)); err != nil {
		t.Fatal(err)
	}
	later := func() time.Time { return time.Now().Add(time.Minute) } // what was made is at rest
	return &place{t, checkout.Config{Root: working, Scratch: scratch, Cache: cache.New(filepath.Join(root, "cache"), object.Current, draw.Reader(t)), Link: typ, Now: later}, nil}
}

// version puts contents into the cache and gives what they make wanted.
func (p *place) version(contents map[string]string) (want []checkout.Want) {
	for _, path := range slices.Sorted(maps.Keys(contents)) {
		id := object.ID{Sum: md5.Sum([]byte(contents[path]))}
		if err := p.Cache.PutBytes(id, []byte(contents[path])); err != nil {
			p.t.Fatal(err)
		}
		want = append(want, checkout.Want{Path: path, ID: id})
	}
	return want
}

func (p *place) checkout(want []checkout.Want) (*checkout.Result, error) {
	have, err := worktree.Walk(context.Background(), p.Root, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	p.Sums = p.sums
	r, err := p.Checkout(context.Background(), have, want)
	if err == nil {
		p.sums = (&worktree.Sums{}).With([]string{""}, r.Records)
	}
	return r, err
}

// tree is what lies in the working copy.
func (p *place) tree() map[string]string {
	all := map[string]string{}
	if err := filepath.WalkDir(p.Root, func(path string, d os.DirEntry, err error) error {
		if err != nil || path == p.Root {
			return err
		}
		relative := strings.TrimPrefix(path, p.Root+"/")
		if d.IsDir() {
			left, err := os.ReadDir(path)
			if len(left) == 0 {
				all[relative+"/"] = "an empty folder"
			}
			return err
		}
		content, err := os.ReadFile(path)
		all[relative] = string(content)
		return err
	}); err != nil {
		p.t.Fatal(err)
	}
	return all
}

// TestCheckout: whatever version was there, afterwards it is the one that is wanted, and told is what differed.
func TestCheckout(t *testing.T) {
	path := rapid.SampledFrom([]string{"a", "b", "b/c", "b/d/e", "b-x", "b.y", "c", "c/d", "z\n"})
	for _, typ := range []link.Type{link.Copy, link.Hardlink, link.Symlink} {
		t.Run(string(typ), func(t *testing.T) {
			draw.Check(t, func(rt *rapid.T) {
				p := newPlace(t, typ)
				before := map[string]string{}
				for range rapid.IntRange(1, 4).Draw(rt, "versions") {
					after := map[string]string{}
					for _, name := range rapid.SliceOf(path).Draw(rt, "paths") {
						if !slices.ContainsFunc(slices.Collect(maps.Keys(after)), func(other string) bool {
							return strings.HasPrefix(other, name+"/") || strings.HasPrefix(name, other+"/")
						}) {
							after[name] = rapid.SampledFrom([]string{"", "1", "2", "three"}).Draw(rt, "content")
						}
					}
					r, err := p.checkout(p.version(after))
					if err != nil {
						rt.Fatal(err)
					}
					if diff := cmp.Diff(after, p.tree()); diff != "" {
						rt.Fatal("working copy (-want +got):\n" + diff)
					}
					told := map[string]string{}
					for name := range after {
						if former, was := before[name]; !was {
							told[name] = "A"
						} else if former != after[name] {
							told[name] = "M"
						}
					}
					for name := range before {
						if _, is := after[name]; !is {
							told[name] = "D"
						}
					}
					if diff := cmp.Diff(told, letters(r)); diff != "" {
						rt.Fatal("told (-want +got):\n" + diff)
					}
					if len(r.Records) != len(after) {
						rt.Fatalf("%d records of %d files", len(r.Records), len(after))
					}
					before = after
				}
				if left, err := os.ReadDir(p.Scratch); err != nil || len(left) > 0 {
					rt.Fatalf("left in scratch: %v, %v", left, err)
				}
			})
		})
	}
}

func letters(r *checkout.Result) map[string]string {
	all := map[string]string{}
	for letter, paths := range map[string][]string{"A": r.Added, "M": r.Modified, "D": r.Deleted} {
		for _, path := range paths {
			all[path] = letter
		}
	}
	return all
}

// TestGuard: what is in no version is not lost, and then nothing is changed, unless it is forced.
func TestGuard(t *testing.T) {
	p := newPlace(t, link.Copy)
	first := p.version(map[string]string{"changed": "1", "kept": "1"})
	if _, err := p.checkout(first); err != nil {
		t.Fatal(err)
	}
	mine := map[string]string{"changed": "mine", "kept": "1", "new": "mine too"}
	for name, content := range mine {
		if err := os.WriteFile(filepath.Join(p.Root, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	second := p.version(map[string]string{"changed": "2", "added": "2"})
	_, err := p.checkout(second)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), `"changed"`) || !strings.Contains(err.Error(), `"new"`) || strings.Contains(err.Error(), "kept") {
		t.Errorf("files with changes: %v", err)
	}
	if diff := cmp.Diff(mine, p.tree()); diff != "" {
		t.Error("changed although it was refused (-want +got):\n" + diff)
	}
	p.Force = true
	if _, err := p.checkout(second); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"changed": "2", "added": "2"}, p.tree()); diff != "" {
		t.Error("forced (-want +got):\n" + diff)
	}
}

// TestMissingObjects: files without an object are named and stay as they are, the others are made.
func TestMissingObjects(t *testing.T) {
	p := newPlace(t, link.Copy)
	if _, err := p.checkout(p.version(map[string]string{"a": "1", "b": "1"})); err != nil {
		t.Fatal(err)
	}
	want := p.version(map[string]string{"a": "2", "c": "3"})
	want = slices.Insert(want, 1, checkout.Want{Path: "b", ID: object.ID{Sum: md5.Sum([]byte("nowhere"))}})
	r, err := p.checkout(want)
	if err != nil || len(r.Missing) != 1 || r.Missing[0].Path != "b" {
		t.Fatalf("missing %v, %v", r, err)
	}
	if diff := cmp.Diff(map[string]string{"a": "2", "b": "1", "c": "3"}, p.tree()); diff != "" {
		t.Error("working copy (-want +got):\n" + diff)
	}
}

// TestRightFiles: a file that has its bytes needs no object; a second one of the same bytes
// that is not there does, and is named.
func TestRightFiles(t *testing.T) {
	p := newPlace(t, link.Copy)
	want := p.version(map[string]string{"a": "1", "b": "2", "c": "1"})
	if _, err := p.checkout(want); err != nil {
		t.Fatal(err)
	}
	for _, w := range want[:2] {
		if err := p.Cache.Remove(w.ID); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := p.checkout(want); err != nil || len(r.Missing)+len(r.Deleted) > 0 {
		t.Errorf("all is there: %+v, %v", r, err)
	}
	if err := os.Remove(filepath.Join(p.Root, "c")); err != nil {
		t.Fatal(err)
	}
	if r, err := p.checkout(want); err != nil || len(r.Missing) != 1 || r.Missing[0].Path != "c" || len(r.Deleted) > 0 {
		t.Errorf("one is gone: %+v, %v", r, err)
	}
	if diff := cmp.Diff(map[string]string{"a": "1", "b": "2"}, p.tree()); diff != "" {
		t.Error("working copy (-want +got):\n" + diff)
	}
}

// TestLinksOutOfTheTree are refused by name, and nothing is written behind them.
func TestLinksOutOfTheTree(t *testing.T) {
	p := newPlace(t, link.Copy)
	outside := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(p.Root, "folder")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if _, err := p.checkout(p.version(map[string]string{"folder/file": "1"})); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), `"folder"`) {
		t.Errorf("a folder that is a link: %v", err)
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) > 0 {
		t.Errorf("written outside: %v, %v", left, err)
	}
}
