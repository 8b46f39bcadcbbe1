package sklearn

import (
	"math"
	"math/rand/v2"

	"github.com/tacit-ml/tacit/ml/object"
)

// histogram is HistGradientBoosting's sum: trees that take float64.
type histogram struct {
	features int
	start    []float64
	stages   [][]predictor
	loss     string
	classes  *labels
}

// predictor is a TreePredictor.
type predictor struct {
	walk
	values []float64
}

func newHistogram(s *state) estimator {
	h := &histogram{features: s.count("n_features_in_")}
	if isClassifier(s.class.Name) {
		l := s.labels("classes_")
		h.classes = &l
	}
	if x, ok := s.get("_loss").(*object.Instance); ok {
		h.loss = x.Class.Name
	}
	switch h.loss {
	case "HalfBinomialLoss", "HalfMultinomialLoss", "HalfSquaredError", "AbsoluteError", "PinballLoss", "HalfPoissonLoss", "HalfGammaLoss":
	default:
		s.fail("the loss %q", h.loss)
	}
	if s.get("_preprocessor") != nil || s.get("is_categorical_") != nil {
		s.fail("categorical features")
		return h
	}
	h.start, _ = s.array("_baseline_prediction")
	for _, stage := range s.items("_predictors") {
		of, ok := itemsOf(stage)
		if !ok || len(of) != len(h.start) {
			s.fail("an iteration of %d trees for %d outputs", len(of), len(h.start))
			return h
		}
		all := make([]predictor, len(of))
		for k, v := range of {
			x, ok := v.(*object.Instance)
			if !ok {
				s.fail("an iteration without trees")
				return h
			}
			all[k] = readPredictor(s, x, h.features)
		}
		h.stages = append(h.stages, all)
	}
	if n := h.outputs(); s.err == nil && n != len(h.start) {
		s.fail("%d outputs where %d are due", len(h.start), n)
	}
	return h
}

func (h *histogram) outputs() int {
	if h.classes != nil && h.classes.len() > 2 {
		return h.classes.len()
	}
	return 1
}

// readPredictor reads a TreePredictor, by the names of its nodes' fields.
func readPredictor(s *state, x *object.Instance, features int) (p predictor) {
	inner, err := stateOf(x)
	if err != nil {
		s.fail("a tree without nodes")
		return p
	}
	nodes, ok := inner.get("nodes").(*object.Array)
	if !ok || nodes.Len() < 1 || nodes.Len() > mostNodes {
		s.fail("a tree without nodes")
		return p
	}
	column := func(names ...string) []float64 {
		for _, name := range names {
			if out, ok, err := nodes.Column(name); ok && err == nil {
				return out
			}
		}
		s.fail("a tree whose nodes have no %s", names[0])
		return make([]float64, nodes.Len())
	}
	p.left, p.right, p.feature = indices(column("left")), indices(column("right")), indices(column("feature_idx"))
	p.threshold, p.values = column("num_threshold", "threshold"), column("value")
	leaf, missing, categorical := column("is_leaf"), column("missing_go_to_left"), column("is_categorical")
	p.missingLeft = make([]bool, len(leaf))
	for i := range leaf {
		p.missingLeft[i] = missing[i] != 0
		if leaf[i] != 0 {
			p.left[i] = -1
		} else if categorical[i] != 0 {
			s.fail("categorical features")
		}
	}
	if _, ok := whole(p.left, p.right, p.feature, features); s.err == nil && !ok {
		s.fail("a tree whose nodes are no tree")
	}
	return p
}

func (h *histogram) width() int { return h.features }

func (h *histogram) apply(x *Frame) ([]Output, error) {
	if err := x.numbers(h.features); err != nil {
		return nil, err
	}
	raw := newFrame(x.Rows, len(h.start))
	for k := range h.start {
		out := raw.Columns[k].Numbers
		for i := range out {
			out[i] = h.start[k]
			for _, stage := range h.stages {
				out[i] += stage[k].values[stage[k].leaf(x, i)]
			}
		}
	}
	if h.loss == "HalfPoissonLoss" || h.loss == "HalfGammaLoss" {
		for i, v := range raw.Columns[0].Numbers {
			raw.Columns[0].Numbers[i] = math.Exp(v)
		}
	}
	return boosted(raw, h.classes, h.loss, false), nil
}

func (h *histogram) flat() (all []walk) {
	for _, stage := range h.stages {
		for k := range stage {
			all = append(all, stage[k].walk)
		}
	}
	return all
}

func (h *histogram) takesMissing() []bool {
	out := make([]bool, h.features)
	for i := range out {
		out[i] = true
	}
	return out
}

func (h *histogram) probe(from *rand.Rand, rows int) *Frame {
	return probeTrees(from, rows, h.features, h.flat())
}

func (h *histogram) leaves(x *Frame, r *Reach) { countLeaves(x, h.flat(), r) }
