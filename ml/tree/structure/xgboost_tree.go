package structure

import "math"

// check tells what is wrong with a tree.
func (t *xgboostTree) check(x *xgboost) {
	n := len(t.left)
	switch {
	case n == 0:
		x.out.fault(t.at, "a tree has no nodes")
		return
	case len(t.right) != n || len(t.conditions) != n || len(t.features) != n || len(t.defaults) != n:
		x.out.fault(t.at, "a tree's arrays differ in length: %d, %d, %d, %d and %d", n, len(t.right), len(t.conditions), len(t.features), len(t.defaults))
		return
	case t.nodes >= 0 && t.nodes != int64(n):
		x.out.fault(t.at, "a tree says that it has %d nodes, and has %d", t.nodes, n)
	case len(t.parents) != 0 && len(t.parents) != n || len(t.kinds) != 0 && len(t.kinds) != n || t.loss > 0 && t.loss != int64(n) || t.hessian > 0 && t.hessian != int64(n):
		x.out.fault(t.at, "a tree's arrays differ in length")
		return
	case t.weights > 0 && t.weights != int64(n) && t.weights != int64(n)*t.vector:
		x.out.fault(t.at, "a tree has %d weights for %d nodes", t.weights, n)
	}
	reached, wrong := links{n: n, child: t.children}.sound()
	if wrong != "" {
		x.out.fault(t.at, "a tree %s", wrong)
		return
	}
	for i, in := range reached {
		if in {
			t.checkNode(x, i)
		}
	}
	t.checkCategories(x, n)
}

// children of a node. Of a leaf with a vector the right child is the number of
// the vector.
func (t *xgboostTree) children(i int32) (left, right int32) {
	left, right = node(t.left[i]), node(t.right[i])
	if left == -1 && t.vectors > 0 {
		return -1, -1
	}
	return left, right
}

// node is an index; what is none is out of every range.
func node(v float64) int32 {
	if v != math.Trunc(v) || v < -1 || v > math.MaxInt32 {
		return math.MaxInt32
	}
	return int32(v)
}

func (t *xgboostTree) checkNode(x *xgboost, i int) {
	left, right := node(t.left[i]), node(t.right[i])
	if left == -1 && t.vectors > 0 {
		if right < 0 || int64(right) >= t.vectors/t.vector {
			x.out.fault(t.at, "the leaf %d of a tree has the values %d of %d", i, right, t.vectors/t.vector)
		}
		return
	}
	if (left == -1) != (right == -1) {
		x.out.fault(t.at, "the node %d of a tree has one child", i)
		return
	}
	if left == -1 {
		return
	}
	feature := t.features[i]
	if feature < 0 || feature != math.Trunc(feature) {
		x.out.fault(t.at, "the node %d of a tree splits on the feature %v", i, feature)
	} else if int64(feature) > x.widest {
		x.widest, x.widestAt = int64(feature), t.at
	}
	categorical := len(t.kinds) > 0 && t.kinds[i] != 0
	if math.IsNaN(t.conditions[i]) && !categorical {
		x.out.fault(t.at, "the node %d of a tree compares with what is no number", i)
	}
	if len(t.parents) > 0 && (t.parents[left] != float64(i) || t.parents[right] != float64(i)) {
		x.out.fault(t.at, "a child of the node %d of a tree has another parent", i)
	}
}

// checkCategories compares the segments of categories with their array.
func (t *xgboostTree) checkCategories(x *xgboost, n int) {
	if len(t.segments) != len(t.catNodes) || len(t.catSizes) != len(t.catNodes) {
		x.out.fault(t.at, "a tree has %d nodes with categories, %d segments and %d sizes", len(t.catNodes), len(t.segments), len(t.catSizes))
		return
	}
	for k, i := range t.catNodes {
		if i < 0 || i >= float64(n) || i != math.Trunc(i) {
			x.out.fault(t.at, "categories are of the node %v of %d", i, n)
		}
		if from, size := t.segments[k], t.catSizes[k]; !(from >= 0 && size >= 0 && from+size <= float64(t.categories)) {
			x.out.fault(t.at, "the categories of the node %v are %v from %v on, of %d", i, size, from, t.categories)
		}
	}
	for i, kind := range t.kinds {
		if kind != 0 && node(t.left[i]) != -1 && !containsNode(t.catNodes, float64(i)) {
			x.out.fault(t.at, "the node %d of a tree splits by categories and has none", i)
		}
	}
}

// containsNode looks in nodes, which XGBoost writes in order.
func containsNode(sorted []float64, n float64) bool {
	from, to := 0, len(sorted)
	for from < to {
		mid := (from + to) / 2
		if sorted[mid] < n {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return from < len(sorted) && sorted[from] == n
}
