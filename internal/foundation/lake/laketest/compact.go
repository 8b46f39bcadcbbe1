package laketest

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

func (w *world) compact(s *lake.Store) lake.Compacted {
	w.Helper()
	done, err := s.Tables().Compact(context.Background(), counted)
	w.must(err)
	return done
}

// segments are the keys of a table's segments.
func (w *world) segments() []string {
	w.Helper()
	entries, err := w.blobs.List(context.Background(), blobs.List{Prefix: "lake/w/counted/", Deep: true})
	w.must(err)
	var all []string
	for _, e := range entries {
		if strings.Contains(e.Key, "/dt=") {
			all = append(all, e.Key)
		}
	}
	return all
}

func (w *world) content(key string) []byte {
	w.Helper()
	body, _, err := w.blobs.Get(context.Background(), key, blobs.Range{})
	w.must(err)
	defer func() { _ = body.Close() }()
	content, err := io.ReadAll(body)
	w.must(err)
	return content
}

func compaction(t *testing.T, w *world) {
	a, b := w.process(t.TempDir(), func(s *lake.TableSettings) { s.Least = 4 }), w.process(t.TempDir(), func(s *lake.TableSettings) { s.Least = 4 })
	w.declare(a)
	for i := range 3 {
		w.append(a, i, 1)
		w.seal(a)
	}
	if done := w.compact(a); done != (lake.Compacted{}) {
		t.Errorf("three segments: got %+v", done)
	}
	w.append(b, 3, 1)
	w.seal(b)
	old := w.segments()
	first := w.content(old[0])
	if done := w.compact(b); done != (lake.Compacted{Merged: 4, Made: 1, Rows: 4}) {
		t.Errorf("four segments: got %+v", done)
	}
	w.sees(a, 4)
	w.sees(b, 4)
	if done := w.compact(a); done != (lake.Compacted{}) || len(w.segments()) != 5 {
		t.Errorf("at once again: got %+v, %d segments", done, len(w.segments()))
	}
	w.passed.Add(3600)
	if done := w.compact(a); done.Removed != 4 || len(w.segments()) != 1 {
		t.Errorf("later: got %+v, %d segments", done, len(w.segments()))
	}
	w.sees(a, 4)
	// What a process died over and writes again is neither seen nor kept.
	w.put(old[0], first)
	w.sees(a, 4)
	removed := w.compact(a).Removed
	w.passed.Add(3600)
	if removed += w.compact(b).Removed; removed != 1 || len(w.segments()) != 1 {
		t.Errorf("what came again: %d removed, %d segments", removed, len(w.segments()))
	}
	// Of a day that is over all small ones go together, those merged before too.
	w.append(b, 4, 1)
	w.seal(b)
	w.passed.Add(3 * 86400)
	if done := w.compact(b); done.Merged != 2 || done.Rows != 5 {
		t.Errorf("of a day that is over: got %+v", done)
	}
	w.sees(b, 5)
	w.passed.Add(3600)
	w.compact(b)
	w.sees(a, 5)
	if n := len(w.segments()); n != 1 {
		t.Errorf("in the end there are %d segments", n)
	}
}

// readWhileCompacted has two processes append, seal and compact while both are
// asked: none of the rows that were there is missing or there twice.
func readWhileCompacted(t *testing.T, w *world) {
	var processes [2]*lake.Store
	for i := range processes {
		processes[i] = w.process(t.TempDir(), func(s *lake.TableSettings) { s.Least = 2 })
	}
	w.declare(processes[0])
	var appended, sealed atomic.Int64
	var all sync.WaitGroup
	stop := make(chan struct{})
	for i, s := range processes {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if i == 0 {
					n := int(appended.Load())
					if err := s.Tables().Append(context.Background(), counted, numbers(n, 10)); err != nil {
						t.Error(err)
					}
					appended.Add(10)
					if err := s.Tables().Seal(context.Background()); err != nil {
						t.Error(err)
					}
					sealed.Store(int64(n + 10))
				}
				if _, err := s.Tables().Compact(context.Background(), counted); err != nil {
					t.Error(err)
				}
				w.passed.Add(60)
			}
		})
	}
	for i := range 24 {
		least := sealed.Load()
		if i%2 == 0 {
			least = appended.Load()
		}
		got, err := lake.All(processes[i%2].Query(context.Background(), lake.Query{SQL: "SELECT count(*), count(DISTINCT n), coalesce(max(n), -1) + 1 FROM c", Sources: map[string]lake.Source{"c": {Table: &counted}}}))
		if err != nil {
			t.Error(err)
			break
		}
		n, different, last := got.Vectors[0].Ints[0], got.Vectors[1].Ints[0], got.Vectors[2].Ints[0]
		if n != different || n != last || n < least {
			t.Errorf("query %d: %d rows, %d different, up to %d; %d were there before", i, n, different, last, least)
		}
	}
	close(stop)
	all.Wait()
	for _, s := range processes {
		w.sees(s, int(appended.Load()))
	}
}

