package lake

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Bins is how many bins a histogram has.
const Bins = 20

// Most is how many of the most frequent values a profile names.
const Most = 10

// exactBelow is up to about how many different values they are counted one by one.
const exactBelow = 100_000

// shownBytes bounds, in characters, the texts a profile shows.
const shownBytes = 200

// Profile says what the values of each column are like.
type Profile struct {
	Description
	Values []ColumnProfile // one for each column
}

// ColumnProfile says what the values of one column are like.
type ColumnProfile struct {
	Count int64 // values that are there
	Nulls int64
	// NaN and Infinite are counted apart, and part of nothing below. They are
	// part of Count.
	NaN, Infinite int64
	// Distinct is how many different values there are; about so, when not Exact.
	Distinct int64
	Exact    bool
	Min, Max string // as Vector.Show gives them, of at most shownBytes characters; "" when there are none
	// Mean and Deviation (of the sample) of numbers, to about a billionth of Max - Min.
	Mean, Deviation float64
	// Histogram counts numbers, dates and times in Bins bins of the same width from
	// Low to High: bin i is from Low + i*(High-Low)/Bins on, the last with High.
	Histogram []int64
	Low, High float64 // of dates in days, of times in microseconds
	Top       []Value // of texts and truth values, the most frequent ones first
}

// Value is a value and how many rows have it.
type Value struct {
	Text string
	Rows int64
}

// profiling is the work on one source.
type profiling struct {
	*Store
	source Source
	limits Limits
	*Profile
}

// profile profiles a source through any engine, in five passes over it: counts
// and bounds, exact counts of different values, sums, bins, the most frequent
// values.
func profile(ctx context.Context, e *Store, s Source, d Description, l Limits) (_ Profile, err error) {
	defer fault.Wrap(&err, "lake.Profile")
	p := &profiling{e, s, l, &Profile{Description: d, Values: make([]ColumnProfile, len(d.Columns))}}
	if len(d.Columns) == 0 {
		return *p.Profile, nil
	}
	for _, pass := range []func(context.Context) error{p.bounds, p.distinct, p.bins, p.top} {
		if err := pass(ctx); err != nil {
			return Profile{}, err
		}
	}
	return *p.Profile, nil
}

func (p *profiling) ask(ctx context.Context, sql string) (*Batch, error) {
	return All(p.Query(ctx, Query{SQL: sql, Sources: map[string]Source{"s": p.source}, Limits: p.limits}))
}

// numeric reports whether a column has a histogram.
func numeric(k Kind) bool { return k == Int || k == Float || k == Decimal || k == Date || k == Time }

// orderable reports whether a column has a least and a greatest value.
func orderable(k Kind) bool { return numeric(k) || k == Text || k == Bool }

// finite is a column's value where it is a finite number or no number at all,
// and NULL elsewhere.
func (p *profiling) finite(c Column) string {
	q := Quote(c.Name)
	if c.Kind != Float {
		return q
	}
	d := p.Dialect()
	return "CASE WHEN " + d.IsNaN(q) + " OR " + d.IsInfinite(q) + " THEN NULL ELSE " + q + " END"
}

// number is a column's value as a DOUBLE.
func (p *profiling) number(c Column) string {
	switch c.Kind {
	case Date:
		return "CAST(" + p.Dialect().Days(Quote(c.Name)) + " AS double)"
	case Time:
		return "CAST(" + p.Dialect().Micros(Quote(c.Name)) + " AS double)"
	}
	return "CAST(" + p.finite(c) + " AS double)"
}

// bounds is the first pass.
func (p *profiling) bounds(ctx context.Context) error {
	for from := 0; from < len(p.Columns); from += summedAtOnce {
		if err := p.boundsOf(ctx, from, min(from+summedAtOnce, len(p.Columns))); err != nil {
			return err
		}
	}
	return nil
}

// boundsOf is the first pass over columns from one to another.
func (p *profiling) boundsOf(ctx context.Context, from, to int) error {
	const each = 9
	d := p.Dialect()
	xs := []string{"count(*)"}
	for _, c := range p.Columns[from:to] {
		q, f := Quote(c.Name), p.finite(c)
		nan, inf, least, most, low, high, about := "0", "0", "NULL", "NULL", "NULL", "NULL", d.Distinct(q)
		if c.Kind == Float {
			nan, inf = "count_if("+d.IsNaN(q)+")", "count_if("+d.IsInfinite(q)+")"
		}
		if orderable(c.Kind) {
			least, most = "min("+f+")", "max("+f+")"
		}
		if numeric(c.Kind) {
			low, high = "min("+p.number(c)+")", "max("+p.number(c)+")"
		}
		if c.Kind == JSON {
			about = d.Distinct("CAST(" + q + " AS varchar)")
		}
		xs = append(xs, "count("+q+")", nan, inf, cut(least, c), cut(most, c), low, high, about, "count(*)")
	}
	b, err := p.ask(ctx, "SELECT "+strings.Join(xs, ", ")+" FROM s")
	if err != nil {
		return err
	}
	if p.Rows, err = b.Vectors[0].Count(0); err != nil {
		return err
	}
	for i := range to - from {
		if err := p.Values[from+i].bounds(b.Vectors[1+i*each:1+i*each+each], p.Rows); err != nil {
			return err
		}
	}
	return nil
}

