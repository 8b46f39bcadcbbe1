package lake

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Comparison says what to compare, and how much of the difference to show. CSV
// files that carry what Describe said of them are read twice less.
type Comparison struct {
	A, B     Source
	Key      []string // columns that name a row; none: rows are compared as they are
	Ignored  []string // columns that are not compared
	Examples int      // at most so many, 0 for none
	After    int      // examples that came on pages before
	Limits   Limits
}

// Difference is what differs between two sources.
type Difference struct {
	RowsA, RowsB int64
	// Added are rows of B alone, Removed of A alone. With a key, Changed are rows
	// of both whose other columns differ, and Same is all the rest; without one a
	// row that is there n times in A and m times in B is the same min(n, m) times.
	Added, Removed, Changed, Same int64
	ChangedIn                     map[string]int64 // how many of Changed differ in a column
	// What columns of A and B differ in. Only columns of both are compared; those of
	// another type as numbers where both are, and else as they are written. One without
	// a value has no type that another would be.
	ColumnsAdded, ColumnsRemoved, ColumnsRetyped []string
	Columns                                      []string  // what is compared, the key first
	Examples                                     []Example // in the order of the key, else of all columns
}

// Change is what became of a row.
type Change string

// The changes.
const (
	RowAdded   Change = "added"
	RowRemoved Change = "removed"
	RowChanged Change = "changed"
)

// Example is one row that differs.
type Example struct {
	Change Change
	Times  int64     // how often more in one than in the other; 1 with a key
	Before []*string // by Difference.Columns; nil is no value; none of an added row
	After  []*string // none of a removed row
}

type comparing struct {
	*Store
	Comparison
	Difference
	inA, inB Description
	a, b     []string // the expressions of Columns in A and in B
}

// compare compares two sources through any engine.
func compare(ctx context.Context, s *Store, c Comparison, a, b Description) (_ Difference, err error) {
	defer fault.Wrap(&err, "lake.Compare")
	w := &comparing{Store: s, Comparison: c, inA: a, inB: b}
	if err := w.columns(); err != nil {
		return Difference{}, err
	}
	w.RowsA, w.RowsB = w.inA.Rows, w.inB.Rows
	if len(w.Columns) == 0 {
		w.Added, w.Removed = w.RowsB, w.RowsA
		return w.Difference, nil
	}
	work := w.multiset
	if len(c.Key) > 0 {
		work = w.keyed
	}
	if err := work(ctx); err != nil {
		return Difference{}, err
	}
	return w.Difference, nil
}

// columns says what is compared.
func (w *comparing) columns() error {
	for _, k := range append(slices.Clone(w.Key), w.Ignored...) {
		is := func(c Column) bool { return c.Name == k }
		if !slices.ContainsFunc(w.inA.Columns, is) || !slices.ContainsFunc(w.inB.Columns, is) {
			return fault.New(fault.Invalid, "There is no column %q in both files.", k)
		}
		if slices.Contains(w.Key, k) && slices.Contains(w.Ignored, k) {
			return fault.New(fault.Invalid, "The column %q is part of the key and cannot be ignored.", k)
		}
	}
	var key, rest [][3]string
	for _, a := range w.inA.Columns {
		i := slices.IndexFunc(w.inB.Columns, func(b Column) bool { return b.Name == a.Name })
		switch {
		case i < 0:
			w.ColumnsRemoved = append(w.ColumnsRemoved, a.Name)
			continue
		case slices.Contains(w.Ignored, a.Name):
			continue
		}
		inA, inB := Quote(a.Name), Quote(a.Name)
		if b := w.inB.Columns[i]; a.Kind != b.Kind || a.Type != b.Type {
			if !a.Empty && !b.Empty {
				w.ColumnsRetyped = append(w.ColumnsRetyped, a.Name)
			}
			inA, inB = w.alike(a, b)
		}
		if c := [3]string{a.Name, inA, inB}; slices.Contains(w.Key, a.Name) {
			key = append(key, c)
		} else {
			rest = append(rest, c)
		}
	}
	for _, b := range w.inB.Columns {
		if !slices.ContainsFunc(w.inA.Columns, func(a Column) bool { return a.Name == b.Name }) {
			w.ColumnsAdded = append(w.ColumnsAdded, b.Name)
		}
	}
	// The key is in the order in which it was given.
	slices.SortStableFunc(key, func(x, y [3]string) int { return slices.Index(w.Key, x[0]) - slices.Index(w.Key, y[0]) })
	for _, c := range append(key, rest...) {
		w.Columns, w.a, w.b = append(w.Columns, c[0]), append(w.a, c[1]), append(w.b, c[2])
	}
	return nil
}

