package sklearn

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/tacit-ml/tacit/ml/object"
)

// imputer puts a value where one is missing.
type imputer struct {
	features int
	missing  float64   // what stands for a missing number
	numbers  []float64 // of each column, NaN when the column is left out
	texts    []string  // instead of numbers
}

func newImputer(s *state) estimator {
	m := &imputer{features: s.count("n_features_in_")}
	if s.flag("add_indicator") || s.get("indicator_") != nil {
		s.fail("indicators of what was missing")
	}
	m.missing = math.NaN()
	if v := s.get("missing_values"); v != nil {
		m.missing = s.number("missing_values")
	} else {
		s.fail("None for what is missing")
	}
	a, ok := s.get("statistics_").(*object.Array)
	if !ok || a.Len() != int64(m.features) {
		s.fail("no statistics")
		return m
	}
	if texts, ok := a.Texts(); ok && len(texts) > 0 {
		if m.texts = texts; !math.IsNaN(m.missing) {
			s.fail("texts beside the number %v for what is missing", m.missing)
		}
		return m
	}
	if m.numbers, _ = s.array("statistics_"); s.err == nil {
		for _, v := range m.numbers {
			if math.IsNaN(v) && s.flag("keep_empty_features") {
				s.fail("empty features that are kept")
			}
		}
	}
	return m
}

func (m *imputer) width() int { return m.features }

func (m *imputer) isMissing(v float64) bool { return v == m.missing || v != v && math.IsNaN(m.missing) }

func (m *imputer) transform(f *Frame) (*Frame, error) {
	if len(f.Columns) != m.features {
		return nil, fmt.Errorf("sklearn: %d columns for %d features", len(f.Columns), m.features)
	}
	out := &Frame{Rows: f.Rows}
	for j, c := range f.Columns {
		var made Column
		switch {
		case (c.Texts != nil) != (m.texts != nil):
			return nil, fmt.Errorf("sklearn: column %d is not of the kind whose missing values are known", j)
		case m.texts != nil:
			made.Texts = append([]string(nil), c.Texts...)
			for i := range made.Texts {
				if marks(&c)[i] {
					made.Texts[i] = m.texts[j]
				}
			}
		case math.IsNaN(m.numbers[j]):
			continue
		default:
			made.Numbers = append(make([]float64, 0, len(c.Numbers)), c.Numbers...)
			for i, v := range made.Numbers {
				if m.isMissing(v) {
					made.Numbers[i] = m.numbers[j]
				}
			}
		}
		out.Columns = append(out.Columns, made)
	}
	return out, nil
}

// pull has rows as they are, some of them missing, and draws for columns that are
// left out.
func (m *imputer) pull(from *rand.Rand, f *Frame) *Frame {
	out := &Frame{Rows: f.Rows}
	at := 0
	for j := range m.features {
		if m.texts == nil && math.IsNaN(m.numbers[j]) {
			out.Columns = append(out.Columns, spread(from, f.Rows, 1).Columns[0])
			continue
		}
		c := f.Columns[at]
		at++
		if c.Numbers != nil && !math.IsNaN(m.missing) {
			c.Numbers = append([]float64(nil), c.Numbers...)
			for i := range c.Numbers {
				if from.IntN(16) == 0 {
					c.Numbers[i] = m.missing
				}
			}
		}
		out.Columns = append(out.Columns, c)
	}
	return out
}

func (m *imputer) apply(f *Frame) ([]Output, error) { return transformed(m, f) }

func (m *imputer) probe(from *rand.Rand, rows int) *Frame {
	if m.texts == nil {
		return m.pull(from, spread(from, rows, m.kept()))
	}
	f := &Frame{Rows: rows, Columns: make([]Column, m.features)}
	for j := range f.Columns {
		for range rows {
			text := m.texts[j]
			if from.IntN(2) == 0 {
				text += "x"
			}
			f.Columns[j].Texts = append(f.Columns[j].Texts, text)
		}
	}
	return f
}

func (m *imputer) kept() (n int) {
	for _, v := range m.numbers {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n
}

// takesMissing is true where NaN is what stands for a missing value; elsewhere
// scikit-learn refuses NaN.
func (m *imputer) takesMissing() []bool {
	if !math.IsNaN(m.missing) {
		return make([]bool, m.features)
	}
	return all(m.features)
}

// fills tells that no NaN is left behind it.
func (m *imputer) fills() bool { return true }
