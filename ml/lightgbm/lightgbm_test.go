package lightgbm_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/ml/lightgbm"
)

func model(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestGolden holds predictions against those that LightGBM made.
func TestGolden(t *testing.T) {
	t.Parallel()
	var all map[string]json.RawMessage
	if err := json.Unmarshal(model(t, "golden.json"), &all); err != nil {
		t.Fatal(err)
	}
	var rows [][]*float64
	if err := json.Unmarshal(all["rows"], &rows); err != nil {
		t.Fatal(err)
	}
	delete(all, "rows")
	if len(all) < 6 {
		t.Fatalf("%d models", len(all))
	}
	for name, text := range all {
		var want struct{ Raw, Predict [][]float64 }
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		m, err := lightgbm.Read(bytes.NewReader(model(t, name+".txt")))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, cells := range rows {
			row := make([]float64, len(cells))
			for j, c := range cells {
				if row[j] = math.NaN(); c != nil {
					row[j] = *c
				}
			}
			raw := m.Raw(row)
			for k, v := range raw {
				if v != want.Raw[i][k] {
					t.Errorf("%s, row %d: %v, not %v", name, i, v, want.Raw[i][k])
				}
			}
			for k, v := range m.Predict(raw) {
				if math.Abs(v-want.Predict[i][k]) > 1e-15*(1+math.Abs(v)) {
					t.Errorf("%s, row %d: predicts %v, not %v", name, i, v, want.Predict[i][k])
				}
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	text := string(model(t, "binary.txt"))
	for name, c := range map[string][2]string{
		"no text":        {"tree\n", "wood\n"},
		"a version":      {"version=v4", "version=v9"},
		"a forest":       {"label_index=0", "average_output"},
		"an objective":   {"objective=binary sigmoid:1", "objective=lambdarank"},
		"a square root":  {"objective=binary sigmoid:1", "objective=regression sqrt"},
		"a linear tree":  {"is_linear=0", "is_linear=1"},
		"a feature":      {"split_feature=", "split_feature=9 "},
		"a child":        {"left_child=", "left_child=0 "},
		"a set":          {"cat_boundaries=0 ", "cat_boundaries=7 "},
		"no number":      {"leaf_value=", "leaf_value=x "},
		"fewer features": {"max_feature_idx=3", "max_feature_idx=2"},
	} {
		changed := strings.Replace(text, c[0], c[1], 1)
		if changed == text {
			t.Errorf("%s: nothing changed", name)
		}
		if _, err := lightgbm.Read(strings.NewReader(changed)); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(model(f, "binary.txt"))
	f.Add(model(f, "multiclass.txt"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := lightgbm.Read(bytes.NewReader(text))
		if err == nil {
			m.Predict(m.Raw(make([]float64, len(m.Features))))
		}
	})
}