func (w *comparing) query(sql string) Query {
	return Query{SQL: sql, Sources: map[string]Source{"a": w.A, "b": w.B}, Limits: w.Limits}
}

// list writes items with a pattern of their number, joined by sep.
func list(n int, sep, pattern string) string {
	s := make([]string, n)
	for i := range s {
		s[i] = strings.ReplaceAll(pattern, "#", fmt.Sprint(i))
	}
	return strings.Join(s, sep)
}

// side selects the columns of one side by the names c0, c1, ….
func side(xs []string, prefix, more, from string) string {
	s := make([]string, len(xs))
	for i, x := range xs {
		s[i] = fmt.Sprintf("%s AS %s%d", x, prefix, i)
	}
	return "SELECT " + strings.Join(s, ", ") + more + " FROM " + from
}

// multiset compares rows as they are.
func (w *comparing) multiset(ctx context.Context) error {
	n := len(w.Columns)
	columns := list(n, ", ", "c#")
	sums := "SELECT " + columns + ", sum(w) AS n FROM (" + side(w.a, "c", ", -1 AS w", "a") + " UNION ALL " + side(w.b, "c", ", 1 AS w", "b") +
		") AS u GROUP BY " + columns + " HAVING sum(w) <> 0"
	total := w.Dialect().Total
	b, err := All(w.Query(ctx, w.query("SELECT "+total("CASE WHEN n > 0 THEN n ELSE 0 END")+", "+total("CASE WHEN n < 0 THEN -n ELSE 0 END")+" FROM ("+sums+") AS t")))
	if err != nil {
		return err
	}
	if w.Added, err = b.Vectors[0].Count(0); err != nil {
		return err
	}
	if w.Removed, err = b.Vectors[1].Count(0); err != nil {
		return err
	}
	w.Same = w.RowsA - w.Removed
	if w.Comparison.Examples <= 0 || w.Added+w.Removed <= int64(w.After) {
		return nil
	}
	page, err := w.page(ctx, "SELECT "+list(n, ", ", "CAST(c# AS varchar)")+", n FROM ("+sums+") AS t ORDER BY "+list(n, ", ", "c# ASC NULLS FIRST"))
	if err != nil {
		return err
	}
	for r := range page.Rows {
		times, err := page.Vectors[n].Count(r)
		if err != nil {
			return err
		}
		if e := (Example{Change: RowAdded, Times: times}); times > 0 {
			e.After = texts(page, r, 0, n)
			w.Difference.Examples = append(w.Difference.Examples, e)
		} else {
			w.Difference.Examples = append(w.Difference.Examples, Example{Change: RowRemoved, Times: -times, Before: texts(page, r, 0, n)})
		}
	}
	return nil
}

// page reads the examples that are asked for. OFFSET comes after LIMIT in one
// engine and before it in the other: what is before the page is read and left.
func (w *comparing) page(ctx context.Context, sql string) (*Batch, error) {
	rows, err := w.Query(ctx, w.query(fmt.Sprintf("%s LIMIT %d", sql, w.After+w.Comparison.Examples)))
	b, err := All(rows, err)
	if err != nil {
		return nil, err
	}
	return b.From(min(w.After, b.Rows)), nil
}

// texts are the values of columns from to to, without it, of a row of texts.
func texts(b *Batch, row, from, to int) []*string {
	all := make([]*string, 0, to-from)
	for i := from; i < to; i++ {
		if t, ok := b.Vectors[i].Show(row); ok {
			all = append(all, &t)
		} else {
			all = append(all, nil)
		}
	}
	return all
}

