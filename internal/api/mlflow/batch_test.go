package mlflow

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// same holds numbers of equal bits for equal, and all NaN.
var same = cmp.Comparer(func(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
})

func TestReadBatchReadsWhatClientsWrite(t *testing.T) {
	t.Parallel()
	const text = ` {"run_id": "r", "metrics": [
		{"key": "a/b", "value": -0.25e-3, "timestamp": 1764000000000, "step": -3, "model_id": "m-1", "dataset_name": "ü", "dataset_digest": "d"},
		{"value":"NaN","key":"a","timestamp":0},{"key":"a","value":1e999,"timestamp":0}],
		"params": [{"key":"p","value":""}], "tags": []}`
	got, ok := readBatch(text)
	if !ok {
		t.Fatal("the message is not read in one pass")
	}
	want, err := decodeAnyBatch([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, same, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

// FuzzReadBatch holds what is read in one pass against what encoding/json reads.
func FuzzReadBatch(f *testing.F) {
	for _, s := range []string{
		`{"run_id":"r","metrics":[{"key":"a","value":1.5,"timestamp":1,"step":2}],"params":[{"key":"p","value":"1"}],"tags":[{"key":"t","value":"ü"}]}`,
		`{"run_id":"r","metrics":[{"key":"a","value":"NaN","timestamp":0,"step":-0}]}`,
		`{"run_id":"r","metrics":[{"key":"a","value":-0,"timestamp":00}]}`,
		`{"run_id":"r","run_id":"s"}`, `{"RUN_ID":"r"}`, `{"run_id":"r"} x`, `{"run_id":"\u0041"}`, `{"run_id":"r","metrics":null}`,
		`{"run_id":"r","metrics":[{"key":"a","value":1e999,"timestamp":999999999999999999}]}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := decodeAnyBatch([]byte(s))
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%q: %v is not the user's fault", s, err)
		}
		got, ok := readBatch(s)
		if !ok {
			return
		}
		if err != nil {
			t.Fatalf("%q is read in one pass, but is wrong: %v", s, err)
		}
		if diff := cmp.Diff(want, got, same, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%q: %s", s, diff)
		}
	})
}

func BenchmarkReadBatch(b *testing.B) {
	text := `{"run_id":"0123456789abcdef","metrics":[` + strings.TrimSuffix(strings.Repeat(`{"key":"layer1/loss","value":0.12345678901234567,"timestamp":1764000000000,"step":123},`, 1000), ",") + `]}`
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := readBatch(text); !ok {
			b.Fatal("not read")
		}
	}
}
