package sklearn

import (
	"fmt"
	"math/rand/v2"

	"github.com/tacit-ml/tacit/ml/object"
)

// filler says whether columns behind it have no NaN, whatever stood before it.
type filler interface{ fills() bool }

// pipeline is transformers one behind the other, and what comes last.
type pipeline struct {
	steps []transformer
	last  estimator
}

func newPipeline(s *state) estimator {
	p := &pipeline{}
	var all []estimator
	for _, v := range s.items("steps") {
		pair, ok := itemsOf(v)
		if !ok || len(pair) != 2 {
			s.fail("a step that is no pair")
			return p
		}
		if pair[1] == nil || pair[1] == "passthrough" {
			continue
		}
		e, err := build(pair[1])
		if err != nil {
			s.err = err
			return p
		}
		all = append(all, e)
	}
	if len(all) == 0 {
		s.fail("no steps")
		return p
	}
	for _, e := range all[:len(all)-1] {
		t, ok := e.(transformer)
		if !ok {
			s.fail("a step before the last that transforms nothing")
			return p
		}
		p.steps = append(p.steps, t)
	}
	p.last = all[len(all)-1]
	return p
}

func (p *pipeline) first() estimator {
	if len(p.steps) > 0 {
		return p.steps[0]
	}
	return p.last
}

func (p *pipeline) width() int { return p.first().width() }

func (p *pipeline) breadth() int {
	most := breadth(p.last)
	for _, t := range p.steps {
		most = max(most, breadth(t))
	}
	return most
}

