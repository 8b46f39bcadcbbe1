package fix

import (
	"math"
	"math/rand/v2"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/ml/lightgbm"
	"github.com/tacit-ml/tacit/ml/object"
	"github.com/tacit-ml/tacit/ml/sklearn"
)

// text writes LightGBM's booster as the text that it is in the source, and proves
// it.
func (m *Made) text(root object.Value, seed uint64) error {
	x, err := m.fitted(root, "LightGBM", "lightgbm.", "text")
	if err != nil {
		return err
	}
	held, _ := x.Field("_handle")
	if held == nil {
		held, _ = x.Field("handle") // below 4.0
	}
	handle, ok := held.(string)
	if !ok || x.Class.Name != "Booster" {
		return refuse("%s holds no booster whose text is known.", m.Model.Class)
	}
	m.Bytes = []byte(handle)
	source, err := lightgbm.Read(strings.NewReader(handle))
	if err != nil {
		return fault.WithHint(fault.Because(err, fault.Unsupported, "The booster is of a kind that is not predicted here, so that nothing would be proved."),
			"load it where it was trained, and call booster_.save_model(\"F.txt\")")
	}
	written, err := lightgbm.Read(strings.NewReader(string(m.Bytes)))
	if err != nil {
		return fault.Because(err, fault.Internal, "The file that was made cannot be read back.")
	}
	m.Model.Features, m.Model.Names = len(source.Features), source.Features
	p := textProber{from: rand.New(rand.NewPCG(seed, 0)), model: source}
	if err := p.draw(); err != nil {
		return err
	}
	return m.proveText(&p, source, written, seed)
}

// proveText has both models predict the rows.
func (m *Made) proveText(p *textProber, source, written *lightgbm.Model, seed uint64) error {
	rows := frameOf(p.rows)
	m.Proof = Proof{Rows: rows.Rows, Seed: seed, Inputs: rows.Digest(), Missing: rows.HasMissing(), Leaves: p.reach(), Outputs: []Output{}}
	for _, method := range []string{"raw", "predict"} {
		of := func(m *lightgbm.Model) *sklearn.Frame {
			out := make([][]float64, len(p.rows))
			for i, row := range p.rows {
				if out[i] = m.Raw(row); method == "predict" {
					out[i] = m.Predict(out[i])
				}
			}
			return frameOf(out)
		}
		want, got := of(source), of(written)
		o := Output{Method: method, Columns: source.Outputs, SHA256: got.Digest(), Difference: sklearn.Difference(want, got)}
		if o.Difference != 0 || o.SHA256 != want.Digest() {
			return refuse("The file that was made does not predict the same: %s differs by %g.", method, o.Difference)
		}
		m.Proof.Outputs = append(m.Proof.Outputs, o)
	}
	return nil
}

// frameOf puts rows into columns.
func frameOf(rows [][]float64) *sklearn.Frame {
	f := &sklearn.Frame{Rows: len(rows), Columns: make([]sklearn.Column, len(rows[0]))}
	for j := range f.Columns {
		for _, row := range rows {
			f.Columns[j].Numbers = append(f.Columns[j].Numbers, row[j])
		}
	}
	return f
}

// textProber draws rows for a booster of LightGBM, as prober does for XGBoost's.
type textProber struct {
	from   *rand.Rand
	model  *lightgbm.Model
	rows   [][]float64
	points [][]float64
	leaves int
	can    []map[int32]bool // of each tree the leaves to which numbers lead
}

// span is where the values of a feature lie that come to a node: above low and not
// above high, or a category that is in some sets and not in others.
type span struct {
	low, high float64
	in, out   [][]uint32
}

func (p *textProber) draw() error {
	p.points = make([][]float64, len(p.model.Features))
	for i := range p.model.Trees {
		t := &p.model.Trees[i]
		p.leaves += len(t.Value)
		for n, f := range t.Feature {
			at := t.Threshold[n]
			if t.Decision[n]&lightgbm.Categorical != 0 {
				at = float64(p.category(span{in: [][]uint32{t.Sets[int(at)]}}))
			}
			p.points[f] = append(p.points[f], at, math.Nextafter(at, math.Inf(1)), at+1, at-1)
		}
	}
	p.rows = drawn(p.from, p.row, math.NaN(), len(p.points))
	for i := range p.model.Trees {
		t := &p.model.Trees[i]
		p.can = append(p.can, map[int32]bool{})
		if len(t.Feature) > 0 && !p.walk(t, 0, p.unbound(), 0) {
			return refuse("A tree is more than %d deep.", mostDeep)
		}
	}
	return nil
}

