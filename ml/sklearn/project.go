package sklearn

import (
	"math"
	"math/rand/v2"
)

// projection is PCA or TruncatedSVD: rows times components.
type projection struct {
	features, outputs int
	mean              []float64 // nil for none
	components        []float64 // of each output
	scale             []float64 // of each output, nil for none
}

func newProjection(s *state) estimator {
	p := &projection{}
	var shape []int64
	if p.components, shape = s.array("components_"); len(shape) != 2 || shape[0] < 1 || shape[1] < 1 {
		s.fail("no components")
		return p
	}
	p.outputs, p.features = int(shape[0]), int(shape[1])
	if s.class.Name == "PCA" {
		p.mean = s.numbers("mean_", p.features)
		if s.flag("whiten") {
			p.whiten(s)
		}
	}
	return p
}

func (p *projection) whiten(s *state) {
	p.scale = make([]float64, p.outputs)
	for k, v := range s.numbers("explained_variance_", p.outputs) {
		p.scale[k] = math.Sqrt(v)
		if s.from(1, 5) {
			p.scale[k] = max(p.scale[k], 0x1p-52)
		}
	}
}

func (p *projection) width() int { return p.features }

func (p *projection) transform(f *Frame) (*Frame, error) {
	if err := f.numbers(p.features); err != nil {
		return nil, err
	}
	out, row := newFrame(f.Rows, p.outputs), make([]float64, p.features)
	for i := range f.Rows {
		f.row(i, row)
		for j := range p.mean {
			row[j] -= p.mean[j]
		}
		for k := range p.outputs {
			sum := 0.0
			for j, c := range p.components[k*p.features : (k+1)*p.features] {
				sum += row[j] * c
			}
			if p.scale != nil {
				sum /= p.scale[k]
			}
			out.Columns[k].Numbers[i] = sum
		}
	}
	return out, nil
}

// pull goes back by the components, which are orthonormal.
func (p *projection) pull(_ *rand.Rand, f *Frame) *Frame {
	out, row := newFrame(f.Rows, p.features), make([]float64, p.outputs)
	for i := range f.Rows {
		f.row(i, row)
		for j := range p.features {
			sum := 0.0
			for k, v := range row {
				if p.scale != nil {
					v *= p.scale[k]
				}
				sum += v * p.components[k*p.features+j]
			}
			if p.mean != nil {
				sum += p.mean[j]
			}
			out.Columns[j].Numbers[i] = sum
		}
	}
	return out
}

func (p *projection) breadth() int { return max(p.outputs, p.features) }

func (p *projection) apply(f *Frame) ([]Output, error) { return transformed(p, f) }

func (p *projection) probe(from *rand.Rand, rows int) *Frame {
	f := p.pull(from, spread(from, rows, p.outputs))
	for j := range f.Columns {
		for i := range f.Rows {
			f.Columns[j].Numbers[i] += from.NormFloat64()
		}
	}
	return f
}
