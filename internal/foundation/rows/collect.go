package rows

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Scanner is what one record is read from: *sql.Rows and *sql.Row.
type Scanner interface{ Scan(dest ...any) error }

// ErrNone says that no record answered.
var ErrNone = sql.ErrNoRows

// Collect reads all records that a statement answers with, in order.
func Collect[T any](ctx context.Context, r Reader, scan func(Scanner) (T, error), statement string, args ...any) ([]T, error) {
	answer, err := r.Query(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Close() }()
	var all []T
	for answer.Next() {
		one, err := scan(answer)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, answer.Err()
}

// One reads the one record that a statement answers with, or ErrNone.
func One[T any](ctx context.Context, r Reader, scan func(Scanner) (T, error), statement string, args ...any) (T, error) {
	return scan(r.QueryRow(ctx, statement, args...))
}

// IsNone reports whether err says that no record answered.
func IsNone(err error) bool { return errors.Is(err, ErrNone) }

// Column scans a record of one column.
func Column[T any](s Scanner) (v T, err error) { return v, s.Scan(&v) }

// In renders the placeholders of an IN list of n values, the first numbered
// first: In(3, 2) is "($3,$4)". n must be at least 1.
func In(first, n int) string {
	var b strings.Builder
	b.WriteByte('(')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(Placeholder(first + i))
	}
	b.WriteByte(')')
	return b.String()
}

// Placeholder is the nth argument of a statement: Placeholder(3) is "$3".
func Placeholder(n int) string { return "$" + strconv.Itoa(n) }

// Args makes arguments from values of one type.
func Args[T any](values []T) []any {
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	return args
}

// Listed renders an IN list whose values are the one argument number n, which
// List makes: one statement, however many the values are.
func Listed[T string | int64](d Dialect, n int) string {
	if d == SQLite {
		return "(SELECT value FROM json_each(" + Placeholder(n) + "))"
	}
	if _, numbers := any(*new(T)).(int64); numbers {
		return "(SELECT unnest(CAST(" + Placeholder(n) + " AS BIGINT[])))"
	}
	return "(SELECT unnest(CAST(" + Placeholder(n) + " AS TEXT[])))"
}

// List is the argument of Listed. A text that no column can hold, one that is
// not UTF-8 or has a NUL, is left out: it equals nothing.
func List[T string | int64](d Dialect, values []T) any {
	values = slices.DeleteFunc(slices.Clone(values), func(v T) bool {
		text, ok := any(v).(string)
		return ok && (!utf8.ValidString(text) || strings.ContainsRune(text, 0))
	})
	if d == Postgres {
		return values
	}
	list, _ := json.Marshal(values) // texts and whole numbers always have a form
	return string(list)
}

// Pair is a key of two columns, a text and a whole number.
type Pair struct {
	Text   string
	Number int64
}

// MarshalJSON writes a pair as a list of two.
func (p Pair) MarshalJSON() ([]byte, error) { return json.Marshal([]any{p.Text, p.Number}) }

// ListedPairs is Listed for "(text, number) IN"; ListPairs makes the argument.
func ListedPairs(d Dialect, n int) string {
	if d == SQLite {
		return "(SELECT value->>0, value->>1 FROM json_each(" + Placeholder(n) + "))"
	}
	return "(SELECT e->>0, CAST(e->>1 AS BIGINT) FROM jsonb_array_elements(CAST(" + Placeholder(n) + " AS JSONB)) e)"
}

// ListPairs is the argument of ListedPairs.
func ListPairs(pairs []Pair) (string, error) {
	list, err := json.Marshal(pairs)
	return string(list), err
}
