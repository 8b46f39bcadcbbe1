package laketest

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

func profile(t *testing.T, s *lake.Store) {
	source := csv(t, "n,f,w,d,b\n"+
		"0,0.5,x,2026-01-01,true\n10,nan,x,2026-01-11,false\n20,inf,y,2026-01-21,true\n,-inf,,,\n20,1.5,\"long "+strings.Repeat("é", 300)+"\",2026-01-21,true\n")
	p, err := s.Profile(context.Background(), source, lake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	at := func(counts map[int]int64) []int64 {
		h := make([]int64, lake.Bins)
		for i, n := range counts {
			h[i] = n
		}
		return h
	}
	long := "long " + strings.Repeat("é", 195)
	want := []lake.ColumnProfile{
		{Count: 4, Nulls: 1, Distinct: 3, Exact: true, Min: "0", Max: "20", Mean: 12.5, Deviation: 9.574271077563381, Histogram: at(map[int]int64{0: 1, 10: 1, 19: 2}), Low: 0, High: 20},
		{Count: 5, NaN: 1, Infinite: 2, Distinct: 5, Exact: true, Min: "0.5", Max: "1.5", Mean: 1, Deviation: 0.7071067811865476, Histogram: at(map[int]int64{0: 1, 19: 1}), Low: 0.5, High: 1.5},
		{Count: 4, Nulls: 1, Distinct: 3, Exact: true, Min: long, Max: "y", Top: []lake.Value{{Text: "x", Rows: 2}, {Text: long, Rows: 1}, {Text: "y", Rows: 1}}},
		{Count: 4, Nulls: 1, Distinct: 3, Exact: true, Min: "2026-01-01", Max: "2026-01-21", Mean: 20466.5, Deviation: 9.574271077563381, Histogram: at(map[int]int64{0: 1, 10: 1, 19: 2}), Low: 20454, High: 20474},
		{Count: 4, Nulls: 1, Distinct: 2, Exact: true, Min: "false", Max: "true", Top: []lake.Value{{Text: "true", Rows: 3}, {Text: "false", Rows: 1}}},
	}
	near := cmp.Comparer(func(a, b float64) bool { return a == b || a-b < 1e-7 && b-a < 1e-7 })
	if diff := cmp.Diff(want, p.Values, near); diff != "" || p.Rows != 5 {
		t.Errorf("%d rows (-want +got):\n%s", p.Rows, diff)
	}
	if p, err := s.Profile(context.Background(), csv(t, "a,b\n"), lake.Limits{}); err != nil || p.Rows != 0 || len(p.Values) != 2 || p.Values[0].Count != 0 {
		t.Errorf("names alone: %+v, %v", p, err)
	}
	if p, err := s.Profile(context.Background(), csv(t, ""), lake.Limits{}); err != nil || len(p.Values) != 0 {
		t.Errorf("an empty file: %+v, %v", p, err)
	}
}

// profileRepeats asks the same of the same rows with one thread and with more,
// in another order: each digit must be the same.
func profileRepeats(t *testing.T, s *lake.Store) {
	lines := make([]string, 40_000)
	x, different := uint32(1), map[uint32]bool{}
	for i := range lines {
		x = x*1664525 + 1013904223
		different[x%5000] = true
		lines[i] = itoa(i) + ",0." + itoa(int(x)) + "e" + itoa(int(x%7)) + "," + itoa(int(x%5000)) + "\n"
	}
	other := make([]string, len(lines))
	for i := range lines {
		other[i] = lines[(i*7919+13)%len(lines)]
	}
	var first string
	for i, c := range []struct {
		lines   []string
		threads int
	}{{lines, 1}, {lines, 4}, {other, 4}} {
		p, err := s.Profile(context.Background(), csv(t, "i,f,k\n"+strings.Join(c.lines, "")), lake.Limits{Threads: c.threads})
		if err != nil {
			t.Fatal(err)
		}
		if p.Rows != 40_000 || p.Values[2].Distinct != int64(len(different)) || !p.Values[2].Exact {
			t.Errorf("%d rows, %d different values", p.Rows, p.Values[2].Distinct)
		}
		text := show(t, p.Values)
		if i == 0 {
			first = text
		} else if text != first {
			t.Errorf("case %d: %s", i, cmp.Diff(first, text))
		}
	}
}

func difference(t *testing.T, s *lake.Store, c lake.Comparison) lake.Difference {
	t.Helper()
	d, err := s.Compare(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// lines writes the examples of a difference.
func examples(d lake.Difference) []string {
	all := []string{}
	texts := func(values []*string) string {
		if values == nil {
			return "-"
		}
		s := make([]string, len(values))
		for i, v := range values {
			if s[i] = "∅"; v != nil {
				s[i] = *v
			}
		}
		return strings.Join(s, ",")
	}
	for _, e := range d.Examples {
		all = append(all, string(e.Change)+" "+itoa(int(e.Times))+" "+texts(e.Before)+" "+texts(e.After))
	}
	return all
}

func compareByKey(t *testing.T, s *lake.Store) {
	c := lake.Comparison{A: csv(t, "id,v,w\n1,a,1\n2,b,2\n3,,3\n,n,4\n5,nan,5\n"), B: csv(t, "w,id,v\n3,3,x\n1,1,a\n4,,n\n9,9,new\n5,5,nan\n"), Key: []string{"id"}, Examples: 10}
	d := difference(t, s, c)
	if diff := cmp.Diff([]string{"removed 1 2,b,2 -", "changed 1 3,∅,3 3,x,3", "added 1 - 9,new,9"}, examples(d)); diff != "" {
		t.Error(diff)
	}
	d.Examples = nil
	if diff := cmp.Diff(lake.Difference{RowsA: 5, RowsB: 5, Added: 1, Removed: 1, Changed: 1, Same: 3, ChangedIn: map[string]int64{"v": 1}, Columns: []string{"id", "v", "w"}}, d); diff != "" {
		t.Error(diff)
	}
	c.Examples, c.After = 1, 1
	if diff := cmp.Diff([]string{"changed 1 3,∅,3 3,x,3"}, examples(difference(t, s, c))); diff != "" {
		t.Error(diff)
	}
	c.Ignored = []string{"v"}
	if d := difference(t, s, c); d.Changed != 0 || d.Same != 4 {
		t.Errorf("without the column that changed: %+v", d)
	}
	for name, c := range map[string]lake.Comparison{
		"id": {A: csv(t, "id,v\n1,a\n1,b\n"), B: csv(t, "id,v\n1,a\n"), Key: []string{"id"}}, "nothing": {A: c.A, B: c.B, Key: []string{"nothing"}},
		"v": {A: c.A, B: c.B, Key: []string{"v"}, Ignored: []string{"v"}},
	} {
		if _, err := s.Compare(context.Background(), c); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	d = difference(t, s, lake.Comparison{A: csv(t, "a,b,v\n1,x,1\n1,y,2\n"), B: csv(t, "a,b,v\n1,y,2\n1,x,3\n"), Key: []string{"b", "a"}, Examples: 5})
	if diff := cmp.Diff([]string{"changed 1 x,1,1 x,1,3"}, examples(d)); diff != "" {
		t.Error(diff)
	}
}

func compareRows(t *testing.T, s *lake.Store) {
	a, b := csv(t, "x,y\n1,a\n1,a\n1,a\n2,b\n,\n,\n"), csv(t, "x,y\n1,a\n3,c\n2,b\n,\n")
	d := difference(t, s, lake.Comparison{A: a, B: b, Examples: 10})
	if diff := cmp.Diff([]string{"removed 1 ∅,∅ -", "removed 2 1,a -", "added 1 - 3,c"}, examples(d)); diff != "" {
		t.Error(diff)
	}
	if d.Added != 1 || d.Removed != 3 || d.Same != 3 || d.RowsA != 6 || d.RowsB != 4 {
		t.Errorf("got %+v", d)
	}
	described, err := s.Describe(context.Background(), a, lake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if again := difference(t, s, lake.Comparison{A: described.Source(a.Path), B: b, Examples: 10}); !cmp.Equal(d, again) {
		t.Errorf("with a described file: got %+v, want %+v", again, d)
	}
	if d := difference(t, s, lake.Comparison{A: a, B: a, Examples: 10}); d.Added+d.Removed+d.Changed != 0 || d.Same != 6 || len(d.Examples) != 0 {
		t.Errorf("a file and itself: %+v", d)
	}
}

// otherThanDescribed asks a file that is not what it was described as.
func otherThanDescribed(t *testing.T, s *lake.Store) {
	source := csv(t, "a,b\n1,2\n")
	d, err := s.Describe(context.Background(), source, lake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"a,b\nx,2\n", "a,b,c\n1,2,3\n", "a\n1\n"} {
		other := d.Source(csv(t, content).Path)
		for _, err := range []error{
			func() error {
				_, err := s.Compare(context.Background(), lake.Comparison{A: source, B: other})
				return err
			}(),
			func() error {
				_, err := lake.All(s.Query(context.Background(), lake.Query{SQL: "SELECT * FROM o", Sources: map[string]lake.Source{"o": other}}))
				return err
			}(),
		} {
			if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), other.Path) {
				t.Errorf("%q: got %v, want it refused by name", content, err)
			}
		}
	}
}

// compareRetyped: one value of another kind makes a column another type, and no other row another.
func compareRetyped(t *testing.T, s *lake.Store) {
	for _, c := range []struct{ a, b, column, want string }{
		{"k,n\n1,1\n2,2\n", "k,n\n1,1\n2,2.5\n", "n", "changed 1 2,2.0 2,2.5"},
		{"k,n\n1,9007199254740993\n2,1\n", "k,n\n1,9007199254740993\n2,0.5\n", "n", "changed 1 2,1 2,0.5"},
		{"k,n\n1,1.50\n2,2.00\n", "k,n\n1,1.50\n2,n/a\n", "n", "changed 1 2,2.00 2,n/a"},
		{"k,n\n1,2020-01-01T10:00\n2,2020-01-01T11:00\n", "k,n\n1,2020-01-01T10:00\n2,soon\n", "n", "changed 1 2,2020-01-01T11:00 2,soon"},
		{"k,n\n1,True\n2,True\n", "k,n\n1,True\n2,perhaps\n", "n", "changed 1 2,True 2,perhaps"},
		{"n,k\n1,a\n2,b\n", "n,k\n1,a\n2.5,b\n", "n", "removed 1 2.0,b - added 1 - 2.5,b"},
	} {
		of := lake.Comparison{A: csv(t, c.a), B: csv(t, c.b), Key: strings.Split(c.a[:1], ""), Examples: 5}
		d := difference(t, s, of)
		if got := strings.Join(examples(d), " "); got != c.want || !cmp.Equal(d.ColumnsRetyped, []string{c.column}) {
			t.Errorf("%q and %q: %s, of another type %v", c.a, c.b, got, d.ColumnsRetyped)
		}
		of.Key = nil
		if d = difference(t, s, of); d.Added != 1 || d.Removed != 1 || d.Same != 1 {
			t.Errorf("%q and %q, rows as they are: %+v", c.a, c.b, d)
		}
	}
}

// compareEmpty: a column without a value has no other type than one that has some.
func compareEmpty(t *testing.T, s *lake.Store) {
	empty, full := "k,n\n1,\n2,\n", "k,n\n1,\n2,7\n"
	for _, c := range [][3]string{{empty, full, "changed 1 2,∅ 2,7"}, {full, empty, "changed 1 2,7 2,∅"}} {
		d := difference(t, s, lake.Comparison{A: csv(t, c[0]), B: csv(t, c[1]), Key: []string{"k"}, Examples: 5})
		if got := strings.Join(examples(d), " "); got != c[2] || d.ColumnsRetyped != nil {
			t.Errorf("%q and %q: %s, of another type %v", c[0], c[1], got, d.ColumnsRetyped)
		}
	}
}

func compareColumns(t *testing.T, s *lake.Store) {
	d := difference(t, s, lake.Comparison{A: csv(t, "k,old,n\n1,x,1\n2,x,2\n"), B: csv(t, "k,n,new\n1,1,9\n2,two,9\n"), Key: []string{"k"}, Examples: 5})
	if diff := cmp.Diff([]string{"changed 1 2,2 2,two"}, examples(d)); diff != "" {
		t.Error(diff)
	}
	if !cmp.Equal(d.ColumnsAdded, []string{"new"}) || !cmp.Equal(d.ColumnsRemoved, []string{"old"}) || !cmp.Equal(d.ColumnsRetyped, []string{"n"}) || d.Same != 1 {
		t.Errorf("got %+v", d)
	}
	d = difference(t, s, lake.Comparison{A: csv(t, ""), B: csv(t, "a\n1\n2\n"), Examples: 5})
	if d.Added != 2 || d.Removed != 0 || !cmp.Equal(d.ColumnsAdded, []string{"a"}) {
		t.Errorf("against an empty file: %+v", d)
	}
}
