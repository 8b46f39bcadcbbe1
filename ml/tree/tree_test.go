package tree

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/ml/stats"
)

// noisy is a table whose label depends on two columns, one with missing values
// that say something, and not on the third.
func noisy(n int, seed uint64) (*Data, []float32) {
	r := rand.New(rand.NewPCG(seed, 1))
	d := &Data{Names: []string{"a", "b", "noise"}, Columns: [][]float32{make([]float32, n), make([]float32, n), make([]float32, n)}}
	labels := make([]float32, n)
	for i := range n {
		a, b := r.Float64(), r.NormFloat64()
		d.Columns[0][i], d.Columns[1][i], d.Columns[2][i] = float32(a), float32(b), float32(r.Float64())
		p := 0.2
		if a > 0.5 {
			p = 0.7
		}
		if r.Float64() < 0.2 {
			d.Columns[1][i] = float32(math.NaN())
			p = 0.9
		} else if b > 1 {
			p = 0.05
		}
		if r.Float64() < p {
			labels[i] = 1
		}
	}
	return d, labels
}

func TestTrainLearnsWhatIsThere(t *testing.T) {
	t.Parallel()
	d, labels := noisy(20_000, 1)
	watch, truth := noisy(5_000, 2)
	s := Default()
	s.Rounds, s.MaxDepth, s.LearningRate = 40, 4, 0.2
	var losses []float64
	m, err := Train(d, labels, watch, s, func(r Round) error {
		losses = append(losses, stats.LogLoss(labels, r.Train))
		if r.Number == 40 {
			if auc := stats.AUC(truth, r.Watch); auc < 0.80 {
				t.Errorf("AUC on unseen rows is %.4f, want 0.80 at least: the table allows 0.82", auc)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(losses); i++ {
		if losses[i] > losses[i-1]+1e-6 {
			t.Errorf("round %d raised the training loss from %v to %v", i+1, losses[i-1], losses[i])
		}
	}
	row := make([]float32, 3)
	for i := range 200 {
		watch.Row(i, row)
		if p := m.Predict(row); p < 0 || p > 1 || p != p {
			t.Fatalf("row %d: probability %v", i, p)
		}
	}
}

func TestTrainRepeats(t *testing.T) {
	t.Parallel()
	d, labels := noisy(3_000, 3)
	s := Default()
	s.Rounds, s.Subsample, s.Seed = 5, 0.7, 9
	first, err := Train(d, labels, nil, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Train(d, labels, nil, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the same training twice differs:\n%s", diff)
	}
}

// Rows given to the training and rows given to Predict must take the same way.
func TestTrainingPredictionsAreTheModels(t *testing.T) {
	t.Parallel()
	d, labels := noisy(2_000, 4)
	s := Default()
	s.Rounds, s.Subsample, s.MaxBin = 10, 0.5, 16
	var last []float32
	m, err := Train(d, labels, nil, s, func(r Round) error {
		last = append(last[:0], r.Train...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	row := make([]float32, 3)
	for i := range labels {
		d.Row(i, row)
		if got := m.Predict(row); got != last[i] {
			t.Fatalf("row %d: Predict gives %v, training gave %v", i, got, last[i])
		}
	}
}

func TestXGBoostRoundTrip(t *testing.T) {
	t.Parallel()
	draw.Check(t, func(r *rapid.T) {
		d, labels := noisy(rapid.IntRange(2, 300).Draw(r, "rows"), rapid.Uint64().Draw(r, "seed"))
		s := Default()
		s.Rounds = rapid.IntRange(1, 4).Draw(r, "rounds")
		s.MaxDepth = rapid.IntRange(1, 5).Draw(r, "depth")
		m, err := Train(d, labels, nil, s, nil)
		if err != nil {
			r.Fatal(err)
		}
		var file bytes.Buffer
		if err := m.WriteXGBoost(&file); err != nil {
			r.Fatal(err)
		}
		again, err := ReadXGBoost(&file)
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(m, again); diff != "" {
			r.Fatalf("written and read:\n%s", diff)
		}
	})
}

// testdata/golden.json is made by testdata/golden.py with the real XGBoost.
func TestPredictsAsXGBoost(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name    string
		Model   json.RawMessage
		Rows    [][]*float32
		Margins []float32
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		m, err := ReadXGBoost(bytes.NewReader(c.Model))
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		for i, values := range c.Rows {
			row := make([]float32, len(values))
			for j, v := range values {
				row[j] = float32(math.NaN())
				if v != nil {
					row[j] = *v
				}
			}
			if got, want := m.Margin(row), c.Margins[i]; math.Abs(float64(got-want)) > 2e-6 {
				t.Errorf("%s, row %d: margin %v, XGBoost gives %v", c.Name, i, got, want)
			}
		}
	}
}

func TestTrainRefuses(t *testing.T) {
	t.Parallel()
	d, labels := noisy(10, 5)
	for name, change := range map[string]func(*Settings){
		"no rounds":     func(s *Settings) { s.Rounds = 0 },
		"deep":          func(s *Settings) { s.MaxDepth = 17 },
		"one bin":       func(s *Settings) { s.MaxBin = 1 },
		"no subsample":  func(s *Settings) { s.Subsample = 0 },
		"negative rate": func(s *Settings) { s.LearningRate = -1 },
		"objective":     func(s *Settings) { s.Objective = "multi:softmax" },
	} {
		s := Default()
		change(&s)
		if _, err := Train(d, labels, nil, s, nil); err == nil {
			t.Errorf("%s: trained", name)
		}
	}
	if _, err := Train(d, labels[:9], nil, Default(), nil); err == nil {
		t.Error("nine labels for ten rows: trained")
	}
	half := append([]float32{0.5}, labels[1:]...)
	if _, err := Train(d, half, nil, Default(), nil); err == nil {
		t.Error("a label of one half: trained")
	}
	narrow := &Data{Names: d.Names[:2], Columns: d.Columns[:2]}
	if _, err := Train(d, labels, narrow, Default(), nil); err == nil {
		t.Error("a narrower watched table: trained")
	}
	d.Columns[0][3] = float32(math.Inf(1))
	if _, err := Train(d, labels, nil, Default(), nil); err == nil {
		t.Error("an infinite value: trained")
	}
}

func TestReadRefusesWhatItCannotRepresent(t *testing.T) {
	t.Parallel()
	const model = `{"learner":{"gradient_booster":{"name":"gbtree","model":{"tree_info":[%s],"trees":[{"left_children":[-1],"right_children":[-1],"split_conditions":[1.0],"split_indices":[0],"default_left":[1]}]}},` +
		`"learner_model_param":{"base_score":"5E-1","num_feature":"1","num_class":"%s","num_target":"%s"},"objective":{"name":"%s"}}}`
	for _, c := range [][4]string{{"1", "0", "1", "binary:logistic"}, {"0", "3", "1", "binary:logistic"}, {"0", "0", "2", "reg:squarederror"}, {"0", "0", "1", "multi:softprob"}} {
		text := fmt.Sprintf(model, c[0], c[1], c[2], c[3])
		if _, err := ReadXGBoost(strings.NewReader(text)); err == nil {
			t.Errorf("%v: read", c)
		}
	}
	if _, err := ReadXGBoost(strings.NewReader(fmt.Sprintf(model, "0", "0", "1", "binary:logistic"))); err != nil {
		t.Errorf("a model that can be read: %v", err)
	}
}

func FuzzReadXGBoost(f *testing.F) {
	d, labels := noisy(50, 6)
	s := Default()
	s.Rounds, s.MaxDepth = 1, 2
	m, err := Train(d, labels, nil, s, nil)
	if err != nil {
		f.Fatal(err)
	}
	var file bytes.Buffer
	if err := m.WriteXGBoost(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte(`{"learner":{"gradient_booster":{"name":"gbtree","model":{"trees":[{"left_children":[0],"right_children":[0],"split_conditions":[1],"split_indices":[0],"default_left":[1]}]}},"learner_model_param":{"base_score":"5E-1","num_feature":"1"},"objective":{"name":"reg:squarederror"}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ReadXGBoost(bytes.NewReader(text))
		if err != nil {
			return
		}
		m.Predict(make([]float32, len(m.Features)))
	})
}
