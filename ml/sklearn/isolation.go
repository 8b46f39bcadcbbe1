package sklearn

import (
	"math"
	"math/rand/v2"

	"github.com/tacit-ml/tacit/ml/object"
)

// isolation is IsolationForest's score: how deep the leaves lie.
type isolation struct {
	features int
	trees    []*tree
	columns  [][]int
	most     float64 // rows that a tree was grown of
	offset   float64
}

func newIsolation(s *state) estimator {
	f := &isolation{features: s.count("n_features_in_"), offset: s.number("offset_")}
	if s.get("_max_samples") != nil {
		f.most = s.number("_max_samples")
	} else {
		f.most = s.number("max_samples_")
	}
	f.trees = members(s, s.items("estimators_"), 0)
	subsets := s.items("estimators_features_")
	if s.err != nil {
		return f
	}
	if len(subsets) != len(f.trees) {
		s.fail("%d sets of features for %d trees", len(subsets), len(f.trees))
		return f
	}
	for i, v := range subsets {
		a, ok := v.(*object.Array)
		if !ok {
			s.fail("a set of features that is no array")
			return f
		}
		numbers, err := a.Numbers()
		columns := make([]int, len(numbers))
		for j, n := range numbers {
			if columns[j] = int(n); n < 0 || int(n) >= f.features {
				s.fail("the feature %v of %d", n, f.features)
			}
		}
		if err != nil || len(columns) != f.trees[i].features {
			s.fail("a tree of other features")
			return f
		}
		f.columns = append(f.columns, columns)
	}
	return f
}

func (f *isolation) width() int { return f.features }

// pathLength is the mean length of a path in a tree of n rows.
func pathLength(n float64) float64 {
	const gamma = 0.577215664901532860606512090082402431
	switch {
	case n <= 1:
		return 0
	case n == 2:
		return 1
	}
	return 2*(math.Log(n-1)+gamma) - 2*(n-1)/n
}

func (f *isolation) apply(x *Frame) ([]Output, error) {
	if err := x.numbers(f.features); err != nil {
		return nil, err
	}
	decision, picked := make([]float64, x.Rows), make([]float64, x.Rows)
	scores := make([]float64, x.Rows)
	whole := float64(len(f.trees)) * pathLength(f.most)
	rows32(x, func(i int, row []float32) {
		depths := 0.0
		for t, of := range f.trees {
			sub := make([]float32, len(f.columns[t]))
			for j, c := range f.columns[t] {
				sub[j] = row[c]
			}
			n, depth := of.leaf(sub)
			depths += float64(depth) + pathLength(of.samples[n]) - 1
		}
		part := 1.0
		if whole != 0 {
			part = depths / whole
		}
		scores[i] = -math.Pow(2, -part)
		decision[i], picked[i] = scores[i]-f.offset, 1
		if decision[i] < 0 {
			picked[i] = -1
		}
	})
	return []Output{{"predict", single(picked)}, {"decision_function", single(decision)}, {"score_samples", single(scores)}}, nil
}

func (f *isolation) flat() []walk {
	all := walks(f.trees, false)
	for i := range all {
		all[i].columns = f.columns[i]
	}
	return all
}

func (f *isolation) probe(from *rand.Rand, rows int) *Frame {
	return probeTrees(from, rows, f.features, f.flat())
}

func (f *isolation) leaves(x *Frame, r *Reach) { countLeaves(x, f.flat(), r) }
