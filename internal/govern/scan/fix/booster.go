package fix

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/ml/object"
	"github.com/tacit-ml/tacit/ml/tree"
)

// booster writes XGBoost's booster as XGBoost's JSON, and proves it.
func (m *Made) booster(root object.Value, seed uint64) error {
	x, err := m.fitted(root, "XGBoost", "xgboost.", "JSON")
	if err != nil {
		return err
	}
	handle, _ := x.Field("handle")
	raw, ok := handle.(object.Bytes)
	if !ok || x.Class.Name != "Booster" {
		return refuse("%s holds no booster whose bytes are known.", m.Model.Class)
	}
	document, err := snapshot(raw)
	if err != nil {
		return fault.WithHint(fault.Because(err, fault.Unsupported, "The booster's bytes are not those that XGBoost 1.6 and newer write."), "load it with the XGBoost that wrote it, and call save_model(\"F.json\")")
	}
	var file bytes.Buffer
	if err := writeJSON(&file, document); err != nil {
		return fault.Because(err, fault.Unsupported, "The booster cannot be written as JSON.")
	}
	m.Bytes = file.Bytes()
	plain, err := json.Marshal(document)
	if err != nil {
		return fault.Because(err, fault.Unsupported, "The booster cannot be read.")
	}
	return m.proveBooster(plain, seed)
}

// fitted is the booster of a library, where the root is one or an estimator that holds
// one; form is the library's own, which is to be written.
func (m *Made) fitted(root object.Value, library, module, form string) (*object.Instance, error) {
	x, ok := root.(*object.Instance)
	if !ok || !strings.HasPrefix(x.Class.Module, module) {
		return nil, fault.WithHint(refuse("It is no model of %s, whose own %s this would be.", library, form), "-o F.skops writes estimators of scikit-learn")
	}
	m.Model = Model{Class: x.Class.Full(), Library: library}
	if err := unshadowed(x); err != nil {
		return nil, err
	}
	inner, holds := x.Field("_Booster")
	if !holds {
		return x, nil
	}
	if x, ok = inner.(*object.Instance); !ok {
		return nil, refuse("%s holds no booster: it is not fitted.", m.Model.Class)
	}
	return x, unshadowed(x)
}

// proveBooster has the booster of the source's numbers, in the form of Go's own
// JSON, and that of the written bytes predict the same rows.
func (m *Made) proveBooster(plain []byte, seed uint64) error {
	source, err := tree.ReadXGBoost(bytes.NewReader(plain))
	if err != nil {
		return fault.WithHint(fault.Because(err, fault.Unsupported, "The booster is of a kind that is not predicted here, so that nothing would be proved."),
			"load it where it was trained, and call save_model(\"F.json\")")
	}
	written, err := tree.ReadXGBoost(bytes.NewReader(m.Bytes))
	if err != nil {
		return fault.Because(err, fault.Internal, "The file that was made cannot be read back.")
	}
	m.Model.Features, m.Model.Names = len(source.Features), source.Features
	p := prober{from: rand.New(rand.NewPCG(seed, 0)), model: source}
	if err := p.draw(); err != nil {
		return err
	}
	want, got := p.outputs(source), p.outputs(written)
	m.Proof = Proof{Rows: len(p.rows), Seed: seed, Inputs: digest(p.rows), Missing: true, Leaves: &Leaves{Reached: p.reached(), Of: p.reachable}, Outputs: []Output{}}
	for i, method := range []string{"margin", "predict"} {
		o := Output{Method: method, Columns: 1, SHA256: digest(got[i : i+1])}
		for j, v := range want[i] {
			if math.Float32bits(v) != math.Float32bits(got[i][j]) {
				o.Difference = max(o.Difference, math.Abs(float64(v)-float64(got[i][j])))
			}
		}
		if o.SHA256 != digest(want[i:i+1]) {
			return refuse("The file that was made does not predict the same: %s differs by %g.", method, o.Difference)
		}
		m.Proof.Outputs = append(m.Proof.Outputs, o)
	}
	return nil
}

