package worktree_test

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
)

// TestWalk sees every kind of entry by DVC's rule.
func TestWalk(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"a", "b/c", "b.d", "b-e", "deep/er/f", "odd \n\"name\"", "bytes-\xff"} {
		datasettest.Write(t, filepath.Join(root, name), name)
	}
	link := func(target, name string) {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	link("b", "to-folder")
	link("a", "to-file")
	link("nowhere", "to-nothing")
	link("round", "round")
	if err := os.MkdirAll(filepath.Join(root, "empty/more"), 0o777); err != nil {
		t.Fatal(err)
	}
	files, err := worktree.Walk(context.Background(), root, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, fmt.Sprintf("%s %d", f.Path, f.Kind))
		if f.Kind == worktree.Regular && f.Size != int64(len(f.Path)) {
			t.Errorf("%q has size %d", f.Path, f.Size)
		}
		if f.Kind == worktree.Linked && f.Size != 1 {
			t.Errorf("%q has size %d, not that of what it leads to", f.Path, f.Size)
		}
		if stat, err := worktree.StatOf(filepath.Join(root, f.Path)); f.Kind < worktree.Broken && (err != nil || stat != f.Stat) {
			t.Errorf("%q: the walk says %v, the file %v, %v", f.Path, f.Stat, stat, err)
		}
	}
	want := []string{"a 0", "b-e 0", "b.d 0", "b/c 0", "bytes-\xff 0", "deep/er/f 0", "odd \n\"name\" 0", "round 2", "to-file 1", "to-nothing 2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("walk (-want +got):\n" + diff)
	}
}

