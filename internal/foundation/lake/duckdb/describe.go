//go:build cgo

package duckdb

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// Describe gives the columns, types and number of rows of a file or table.
func (e *engine) Describe(ctx context.Context, s lake.Source, l lake.Limits) (_ lake.Description, err error) {
	defer fault.Wrap(&err, "duckdb.Describe")
	d := lake.Description{Format: lake.Parquet, Packing: lake.Plain}
	if s.Table == nil {
		info, err := os.Stat(s.Path)
		if err != nil {
			return d, fault.Because(err, fault.NotFound, "The file %s cannot be read.", s.Path)
		}
		d.Bytes = info.Size()
		format, packing, head, err := lake.Look(s)
		if err != nil {
			return d, err
		}
		d.Format, d.Packing = format, packing
		if format == lake.CSV {
			return d, e.describeCSV(ctx, s, head, &d, l)
		}
		s.Format, s.Columns = format, nil
	}
	r, err := e.ask(ctx, s, l, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM s)")
	if err != nil {
		return d, err
	}
	for i := range r.Rows {
		d.Columns = append(d.Columns, lake.Column{Name: r.Vectors[0].Texts[i], Kind: kindOf(r.Vectors[1].Texts[i]), Type: r.Vectors[1].Texts[i]})
	}
	if s.Table == nil {
		s = lake.Source{Path: s.Path, Format: s.Format, Columns: d.Columns}
	}
	if r, err = e.ask(ctx, s, l, "SELECT count(*) FROM s"); err != nil {
		return d, err
	}
	d.Rows, err = r.Vectors[0].Count(0)
	return d, err
}

func (e *engine) ask(ctx context.Context, s lake.Source, l lake.Limits, sql string) (*lake.Batch, error) {
	return lake.All(e.Query(ctx, lake.Query{SQL: sql, Sources: map[string]lake.Source{"s": s}, Limits: l}))
}

// tried are the kinds that the values of a CSV file may all have, the first one
// that fits being taken, with the condition that x, a text, is of it.
//
// An integer is written in the one usual way: 007, +7 and 7.0 are none, since
// they would not come back as they were. A number whose digits are all before
// the point has at most 15, so that none is lost.
var tried = []struct {
	kind lake.Kind
	test string
}{
	{lake.Bool, `lower(x) IN ('true', 'false')`},
	{lake.Int, `CAST(TRY_CAST(x AS bigint) AS varchar) = x`},
	{lake.Float, `TRY_CAST(x AS double) IS NOT NULL AND NOT contains(x, '_') AND CASE WHEN contains(x, '.') THEN true ELSE NOT regexp_matches(x, '^[+-]?(0[0-9]|[0-9]{16})') END`},
	{lake.Date, `CAST(TRY_CAST(x AS date) AS varchar) = x`},
	{lake.Time, `CASE WHEN regexp_matches(x, '^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?Z?$') THEN TRY_CAST(x AS timestamp) IS NOT NULL ELSE false END`},
}

// mostColumns are what a question is made of within some seconds.
const mostColumns = 2_000

// sampled rows say which kinds all others are tried for.
const sampled = 20_480

// describeCSV finds the kinds of the columns by all rows: a sample leaves out
// the kinds that cannot be, and one pass counts the values that are of none.
func (e *engine) describeCSV(ctx context.Context, s lake.Source, head []byte, d *lake.Description, l lake.Limits) error {
	layout, names, err := lake.Sniff(head)
	if err != nil {
		return fault.WithHint(fault.Because(err, fault.KindOf(err), "The file %s is broken: %s", s.Path, fault.Sentence(err)), "%s", fault.HintOf(err))
	}
	if s.Layout != nil {
		layout.Header = s.Layout.Header
	}
	layout.Packing = d.Packing
	d.Layout = &layout
	if len(names) == 0 {
		return nil
	}
	if len(names) > mostColumns {
		return fault.New(fault.Limit, "The file %s has %d columns; one of at most %d is looked into.", s.Path, len(names), mostColumns)
	}
	if err := longEnd(s.Path, d.Packing); err != nil {
		return err
	}
	text := lake.Source{Path: s.Path, Format: lake.CSV, Layout: d.Layout}
	for i := range names {
		text.Columns = append(text.Columns, lake.Column{Name: fmt.Sprintf("c%d", i), Kind: lake.Text})
	}
	fits := make([][]bool, len(names))
	for i := range fits {
		fits[i] = make([]bool, len(tried))
		for k := range tried {
			fits[i][k] = true
		}
	}
	rows, values, err := e.fit(ctx, text, fits, l, fmt.Sprintf("(SELECT * FROM s LIMIT %d) AS t", sampled))
	if err == nil && rows == sampled {
		rows, values, err = e.fit(ctx, text, fits, l, "s")
	}
	if err != nil {
		return err
	}
	d.Rows = rows
	for i, name := range names {
		c := lake.Column{Name: name, Kind: lake.Text, Empty: values[i] == 0}
		for k := range tried {
			if fits[i][k] && values[i] > 0 {
				c.Kind = tried[k].kind
				break
			}
		}
		c.Type = types[c.Kind]
		d.Columns = append(d.Columns, c)
	}
	return nil
}

// fit takes from fits the kinds that some value is not of. It gives the number
// of rows, and of values of each column.
func (e *engine) fit(ctx context.Context, s lake.Source, fits [][]bool, l lake.Limits, from string) (rows int64, values []int64, err error) {
	values = make([]int64, 0, len(fits))
	for first := 0; first < len(fits) && err == nil; first += triedAtOnce {
		var some []int64
		rows, some, err = e.fitSome(ctx, s, fits[first:min(first+triedAtOnce, len(fits))], first, l, from)
		values = append(values, some...)
	}
	return rows, values, err
}

// triedAtOnce is of how many columns the kinds are tried in one question: an engine has
// memory for each of its counts at once.
const triedAtOnce = 250

// fitSome is fit for the columns from the first on.
func (e *engine) fitSome(ctx context.Context, s lake.Source, fits [][]bool, first int, l lake.Limits, from string) (rows int64, values []int64, err error) {
	xs := []string{"count(*)"}
	for i := range fits {
		x := fmt.Sprintf("c%d", first+i)
		xs = append(xs, "count("+x+")")
		for k, t := range tried {
			if fits[i][k] {
				// FILTER would hold a copy of all columns for each such count.
				xs = append(xs, "count(CASE WHEN "+onColumn(t.test, x)+" THEN NULL ELSE "+x+" END)")
			}
		}
	}
	b, err := e.ask(ctx, s, l, "SELECT "+strings.Join(xs, ", ")+" FROM "+from)
	if err != nil {
		return 0, nil, err
	}
	at := 0
	next := func() int64 {
		n, e := b.Vectors[at].Count(0)
		if e != nil {
			err = e
		}
		at++
		return n
	}
	rows, values = next(), make([]int64, len(fits))
	for i := range fits {
		values[i] = next()
		for k := range tried {
			if fits[i][k] {
				fits[i][k] = next() == 0
			}
		}
	}
	return rows, values, err
}

// onColumn puts a column in place of the x of a condition.
func onColumn(test, column string) string {
	return strings.NewReplacer("(x", "("+column, "= x", "= "+column).Replace(test)
}
