package sklearn

import (
	"math"

	"github.com/tacit-ml/tacit/ml/object"
)

// tree is scikit-learn's Tree. Node 0 is the root; a leaf has no children.
type tree struct {
	features    int
	left, right []int32
	feature     []int32
	threshold   []float64
	missingLeft []bool    // nil below 1.3, where NaN was refused
	samples     []float64 // that came to each node in training
	values      []float64 // of each node, width in a row
	width       int
}

// mostNodes of one tree are read.
const mostNodes = 50_000_000

// mostFeatures of a tree are read.
const mostFeatures = 1 << 24

// newTree reads the attribute name.
func newTree(s *state, name string) *tree {
	x, ok := s.get(name).(*object.Instance)
	if !ok || x.Class.Name != "Tree" {
		s.fail("a %s that is no tree", name)
		return nil
	}
	t := readTree(s, x)
	if s.err == nil && s.get("n_features_in_") != nil && s.count("n_features_in_") != t.features {
		s.fail("a tree of %d features", t.features)
	}
	return t
}

// readTree reads a Tree. Every node is reached once from the root, so that a walk
// ends, and what the tree says of itself is true, as scikit-learn believes it.
func readTree(s *state, x *object.Instance) *tree {
	if x.Args == nil || len(x.Args.Items) != 3 {
		s.fail("a tree without features")
		return nil
	}
	features, ok := object.Integer(x.Args.Items[0])
	classes, isArray := x.Args.Items[1].(*object.Array)
	if outputs, is := object.Integer(x.Args.Items[2]); !ok || !is || outputs != 1 || features < 1 || features > mostFeatures || !isArray || classes.Len() != 1 {
		s.fail("a tree of several outputs")
		return nil
	}
	of, _ := x.State.(*object.Dict)
	if of == nil {
		s.fail("a tree without nodes")
		return nil
	}
	t := &tree{features: int(features)}
	inner := &state{class: x.Class, of: of, version: s.version}
	nodes, _ := inner.get("nodes").(*object.Array)
	if nodes == nil || nodes.Len() < 1 || nodes.Len() > mostNodes {
		s.fail("a tree without nodes")
		return nil
	}
	values, shape := inner.array("values")
	if inner.err != nil || len(shape) != 3 || shape[0] != nodes.Len() || shape[1] != 1 || shape[2] < 1 {
		s.fail("a tree whose values are not those of its nodes")
		return nil
	}
	t.values, t.width = values, int(shape[2])
	t.read(s, nodes)
	depth, ok := whole(t.left, t.right, t.feature, t.features)
	each, err := classes.Numbers()
	if s.err == nil && (!ok || err != nil || int64(each[0]) != shape[2] || inner.count("node_count") != len(t.left) || inner.count("max_depth") < depth || inner.err != nil) {
		s.fail("a tree whose nodes are no tree")
	}
	return t
}

// read takes the nodes apart, by the names of their fields.
func (t *tree) read(s *state, nodes *object.Array) {
	column := func(name string) []float64 {
		out, ok, err := nodes.Column(name)
		if !ok || err != nil {
			s.fail("a tree whose nodes have no %s", name)
			return make([]float64, nodes.Len())
		}
		return out
	}
	t.left, t.right, t.feature = indices(column("left_child")), indices(column("right_child")), indices(column("feature"))
	t.threshold, t.samples = column("threshold"), column("n_node_samples")
	if missing, ok, _ := nodes.Column("missing_go_to_left"); ok {
		t.missingLeft = make([]bool, len(missing))
		for i, v := range missing {
			t.missingLeft[i] = v != 0
		}
	}
}

func indices(all []float64) []int32 {
	out := make([]int32, len(all))
	for i, v := range all {
		if v >= math.MinInt32 && v <= math.MaxInt32 {
			out[i] = int32(v)
		} else {
			out[i] = math.MaxInt32
		}
	}
	return out
}

// mostDeep is how many nodes may lie between a root and a leaf.
const mostDeep = 100_000

// whole reports how deep the deepest leaf lies, and whether children lie in range
// and are reached once, and features are there. The left child of a leaf is -1.
func whole(left, right, feature []int32, features int) (depth int, ok bool) {
	type place struct{ node, depth int32 }
	seen := make([]bool, len(left))
	stack := []place{{}}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		n := at.node
		stack = stack[:len(stack)-1]
		if n < 0 || int(n) >= len(left) || seen[n] || at.depth > mostDeep {
			return 0, false
		}
		depth = max(depth, int(at.depth))
		if seen[n] = true; left[n] == -1 {
			continue
		}
		if feature[n] < 0 || int(feature[n]) >= features {
			return 0, false
		}
		stack = append(stack, place{left[n], at.depth + 1}, place{right[n], at.depth + 1})
	}
	return depth, true
}

// leaf is the node to which a row comes, and how many nodes lie on the way with it.
func (t *tree) leaf(row []float32) (node int32, depth int) {
	for t.left[node] >= 0 {
		depth++
		v := row[t.feature[node]]
		if v != v && t.missingLeft != nil {
			if t.missingLeft[node] {
				node = t.left[node]
			} else {
				node = t.right[node]
			}
			continue
		}
		if float64(v) <= t.threshold[node] {
			node = t.left[node]
		} else {
			node = t.right[node]
		}
	}
	return node, depth + 1
}

// value are those of a node.
func (t *tree) value(node int32) []float64 {
	return t.values[int(node)*t.width : (int(node)+1)*t.width]
}

// fractions makes the counts of older versions fractions, as these do when they
// predict.
func (t *tree) fractions(s *state) {
	if s.from(1, 5) {
		return
	}
	root := 0.0
	for _, v := range t.value(0) {
		root += v
	}
	if s.from(1, 3) && math.Abs(root-1) < 1e-6 {
		return
	}
	for n := range t.left {
		row := t.value(int32(n))
		sum := 0.0
		for _, v := range row {
			sum += v
		}
		for k := range row {
			if sum != 0 {
				row[k] /= sum
			}
		}
	}
}

// rows32 calls with each row as float32, as trees take it.
func rows32(f *Frame, call func(i int, row []float32)) {
	row := make([]float32, len(f.Columns))
	for i := range f.Rows {
		for j := range f.Columns {
			row[j] = float32(f.Columns[j].Numbers[i])
		}
		call(i, row)
	}
}

func nan() float64 { return math.NaN() }
