package sklearn

import (
	"math"
	"math/rand/v2"
	"slices"
)

// linear is a sum of features for each output: coefficients row after row.
type linear struct {
	features, outputs int
	coef, intercept   []float64
}

// newLinear reads coef_ of (outputs, features) or (features) and intercept_.
func newLinear(s *state) linear {
	coef, shape := s.array("coef_")
	l := linear{coef: coef, outputs: 1}
	switch len(shape) {
	case 1:
		l.features = int(shape[0])
	case 2:
		l.outputs, l.features = int(shape[0]), int(shape[1])
	default:
		s.fail("coefficients of %d dimensions", len(shape))
		return l
	}
	given, _ := s.array("intercept_")
	switch {
	case len(given) == l.outputs:
		l.intercept = given
	case len(given) == 1:
		l.intercept = slices.Repeat(given, l.outputs)
	default:
		s.fail("%d intercepts for %d outputs", len(given), l.outputs)
	}
	if l.features < 1 || l.outputs < 1 {
		s.fail("no coefficients")
	}
	return l
}

func (l *linear) width() int { return l.features }

// scores are the sums, a column for each output.
func (l *linear) scores(f *Frame) (*Frame, error) {
	if err := f.numbers(l.features); err != nil {
		return nil, err
	}
	out, row := newFrame(f.Rows, l.outputs), make([]float64, l.features)
	for i := range f.Rows {
		f.row(i, row)
		for k := range l.outputs {
			sum := 0.0
			for j, c := range l.coef[k*l.features : (k+1)*l.features] {
				sum += row[j] * c
			}
			out.Columns[k].Numbers[i] = sum + l.intercept[k]
		}
	}
	return out, nil
}

func (l *linear) probe(from *rand.Rand, rows int) *Frame { return spread(from, rows, l.features) }

// spread draws numbers of all sizes from a thousandth to a thousand, and zeros
// and ones.
func spread(from *rand.Rand, rows, columns int) *Frame {
	f := newFrame(rows, columns)
	for i := range f.Columns {
		for j := range rows {
			v := from.NormFloat64()
			switch from.IntN(8) {
			case 0:
				v = 0
			case 1:
				v = 1
			case 2:
				v *= math.Pow(10, from.Float64()*6-3)
			}
			f.Columns[i].Numbers[j] = v
		}
	}
	return f
}

// regressor predicts the sum, or what an inverse link makes of it.
type regressor struct {
	linear
	inverse func(float64) float64
}

func newRegressor(s *state) estimator {
	r := &regressor{linear: newLinear(s)}
	switch s.class.Name {
	case "PoissonRegressor", "GammaRegressor":
		r.inverse = math.Exp
	case "TweedieRegressor":
		link := s.text("link")
		if link == "log" || link == "auto" && s.number("power") > 0 {
			r.inverse = math.Exp
		}
	}
	return r
}

func (r *regressor) apply(f *Frame) ([]Output, error) {
	out, err := r.scores(f)
	if err != nil {
		return nil, err
	}
	if r.inverse != nil {
		for _, c := range out.Columns {
			for i, v := range c.Numbers {
				c.Numbers[i] = r.inverse(v)
			}
		}
	}
	return []Output{{"predict", *out}}, nil
}

// classifier decides by the sign of one score or the greatest of several.
type classifier struct {
	linear
	classes labels
	proba   func([]float64) []float64 // of a row's scores, nil where there are none
}

func newClassifier(s *state) estimator {
	c := &classifier{linear: newLinear(s)}
	from := s
	if inner, err := stateOf(s.get("_label_binarizer")); err == nil && s.get("classes_") == nil {
		from = inner
	}
	if c.classes = from.labels("classes_"); from.err != nil {
		s.err = from.err
		return c
	}
	if n := c.classes.len(); n != c.outputs && (n != 2 || c.outputs != 1) {
		s.fail("%d classes and %d scores", n, c.outputs)
	}
	c.proba = probability(s, c.classes.len())
	return c
}

// probability is how scores become probabilities.
func probability(s *state, classes int) func([]float64) []float64 {
	switch s.class.Name {
	case "LogisticRegression", "LogisticRegressionCV":
		way := s.text("multi_class")
		rest := way == "ovr" || (way == "auto" || way == "deprecated" || way == "") && (classes <= 2 || s.text("solver") == "liblinear")
		if rest {
			return oneVsRest
		}
		return multinomial
	case "LinearDiscriminantAnalysis":
		if classes <= 2 {
			return oneVsRest
		}
		return multinomial
	case "SGDClassifier":
		switch s.text("loss") {
		case "log_loss", "log":
			return oneVsRest
		case "modified_huber":
			return modifiedHuber
		}
	}
	return nil
}

func expit(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// oneVsRest is LinearClassifierMixin._predict_proba_lr.
func oneVsRest(scores []float64) []float64 {
	if len(scores) == 1 {
		p := expit(scores[0])
		return []float64{1 - p, p}
	}
	out := make([]float64, len(scores))
	for i, v := range scores {
		out[i] = expit(v)
	}
	return normalised(out)
}

// normalised divides by the sum; a row of zeros becomes even.
func normalised(p []float64) []float64 {
	sum := 0.0
	for _, v := range p {
		sum += v
	}
	for i := range p {
		if sum == 0 {
			p[i] = 1 / float64(len(p))
		} else {
			p[i] /= sum
		}
	}
	return p
}

func multinomial(scores []float64) []float64 {
	if len(scores) == 1 {
		scores = []float64{-scores[0], scores[0]}
	}
	return softmax(scores)
}

// softmax is sklearn.utils.extmath.softmax.
func softmax(scores []float64) []float64 {
	most, sum := slices.Max(scores), 0.0
	out := make([]float64, len(scores))
	for i, v := range scores {
		out[i] = math.Exp(v - most)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// modifiedHuber is SGDClassifier's for that loss.
func modifiedHuber(scores []float64) []float64 {
	out := make([]float64, len(scores))
	for i, v := range scores {
		out[i] = (min(max(v, -1), 1) + 1) / 2
	}
	if len(out) == 1 {
		return []float64{1 - out[0], out[0]}
	}
	return normalised(out)
}

func (c *classifier) apply(f *Frame) ([]Output, error) {
	scores, err := c.scores(f)
	if err != nil {
		return nil, err
	}
	picked, row := make([]int, f.Rows), make([]float64, c.outputs)
	var proba *Frame
	if c.proba != nil {
		proba = newFrame(f.Rows, c.classes.len())
	}
	for i := range f.Rows {
		scores.row(i, row)
		if picked[i] = argmax(row); c.outputs == 1 && row[0] > 0 {
			picked[i] = 1
		}
		if proba != nil {
			for k, p := range c.proba(row) {
				proba.Columns[k].Numbers[i] = p
			}
		}
	}
	out := []Output{{"predict", c.classes.of(picked)}, {"decision_function", *scores}}
	if proba != nil {
		out = append(out, Output{"predict_proba", *proba})
	}
	return out, nil
}

// argmax is the first of the greatest, as numpy has it.
func argmax(row []float64) int {
	best := 0
	for i, v := range row {
		if v > row[best] || math.IsNaN(v) && !math.IsNaN(row[best]) {
			best = i
		}
	}
	return best
}