// TestWalkNamesWhatFails: an error says where it was.
func TestWalkNamesWhatFails(t *testing.T) {
	root := t.TempDir()
	datasettest.Write(t, filepath.Join(root, "file"), "")
	if _, err := worktree.Walk(context.Background(), filepath.Join(root, "absent"), nil); !os.IsNotExist(err) {
		t.Errorf("a root that is not there: %v", err)
	}
	if _, err := worktree.Walk(context.Background(), filepath.Join(root, "file"), nil); err == nil || !strings.Contains(err.Error(), "not a folder") {
		t.Errorf("a root that is a file: %v", err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	datasettest.Write(t, filepath.Join(root, "folder/file"), "")
	if _, err := worktree.Walk(ended, root, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a walk that was called off: %v", err)
	}
	if _, err := worktree.Walk(context.Background(), root, refusing("folder")); err == nil || !strings.Contains(err.Error(), filepath.Join(root, "folder")) {
		t.Errorf("rules that fail: %v", err)
	}
}

// refusing is rules that fail in a folder.
type refusing string

func (r refusing) Enter(folder string, names []string) (worktree.Ignore, error) {
	if folder == string(r) {
		return nil, fmt.Errorf("%d names are refused", len(names))
	}
	return r, nil
}

func (refusing) Skips(string, bool) bool { return false }

// skipping leaves out names and counts the folders it was asked in.
type skipping struct{ names []string }

func (s skipping) Enter(string, []string) (worktree.Ignore, error) { return s, nil }
func (s skipping) Skips(path string, _ bool) bool {
	return slices.Contains(s.names, path[strings.LastIndexByte(path, '/')+1:])
}

// TestWalkSkips leaves out files, and folders with all below.
func TestWalkSkips(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"a/tmp/x", "a/b", "tmp", "c/d/tmp"} {
		datasettest.Write(t, filepath.Join(root, name), "")
	}
	files, err := worktree.Walk(context.Background(), root, skipping{[]string{"tmp"}})
	if err != nil || len(files) != 1 || files[0].Path != "a/b" {
		t.Errorf("got %v, %v", files, err)
	}
}

// TestSums keeps the sums of files that stay, and of no others.
func TestSums(t *testing.T) {
	draw.Check(t, func(t *rapid.T) {
		path := rapid.SampledFrom([]string{"a", "a/b", "a.b", "a-b", "b", "b/c/d", "b/c", "é", "z"})
		kept := map[string]worktree.Record{}
		sums := &worktree.Sums{}
		for range rapid.IntRange(1, 8).Draw(t, "rounds") {
			places := rapid.SliceOfDistinct(path, rapid.ID).Draw(t, "places")
			below := func(p string) bool {
				return slices.ContainsFunc(places, func(place string) bool { return p == place || strings.HasPrefix(p, place+"/") })
			}
			for p := range kept {
				if below(p) {
					delete(kept, p)
				}
			}
			var records []worktree.Record
			for _, p := range slices.Sorted(slices.Values(rapid.SliceOfDistinct(path, rapid.ID).Draw(t, "paths"))) {
				if below(p) {
					r := worktree.Record{Path: p, Stat: worktree.Stat{Size: rapid.Int64().Draw(t, "size"), Inode: 7, Mode: fs.ModeIrregular | 0o644}, Sum: md5.Sum([]byte(p))}
					records, kept[p] = append(records, r), r
				}
			}
			sums = sums.With(places, records)
		}
		if sums.Len() != len(kept) {
			t.Fatalf("%d records, want %d", sums.Len(), len(kept))
		}
		cursor := sums.Cursor()
		for _, p := range rapid.SliceOf(path).Draw(t, "asked") {
			sum, ok := cursor.Find(p, kept[p].Stat)
			if want, there := kept[p]; ok != there || ok && sum != want.Sum {
				t.Fatalf("%q: %x, %v; want %v", p, sum, ok, there)
			}
			other := kept[p].Stat
			other.Ctime++
			if _, ok := cursor.Find(p, other); ok {
				t.Fatalf("%q was found although it changed", p)
			}
		}
	})
}

// TestSumsFile: what is saved is read, and a file with one wrong byte is as none.
func TestSumsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sums")
	if sums, err := worktree.ReadSums(file); err != nil || sums.Len() != 0 {
		t.Fatalf("no file: %v", err)
	}
	stat := worktree.Stat{Device: 1, Inode: 2, Size: 3, Mtime: -4, Ctime: 5, Mode: 0o755}
	if err := (&worktree.Sums{}).With([]string{""}, []worktree.Record{{Path: "a", Stat: stat}, {Path: "b/\xff", Stat: stat, Sum: md5.Sum(nil)}}).Save(file); err != nil {
		t.Fatal(err)
	}
	sums, err := worktree.ReadSums(file)
	if err != nil || sums.Len() != 2 {
		t.Fatalf("%d records, %v", sums.Len(), err)
	}
	if sum, ok := sums.Cursor().Find("b/\xff", stat); !ok || sum != md5.Sum(nil) {
		t.Errorf("the second record: %x, %v", sum, ok)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	chance := draw.Rand(t)
	for range 200 {
		broken := slices.Clone(whole)
		broken[chance.IntN(len(broken))] ^= 1 << chance.IntN(8)
		broken = broken[:len(broken)-chance.IntN(2)*chance.IntN(len(broken))]
		datasettest.Write(t, file, string(broken))
		if sums, err := worktree.ReadSums(file); err != nil || sums.Len() != 0 {
			t.Fatalf("a damaged file has %d records, %v", sums.Len(), err)
		}
	}
}

// TestAtRest: a file written within a step of the clock is not believed.
func TestAtRest(t *testing.T) {
	read := time.Unix(1000, 123456789)
	for _, c := range []struct {
		age  time.Duration
		fine time.Duration
		want bool
	}{{time.Millisecond, 1, false}, {100 * time.Millisecond, 1, true}, {-time.Second, 1, false}, {time.Second, 0, false}, {3 * time.Second, 0, true}} {
		stamp := read.Add(-c.age).Truncate(time.Millisecond).Add(c.fine).UnixNano()
		if got := worktree.AtRest(worktree.Stat{Mtime: 1, Ctime: stamp}, read); got != c.want {
			t.Errorf("written %v before it was read, clock with %d ns: %v", c.age, c.fine, got)
		}
	}
}

// BenchmarkWalk walks 70,000 files in 100 folders.
func BenchmarkWalk(b *testing.B) {
	root := b.TempDir()
	for i := range 100 {
		folder := filepath.Join(root, fmt.Sprint(i))
		if err := os.Mkdir(folder, 0o777); err != nil {
			b.Fatal(err)
		}
		for j := range 700 {
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprint(j)), nil, 0o666); err != nil {
				b.Fatal(err)
			}
		}
	}
	for b.Loop() {
		if files, err := worktree.Walk(context.Background(), root, nil); err != nil || len(files) != 70000 {
			b.Fatal(len(files), err)
		}
	}
}
