package sklearn

import (
	"math/rand/v2"

	"github.com/tacit-ml/tacit/ml/object"
)

// forest is the mean of trees, or one tree.
type forest struct {
	features int
	trees    []*tree
	alone    bool
	classes  *labels // nil of a regressor
	missing  bool    // NaN is taken
}

// member reads a tree estimator's tree; of a classifier's, values become
// fractions.
func member(s *state, v object.Value, classes int) *tree {
	inner, err := stateOf(v)
	if err != nil {
		s.fail("a member that is no estimator")
		return nil
	}
	if inner.version == [2]int{} {
		inner.version = s.version
	}
	t := newTree(inner, "tree_")
	if inner.err != nil {
		s.err = inner.err
		return nil
	}
	if classes > 0 {
		if t.width != classes {
			s.fail("a tree of %d classes", t.width)
			return nil
		}
		t.fractions(inner)
	}
	return t
}

func isClassifier(name string) bool { return len(name) > 10 && name[len(name)-10:] == "Classifier" }

func newSingle(s *state) estimator {
	f := &forest{alone: true}
	classes := f.classify(s)
	t := newTree(s, "tree_")
	if s.err != nil {
		return f
	}
	if classes > 0 {
		if t.width != classes {
			s.fail("a tree of %d classes where there are %d", t.width, classes)
			return f
		}
		t.fractions(s)
	}
	f.trees, f.features = []*tree{t}, t.features
	f.missing = t.missingLeft != nil && s.text("splitter") == "best" && s.get("monotonic_cst") == nil && takesCriterion(s)
	return f
}

// classify reads a classifier's classes and gives their number.
func (f *forest) classify(s *state) int {
	if !isClassifier(s.class.Name) {
		return 0
	}
	l := s.labels("classes_")
	f.classes = &l
	return l.len()
}

// takesCriterion reports whether trees of the criterion were grown with NaN.
func takesCriterion(s *state) bool {
	switch s.text("criterion") {
	case "gini", "entropy", "log_loss", "squared_error", "friedman_mse", "poisson":
		return true
	}
	return false
}

func newForest(s *state) estimator {
	f := &forest{}
	classes := f.classify(s)
	f.trees = members(s, s.items("estimators_"), classes)
	if s.err != nil {
		return f
	}
	if f.features = f.trees[0].features; s.get("n_features_in_") != nil && s.count("n_features_in_") != f.features {
		s.fail("trees of %d features", f.features)
	}
	f.missing = s.from(1, 4) && f.trees[0].missingLeft != nil && s.get("monotonic_cst") == nil && takesCriterion(s) &&
		(s.class.Name == "RandomForestClassifier" || s.class.Name == "RandomForestRegressor")
	return f
}

// members are trees with the same features.
func members(s *state, of []object.Value, classes int) []*tree {
	trees := make([]*tree, 0, len(of))
	for _, v := range of {
		t := member(s, v, classes)
		if s.err != nil {
			return nil
		}
		if len(trees) > 0 && t.features != trees[0].features {
			s.fail("trees of different features")
			return nil
		}
		trees = append(trees, t)
	}
	if len(trees) == 0 {
		s.fail("no trees")
	}
	return trees
}

func (f *forest) width() int { return f.features }

func (f *forest) apply(x *Frame) ([]Output, error) {
	if err := x.numbers(f.features); err != nil {
		return nil, err
	}
	width := f.trees[0].width
	sums := newFrame(x.Rows, width)
	rows32(x, func(i int, row []float32) {
		for _, t := range f.trees {
			n, _ := t.leaf(row)
			for k, v := range t.value(n) {
				sums.Columns[k].Numbers[i] += v
			}
		}
	})
	if !f.alone {
		for _, c := range sums.Columns {
			for i := range c.Numbers {
				c.Numbers[i] /= float64(len(f.trees))
			}
		}
	}
	if f.classes == nil {
		return []Output{{"predict", *sums}}, nil
	}
	picked, row := make([]int, x.Rows), make([]float64, width)
	for i := range picked {
		sums.row(i, row)
		picked[i] = argmax(row)
	}
	return []Output{{"predict", f.classes.of(picked)}, {"predict_proba", *sums}}, nil
}

func (f *forest) takesMissing() []bool {
	out := make([]bool, f.features)
	for i := range out {
		out[i] = f.missing
	}
	return out
}

func (f *forest) probe(from *rand.Rand, rows int) *Frame {
	return probeTrees(from, rows, f.features, walks(f.trees, f.missing))
}

func (f *forest) leaves(x *Frame, r *Reach) { countLeaves(x, walks(f.trees, f.missing), r) }
