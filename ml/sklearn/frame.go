package sklearn

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
)

// Column has numbers or texts, one of the two. Numbers may be NaN; Absent marks
// texts that are missing, nil for none.
type Column struct {
	Numbers []float64
	Texts   []string
	Absent  []bool
}

// Frame is columns of the same length.
type Frame struct {
	Rows    int
	Columns []Column
}

// Output is what a method gives.
type Output struct {
	Method string
	Frame
}

func newFrame(rows, columns int) *Frame {
	f := &Frame{Rows: rows, Columns: make([]Column, columns)}
	all := make([]float64, rows*columns)
	for i := range f.Columns {
		f.Columns[i].Numbers = all[i*rows : (i+1)*rows : (i+1)*rows]
	}
	return f
}

// single is a frame of one column of numbers.
func single(values []float64) Frame {
	return Frame{Rows: len(values), Columns: []Column{{Numbers: values}}}
}

// numbers checks that f has width columns, all of numbers.
func (f *Frame) numbers(width int) error {
	if len(f.Columns) != width {
		return fmt.Errorf("sklearn: %d columns for %d features", len(f.Columns), width)
	}
	for i, c := range f.Columns {
		if c.Texts != nil {
			return fmt.Errorf("sklearn: column %d has texts where numbers are due", i)
		}
	}
	return nil
}

// row puts row i into to.
func (f *Frame) row(i int, to []float64) {
	for j := range f.Columns {
		to[j] = f.Columns[j].Numbers[i]
	}
}

// stack puts the rows of b below those of a, which has the same columns.
func stack(a, b *Frame) *Frame {
	if a.Rows == 0 {
		return b
	}
	out := &Frame{Rows: a.Rows + b.Rows, Columns: make([]Column, len(a.Columns))}
	for i := range a.Columns {
		x, y := &a.Columns[i], &b.Columns[i]
		if x.Texts != nil {
			out.Columns[i] = Column{
				Texts:  append(append([]string(nil), x.Texts...), y.Texts...),
				Absent: append(append([]bool(nil), marks(x)...), marks(y)...),
			}
			continue
		}
		out.Columns[i].Numbers = append(append([]float64(nil), x.Numbers...), y.Numbers...)
	}
	return out
}

func marks(c *Column) []bool {
	if c.Absent == nil {
		return make([]bool, len(c.Texts))
	}
	return c.Absent
}

// Digest is the SHA-256 of all values in hexadecimal: of each column its number of
// rows and 1 for texts or 0 for numbers, then each number's bits in big-endian order, or each text's length and
// bytes, 2⁶⁴−1 for a missing one.
func (f *Frame) Digest() string {
	h := sha256.New()
	var b [8]byte
	put := func(n uint64) {
		binary.BigEndian.PutUint64(b[:], n)
		h.Write(b[:])
	}
	for _, c := range f.Columns {
		put(uint64(f.Rows))
		put(uint64(min(len(c.Texts), 1)))
		for _, v := range c.Numbers {
			put(math.Float64bits(v))
		}
		for i, s := range c.Texts {
			if c.Absent != nil && c.Absent[i] {
				put(math.MaxUint64)
				continue
			}
			put(uint64(len(s)))
			h.Write([]byte(s))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Difference is the greatest difference of two frames' numbers; it is infinite
// where they differ in shape, in a text, or in what is NaN. Zeros of different
// sign differ by the smallest number there is.
func Difference(a, b *Frame) float64 {
	if a.Rows != b.Rows || len(a.Columns) != len(b.Columns) {
		return math.Inf(1)
	}
	most := 0.0
	for i := range a.Columns {
		x, y := &a.Columns[i], &b.Columns[i]
		if len(x.Numbers) != len(y.Numbers) || len(x.Texts) != len(y.Texts) {
			return math.Inf(1)
		}
		for j, v := range x.Numbers {
			most = max(most, apart(v, y.Numbers[j]))
		}
		for j, s := range x.Texts {
			if s != y.Texts[j] || marks(x)[j] != marks(y)[j] {
				return math.Inf(1)
			}
		}
	}
	return most
}

func apart(a, b float64) float64 {
	switch {
	case math.Float64bits(a) == math.Float64bits(b), math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a) || math.IsNaN(b):
		return math.Inf(1)
	}
	return max(math.Abs(a-b), math.SmallestNonzeroFloat64)
}

// HasMissing reports whether a cell is NaN or missing.
func (f *Frame) HasMissing() bool {
	for i := range f.Columns {
		c := &f.Columns[i]
		if slices.Contains(c.Absent, true) || slices.ContainsFunc(c.Numbers, math.IsNaN) {
			return true
		}
	}
	return false
}
