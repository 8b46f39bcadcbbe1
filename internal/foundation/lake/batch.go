package lake

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Kind is what the values of a column are, alike on every engine.
type Kind uint8

// The kinds, and where a Vector has their values.
const (
	Bool    Kind = iota + 1 // Bools
	Int                     // Ints: signed, 64 bits at most
	Float                   // Floats: IEEE 754, 32 or 64 bits
	Decimal                 // Texts: exact numbers, and integers that need more than 64 bits
	Text                    // Texts: UTF-8
	Bytes                   // Texts, as they are
	Date                    // Ints: days since 1970-01-01
	Time                    // Ints: microseconds since 1970-01-01 UTC
	JSON                    // Texts: lists, structures and maps
)

var kinds = [...]string{"", "bool", "int", "float", "decimal", "text", "bytes", "date", "time", "json"}

// String names the kind as it is written in a table's columns.
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return ""
}

// KindOf is the kind of a name, 0 when there is none such.
func KindOf(name string) Kind {
	for k, n := range kinds {
		if k > 0 && n == name {
			return Kind(k)
		}
	}
	return 0
}

// MarshalText writes the name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText writes; fault.Invalid for anything else.
func (k *Kind) UnmarshalText(text []byte) error {
	if *k = KindOf(string(text)); *k == 0 && len(text) > 0 {
		return fault.New(fault.Invalid, "There is no kind of values %.40q.", text)
	}
	return nil
}

// Column is a column's name and what its values are.
type Column struct {
	Name string
	Kind Kind
	Type string // the engine's own word, as DECIMAL(10,2) or STRUCT(a BIGINT); "" means the usual of the kind
	// Empty says of a column of a CSV file that no row has a value: what type it is, nothing says.
	Empty bool `json:",omitempty"`
}

// Vector is the values of one column. Of the slices only that of its Kind is
// there; where Nulls says so there is no value, and what the slice has means nothing.
type Vector struct {
	Kind   Kind
	Nulls  []bool // nil when every row has a value
	Bools  []bool
	Ints   []int64
	Floats []float64
	Texts  []string
}

// Null reports whether row i has no value.
func (v *Vector) Null(i int) bool { return v.Nulls != nil && v.Nulls[i] }

// Value is the value of row i: nil, bool, int64, float64, string, []byte or
// time.Time. A Decimal and JSON are strings.
func (v *Vector) Value(i int) any {
	if v.Null(i) {
		return nil
	}
	switch v.Kind {
	case Bool:
		return v.Bools[i]
	case Int:
		return v.Ints[i]
	case Float:
		return v.Floats[i]
	case Bytes:
		return []byte(v.Texts[i])
	case Date:
		return time.Unix(v.Ints[i]*86400, 0).UTC()
	case Time:
		return time.UnixMicro(v.Ints[i]).UTC()
	default:
		return v.Texts[i]
	}
}

// Count is the whole number of row i, of an Int or a Decimal; 0 for no value.
func (v *Vector) Count(i int) (int64, error) {
	switch {
	case v.Null(i):
		return 0, nil
	case v.Kind == Int:
		return v.Ints[i], nil
	}
	n, err := strconv.ParseInt(v.Texts[i], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("lake: %q is no count: %w", v.Texts[i], err)
	}
	return n, nil
}

// Show is the value of row i as text, and whether there is one.
func (v *Vector) Show(i int) (string, bool) {
	if v.Null(i) {
		return "", false
	}
	switch x := v.Value(i).(type) {
	case string:
		return x, true
	case []byte:
		return hex.EncodeToString(x), true
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64), true
	case time.Time:
		if v.Kind == Date {
			return x.Format(time.DateOnly), true
		}
		return x.Format("2006-01-02T15:04:05.999999Z"), true
	default:
		return fmt.Sprint(x), true
	}
}

// Batch is some rows as columns.
type Batch struct {
	Columns []Column
	Vectors []Vector
	Rows    int
}

// NewBatch has these columns and no rows.
func NewBatch(columns ...Column) *Batch {
	b := &Batch{Columns: columns, Vectors: make([]Vector, len(columns))}
	for i, c := range columns {
		b.Vectors[i].Kind = c.Kind
	}
	return b
}

