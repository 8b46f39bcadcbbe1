package sklearn

import (
	"math"
	"math/rand/v2"
)

// scaler subtracts, divides, multiplies and adds, in the order of its class.
type scaler struct {
	features int
	minus    []float64 // nil for none, as all of these
	over     []float64
	times    []float64
	plus     []float64
	low      float64
	high     float64
	clip     bool
}

func newScaler(s *state) estimator {
	c := &scaler{features: s.count("n_features_in_")}
	optional := func(name string, with bool) []float64 {
		if !with || s.get(name) == nil {
			return nil
		}
		return s.numbers(name, c.features)
	}
	switch s.class.Name {
	case "StandardScaler":
		c.minus, c.over = optional("mean_", s.flag("with_mean")), optional("scale_", s.flag("with_std"))
	case "RobustScaler":
		c.minus, c.over = optional("center_", s.flag("with_centering")), optional("scale_", s.flag("with_scaling"))
	case "MaxAbsScaler":
		c.over = s.numbers("scale_", c.features)
		c.clip, c.low, c.high = s.flag("clip"), -1, 1
	case "MinMaxScaler":
		c.times, c.plus = s.numbers("scale_", c.features), s.numbers("min_", c.features)
		if c.clip = s.flag("clip"); c.clip {
			c.bounds(s)
		}
	}
	return c
}

func (c *scaler) bounds(s *state) {
	items, ok := itemsOf(s.get("feature_range"))
	if !ok || len(items) != 2 {
		s.fail("a feature_range that is no pair")
		return
	}
	inner := &state{class: s.class, of: pair(items), version: s.version}
	if c.low, c.high = inner.number("low"), inner.number("high"); inner.err != nil {
		s.err = inner.err
	}
}

func (c *scaler) width() int { return c.features }

// one scales a value of column j.
func (c *scaler) one(j int, v float64) float64 {
	if c.minus != nil {
		v -= c.minus[j]
	}
	if c.over != nil {
		v /= c.over[j]
	}
	if c.times != nil {
		v *= c.times[j]
		v += c.plus[j]
	}
	if c.clip && v == v {
		v = min(max(v, c.low), c.high)
	}
	return v
}

// back is a value that is scaled to about v.
func (c *scaler) back(j int, v float64) float64 {
	if c.times != nil {
		v = (v - c.plus[j]) / c.times[j]
	}
	if c.over != nil {
		v *= c.over[j]
	}
	if c.minus != nil {
		v += c.minus[j]
	}
	return v
}

// mapped is a frame of one's results, cell by cell.
func mapped(f *Frame, one func(j int, v float64) float64) *Frame {
	out := newFrame(f.Rows, len(f.Columns))
	for j, c := range f.Columns {
		for i, v := range c.Numbers {
			out.Columns[j].Numbers[i] = one(j, v)
		}
	}
	return out
}

func (c *scaler) transform(f *Frame) (*Frame, error) {
	if err := f.numbers(c.features); err != nil {
		return nil, err
	}
	return mapped(f, c.one), nil
}

func (c *scaler) pull(_ *rand.Rand, f *Frame) *Frame { return mapped(f, c.back) }

func (c *scaler) apply(f *Frame) ([]Output, error) { return transformed(c, f) }

func transformed(t transformer, f *Frame) ([]Output, error) {
	out, err := t.transform(f)
	if err != nil {
		return nil, err
	}
	return []Output{{"transform", *out}}, nil
}

func (c *scaler) probe(from *rand.Rand, rows int) *Frame {
	return c.pull(from, spread(from, rows, c.features))
}

func (c *scaler) takesMissing() []bool { return all(c.features) }

func all(n int) []bool {
	out := make([]bool, n)
	for i := range out {
		out[i] = true
	}
	return out
}

// rowwise is a transformer of rows by themselves.
type rowwise struct {
	features int
	do       func(row []float64)
}

func (r *rowwise) width() int { return r.features }

func (r *rowwise) transform(f *Frame) (*Frame, error) {
	if err := f.numbers(r.features); err != nil {
		return nil, err
	}
	out, row := newFrame(f.Rows, r.features), make([]float64, r.features)
	for i := range f.Rows {
		f.row(i, row)
		r.do(row)
		for j, v := range row {
			out.Columns[j].Numbers[i] = v
		}
	}
	return out, nil
}

func (r *rowwise) pull(_ *rand.Rand, f *Frame) *Frame { return f }

func (r *rowwise) apply(f *Frame) ([]Output, error) { return transformed(r, f) }

func (r *rowwise) probe(from *rand.Rand, rows int) *Frame { return spread(from, rows, r.features) }

// newNormalizer divides each row by its norm; a row of zeros stays.
func newNormalizer(s *state) estimator {
	norms := map[string]func([]float64) float64{
		"l1": func(row []float64) (n float64) {
			for _, v := range row {
				n += math.Abs(v)
			}
			return n
		},
		"l2": func(row []float64) (n float64) {
			for _, v := range row {
				n += v * v
			}
			return math.Sqrt(n)
		},
		"max": func(row []float64) (n float64) {
			for _, v := range row {
				n = max(n, math.Abs(v))
			}
			return n
		},
	}
	norm := norms[s.text("norm")]
	if norm == nil {
		s.fail("the norm %q", s.text("norm"))
	}
	return &rowwise{features: s.count("n_features_in_"), do: func(row []float64) {
		n := norm(row)
		if n == 0 {
			return
		}
		for j := range row {
			row[j] /= n
		}
	}}
}

// newBinarizer makes 1 of what is above the threshold and 0 of the rest.
func newBinarizer(s *state) estimator {
	threshold := s.number("threshold")
	return &rowwise{features: s.count("n_features_in_"), do: func(row []float64) {
		for j, v := range row {
			if row[j] = 0; v > threshold {
				row[j] = 1
			}
		}
	}}
}

// identity is a FunctionTransformer without a function: columns as they are.
type identity struct{ features int }

func newIdentity(s *state) estimator {
	if s.get("func") != nil {
		s.fail("a function")
	}
	return &identity{features: s.count("n_features_in_")}
}

func (t *identity) width() int { return t.features }

func (t *identity) transform(f *Frame) (*Frame, error) { return f, nil }

func (t *identity) pull(_ *rand.Rand, f *Frame) *Frame { return f }

func (t *identity) apply(f *Frame) ([]Output, error) { return transformed(t, f) }

func (t *identity) probe(from *rand.Rand, rows int) *Frame { return spread(from, rows, t.features) }

func (t *identity) takesMissing() []bool { return all(t.features) }