// halfASeal has a seal end after the first of two days, another process merge
// that day, and the first one asked, whose write-ahead file still has both.
func halfASeal(t *testing.T, w *world) {
	f := &failing{Store: w.blobs}
	f.left.Store(1 << 30)
	w.blobs = f
	a := w.process(t.TempDir(), nil)
	w.blobs = f.Store
	b := w.process(t.TempDir(), func(s *lake.TableSettings) { s.Least = 2 })
	w.must(a.Tables().Declare(context.Background(), counted, lake.Declaration{Columns: numbers(0, 0).Columns, Time: "n"}))
	w.append(b, 0, 1)
	w.seal(b)
	rows := numbers(1, 1)
	w.must(rows.Add(2 * 86_400_000_000))
	w.must(a.Tables().Append(context.Background(), counted, rows))
	f.left.Store(1)
	if err := a.Tables().Seal(context.Background()); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("the second day: got %v", err)
	}
	if done := w.compact(b); done.Merged != 2 {
		t.Fatalf("the first day: got %+v", done)
	}
	for _, s := range []*lake.Store{a, a, b} {
		if s == b {
			f.left.Store(1 << 30)
			w.seal(a)
		}
		if got := ask(t, s, lake.Query{SQL: "SELECT n FROM c ORDER BY n", Sources: map[string]lake.Source{"c": {Table: &counted}}}); strings.Join(got, " ") != "0 1 172800000000" {
			t.Errorf("got %v", got)
		}
	}
}

// between is a store of bytes in which something happens before segments are
// listed, once.
type between struct {
	blobs.Store
	happens func()
}

func (b *between) List(ctx context.Context, l blobs.List) ([]blobs.Entry, error) {
	if do := b.happens; do != nil && l.Prefix == "lake/w/counted/" {
		b.happens = nil
		do()
	}
	return b.Store.List(ctx, l)
}

// betweenLooks has segments merged and removed after a query looked at the
// manifests and before it lists the segments.
func betweenLooks(t *testing.T, w *world) {
	least := func(s *lake.TableSettings) { s.Least = 2 }
	b := w.process(t.TempDir(), least)
	w.declare(b)
	for i := range 3 {
		w.append(b, i, 1)
		w.seal(b)
	}
	store := &between{Store: w.blobs}
	w.blobs = store
	a := w.process(t.TempDir(), least)
	store.happens = func() {
		w.compact(b)
		w.passed.Add(3600)
		w.compact(b)
	}
	w.sees(a, 3)
	if n := len(w.segments()); n != 1 {
		t.Errorf("there are %d segments", n)
	}
}

// failing is a store of bytes of which one operation fails, having been done or
// not, and all that come after.
type failing struct {
	blobs.Store
	left atomic.Int64
	done bool // the one that fails is done nevertheless
}

func (f *failing) fails() bool { return f.left.Add(-1) < 0 }

func (f *failing) refuse() error { return fault.New(fault.Unavailable, "The store is gone.") }

func (f *failing) Put(ctx context.Context, key string, r io.Reader, size int64) (blobs.Info, error) {
	if f.fails() {
		if f.done && f.left.Load() == -1 {
			_, _ = f.Store.Put(ctx, key, r, size)
		}
		return blobs.Info{}, f.refuse()
	}
	return f.Store.Put(ctx, key, r, size)
}

func (f *failing) Delete(ctx context.Context, key string) error {
	if f.fails() {
		if f.done && f.left.Load() == -1 {
			_ = f.Store.Delete(ctx, key)
		}
		return f.refuse()
	}
	return f.Store.Delete(ctx, key)
}