// Add adds a row. Values are as of Value, or int, and nil.
func (b *Batch) Add(values ...any) error {
	if len(values) != len(b.Columns) {
		return fault.New(fault.Invalid, "A row has %d values, and there are %d columns.", len(values), len(b.Columns))
	}
	for i, x := range values {
		if err := b.Vectors[i].add(x, b.Rows); err != nil {
			for j := range i {
				b.Vectors[j].cut(b.Rows)
			}
			return fault.New(fault.Invalid, "The column %q holds %s, not %T.", b.Columns[i].Name, b.Columns[i].Kind, x)
		}
	}
	b.Rows++
	return nil
}

var errKind = fault.New(fault.Invalid, "The value is of another kind.")

// add appends a value to a vector of n.
func (v *Vector) add(x any, n int) error {
	if x == nil {
		v.null(n)
		return nil
	}
	switch x := x.(type) {
	case int:
		return v.add(int64(x), n)
	case bool:
		if v.Kind != Bool {
			return errKind
		}
		v.Bools = append(v.Bools, x)
	case int64:
		if v.Kind != Int {
			return errKind
		}
		v.Ints = append(v.Ints, x)
	case float64:
		if v.Kind != Float {
			return errKind
		}
		v.Floats = append(v.Floats, x)
	case string:
		if v.Kind != Text && v.Kind != JSON && v.Kind != Decimal {
			return errKind
		}
		v.Texts = append(v.Texts, x)
	case []byte:
		if v.Kind != Bytes {
			return errKind
		}
		v.Texts = append(v.Texts, string(x))
	case time.Time:
		if v.Kind != Time {
			return errKind
		}
		v.Ints = append(v.Ints, x.UnixMicro())
	default:
		return errKind
	}
	if v.Nulls != nil {
		v.Nulls = append(v.Nulls, false)
	}
	return nil
}

// null appends no value to a vector of n.
func (v *Vector) null(n int) {
	if v.Nulls == nil {
		v.Nulls = make([]bool, n, n+1)
	}
	v.Nulls = append(v.Nulls, true)
	switch v.Kind {
	case Bool:
		v.Bools = append(v.Bools, false)
	case Int, Date, Time:
		v.Ints = append(v.Ints, 0)
	case Float:
		v.Floats = append(v.Floats, 0)
	default:
		v.Texts = append(v.Texts, "")
	}
}

// cut keeps the first n values.
func (v *Vector) cut(n int) {
	if v.Nulls != nil {
		v.Nulls = v.Nulls[:n]
	}
	switch v.Kind {
	case Bool:
		v.Bools = v.Bools[:n]
	case Int, Date, Time:
		v.Ints = v.Ints[:n]
	case Float:
		v.Floats = v.Floats[:n]
	default:
		v.Texts = v.Texts[:n]
	}
}

// Cut keeps the first n rows.
func (b *Batch) Cut(n int) {
	for i := range b.Vectors {
		b.Vectors[i].cut(n)
	}
	b.Rows = n
}

// join puts the rows of c, which has the same columns, behind those of b.
func (b *Batch) join(c *Batch) {
	for i := range b.Vectors {
		v, w := &b.Vectors[i], &c.Vectors[i]
		if v.Nulls == nil && w.Nulls != nil {
			v.Nulls = make([]bool, b.Rows, b.Rows+c.Rows)
		}
		if v.Nulls != nil {
			nulls := w.Nulls
			if nulls == nil {
				nulls = make([]bool, c.Rows)
			}
			v.Nulls = append(v.Nulls, nulls...)
		}
		v.Bools = append(v.Bools, w.Bools...)
		v.Ints = append(v.Ints, w.Ints...)
		v.Floats = append(v.Floats, w.Floats...)
		v.Texts = append(v.Texts, w.Texts...)
	}
	b.Rows += c.Rows
}

// From is the rows from row n on.
func (b *Batch) From(n int) *Batch {
	c := &Batch{Columns: b.Columns, Vectors: make([]Vector, len(b.Vectors)), Rows: b.Rows - n}
	for i, v := range b.Vectors {
		w := Vector{Kind: v.Kind}
		if v.Nulls != nil {
			w.Nulls = v.Nulls[n:]
		}
		switch v.Kind {
		case Bool:
			w.Bools = v.Bools[n:]
		case Int, Date, Time:
			w.Ints = v.Ints[n:]
		case Float:
			w.Floats = v.Floats[n:]
		default:
			w.Texts = v.Texts[n:]
		}
		c.Vectors[i] = w
	}
	return c
}