func (p *textProber) unbound() []span {
	all := make([]span, len(p.points))
	for j := range all {
		all[j] = span{low: math.Inf(-1), high: math.Inf(1)}
	}
	return all
}

func (p *textProber) row() []float64 { return rowAmong(p.from, p.points) }

// walk goes to every leaf with the spans of its rows.
func (p *textProber) walk(t *lightgbm.Tree, at int32, spans []span, depth int) bool {
	if at < 0 {
		if p.leaf(spans) {
			p.can[len(p.can)-1][^at] = true
		}
		return true
	}
	if depth > mostDeep {
		return false
	}
	f := t.Feature[at]
	s := spans[f]
	left, right := s, s
	if t.Decision[at]&lightgbm.Categorical != 0 {
		set := t.Sets[int(t.Threshold[at])]
		left.in, right.out = append(s.in[:len(s.in):len(s.in)], set), append(s.out[:len(s.out):len(s.out)], set)
	} else {
		left.high, right.low = min(s.high, t.Threshold[at]), max(s.low, t.Threshold[at])
	}
	spans[f] = left
	ok := p.walk(t, t.Left[at], spans, depth+1)
	spans[f] = right
	ok = ok && p.walk(t, t.Right[at], spans, depth+1)
	spans[f] = s
	return ok
}

// leaf adds a row within spans, and reports whether there is one of numbers.
func (p *textProber) leaf(spans []span) bool {
	row := p.row()
	for j, s := range spans {
		switch {
		case s.in != nil || s.out != nil:
			c := p.category(s)
			if c < 0 {
				return false
			}
			row[j] = float64(c)
		case math.Nextafter(s.low, math.Inf(1)) > s.high:
			return false
		case math.IsInf(s.low, -1) && math.IsInf(s.high, 1):
		case math.IsInf(s.low, -1):
			row[j] = s.high - p.from.Float64()*(1+math.Abs(s.high))
		case math.IsInf(s.high, 1):
			row[j] = s.low + (0.01+p.from.Float64())*(1+math.Abs(s.low))
		default:
			row[j] = s.low + (s.high-s.low)*(0.25+p.from.Float64()/2)
		}
		if !(row[j] > s.low) && !math.IsInf(s.low, -1) {
			row[j] = math.Nextafter(s.low, math.Inf(1))
		}
	}
	if most := min(mostRows, mostCells/len(p.points)); p.leaves <= most || p.from.IntN(p.leaves) < most {
		p.rows = append(p.rows, row)
	}
	return true
}

// category is the first that is in all sets of a span that it must be in and in
// none of the others; -1 when there is none.
func (p *textProber) category(s span) int64 {
	last := int64(0)
	for _, set := range append(s.in[:len(s.in):len(s.in)], s.out...) {
		last = max(last, int64(len(set))*32)
	}
	has := func(set []uint32, c int64) bool {
		return c/32 < int64(len(set)) && set[c/32]>>(c%32)&1 != 0
	}
	for c := int64(0); c <= last; c++ {
		fits := true
		for _, set := range s.in {
			fits = fits && has(set, c)
		}
		for _, set := range s.out {
			fits = fits && !has(set, c)
		}
		if fits {
			return c
		}
	}
	return -1
}

// reach counts the leaves to which the rows come, of those to which a row can.
func (p *textProber) reach() *Leaves {
	out := &Leaves{}
	for i, can := range p.can {
		seen := map[int32]bool{}
		for _, row := range p.rows {
			seen[p.model.Trees[i].Leaf(row)] = true
		}
		out.Reached += len(seen)
		for leaf := range seen {
			can[leaf] = true
		}
		out.Of += len(can)
	}
	return out
}