// failingBytes has each change of the store of bytes fail in turn, the process
// die over it and another take its folder up: no row is lost, none comes twice.
func failingBytes(t *testing.T, w *world) {
	store := w.blobs
	broken, base := true, 0
	for point := 0; broken; point++ {
		f := &failing{Store: store, done: point%2 == 1}
		f.left.Store(1 << 30)
		w.blobs = f
		folder := t.TempDir()
		s := w.process(folder, func(s *lake.TableSettings) { s.Least, s.Grace = 2, time.Minute })
		w.must(s.Tables().Declare(context.Background(), lake.Table{Workspace: "w", Name: "counted"}, lake.Declaration{Columns: numbers(0, 0).Columns}))
		f.left.Store(int64(point / 2))
		ctx := context.Background()
		broken = false
		for i := range 4 {
			w.append(s, base+i*2, 2)
			broken = s.Tables().Seal(ctx) != nil || broken
			if i%2 == 1 {
				_, err := s.Tables().Compact(ctx, counted)
				broken = err != nil || broken
				w.passed.Add(120)
			}
		}
		w.must(s.Tables().Close()) // as if it had died: nothing is sealed by it
		w.blobs = store
		s = w.process(folder, func(s *lake.TableSettings) { s.Least, s.Grace = 2, time.Minute })
		w.sees(s, base+8)
		w.seal(s)
		w.compact(s)
		base += 8
		w.sees(w.process(t.TempDir(), nil), base)
		if !broken && point < 20 {
			t.Errorf("%d changes are fewer than there must be", point)
		}
	}
}

// damaged has a byte in the middle of a write-ahead file changed, and another
// file broken off.
func damaged(t *testing.T, w *world) {
	folder := t.TempDir()
	s := w.process(folder, nil)
	w.declare(s)
	for i := range 10 {
		w.append(s, i, 1)
	}
	w.must(s.Close())
	files, err := filepath.Glob(filepath.Join(folder, "wal", "*.wal"))
	w.must(err)
	content, err := os.ReadFile(files[0])
	w.must(err)
	for cut := len(content) - 1; cut > len(content)-20; cut -= 9 {
		w.must(os.WriteFile(files[0], content[:cut], 0o600))
		s = w.process(folder, nil)
		w.sees(s, 9)
		if len(s.Tables().Damaged()) != 0 {
			t.Error("what breaks off is said to be damaged")
		}
		w.must(s.Close())
	}
	content[len(content)/2] ^= 1
	w.must(os.WriteFile(files[0], content, 0o600))
	s = w.process(folder, nil)
	if got := s.Tables().Damaged(); len(got) != 1 {
		t.Errorf("damaged: got %v", got)
	}
	w.seal(s)
	if kept, err := os.ReadFile(files[0] + ".damaged"); err != nil || len(kept) != len(content) {
		t.Errorf("the damaged file is not kept: %v", err)
	}
	if n := len(ask(t, s, lake.Query{SQL: "SELECT n FROM c", Sources: map[string]lake.Source{"c": {Table: &counted}}})); n < 3 || n > 6 {
		t.Errorf("%d of 10 rows are left, want those before the middle", n)
	}
	w.must(s.Close())
	w.must(os.WriteFile(filepath.Join(folder, "wal", "x.wal"), nil, 0o600))
	if _, err := lake.OpenTables(lake.TableSettings{Folder: folder, Blobs: w.blobs, Now: w.now, Random: w.random}); !fault.Is(err, fault.Invalid) {
		t.Errorf("another's file among the write-ahead files: got %v", err)
	}
}

func profileTable(t *testing.T, w *world) {
	s := w.process(t.TempDir(), nil)
	w.declare(s)
	w.append(s, 0, 50)
	w.seal(s)
	w.append(s, 50, 50)
	p, err := s.Profile(context.Background(), lake.Source{Table: &counted}, lake.Limits{})
	w.must(err)
	if v := p.Values[0]; p.Rows != 100 || v.Distinct != 100 || v.Mean < 49.4 || v.Mean > 49.6 || v.Histogram[0] != 5 {
		t.Errorf("got %+v", p)
	}
	d, err := s.Compare(context.Background(), lake.Comparison{A: lake.Source{Table: &counted}, B: csv(t, "n\n1\n100\n"), Key: []string{"n"}})
	w.must(err)
	if d.Added != 1 || d.Removed != 99 || d.Same != 1 {
		t.Errorf("got %+v", d)
	}
}
