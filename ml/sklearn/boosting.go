package sklearn

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/ml/object"
)

// boosting is the sum of trees on a start, for each output.
type boosting struct {
	features int
	start    []float64 // of each output
	stages   [][]*tree // of each iteration, one for each output
	rate     float64   //
	loss     string    // the class of the loss
	tie      bool      // a sum of zero is of the second class
	classes  *labels   // nil of a regressor
}

func newBoosting(s *state) estimator {
	b := &boosting{rate: s.number("learning_rate"), tie: s.from(1, 4)}
	if isClassifier(s.class.Name) {
		l := s.labels("classes_")
		b.classes = &l
	}
	all, ok := s.get("estimators_").(*object.Array)
	if !ok || len(all.Shape) != 2 || !all.Type.HasObject || all.Len() == 0 {
		s.fail("no array of trees")
		return b
	}
	outputs := int(all.Shape[1])
	trees := members(s, all.Objects, 0)
	if s.err != nil {
		return b
	}
	for i := 0; i < len(trees); i += outputs {
		b.stages = append(b.stages, trees[i:i+outputs])
	}
	if b.features = trees[0].features; s.get("n_features_in_") != nil && s.count("n_features_in_") != b.features {
		s.fail("trees of %d features", b.features)
	}
	for _, t := range trees {
		if t.width != 1 {
			s.fail("a tree of %d values", t.width)
		}
	}
	b.begin(s, outputs)
	return b
}

// begin finds where the sum starts: what init_ predicts, by the loss's link.
func (b *boosting) begin(s *state, outputs int) {
	if loss, ok := s.get("_loss").(*object.Instance); ok {
		b.loss = loss.Class.Name
	} else if loss, ok := s.get("loss_").(*object.Instance); ok {
		b.loss = loss.Class.Name
	}
	b.start = make([]float64, outputs)
	if s.text("init_") == "zero" {
		return
	}
	first, err := stateOf(s.get("init_"))
	if err != nil || first.class.Name != "DummyClassifier" && first.class.Name != "DummyRegressor" {
		s.fail("an init that is not its own")
		return
	}
	if b.classes == nil {
		b.constant(s, first)
	} else {
		b.prior(s, first)
	}
	if first.err != nil {
		s.err = first.err
	}
}

func (b *boosting) constant(s, first *state) {
	switch b.loss {
	case "HalfSquaredError", "AbsoluteError", "HuberLoss", "PinballLoss", "LeastSquaresError", "LeastAbsoluteError", "HuberLossFunction", "QuantileLossFunction":
	default:
		s.fail("the loss %q", b.loss)
	}
	b.start = first.numbers("constant_", len(b.start))
}

// prior is that of the classes through the link of the loss.
func (b *boosting) prior(s, first *state) {
	if first.text("strategy") != "prior" {
		s.fail("an init by %q", first.text("strategy"))
		return
	}
	p := first.numbers("class_prior_", b.classes.len())
	if first.err != nil {
		return
	}
	p = slices.Clone(p)
	eps := 0x1p-52
	old := strings.HasSuffix(b.loss, "Deviance") || s.version[0] == 1 && s.version[1] < 4
	if old {
		eps = 0x1p-23
	}
	for i := range p {
		p[i] = min(max(p[i], eps), 1-eps)
	}
	switch b.loss {
	case "HalfBinomialLoss", "BinomialDeviance":
		b.start[0] = math.Log(p[1] / (1 - p[1]))
	case "ExponentialLoss":
		b.start[0] = 0.5 * math.Log(p[1]/(1-p[1]))
	case "MultinomialDeviance", "HalfMultinomialLoss":
		mean := 0.0
		for _, v := range p {
			mean += math.Log(v)
		}
		mean = math.Exp(mean / float64(len(p)))
		for k := range p {
			if old {
				b.start[k] = math.Log(p[k])
			} else {
				b.start[k] = math.Log(p[k] / mean)
			}
		}
	default:
		s.fail("the loss %q", b.loss)
	}
	if n := b.classes.len(); n != len(b.start) && (n != 2 || len(b.start) != 1) {
		s.fail("%d classes and %d outputs", n, len(b.start))
	}
}

func (b *boosting) width() int { return b.features }

func (b *boosting) apply(x *Frame) ([]Output, error) {
	if err := x.numbers(b.features); err != nil {
		return nil, err
	}
	raw := newFrame(x.Rows, len(b.start))
	rows32(x, func(i int, row []float32) {
		for k := range b.start {
			sum := b.start[k]
			for _, stage := range b.stages {
				n, _ := stage[k].leaf(row)
				sum += b.rate * stage[k].values[n]
			}
			raw.Columns[k].Numbers[i] = sum
		}
	})
	return boosted(raw, b.classes, b.loss, b.tie), nil
}

// boosted makes the outputs of raw sums. tie is whether a sum of zero is of the
// second class.
func boosted(raw *Frame, classes *labels, loss string, tie bool) []Output {
	if classes == nil {
		return []Output{{"predict", *raw}}
	}
	picked, row := make([]int, raw.Rows), make([]float64, len(raw.Columns))
	proba := newFrame(raw.Rows, classes.len())
	for i := range picked {
		raw.row(i, row)
		var p []float64
		if len(row) > 1 {
			picked[i], p = argmax(row), softmax(row)
		} else {
			at := row[0]
			if loss == "ExponentialLoss" {
				at *= 2
			}
			if at > 0 || at == 0 && tie {
				picked[i] = 1
			}
			p = []float64{1 - expit(at), expit(at)}
		}
		for k, v := range p {
			proba.Columns[k].Numbers[i] = v
		}
	}
	return []Output{{"predict", classes.of(picked)}, {"decision_function", *raw}, {"predict_proba", *proba}}
}

func (b *boosting) flat() []walk {
	var all []*tree
	for _, s := range b.stages {
		all = append(all, s...)
	}
	return walks(all, false)
}

func (b *boosting) probe(from *rand.Rand, rows int) *Frame {
	return probeTrees(from, rows, b.features, b.flat())
}

func (b *boosting) leaves(x *Frame, r *Reach) { countLeaves(x, b.flat(), r) }