// keyed compares rows by a key that names each of them.
func (w *comparing) keyed(ctx context.Context) error {
	n, k := len(w.Columns), len(w.Key)
	if err := w.unique(ctx, w.A, w.a[:k]); err != nil {
		return err
	}
	if err := w.unique(ctx, w.B, w.b[:k]); err != nil {
		return err
	}
	joined := "(" + side(w.a, "a", ", 1 AS ina", "a") + ") AS x FULL OUTER JOIN (" + side(w.b, "b", ", 1 AS inb", "b") + ") AS y ON " + list(k, " AND ", "a# IS NOT DISTINCT FROM b#")
	differ := "FALSE"
	counts := []string{"count_if(ina IS NULL)", "count_if(inb IS NULL)", ""}
	var each []string
	for i := k; i < n; i++ {
		d := fmt.Sprintf("a%d IS DISTINCT FROM b%d", i, i)
		each = append(each, d)
		counts = append(counts, "count_if(ina = 1 AND inb = 1 AND "+d+")")
	}
	if len(each) > 0 {
		differ = "(" + strings.Join(each, " OR ") + ")"
	}
	changed := "ina = 1 AND inb = 1 AND " + differ
	counts[2] = "count_if(" + changed + ")"
	b, err := All(w.Query(ctx, w.query("SELECT "+strings.Join(counts, ", ")+" FROM "+joined)))
	if err != nil {
		return err
	}
	if err := w.counted(b); err != nil {
		return err
	}
	if w.Comparison.Examples <= 0 || w.Added+w.Removed+w.Changed <= int64(w.After) {
		return nil
	}
	page, err := w.page(ctx, "SELECT "+list(n, ", ", "CAST(a# AS varchar)")+", "+list(n, ", ", "CAST(b# AS varchar)")+", ina, inb FROM "+joined+
		" WHERE ina IS NULL OR inb IS NULL OR "+differ+" ORDER BY "+list(k, ", ", "coalesce(a#, b#) ASC NULLS FIRST"))
	if err != nil {
		return err
	}
	for r := range page.Rows {
		e := Example{Change: RowChanged, Times: 1}
		switch {
		case page.Vectors[2*n].Null(r):
			e.Change, e.After = RowAdded, texts(page, r, n, 2*n)
		case page.Vectors[2*n+1].Null(r):
			e.Change, e.Before = RowRemoved, texts(page, r, 0, n)
		default:
			e.Before, e.After = texts(page, r, 0, n), texts(page, r, n, 2*n)
		}
		w.Difference.Examples = append(w.Difference.Examples, e)
	}
	return nil
}

// counted reads the counts of a comparison by key.
func (w *comparing) counted(b *Batch) (err error) {
	for i, to := range []*int64{&w.Added, &w.Removed, &w.Changed} {
		if *to, err = b.Vectors[i].Count(0); err != nil {
			return err
		}
	}
	w.Same = w.RowsA - w.Removed - w.Changed
	w.ChangedIn = map[string]int64{}
	for i, name := range w.Columns[len(w.Key):] {
		n, err := b.Vectors[3+i].Count(0)
		if err != nil {
			return err
		}
		if n > 0 {
			w.ChangedIn[name] = n
		}
	}
	return nil
}

// unique refuses a key that two rows of a file have.
func (w *comparing) unique(ctx context.Context, s Source, key []string) error {
	k := len(key)
	b, err := All(w.Query(ctx, Query{Limits: w.Limits, Sources: map[string]Source{"s": s}, SQL: "SELECT " + list(k, ", ", "CAST(c# AS varchar)") + ", count(*) FROM (" +
		side(key, "c", "", "s") + ") AS t GROUP BY " + list(k, ", ", "c#") + " HAVING count(*) > 1 ORDER BY " + list(k, ", ", "c# ASC NULLS FIRST") + " LIMIT 1"}))
	if err != nil || b.Rows == 0 {
		return err
	}
	var shown []string
	for _, t := range texts(b, 0, 0, k) {
		if t == nil {
			shown = append(shown, "no value")
		} else {
			shown = append(shown, fmt.Sprintf("%q", *t))
		}
	}
	times, err := b.Vectors[k].Count(0)
	if err != nil {
		return err
	}
	return fault.WithHint(fault.New(fault.Invalid, "%s is no key of %s: %d rows have %s.", strings.Join(w.Key, ", "), s.Path, times, strings.Join(shown, ", ")),
		"Name more columns as the key, or none to compare rows as they are.")
}
