// Package lake is the store of columns: what has many rows is appended to a
// table here, and files of rows are asked here. DuckDB answers (lake/duckdb);
// what engines differ in is behind Engine and Dialect, so that Trino can.
//
// Words. A source is what a query reads: a file (CSV, Parquet, JSON lines) or a
// table of Append. A batch is some rows as typed columns. To describe a source
// is to give its columns, their types and the number of rows; to profile it, to
// say of each column what its values are like. A table's rows lie in a write-ahead file first (an Append is
// acknowledged when they are durable there) and then in segments: Parquet files
// in the store of bytes, that nobody changes. Compaction writes many segments as
// one.
//
// Counts come from the engine as integers and floating-point mathematics is done
// here in a fixed order, so that every engine gives the same digits. A query
// reads the sources it names and nothing else.
//
// It is no database: nothing is updated or deleted by row, there are no
// transactions over tables, and a room's records are kept in package rows.
package lake

import (
	"context"
	"io"
	"time"
)

// Engine answers queries over sources whose files are named: an adapter's part.
type Engine interface {
	// Query answers one SELECT. fault.Invalid for SQL that is none, or reads what
	// is no source of it, and for a file that is broken, which it names with the
	// row where it can; fault.Limit when it needs more than Limits.
	Query(ctx context.Context, q Query) (Rows, error)
	// Describe gives the columns, their types and the number of rows of a file.
	// It is fault.Invalid for a file that is broken, as Query is.
	Describe(ctx context.Context, s Source, l Limits) (Description, error)
	Dialect() Dialect
	Close() error
}

// Dialect is the SQL that engines differ in. x is an expression of SQL.
type Dialect interface {
	// IsNaN and IsInfinite are conditions on a floating-point x that is not NULL.
	IsNaN(x string) string
	IsInfinite(x string) string
	// Matches is a condition: pattern, an expression of text, is found in x.
	Matches(x, pattern string) string
	// Field is the text of a top-level key of the JSON object in x.
	Field(x, key string) string
	// List joins the texts x, in the order of the expression order.
	List(x, separator, order string) string
	// Distinct is about how many different values x has. Engines differ in it.
	Distinct(x string) string
	// Total is the exact sum of the integers x: a Decimal, never too large.
	Total(x string) string
	// Days and Micros are the whole numbers of a Date and a Time, since 1970.
	Days(x string) string
	Micros(x string) string
	// Explode is a query of one column named v: the values of the list of
	// expressions xs for each row of from.
	Explode(xs []string, from string) string
}

// Query is a question over sources.
type Query struct {
	// SQL is one SELECT in what both DuckDB and Trino take, with $1, $2, … for Args.
	SQL string
	// Args are nil, bool, int, int64, float64, string, []byte or time.Time.
	Args    []any
	Sources map[string]Source // by the name that SQL has for it
	Limits  Limits
}

// Limits bound one query. What is zero is the engine's own limit.
type Limits struct {
	Rows    int64         // of the answer: behind them it is truncated
	Bytes   int64         // of the answer's values, about: behind them it is truncated
	Time    time.Duration // from the call to the last row
	Memory  int64         // bytes the engine may hold; beyond it spills or refuses
	Threads int
}

// Rows is an answer as it comes. The caller closes.
type Rows interface {
	Columns() []Column
	// Next gives the next rows, at least one, and io.EOF behind the last. A batch
	// is the caller's own.
	Next() (*Batch, error)
	// Truncated reports, behind the last, whether limits left rows out.
	Truncated() bool
	io.Closer
}

// All reads an answer to its end, for what is known to be small.
func All(rows Rows, err error) (_ *Batch, e error) {
	if err != nil {
		return nil, err
	}
	defer func() {
		if err := rows.Close(); e == nil {
			e = err
		}
	}()
	all := NewBatch(rows.Columns()...)
	for {
		b, err := rows.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all.join(b)
	}
}
