package stats

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// golden are the numbers of scikit-learn and NumPy: testdata/golden.py makes
// them.
type golden struct {
	Cases []struct {
		Name    string
		Labels  []float32
		Scores  []float32
		AUC     float64
		LogLoss float64 `json:"log_loss"`
		ROC     [][3]float64
	}
}

func read(t *testing.T) golden {
	t.Helper()
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	if len(g.Cases) == 0 {
		t.Fatal("golden.json has no cases")
	}
	return g
}

// near reports whether a and b are the same but for the order of additions.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-12*max(1, math.Abs(b)) }

func TestAsScikitLearn(t *testing.T) {
	t.Parallel()
	for _, c := range read(t).Cases {
		if got := AUC(c.Labels, c.Scores); !near(got, c.AUC) {
			t.Errorf("%s: AUC %v, want %v", c.Name, got, c.AUC)
		}
		if got := LogLoss(c.Labels, c.Scores); !near(got, c.LogLoss) {
			t.Errorf("%s: log loss %v, want %v", c.Name, got, c.LogLoss)
		}
		got := ROC(c.Labels, c.Scores)
		if got[0] != (ROCPoint{0, 0, math.Inf(1)}) || len(got) != len(c.ROC)+1 {
			t.Errorf("%s: the ROC curve has %d points from %v, want %d from (0, 0)", c.Name, len(got), got[0], len(c.ROC)+1)
			continue
		}
		for i, want := range c.ROC {
			if p := got[i+1]; !near(p.FalsePositive, want[0]) || !near(p.TruePositive, want[1]) || p.Threshold != want[2] {
				t.Errorf("%s: point %d is %v, want %v", c.Name, i+1, p, want)
			}
		}
	}
}

// One class alone has no AUC; the area under the curve's points is the AUC.
func TestAUC(t *testing.T) {
	t.Parallel()
	for _, labels := range [][]float32{{0, 0, 0}, {1, 1, 1}, {}} {
		if got := AUC(labels, make([]float32, len(labels))); !math.IsNaN(got) {
			t.Errorf("labels %v: AUC %v, want NaN", labels, got)
		}
	}
	for _, c := range read(t).Cases {
		area, curve := 0.0, ROC(c.Labels, c.Scores)
		for i := range curve[1:] {
			area += (curve[i+1].FalsePositive - curve[i].FalsePositive) * (curve[i+1].TruePositive + curve[i].TruePositive) / 2
		}
		if !near(area, c.AUC) {
			t.Errorf("%s: the area under the curve is %v, the AUC %v", c.Name, area, c.AUC)
		}
	}
}
