package laketest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// RunTables runs the suite of tables; open gives a store over the engine and
// these tables, which lie in an empty store of bytes.
func RunTables(t *testing.T, open func(t *testing.T, tables *lake.Tables) *lake.Store, empty func(t *testing.T) blobs.Store) {
	for name, test := range map[string]func(*testing.T, *world){
		"appended rows": appended, "declarations": declarations, "refused rows": refusedRows, "days": days, "many at once": manyAtOnce, "other processes": others,
		"compaction": compaction, "read while compacted": readWhileCompacted, "half a seal": halfASeal, "compacted between two looks": betweenLooks, "failing bytes": failingBytes, "damaged": damaged, "profile of a table": profileTable,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, &world{T: t, open: open, blobs: empty(t), random: draw.Reader(t)})
		})
	}
}

// world is a store of bytes, a clock and the processes that share them.
type world struct {
	*testing.T
	open   func(t *testing.T, tables *lake.Tables) *lake.Store
	blobs  blobs.Store
	random io.Reader
	passed atomic.Int64 // seconds
}

// begun is when the clock of a world begins.
const begun = 1_795_780_000 // 2026-11-27, in the morning

func (w *world) now() time.Time { return time.Unix(begun+w.passed.Load(), 0) }

// process opens tables in a folder.
func (w *world) process(folder string, change func(*lake.TableSettings)) *lake.Store {
	w.Helper()
	s := lake.TableSettings{Folder: folder, Blobs: w.blobs, Now: w.now, Random: w.random}
	if change != nil {
		change(&s)
	}
	tables, err := lake.OpenTables(s)
	if err != nil {
		w.Fatal(err)
	}
	store := w.open(w.T, tables)
	w.Cleanup(func() { _ = store.Close() })
	return store
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// Numbers is a table of one column of integers.
func numbers(from, n int) *lake.Batch {
	b := lake.NewBatch(lake.Column{Name: "n", Kind: lake.Int})
	for i := range n {
		_ = b.Add(from + i)
	}
	return b
}

var counted = lake.Table{Workspace: "w", Name: "counted"}

func (w *world) declare(s *lake.Store) {
	w.Helper()
	w.must(s.Tables().Declare(context.Background(), counted, lake.Declaration{Columns: numbers(0, 0).Columns}))
}

func (w *world) append(s *lake.Store, from, n int) {
	w.Helper()
	w.must(s.Tables().Append(context.Background(), counted, numbers(from, n)))
}

func (w *world) seal(s *lake.Store) {
	w.Helper()
	w.must(s.Tables().Seal(context.Background()))
}

// sees checks that a process sees exactly the numbers 0 to n-1, each once.
func (w *world) sees(s *lake.Store, n int) {
	w.Helper()
	got := ask(w.T, s, lake.Query{SQL: "SELECT count(*), count(DISTINCT n), coalesce(max(n), -1) FROM c", Sources: map[string]lake.Source{"c": {Table: &counted}}})
	if want := fmt.Sprintf("%d %d %d", n, n, n-1); got[0] != want {
		w.Fatalf("rows, different ones and the last: got %s, want %s", got[0], want)
	}
}

var kindsTable = lake.Table{Workspace: "team a", Name: "all.kinds_1"}

func appended(t *testing.T, w *world) {
	ctx := context.Background()
	folder := t.TempDir()
	s := w.process(folder, nil)
	columns := []lake.Column{{Name: "b", Kind: lake.Bool}, {Name: "i", Kind: lake.Int}, {Name: "f", Kind: lake.Float}, {Name: "it's \"x\"", Kind: lake.Text}, {Name: "r", Kind: lake.Bytes}}
	w.must(s.Tables().Declare(ctx, kindsTable, lake.Declaration{Columns: columns}))
	source := map[string]lake.Source{"k": {Table: &kindsTable}}
	all := `SELECT b, i, f, "it's ""x""" AS x, r FROM k ORDER BY i NULLS FIRST`
	if got := ask(t, s, lake.Query{SQL: all, Sources: source}); len(got) != 0 {
		t.Errorf("before the first row: %q", got)
	}
	one := lake.NewBatch(columns...)
	w.must(one.Add(true, 1, 0.1, "é\n", []byte{0, 255}))
	w.must(one.Add(false, -1<<63, -1e300, "", []byte{}))
	w.must(one.Add(nil, nil, nil, nil, nil))
	w.must(s.Tables().Append(ctx, kindsTable, one))
	other := lake.NewBatch(columns[1])
	w.must(other.Add(1<<62 + 1))
	w.must(s.Tables().Append(ctx, kindsTable, other))
	w.must(s.Tables().Append(ctx, kindsTable, lake.NewBatch(columns...)))
	want := []string{"∅ ∅ ∅ ∅ ∅", "false -9223372036854775808 -1e+300  ", "true 1 0.1 é\n 00ff", "∅ 4611686018427387905 ∅ ∅ ∅"}
	check := func(when string) {
		t.Helper()
		if diff := cmp.Diff(want, ask(t, s, lake.Query{SQL: all, Sources: source})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	check("at once")
	w.must(s.Close())
	if err := s.Tables().Append(ctx, kindsTable, other); !fault.Is(err, fault.Unavailable) {
		t.Errorf("after the end: got %v", err)
	}
	s = w.process(folder, nil)
	check("after a start anew")
	w.seal(s)
	check("as a segment")
	w.must(s.Tables().Declare(ctx, kindsTable, lake.Declaration{Columns: []lake.Column{{Name: "new", Kind: lake.Text}}}))
	check("with another column")
	if got := ask(t, s, lake.Query{SQL: "SELECT count(*), count(new) FROM k", Sources: source}); got[0] != "4 0" {
		t.Errorf("the other column: got %s", got)
	}
	d, err := s.Describe(ctx, lake.Source{Table: &kindsTable}, lake.Limits{})
	if want := `parquet 4 rows "b":bool "f":float "i":int "it's \"x\"":text "new":text "r":bytes`; err != nil || told(d) != want {
		t.Errorf("got %s, %v, want %s", told(d), err, want)
	}
}

func declarations(t *testing.T, w *world) {
	ctx := context.Background()
	s, o := w.process(t.TempDir(), nil), w.process(t.TempDir(), nil)
	w.declare(s)
	w.declare(s)
	text := lake.Column{Name: "n", Kind: lake.Text}
	for _, c := range []struct {
		table   lake.Table
		columns []lake.Column
		time    string
		kind    fault.Kind
	}{
		{counted, []lake.Column{text}, "", fault.Conflict}, {counted, numbers(0, 0).Columns, "n", fault.Conflict}, {lake.Table{Workspace: "w", Name: "T"}, numbers(0, 0).Columns, "", fault.Invalid},
		{lake.Table{Workspace: "..", Name: "t"}, numbers(0, 0).Columns, "", fault.Invalid}, {lake.Table{Workspace: "w", Name: "t"}, nil, "", fault.Invalid},
		{lake.Table{Workspace: "w", Name: "t"}, []lake.Column{text, {Name: "N", Kind: lake.Int}}, "", fault.Invalid}, {lake.Table{Workspace: "w", Name: "t"}, []lake.Column{{Name: "dt", Kind: lake.Int}}, "", fault.Invalid},
		{lake.Table{Workspace: "w", Name: "t"}, []lake.Column{text}, "n", fault.Invalid}, {lake.Table{Workspace: "w", Name: "t"}, []lake.Column{{Name: "x", Kind: lake.JSON}}, "", fault.Invalid},
	} {
		if err := s.Tables().Declare(ctx, c.table, lake.Declaration{Columns: c.columns, Time: c.time}); !fault.Is(err, c.kind) {
			t.Errorf("%v %v: got %v, want %s", c.table, c.columns, err, c.kind)
		}
	}
	w.must(o.Tables().Declare(ctx, counted, lake.Declaration{Columns: []lake.Column{{Name: "m", Kind: lake.Int}}}))
	b := lake.NewBatch(lake.Column{Name: "m", Kind: lake.Int})
	w.must(b.Add(7))
	w.must(s.Tables().Append(ctx, counted, b)) // which has not heard of m
	if err := o.Tables().Append(ctx, lake.Table{Workspace: "w", Name: "none"}, b); !fault.Is(err, fault.NotFound) {
		t.Errorf("a table that nobody declared: got %v", err)
	}
	if _, err := lake.All(s.Query(ctx, lake.Query{SQL: "SELECT 1 FROM t", Sources: map[string]lake.Source{"t": {Table: &lake.Table{Workspace: "other", Name: "counted"}}}})); !fault.Is(err, fault.NotFound) {
		t.Errorf("another workspace's table: got %v", err)
	}
}

func refusedRows(t *testing.T, w *world) {
	s := w.process(t.TempDir(), nil)
	w.must(s.Tables().Declare(context.Background(), counted, lake.Declaration{Columns: []lake.Column{{Name: "n", Kind: lake.Int}, {Name: "x", Kind: lake.Text}}, Time: "n"}))
	batch := func(change func(*lake.Batch)) *lake.Batch {
		b := lake.NewBatch(lake.Column{Name: "n", Kind: lake.Int}, lake.Column{Name: "x", Kind: lake.Text})
		w.must(b.Add(1, "a"))
		change(b)
		return b
	}
	for name, b := range map[string]*lake.Batch{
		"kind":    batch(func(b *lake.Batch) { b.Columns[0].Kind = lake.Float }),
		"twice":   batch(func(b *lake.Batch) { b.Columns[1] = b.Columns[0] }),
		"unknown": batch(func(b *lake.Batch) { b.Columns[1].Name = "y" }),
		"few":     batch(func(b *lake.Batch) { b.Vectors[1].Texts = nil }),
		"nulls":   batch(func(b *lake.Batch) { b.Vectors[1].Nulls = []bool{true, false} }),
		"utf-8":   batch(func(b *lake.Batch) { b.Vectors[1].Texts[0] = "\xff" }),
		"none":    {Rows: 1},
		"year":    batch(func(b *lake.Batch) { b.Vectors[0].Ints[0] = 1 << 62 }),
	} {
		if err := s.Tables().Append(context.Background(), counted, b); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, row := range [][]any{{"a", "a"}, {1}, {1, 2}, {1, struct{}{}}} {
		b := lake.NewBatch(lake.Column{Name: "n", Kind: lake.Int}, lake.Column{Name: "x", Kind: lake.Text})
		if err := b.Add(row...); !fault.Is(err, fault.Invalid) || b.Rows != 0 || len(b.Vectors[0].Ints) != 0 {
			t.Errorf("row %v: got %v", row, err)
		}
	}
	if got := ask(t, s, lake.Query{SQL: "SELECT count(*) FROM c", Sources: map[string]lake.Source{"c": {Table: &counted}}}); got[0] != "0" {
		t.Errorf("refused rows are there: %s", got)
	}
}

// days lays rows by their own time, and reads some days only, before and after
// they are segments.
func days(t *testing.T, w *world) {
	s := w.process(t.TempDir(), nil)
	w.must(s.Tables().Declare(context.Background(), counted, lake.Declaration{Columns: numbers(0, 0).Columns, Time: "n"}))
	b := numbers(0, 0)
	for d := range 10 {
		w.must(b.Add(d*86_400_000_000 + 1))
	}
	w.must(b.Add(nil)) // is of the day of the clock
	w.must(s.Tables().Append(context.Background(), counted, b))
	for range 2 {
		for _, c := range []struct {
			since, until, want string
		}{{"", "", "11 10"}, {"1970-01-03", "1970-01-05", "2 2"}, {"1970-01-09", "", "3 2"}, {"", "1970-01-02", "1 1"}, {"2026-11-27", "2026-11-28", "1 0"}, {"2027-01-01", "", "0 0"}} {
			source := map[string]lake.Source{"c": {Table: &counted, Since: c.since, Until: c.until}}
			if got := ask(t, s, lake.Query{SQL: "SELECT count(*), count(n) FROM c", Sources: source}); got[0] != c.want {
				t.Errorf("from %q until %q: got %s, want %s", c.since, c.until, got[0], c.want)
			}
		}
		w.seal(s)
	}
	entries, err := w.blobs.List(context.Background(), blobs.List{Prefix: "lake/w/counted/"})
	w.must(err)
	if len(entries) != 12 || !strings.HasPrefix(entries[1].Key, "lake/w/counted/dt=1970-01-01/") {
		t.Errorf("got %d folders, %s", len(entries), entries[1].Key)
	}
	if _, err := s.Query(context.Background(), lake.Query{SQL: "SELECT 1", Sources: map[string]lake.Source{"c": {Table: &counted, Since: "x/../"}}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a day that is none: got %v", err)
	}
}

func manyAtOnce(t *testing.T, w *world) {
	s := w.process(t.TempDir(), func(s *lake.TableSettings) { s.SealBytes = 4000 })
	w.declare(s)
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			for j := range 20 {
				if err := s.Tables().Append(context.Background(), counted, numbers((i*20+j)*3, 3)); err != nil {
					t.Error(err)
				}
				if i == 0 && j%5 == 0 {
					if err := s.Tables().Seal(context.Background()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	w.sees(s, 1920)
	w.seal(s)
	w.sees(s, 1920)
	// What cannot become segments is refused after a while, and then taken again.
	full := w.process(t.TempDir(), func(s *lake.TableSettings) { s.Unsealed = 1 << 16 })
	var err error
	n := 1920
	for ; err == nil; n += 100 {
		err = full.Tables().Append(context.Background(), counted, numbers(n, 100))
	}
	if !fault.Is(err, fault.Unavailable) || fault.HintOf(err) == "" {
		t.Errorf("when too much waits: got %v", err)
	}
	n -= 100
	w.seal(full)
	w.append(full, n, 1)
	w.sees(full, n+1)
}

func others(t *testing.T, w *world) {
	folder := t.TempDir()
	a, b := w.process(folder, nil), w.process(t.TempDir(), func(s *lake.TableSettings) { s.Cache = 1 })
	w.declare(a)
	w.append(a, 0, 5)
	w.sees(a, 5)
	w.sees(b, 0)
	w.seal(a)
	w.sees(b, 5)
	w.append(b, 5, 5)
	w.append(a, 10, 5)
	w.seal(b)
	w.sees(a, 15)
	w.must(a.Close())
	a = w.process(folder, func(s *lake.TableSettings) {
		s.Local = func(key string) (string, bool) {
			path := filepath.Join(w.blobs.Address(), filepath.FromSlash(key))
			_, err := os.Stat(path)
			return path, err == nil
		}
	})
	w.sees(a, 15)
	w.seal(a)
	w.sees(b, 15)
}

// put is a segment written again, as a process does that died before it forgot
// the write-ahead file.
func (w *world) put(key string, content []byte) {
	w.Helper()
	_, err := w.blobs.Put(context.Background(), key, bytes.NewReader(content), int64(len(content)))
	w.must(err)
}
