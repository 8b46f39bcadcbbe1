package sklearn

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/tacit-ml/tacit/ml/object"
)

// categories are those of one column, in order: numbers, of which the last may be
// NaN, or texts.
type categories struct {
	numbers []float64
	texts   []string
	index   map[any]int
}

func (c *categories) len() int { return max(len(c.numbers), len(c.texts)) }

// missing reports whether a missing value is one of them.
func (c *categories) missing() bool {
	return len(c.numbers) > 0 && math.IsNaN(c.numbers[len(c.numbers)-1])
}

// find is the number of a cell's category, -1 when it has none.
func (c *categories) find(col *Column, i int) int {
	if col.Texts != nil {
		if n, ok := c.index[col.Texts[i]]; ok && !marks(col)[i] {
			return n
		}
		return -1
	}
	v := col.Numbers[i]
	if n, ok := c.index[v]; ok {
		return n
	}
	if v != v && c.missing() {
		return len(c.numbers) - 1
	}
	return -1
}

// draw puts some category into each row.
func (c *categories) draw(from *rand.Rand, rows int) (out Column) {
	for range rows {
		i := from.IntN(c.len())
		c.add(&out, i)
	}
	return out
}

func (c *categories) add(to *Column, i int) {
	if c.texts != nil {
		to.Texts = append(to.Texts, c.texts[i])
	} else {
		to.Numbers = append(to.Numbers, c.numbers[i])
	}
}

// readCategories reads categories_, of which each is an array.
func readCategories(s *state) (all []categories) {
	if s.flag("_infrequent_enabled") {
		s.fail("categories that are put together for being infrequent")
	}
	for _, v := range s.items("categories_") {
		a, ok := v.(*object.Array)
		if !ok || a.Len() == 0 {
			s.fail("categories that are no array")
			return nil
		}
		c := categories{index: map[any]int{}}
		if texts, ok := a.Texts(); ok {
			c.texts = texts
		} else if n, err := a.Numbers(); err == nil {
			c.numbers = n
		} else {
			s.fail("categories that are neither all texts nor all numbers")
			return nil
		}
		for i := range c.len() {
			if c.texts != nil {
				c.index[c.texts[i]] = i
			} else {
				c.index[c.numbers[i]] = i
			}
		}
		all = append(all, c)
	}
	return all
}

// encoder is what the two encoders share.
type encoder struct {
	columns []categories
	ignores bool // what is unknown is no error
}

func (e *encoder) width() int { return len(e.columns) }

// indices calls with the category of each cell, column after column.
func (e *encoder) indices(f *Frame, call func(j, i, n int)) error {
	if len(f.Columns) != len(e.columns) {
		return fmt.Errorf("sklearn: %d columns for %d features", len(f.Columns), len(e.columns))
	}
	for j := range e.columns {
		c := &f.Columns[j]
		if (c.Texts != nil) != (e.columns[j].texts != nil) {
			return fmt.Errorf("sklearn: column %d is not of the kind of its categories", j)
		}
		for i := range f.Rows {
			n := e.columns[j].find(c, i)
			if n < 0 && !e.ignores {
				return fmt.Errorf("sklearn: row %d of column %d has no known category", i, j)
			}
			call(j, i, n)
		}
	}
	return nil
}

func (e *encoder) probe(from *rand.Rand, rows int) *Frame {
	f := &Frame{Rows: rows}
	for j := range e.columns {
		c := e.columns[j].draw(from, rows)
		for i := range rows {
			if !e.ignores || from.IntN(8) > 0 {
				continue
			}
			if c.Texts != nil {
				c.Texts[i] = "no category"
			} else {
				c.Numbers[i] = -98765
			}
		}
		f.Columns = append(f.Columns, c)
	}
	return f
}

// takesMissing is true where NaN is a category.
func (e *encoder) takesMissing() []bool {
	out := make([]bool, len(e.columns))
	for j := range out {
		out[j] = e.columns[j].missing()
	}
	return out
}

// fills tells that no NaN is left behind it.
func (e *encoder) fills() bool { return true }

// oneHot is OneHotEncoder: a column for each category that is not dropped.
type oneHot struct {
	encoder
	dropped []int // of each column, -1 for none
	starts  []int // the first column of each
	outputs int
}