// digest is the SHA-256 of rows' numbers, as float32 in big-endian order.
func digest(rows [][]float32) string {
	h := sha256.New()
	var b [4]byte
	for _, row := range rows {
		for _, v := range row {
			binary.BigEndian.PutUint32(b[:], math.Float32bits(v))
			h.Write(b[:])
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// prober draws rows for a booster: at random among its thresholds, and one for
// each leaf to which a row can come.
type prober struct {
	from      *rand.Rand
	model     *tree.Model
	rows      [][]float32
	points    [][]float32 // of each feature: thresholds and their neighbours
	reachable int
	leaves    int
}

const (
	// mostRows are drawn for leaves; of more leaves some have none.
	mostRows = 50_000
	// mostCells are those of all rows.
	mostCells = 50_000_000
	// mostDeep is how deep a leaf may lie.
	mostDeep = 10_000
)

func (p *prober) draw() error {
	p.points = make([][]float32, len(p.model.Features))
	for i := range p.model.Trees {
		for _, n := range p.model.Trees[i].Nodes {
			if n.Leaf() {
				p.leaves++
				continue
			}
			below := math.Nextafter32(n.Threshold, float32(math.Inf(-1)))
			p.points[n.Feature] = append(p.points[n.Feature], n.Threshold, below, n.Threshold+1, n.Threshold-1)
		}
	}
	p.rows = drawn(p.from, p.row, float32(math.NaN()), len(p.points))
	for i := range p.model.Trees {
		bounds := make([]bound, len(p.points))
		for j := range bounds {
			bounds[j] = bound{low: float32(math.Inf(-1)), high: float32(math.Inf(1)), missing: true}
		}
		if !p.walk(p.model.Trees[i].Nodes, 0, bounds, 0) {
			return refuse("A tree is more than %d deep.", mostDeep)
		}
	}
	return nil
}

// bound is where the values of a feature lie that come to a node: at least low,
// less than high, or missing.
type bound struct {
	low, high float32
	missing   bool
}

// row is one without missing values.
func (p *prober) row() []float32 { return rowAmong(p.from, p.points) }

// rowAmong draws a value for each feature: most often one of its points.
func rowAmong[F float32 | float64](from *rand.Rand, of [][]F) []F {
	row := make([]F, len(of))
	for j, points := range of {
		if row[j] = F(from.NormFloat64()); len(points) > 0 && from.IntN(5) > 0 {
			row[j] = points[from.IntN(len(points))]
		}
	}
	return row
}

// drawn is rows of so many features in which some values are missing.
func drawn[F float32 | float64](from *rand.Rand, row func() []F, missing F, features int) (rows [][]F) {
	for range max(min(probeRows, mostCells/features), 8) {
		r := row()
		for j := range r {
			if from.IntN(6) == 0 {
				r[j] = missing
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// walk goes to every leaf with the bounds of its rows.
func (p *prober) walk(nodes []tree.Node, at int32, bounds []bound, depth int) bool {
	n := &nodes[at]
	if n.Leaf() {
		p.leaf(bounds)
		return true
	}
	b := bounds[n.Feature]
	if depth > mostDeep {
		return false
	}
	bounds[n.Feature] = bound{b.low, min(b.high, n.Threshold), b.missing && n.DefaultLeft}
	ok := p.walk(nodes, n.Left, bounds, depth+1)
	bounds[n.Feature] = bound{max(b.low, n.Threshold), b.high, b.missing && !n.DefaultLeft}
	ok = ok && p.walk(nodes, n.Right, bounds, depth+1)
	bounds[n.Feature] = b
	return ok
}

// leaf adds a row within bounds, if there is one.
func (p *prober) leaf(bounds []bound) {
	row := p.row()
	for j, b := range bounds {
		switch low, high := float64(b.low), float64(b.high); {
		case low >= high && !b.missing:
			return
		case low >= high:
			row[j] = float32(math.NaN())
		case math.IsInf(low, -1) && math.IsInf(high, 1):
		case math.IsInf(low, -1):
			row[j] = float32(high - (1+math.Abs(high))*(0.01+p.from.Float64()))
		case math.IsInf(high, 1):
			row[j] = b.low
		default:
			if row[j] = float32(low + (high-low)*p.from.Float64()); row[j] >= b.high || row[j] < b.low {
				row[j] = b.low
			}
		}
	}
	p.reachable++
	if most := min(mostRows, mostCells/len(p.points)); p.leaves <= most || p.from.IntN(p.leaves) < most {
		p.rows = append(p.rows, row)
	}
}

// reached counts the leaves to which the rows come.
func (p *prober) reached() (n int) {
	for i := range p.model.Trees {
		nodes := p.model.Trees[i].Nodes
		seen := map[int32]bool{}
		for _, row := range p.rows {
			at := int32(0)
			for !nodes[at].Leaf() {
				v, node := row[nodes[at].Feature], &nodes[at]
				if at = node.Right; v < node.Threshold || v != v && node.DefaultLeft {
					at = node.Left
				}
			}
			seen[at] = true
		}
		n += len(seen)
	}
	return n
}

// outputs are the margins and the predictions of all rows.
func (p *prober) outputs(m *tree.Model) [][]float32 {
	out := [][]float32{make([]float32, len(p.rows)), make([]float32, len(p.rows))}
	for i, row := range p.rows {
		out[0][i], out[1][i] = m.Margin(row), m.Predict(row)
	}
	return out
}
