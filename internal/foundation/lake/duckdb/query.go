//go:build cgo

package duckdb

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	db "github.com/duckdb/duckdb-go-bindings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// Query answers one SELECT.
func (e *engine) Query(ctx context.Context, q lake.Query) (_ lake.Rows, err error) {
	defer fault.Wrap(&err, "duckdb.Query")
	sources := make(map[string]lake.Source, len(q.Sources))
	for name, s := range q.Sources {
		if s.Table == nil && (s.Layout == nil || len(s.Columns) == 0) {
			if sources[name], err = e.known(ctx, s, q.Limits); err != nil {
				return nil, err
			}
			continue
		}
		sources[name] = s
	}
	i, err := e.open(ctx, sources, q.Limits)
	if err != nil {
		return nil, err
	}
	r := &rows{instance: i}
	if err := r.begin(q); err != nil {
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

// known is a source with the columns that a CSV file must be described for.
func (e *engine) known(ctx context.Context, s lake.Source, l lake.Limits) (lake.Source, error) {
	if s.Format == lake.Parquet || s.Format == lake.JSONLines {
		return s, nil
	}
	format, _, _, err := lake.Look(s)
	if err != nil || format != lake.CSV {
		s.Format = format
		return s, err
	}
	d, err := e.Describe(ctx, s, l)
	return d.Source(s.Path), err
}

// rows is an answer as it comes.
type rows struct {
	*instance
	statement db.PreparedStatement
	result    db.Result
	columns   []lake.Column
	rows      int64
	bytes     int64
	truncated bool
	ended     bool
}

// begin prepares the query, anew where columns must come as text, and runs it.
// What the columns are may depend on the parameters: then it is known only when
// the query runs.
func (r *rows) begin(q lake.Query) error {
	if err := r.prepare(q.SQL); err != nil {
		return err
	}
	shape := make([]column, db.PreparedStatementColumnCount(r.statement))
	for n := range shape {
		t := db.PreparedStatementColumnLogicalType(r.statement, db.IdxT(n))
		shape[n] = columnOf(db.PreparedStatementColumnName(r.statement, db.IdxT(n)), t)
	}
	wrapped := ""
	if !slices.ContainsFunc(shape, func(c column) bool { return c.id == db.TypeInvalid || c.id == db.TypeAny }) {
		wrapped = wrap(q.SQL, shape)
	}
	if wrapped == "" {
		if err := r.run(q); err != nil {
			return err
		}
		shape = make([]column, db.ColumnCount(&r.result))
		for n := range shape {
			shape[n] = columnOf(db.ColumnName(&r.result, db.IdxT(n)), db.ColumnLogicalType(&r.result, db.IdxT(n)))
		}
		wrapped = wrap(q.SQL, shape)
	}
	if wrapped != "" {
		db.DestroyResult(&r.result)
		db.DestroyPrepare(&r.statement)
		if err := r.prepare(wrapped); err != nil {
			return err
		}
		if err := r.run(q); err != nil {
			return err
		}
	}
	for _, c := range shape {
		r.columns = append(r.columns, lake.Column{Name: c.name, Kind: c.kind})
	}
	return nil
}

// run gives the parameters and starts the answer.
func (r *rows) run(q lake.Query) error {
	if n := int(db.NParams(r.statement)); n != len(q.Args) {
		return fault.New(fault.Invalid, "The query has %d parameters, and %d are given.", n, len(q.Args))
	}
	for n, x := range q.Args {
		if err := bind(r.statement, db.IdxT(n+1), x); err != nil {
			return err
		}
	}
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	var pending db.PendingResult
	defer db.DestroyPending(&pending)
	// Called deprecated; what DuckDB has in its place holds the whole answer in memory.
	if db.PendingPreparedStreaming(r.statement, &pending) == db.StateError {
		return r.explain(db.PendingError(pending))
	}
	if db.ExecutePending(pending, &r.result) == db.StateError {
		return r.explain(db.ResultError(&r.result))
	}
	return nil
}

// prepare takes one statement that selects, and nothing else.
func (r *rows) prepare(sql string) error {
	if strings.ContainsRune(sql, 0) {
		return fault.New(fault.Invalid, "The query has a zero byte.")
	}
	var all db.ExtractedStatements
	defer db.DestroyExtracted(&all)
	n := db.ExtractStatements(r.conn, sql, &all)
	if n == 0 {
		if reason := db.ExtractStatementsError(all); reason != "" {
			return r.explain(reason)
		}
	}
	if n != 1 {
		return fault.New(fault.Invalid, "A query is one SELECT; %d statements are given.", n)
	}
	if db.PrepareExtractedStatement(r.conn, all, 0, &r.statement) == db.StateError {
		return r.explain(db.PrepareError(r.statement))
	}
	if db.PreparedStatementType(r.statement) != db.StatementTypeSelect {
		return fault.New(fault.Invalid, "A query must be a SELECT.")
	}
	return nil
}

// column is a column of an answer, and how it is read.
type column struct {
	name string
	id   db.Type
	kind lake.Kind
	as   string // what is read in place of x; "" for x itself
}

// columnOf takes the type over.
func columnOf(name string, t db.LogicalType) column {
	c := column{name: name, id: db.GetTypeId(t)}
	json := db.LogicalTypeGetAlias(t) == "JSON"
	db.DestroyLogicalType(&t)
	c.kind = direct[c.id]
	switch {
	case json:
		c.kind = lake.JSON
	case c.kind != 0:
	case c.id == db.TypeDecimal || c.id == db.TypeHugeInt || c.id == db.TypeUHugeInt || c.id == db.TypeUBigInt || c.id == db.TypeBigNum:
		c.kind, c.as = lake.Decimal, "CAST(x AS VARCHAR)"
	case c.id == db.TypeList || c.id == db.TypeArray || c.id == db.TypeStruct || c.id == db.TypeMap || c.id == db.TypeUnion:
		c.kind, c.as = lake.JSON, "CAST(to_json(x) AS VARCHAR)"
	default:
		c.kind, c.as = lake.Text, "CAST(x AS VARCHAR)"
	}
	return c
}

// wrap gives the query around sql in which all columns have types that are read
// as they are, "" when sql is that.
func wrap(sql string, shape []column) string {
	needed := false
	names, values := make([]string, len(shape)), make([]string, len(shape))
	for n, c := range shape {
		names[n] = fmt.Sprintf("c%d", n)
		value := names[n]
		if c.as != "" {
			value, needed = strings.Replace(c.as, "x", value, 1), true
		}
		values[n] = value + " AS " + lake.Quote(c.name)
	}
	if !needed {
		return ""
	}
	// A query may end in a comment of a line.
	return "SELECT " + strings.Join(values, ", ") + " FROM (" + strings.TrimRight(sql, "; \t\r\n") + "\n) AS answer(" + strings.Join(names, ", ") + ")"
}

func bind(s db.PreparedStatement, n db.IdxT, x any) error {
	var state db.State
	switch x := x.(type) {
	case nil:
		state = db.BindNull(s, n)
	case bool:
		state = db.BindBoolean(s, n, x)
	case int:
		state = db.BindInt64(s, n, int64(x))
	case int64:
		state = db.BindInt64(s, n, x)
	case float64:
		state = db.BindDouble(s, n, x)
	case string:
		state = db.BindVarcharLength(s, n, x, db.IdxT(len(x)))
	case []byte:
		state = db.BindBlob(s, n, x)
	case time.Time:
		state = db.BindTimestamp(s, n, db.NewTimestamp(x.UnixMicro()))
	default:
		return fault.New(fault.Invalid, "Parameter %d is a %T, which no column is.", n, x)
	}
	if state == db.StateError {
		return fault.New(fault.Invalid, "Parameter %d cannot be given: %s", n, db.PrepareError(s))
	}
	return nil
}

// Columns are the columns of the answer.
func (r *rows) Columns() []lake.Column { return r.columns }

// Truncated reports whether limits left rows out.
func (r *rows) Truncated() bool { return r.truncated }

// Next gives the rows of one chunk.
func (r *rows) Next() (*lake.Batch, error) {
	for !r.ended {
		if r.ctx.Err() != nil {
			r.ended = true
			return nil, context.Cause(r.ctx)
		}
		chunk := db.FetchChunk(r.result)
		if chunk.Ptr == nil {
			r.ended = true
			if reason := db.ResultError(&r.result); reason != "" {
				return nil, r.explain(reason)
			}
			return nil, io.EOF
		}
		b, size := batch(r.columns, chunk)
		db.DestroyDataChunk(&chunk)
		if b.Rows == 0 {
			continue
		}
		l := r.limits
		if l.Rows > 0 && r.rows+int64(b.Rows) > l.Rows {
			b.Cut(int(l.Rows - r.rows))
			r.truncated, r.ended = true, true
		}
		if l.Bytes > 0 && r.bytes+size > l.Bytes {
			r.truncated, r.ended = true, true
			b.Cut(min(b.Rows, int(float64(b.Rows)*float64(l.Bytes-r.bytes)/float64(size))))
		}
		r.rows, r.bytes = r.rows+int64(b.Rows), r.bytes+size
		if b.Rows > 0 {
			return b, nil
		}
	}
	return nil, io.EOF
}

// Close ends the query, whether or not all rows were read.
func (r *rows) Close() error {
	r.ended = true
	r.mu.Lock()
	closed := r.closed
	r.mu.Unlock()
	if closed {
		return nil
	}
	db.DestroyResult(&r.result)
	db.DestroyPrepare(&r.statement)
	r.close()
	return nil
}