func newOneHot(s *state) estimator {
	e := &oneHot{encoder: encoder{columns: readCategories(s), ignores: s.text("handle_unknown") != "error"}}
	e.dropped = make([]int, len(e.columns))
	for j := range e.dropped {
		e.dropped[j] = -1
	}
	if v := s.get("drop_idx_"); v != nil {
		e.drop(s, v)
	}
	for j := range e.columns {
		e.starts = append(e.starts, e.outputs)
		e.outputs += e.columns[j].len()
		if e.dropped[j] >= 0 {
			e.outputs--
		}
	}
	return e
}

// drop reads drop_idx_: numbers, or objects of which some are None.
func (e *oneHot) drop(s *state, v object.Value) {
	a, ok := v.(*object.Array)
	if !ok || a.Len() != int64(len(e.columns)) {
		s.fail("a drop_idx_ that is not of its columns")
		return
	}
	for j := range e.columns {
		var n float64
		if a.Type.HasObject {
			if a.Objects[j] == nil {
				continue
			}
			n, ok = object.Number(a.Objects[j])
		} else if all, err := a.Numbers(); err == nil {
			n = all[j]
		}
		if !ok || n < 0 || int(n) >= e.columns[j].len() {
			s.fail("a dropped category that is none")
			return
		}
		e.dropped[j] = int(n)
	}
}

func (e *oneHot) transform(f *Frame) (*Frame, error) {
	out := newFrame(f.Rows, e.outputs)
	err := e.indices(f, func(j, i, n int) {
		d := e.dropped[j]
		if n < 0 || n == d {
			return
		}
		if d >= 0 && n > d {
			n--
		}
		out.Columns[e.starts[j]+n].Numbers[i] = 1
	})
	return out, err
}

// pull takes the category whose column is the greatest.
func (e *oneHot) pull(_ *rand.Rand, f *Frame) *Frame {
	out := &Frame{Rows: f.Rows, Columns: make([]Column, len(e.columns))}
	for j := range e.columns {
		c := &e.columns[j]
		for i := range f.Rows {
			best, most := max(e.dropped[j], 0), 0.5
			for n, at := 0, e.starts[j]; n < c.len(); n++ {
				if n == e.dropped[j] {
					continue
				}
				if v := f.Columns[at].Numbers[i]; v > most {
					best, most = n, v
				}
				at++
			}
			c.add(&out.Columns[j], best)
		}
	}
	return out
}

func (e *oneHot) breadth() int { return max(e.outputs, len(e.columns)) }

func (e *oneHot) apply(f *Frame) ([]Output, error) { return transformed(e, f) }

// ordinal is OrdinalEncoder: the number of the category.
type ordinal struct {
	encoder
	unknown float64
	absent  float64 // of a missing value
}

func newOrdinal(s *state) estimator {
	e := &ordinal{encoder: encoder{columns: readCategories(s), ignores: s.text("handle_unknown") == "use_encoded_value"}, absent: math.NaN()}
	if e.ignores {
		e.unknown = s.number("unknown_value")
	}
	if s.get("encoded_missing_value") != nil {
		e.absent = s.number("encoded_missing_value")
	}
	return e
}

func (e *ordinal) transform(f *Frame) (*Frame, error) {
	out := newFrame(f.Rows, len(e.columns))
	err := e.indices(f, func(j, i, n int) {
		v := float64(n)
		switch {
		case n < 0:
			v = e.unknown
		case e.columns[j].missing() && n == e.columns[j].len()-1:
			v = e.absent
		}
		out.Columns[j].Numbers[i] = v
	})
	return out, err
}

func (e *ordinal) pull(_ *rand.Rand, f *Frame) *Frame {
	out := &Frame{Rows: f.Rows, Columns: make([]Column, len(e.columns))}
	for j := range e.columns {
		for _, v := range f.Columns[j].Numbers {
			n := 0
			if v == v {
				n = int(min(max(math.Round(v), 0), float64(e.columns[j].len()-1)))
			}
			e.columns[j].add(&out.Columns[j], n)
		}
	}
	return out
}

func (e *ordinal) apply(f *Frame) ([]Output, error) { return transformed(e, f) }

// fills is false: a missing value may stay NaN.
func (e *ordinal) fills() bool { return !math.IsNaN(e.absent) }