// cut makes a text that may be shown. What is read as a text may be of another type, as
// times of a day are.
func cut(x string, c Column) string {
	if c.Kind == Text && x != "NULL" {
		return fmt.Sprintf("substr(CAST(%s AS varchar), 1, %d)", x, shownBytes)
	}
	return x
}

// bounds reads what the first pass says of one column.
func (v *ColumnProfile) bounds(of []Vector, rows int64) error {
	for i, to := range map[int]*int64{0: &v.Count, 1: &v.NaN, 2: &v.Infinite, 7: &v.Distinct} {
		n, err := of[i].Count(0)
		if err != nil {
			return err
		}
		*to = n
	}
	v.Nulls = rows - v.Count
	v.Min, _ = of[3].Show(0)
	v.Max, _ = of[4].Show(0)
	if of[5].Kind == Float && !of[5].Null(0) {
		v.Low, v.High = of[5].Floats[0], of[6].Floats[0]
	}
	return nil
}

// fewDistinct is how many columns' different values are counted each in a table of its
// own. An engine holds a megabyte or two for each of these.
const fewDistinct = 32

// distinct counts exactly where there are few values.
func (p *profiling) distinct(ctx context.Context) error {
	var alone, together []int
	for i, c := range p.Columns {
		switch {
		case p.Values[i].Distinct > exactBelow:
		case c.Kind == Bytes: // which are no text on every engine
			alone = append(alone, i)
		default:
			together = append(together, i)
		}
	}
	if len(together) <= fewDistinct {
		alone, together = append(alone, together...), nil
	}
	for some := range slices.Chunk(alone, fewDistinct) {
		if err := p.distinctEach(ctx, some); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(together, summedAtOnce) {
		if err := p.distinctMarked(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

// distinctEach asks for each column alone.
func (p *profiling) distinctEach(ctx context.Context, of []int) error {
	var xs []string
	for _, i := range of {
		q := Quote(p.Columns[i].Name)
		if p.Columns[i].Kind == JSON {
			q = "CAST(" + q + " AS varchar)"
		}
		xs = append(xs, "count(DISTINCT "+q+")")
	}
	b, err := p.ask(ctx, "SELECT "+strings.Join(xs, ", ")+" FROM s")
	if err != nil {
		return err
	}
	for j, i := range of {
		if p.Values[i].Distinct, err = b.Vectors[j].Count(0); err != nil {
			return err
		}
		p.Values[i].Exact = true
	}
	return nil
}

// marked is the text of a column's value led by the column's number, in five digits.
func (p *profiling) marked(i int) string {
	q := Quote(p.Columns[i].Name)
	if p.Columns[i].Kind == Float { // -0 is 0
		q = "CASE WHEN " + q + " = 0 THEN 0e0 ELSE " + q + " END"
	}
	return fmt.Sprintf("'%05d' || CAST(%s AS varchar)", i, q)
}

// distinctMarked counts the values of all columns in one table.
func (p *profiling) distinctMarked(ctx context.Context, of []int) error {
	if len(of) == 0 {
		return nil
	}
	marks := make([]string, len(of))
	for j, i := range of {
		marks[j] = p.marked(i)
		p.Values[i].Distinct, p.Values[i].Exact = 0, true
	}
	b, err := p.ask(ctx, "SELECT CAST(substr(v, 1, 5) AS bigint), count(*) FROM (SELECT v FROM ("+p.Dialect().Explode(marks, "s")+") AS e WHERE v IS NOT NULL GROUP BY 1) AS g GROUP BY 1")
	if err != nil {
		return err
	}
	for r := range b.Rows {
		if p.Values[b.Vectors[0].Ints[r]].Distinct, err = b.Vectors[1].Count(r); err != nil {
			return err
		}
	}
	return nil
}

// step is how finely a value's place between Low and High is told, for the mean.
const step = 1 << 31

// bins counts what lies in each bin, and adds up the places between Low and High:
// integers, whose sum does not depend on their order.
func (p *profiling) bins(ctx context.Context) error {
	var places, marks, xs []string
	var of []int
	for i, c := range p.Columns {
		v := &p.Values[i]
		if !numeric(c.Kind) || v.Count-v.NaN-v.Infinite == 0 {
			continue
		}
		// The place is in [0, 1]; halves keep the difference of the bounds finite.
		place := "0e0"
		if half := v.High/2 - v.Low/2; half > 0 {
			place = fmt.Sprintf("((%s) / 2e0 - %s) / %s", p.number(c), double(v.Low/2), double(half))
		}
		k := fmt.Sprintf("p%d", len(of))
		places = append(places, fmt.Sprintf("CASE WHEN %s IS NULL THEN NULL ELSE %s END AS %s", p.number(c), place, k))
		marks = append(marks, fmt.Sprintf("CASE WHEN %s IS NULL THEN NULL ELSE least(greatest(CAST(floor(%s * %d) AS bigint), 0), %d) + %d END", k, k, Bins, Bins-1, Bins*len(of)))
		q := fmt.Sprintf("CAST(floor(%s * %d + 5e-1) AS bigint)", k, step)
		total := p.Dialect().Total
		xs = append(xs, total(q), total("("+q+" * "+q+")"))
		of = append(of, i)
	}
	if len(of) == 0 {
		return nil
	}
	counts, err := p.ask(ctx, "SELECT v, count(*) FROM ("+p.Dialect().Explode(marks, "(SELECT "+strings.Join(places, ", ")+" FROM s) AS t")+") AS u WHERE v IS NOT NULL GROUP BY 1 ORDER BY 1")
	if err != nil {
		return err
	}
	for from := 0; from < len(of); from += summedAtOnce {
		if err := p.sums(ctx, places, xs, of, from, min(from+summedAtOnce, len(of))); err != nil {
			return err
		}
	}
	for r := range counts.Rows {
		mark := counts.Vectors[0].Ints[r]
		p.Values[of[mark/Bins]].Histogram[mark%Bins] = counts.Vectors[1].Ints[r]
	}
	return nil
}

// summedAtOnce is how many columns are summed up in one question: an engine compares
// each sum with each.
const summedAtOnce = 250

// sums asks for the sums of columns from one to another, and begins their histograms.
func (p *profiling) sums(ctx context.Context, places, xs []string, of []int, from, to int) error {
	b, err := p.ask(ctx, "SELECT "+strings.Join(xs[2*from:2*to], ", ")+" FROM (SELECT "+strings.Join(places[from:to], ", ")+" FROM s) AS t")
	if err != nil {
		return err
	}
	for j, i := range of[from:to] {
		v := &p.Values[i]
		v.Histogram = make([]int64, Bins)
		v.moments(b.Vectors[2*j], b.Vectors[2*j+1])
	}
	return nil
}

// double is a number as every engine reads it to the last bit.
func double(x float64) string {
	s := fmt.Sprintf("%.17e", x)
	return "CAST('" + s + "' AS double)"
}

// top names the most frequent texts and truth values, of all columns in one
// pass: each value is led by its column's number, in five digits.
func (p *profiling) top(ctx context.Context) error {
	var marks []string
	for i, c := range p.Columns {
		if (c.Kind == Text || c.Kind == Bool) && p.Values[i].Exact && p.Values[i].Count > 0 {
			marks = append(marks, p.marked(i))
		}
	}
	if len(marks) == 0 {
		return nil
	}
	b, err := p.ask(ctx, fmt.Sprintf(`SELECT CAST(substr(v, 1, 5) AS bigint), substr(v, 6, %d), n
		FROM (SELECT v, n, row_number() OVER (PARTITION BY substr(v, 1, 5) ORDER BY n DESC, v) AS r
			FROM (SELECT v, count(*) AS n FROM (%s) AS e WHERE v IS NOT NULL GROUP BY 1) AS g) AS t
		WHERE r <= %d ORDER BY 1, r`, shownBytes, p.Dialect().Explode(marks, "s"), Most))
	if err != nil {
		return err
	}
	for r := range b.Rows {
		v := &p.Values[b.Vectors[0].Ints[r]]
		v.Top = append(v.Top, Value{b.Vectors[1].Texts[r], b.Vectors[2].Ints[r]})
	}
	return nil
}

// moments finishes mean and deviation of exact sums.
func (v *ColumnProfile) moments(sum, squares Vector) {
	n := float64(v.Count - v.NaN - v.Infinite)
	s, q := exact(&sum), exact(&squares)
	width := v.High - v.Low
	v.Mean = v.Low + width*(ratio(s, n)/step)
	if n > 1 {
		v.Deviation = width * math.Sqrt(variance(s, q, n)) / step
	}
}
