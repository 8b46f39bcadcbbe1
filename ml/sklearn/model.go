package sklearn

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/ml/object"
)

// Model is a fitted estimator.
type Model struct {
	Class   object.Class
	Version string   // of scikit-learn that fitted it, "" when it does not say
	Names   []string // of the features, when it was fitted with names
	step    estimator
}

// estimator is what all have.
type estimator interface {
	width() int // columns that it takes
	apply(*Frame) ([]Output, error)
	probe(*rand.Rand, int) *Frame // about as many rows; more, where leaves need them
}

// transformer gives columns for columns.
type transformer interface {
	estimator
	transform(*Frame) (*Frame, error)
	// pull gives rows that transform makes about f of, as far as there are any.
	pull(*rand.Rand, *Frame) *Frame
}

// tolerant says in which columns it takes what is missing.
type tolerant interface{ takesMissing() []bool }

// leaved counts the leaves to which rows come.
type leaved interface {
	leaves(*Frame, *Reach)
}

// Reach is how many leaves the rows of a Frame come to, and how many there are
// to which a row can.
type Reach struct{ Reached, Of int }

// New rebuilds an estimator with all that lies in it. An *Unsupported names the
// class or setting that is not known.
func New(v object.Value) (*Model, error) {
	s, err := stateOf(v)
	if err != nil {
		return nil, err
	}
	m := &Model{Class: s.class, Version: s.text("_sklearn_version")}
	if a, ok := s.get("feature_names_in_").(*object.Array); ok {
		m.Names, _ = a.Texts()
	}
	if m.step, err = build(v); err != nil {
		return nil, err
	}
	if m.step.width() < 1 || m.step.width() > mostWidth {
		s.fail("%d features", m.step.width())
	}
	check(v, s, map[object.Value]bool{})
	return m, s.err
}

const (
	// mostWidth is how many features a model may take.
	mostWidth = 1 << 20
	// mostCells are those of the frames that are drawn for a model.
	mostCells = 50_000_000
)

// broad says how many columns there are at the broadest place.
type broad interface{ breadth() int }

func breadth(e estimator) int {
	if b, ok := e.(broad); ok {
		return max(b.breadth(), 1)
	}
	return max(e.width(), 1)
}

// build rebuilds the estimator of an object.
func build(v object.Value) (estimator, error) {
	s, err := stateOf(v)
	if err != nil {
		return nil, err
	}
	for _, f := range families() {
		if strings.HasPrefix(s.class.Module, "sklearn.") && slices.Contains(strings.Fields(f.names), s.class.Name) {
			e := f.build(s)
			if s.err != nil {
				return nil, s.err
			}
			return e, nil
		}
	}
	return nil, &Unsupported{What: "the class " + s.class.Full()}
}

// family is the classes that are rebuilt alike.
type family struct {
	names string
	build func(*state) estimator
}

func families() []family {
	return []family{
		{"LinearRegression Ridge RidgeCV Lasso LassoCV ElasticNet ElasticNetCV Lars LarsCV LassoLars LassoLarsCV LassoLarsIC OrthogonalMatchingPursuit " +
			"BayesianRidge ARDRegression HuberRegressor TheilSenRegressor SGDRegressor PassiveAggressiveRegressor LinearSVR QuantileRegressor " +
			"PoissonRegressor GammaRegressor TweedieRegressor", newRegressor},
		{"LogisticRegression LogisticRegressionCV SGDClassifier Perceptron PassiveAggressiveClassifier RidgeClassifier RidgeClassifierCV LinearSVC " +
			"LinearDiscriminantAnalysis", newClassifier},
		{"StandardScaler MinMaxScaler MaxAbsScaler RobustScaler", newScaler},
		{"Normalizer", newNormalizer},
		{"Binarizer", newBinarizer},
		{"SimpleImputer", newImputer},
		{"OneHotEncoder", newOneHot},
		{"OrdinalEncoder", newOrdinal},
		{"PCA TruncatedSVD", newProjection},
		{"FunctionTransformer", newIdentity},
		{"Pipeline", newPipeline},
		{"ColumnTransformer", newColumns},
		{"DecisionTreeClassifier ExtraTreeClassifier DecisionTreeRegressor ExtraTreeRegressor", newSingle},
		{"RandomForestClassifier ExtraTreesClassifier RandomForestRegressor ExtraTreesRegressor", newForest},
		{"GradientBoostingClassifier GradientBoostingRegressor", newBoosting},
		{"HistGradientBoostingClassifier HistGradientBoostingRegressor", newHistogram},
		{"IsolationForest", newIsolation},
	}
}

// Classes are the names of the classes that are rebuilt.
func Classes() (names []string) {
	for _, f := range families() {
		names = append(names, strings.Fields(f.names)...)
	}
	slices.Sort(names)
	return names
}

// Predict gives what each of the estimator's methods gives for f. An error tells
// of columns that it does not take.
func (m *Model) Predict(f *Frame) ([]Output, error) { return m.step.apply(f) }

// Width is the number of columns that the model takes.
func (m *Model) Width() int { return m.step.width() }

// Probe draws rows from the model's own thresholds, means and categories, and
// puts NaN where the model takes it: rows of them at random, and one for each leaf
// to which one can come, up to 220,000; fewer of models with thousands of columns.
func (m *Model) Probe(from *rand.Rand, rows int) *Frame {
	rows = max(min(rows, mostCells/breadth(m.step)), 8)
	f := m.step.probe(from, rows)
	t, ok := m.step.(tolerant)
	if !ok {
		return f
	}
	return withMissing(from, f, t.takesMissing(), rows)
}

// withMissing adds rows with cells that are missing, where they may be.
func withMissing(from *rand.Rand, f *Frame, may []bool, rows int) *Frame {
	if !slices.Contains(may, true) || f.Rows == 0 {
		return f
	}
	picked := make([]int, min(rows, f.Rows))
	for i := range picked {
		picked[i] = from.IntN(f.Rows)
	}
	g := f.pick(picked)
	for j := range g.Columns {
		c := &g.Columns[j]
		for i := range picked {
			if !may[j] || from.IntN(4) > 0 {
				continue
			}
			if c.Texts != nil {
				c.Absent[i] = true
			} else {
				c.Numbers[i] = nan()
			}
		}
	}
	return stack(f, g)
}

// pick copies rows.
func (f *Frame) pick(rows []int) *Frame {
	out := &Frame{Rows: len(rows), Columns: make([]Column, len(f.Columns))}
	for j := range f.Columns {
		c := &f.Columns[j]
		for _, i := range rows {
			if c.Texts != nil {
				out.Columns[j].Texts = append(out.Columns[j].Texts, c.Texts[i])
				out.Columns[j].Absent = append(out.Columns[j].Absent, marks(c)[i])
			} else {
				out.Columns[j].Numbers = append(out.Columns[j].Numbers, c.Numbers[i])
			}
		}
	}
	return out
}

// Leaves counts the leaves of the model's trees to which rows come.
func (m *Model) Leaves(f *Frame) (r Reach, err error) {
	if l, ok := m.step.(leaved); ok {
		if len(f.Columns) != m.step.width() {
			return r, fmt.Errorf("sklearn: %d columns for %d features", len(f.Columns), m.step.width())
		}
		l.leaves(f, &r)
	}
	return r, nil
}