// before is what comes to the last step.
func (p *pipeline) before(f *Frame) (*Frame, error) {
	for _, t := range p.steps {
		var err error
		if f, err = t.transform(f); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (p *pipeline) apply(f *Frame) ([]Output, error) {
	f, err := p.before(f)
	if err != nil {
		return nil, err
	}
	return p.last.apply(f)
}

func (p *pipeline) transform(f *Frame) (*Frame, error) {
	t, ok := p.last.(transformer)
	if !ok {
		return nil, fmt.Errorf("sklearn: the pipeline ends in what transforms nothing")
	}
	f, err := p.before(f)
	if err != nil {
		return nil, err
	}
	return t.transform(f)
}

func (p *pipeline) pull(from *rand.Rand, f *Frame) *Frame {
	if t, ok := p.last.(transformer); ok {
		f = t.pull(from, f)
	}
	return p.behind(from, f)
}

func (p *pipeline) behind(from *rand.Rand, f *Frame) *Frame {
	for i := len(p.steps) - 1; i >= 0; i-- {
		f = p.steps[i].pull(from, f)
	}
	return f
}

func (p *pipeline) probe(from *rand.Rand, rows int) *Frame {
	f := p.behind(from, p.last.probe(from, rows))
	if len(p.steps) > 0 {
		f = stack(f, p.steps[0].probe(from, rows))
	}
	return f
}

func (p *pipeline) takesMissing() []bool {
	none := make([]bool, p.width())
	out := all(len(none))
	for _, e := range append(asEstimators(p.steps), p.last) {
		t, ok := e.(tolerant)
		if !ok {
			return none
		}
		may := t.takesMissing()
		if len(may) != len(out) {
			return none
		}
		for j := range may {
			out[j] = out[j] && may[j]
		}
		if f, ok := e.(filler); ok && f.fills() {
			return out
		}
	}
	return out
}

func asEstimators(of []transformer) (out []estimator) {
	for _, t := range of {
		out = append(out, t)
	}
	return out
}

func (p *pipeline) fills() bool {
	for _, e := range append(asEstimators(p.steps), p.last) {
		if f, ok := e.(filler); ok && f.fills() {
			return true
		}
	}
	return false
}

func (p *pipeline) leaves(f *Frame, r *Reach) {
	l, ok := p.last.(leaved)
	if !ok {
		return
	}
	if f, err := p.before(f); err == nil {
		l.leaves(f, r)
	}
}

// columns is ColumnTransformer: transformers of some columns each, side by side.
type columns struct {
	features int
	parts    []part
	dropped  []int // columns that nothing takes
}

type part struct {
	transformer
	from    []int
	outputs int
}

func newColumns(s *state) estimator {
	c := &columns{features: s.count("n_features_in_")}
	if s.get("transformer_weights") != nil {
		s.fail("weights of transformers")
	}
	places, _ := s.get("_transformer_to_input_indices").(*object.Dict)
	if places == nil {
		s.fail("no _transformer_to_input_indices")
		return c
	}
	taken := make([]bool, c.features)
	for _, v := range s.items("transformers_") {
		triple, ok := itemsOf(v)
		if !ok || len(triple) != 3 {
			s.fail("a transformer that is no triple")
			return c
		}
		name, _ := triple[0].(string)
		index, _ := places.Get(name)
		from := c.indices(s, name, index)
		if triple[1] == "drop" || len(from) == 0 || s.err != nil {
			continue
		}
		c.part(s, triple[1], from)
		for _, j := range from {
			taken[j] = true
		}
	}
	for j, t := range taken {
		if !t {
			c.dropped = append(c.dropped, j)
		}
	}
	return c
}

func (c *columns) indices(s *state, name string, v object.Value) (out []int) {
	items, ok := itemsOf(v)
	if a, is := v.(*object.Array); is && !a.Type.HasObject {
		n, err := a.Numbers()
		if ok = err == nil; ok {
			for _, f := range n {
				items = append(items, int64(f))
			}
		}
	}
	if !ok {
		s.fail("a transformer %q of columns that are not known", name)
	}
	for _, item := range items {
		n, ok := object.Integer(item)
		if !ok || n < 0 || int(n) >= c.features {
			s.fail("a transformer %q of columns that are not there", name)
			return nil
		}
		out = append(out, int(n))
	}
	return out
}

func (c *columns) part(s *state, v object.Value, from []int) {
	var e estimator = &identity{features: len(from)}
	if v != "passthrough" {
		var err error
		if e, err = build(v); err != nil {
			s.err = err
			return
		}
	}
	t, ok := e.(transformer)
	if !ok || t.width() != len(from) {
		s.fail("a transformer of %d columns that is none", len(from))
		return
	}
	c.parts = append(c.parts, part{transformer: t, from: from})
}

func (c *columns) width() int { return c.features }

func (c *columns) breadth() int {
	sum := 0
	for i := range c.parts {
		sum += breadth(c.parts[i].transformer)
	}
	return max(sum, c.features)
}

func (f *Frame) only(columns []int) *Frame {
	out := &Frame{Rows: f.Rows}
	for _, j := range columns {
		out.Columns = append(out.Columns, f.Columns[j])
	}
	return out
}

func (c *columns) transform(f *Frame) (*Frame, error) {
	if len(f.Columns) != c.features {
		return nil, fmt.Errorf("sklearn: %d columns for %d features", len(f.Columns), c.features)
	}
	out := &Frame{Rows: f.Rows}
	for i := range c.parts {
		p := &c.parts[i]
		made, err := p.transform(f.only(p.from))
		if err != nil {
			return nil, err
		}
		out.Columns = append(out.Columns, made.Columns...)
	}
	return out, nil
}

// outputs of each part are found by a row of its own.
func (c *columns) outputs(from *rand.Rand, p *part) int {
	if p.outputs == 0 {
		if made, err := p.transform(p.probe(from, 1)); err == nil {
			p.outputs = len(made.Columns)
		}
	}
	return p.outputs
}

func (c *columns) pull(from *rand.Rand, f *Frame) *Frame {
	out := &Frame{Rows: f.Rows, Columns: make([]Column, c.features)}
	at := 0
	for i := range c.parts {
		p := &c.parts[i]
		n := c.outputs(from, p)
		made := p.pull(from, &Frame{Rows: f.Rows, Columns: f.Columns[at : at+n]})
		at += n
		for k, j := range p.from {
			out.Columns[j] = made.Columns[k]
		}
	}
	return c.fill(from, out)
}

// fill draws for the columns that nothing takes.
func (c *columns) fill(from *rand.Rand, f *Frame) *Frame {
	for _, j := range c.dropped {
		f.Columns[j] = spread(from, f.Rows, 1).Columns[0]
	}
	return f
}

func (c *columns) probe(from *rand.Rand, rows int) *Frame {
	out := &Frame{Rows: rows, Columns: make([]Column, c.features)}
	for i := range c.parts {
		p := &c.parts[i]
		made := p.probe(from, rows).head(rows)
		for k, j := range p.from {
			out.Columns[j] = made.Columns[k]
		}
	}
	return c.fill(from, out)
}

// head is the first rows.
func (f *Frame) head(rows int) *Frame {
	picked := make([]int, rows)
	for i := range picked {
		picked[i] = i % f.Rows
	}
	return f.pick(picked)
}

func (c *columns) apply(f *Frame) ([]Output, error) { return transformed(c, f) }

func (c *columns) takesMissing() []bool {
	out := make([]bool, c.features)
	for i := range c.parts {
		t, ok := c.parts[i].transformer.(tolerant)
		if !ok {
			continue
		}
		for k, may := range t.takesMissing() {
			out[c.parts[i].from[k]] = may
		}
	}
	return out
}

// fills is true when every part leaves no NaN.
func (c *columns) fills() bool {
	for i := range c.parts {
		if f, ok := c.parts[i].transformer.(filler); !ok || !f.fills() {
			return false
		}
	}
	return true
}
