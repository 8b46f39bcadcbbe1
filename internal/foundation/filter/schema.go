package filter

import (
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Kind is the type of a field's values.
type Kind uint8

// The kinds, as a column's type in both dialects.
const (
	Text  Kind = iota // TEXT, COLLATE "C" on PostgreSQL; values are strings
	Int               // INTEGER, BIGINT; values are int64 or float64
	Float             // REAL, DOUBLE PRECISION; values are float64 or int64
)

// Schema says where the fields of one kind of listed thing live. The list's
// statement reads one table under an alias that the places name.
type Schema interface {
	// Place finds a field; false when the list has no such field.
	Place(Field) (Place, bool)
}

// Place is where one field lives: in a column of the listed table, or in pairs
// beside it.
type Place struct {
	Kind Kind
	// Column is an expression over the listed table, as in "r.start_time".
	Column   string
	Nullable bool // Column may be NULL, which is no value
	Blank    bool // Column may be the text "", which is no value
	// Pairs is set instead of Column.
	Pairs *Pairs
}

// some is the condition that Column has a value, "" where it always has.
func (p Place) some() string {
	switch {
	case p.Blank:
		return p.Column + " <> ''"
	case p.Nullable:
		return p.Column + " IS NOT NULL"
	}
	return ""
}

// Pairs is a table of keys and values beside the listed one. In its
// expressions "@" stands for the alias that the renderer gives to Table.
type Pairs struct {
	Table string // "tracking_tag", or a query in parentheses
	On    string // "@.workspace = r.workspace AND @.run = r.run"
	Key   string // "@.key" is compared with the field's key; "" when Table holds only this field
	Value string // "@.value"
	NaN   string // "@.is_nan", a boolean beside Value; "" when values are never NaN
}

// Query numbers the arguments of one statement while its parts are rendered.
type Query struct {
	Dialect rows.Dialect
	args    []any
	aliases int
}

// Arg adds an argument and gives its placeholder.
func (q *Query) Arg(v any) string {
	q.args = append(q.args, v)
	return rows.Placeholder(len(q.args))
}

// In adds the values of a list and gives "($3,$4)". There must be one at least.
func (q *Query) In(values ...any) string {
	first := len(q.args) + 1
	q.args = append(q.args, values...)
	return rows.In(first, len(values))
}

// Args are the arguments so far, in the order of their numbers.
func (q *Query) Args() []any { return q.args }

func (q *Query) alias() string {
	q.aliases++
	return "f" + strconv.Itoa(q.aliases)
}

func under(expression, alias string) string { return strings.ReplaceAll(expression, "@", alias) }
