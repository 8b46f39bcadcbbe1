package sklearn_test

import (
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tacit-ml/tacit/ml/object"
	"github.com/tacit-ml/tacit/ml/pickle"
	"github.com/tacit-ml/tacit/ml/sklearn"
	"github.com/tacit-ml/tacit/ml/skops"
)

// golden is what testdata/make.py writes of a model.
type golden struct {
	File    string
	Class   string
	Inputs  [][]any
	Outputs map[string][][]any
}

func frameOf(columns [][]any) *sklearn.Frame {
	f := &sklearn.Frame{Rows: len(columns[0])}
	for _, cells := range columns {
		var c sklearn.Column
		for _, v := range cells {
			switch v := v.(type) {
			case string:
				c.Texts = append(c.Texts, v)
			case float64:
				c.Numbers = append(c.Numbers, v)
			case bool:
				c.Numbers = append(c.Numbers, map[bool]float64{true: 1}[v])
			default:
				c.Numbers = append(c.Numbers, math.NaN())
			}
		}
		f.Columns = append(f.Columns, c)
	}
	return f
}

// vetting is read once for all tests.
var vetting = sync.OnceValues(func() (*pickle.Vetting, error) { return pickle.NewVetting("") })

// rootOf reads the model of a pickle or of joblib's file.
func rootOf(t *testing.T, path string) object.Value {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err = unpacked(raw); err != nil {
		t.Fatal(err)
	}
	v, err := vetting()
	if err != nil {
		t.Fatal(err)
	}
	read, err := object.FromPickle(pickle.Memory(raw), int64(len(raw)), v)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range read.Left {
		t.Errorf("left out: %s at byte %d", l.What, l.At)
	}
	return read.Root
}

// unpacked undoes joblib's compression.
func unpacked(raw []byte) ([]byte, error) {
	var in io.Reader
	var err error
	switch {
	case bytes.HasPrefix(raw, []byte("\x1f\x8b")):
		in, err = gzip.NewReader(bytes.NewReader(raw))
	case bytes.HasPrefix(raw, []byte("BZh")):
		in = bzip2.NewReader(bytes.NewReader(raw))
	case bytes.HasPrefix(raw, []byte("\x78")):
		in, err = zlib.NewReader(bytes.NewReader(raw))
	default:
		return raw, nil
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(in)
}

// exact are the families whose sums scikit-learn takes in one order only, and
// that have no exp or log in them.
func exact(name, method string) bool {
	if method == "predict_proba" || method == "decision_function" {
		return strings.Contains(name, "tree") || strings.Contains(name, "forest") || strings.HasPrefix(name, "extra")
	}
	for _, word := range []string{"tree", "forest", "extra", "one_hot", "ordinal", "standard", "minmax", "maxabs", "robust", "imputer", "binarizer", "columns_rest"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// TestGolden holds what is predicted against what scikit-learn predicted, and a
// model against itself written as skops and read back.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/golden.json")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d versions, %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]golden
		if err := json.Unmarshal(raw, &all); err != nil {
			t.Fatal(err)
		}
		for name, g := range all {
			t.Run(filepath.Base(filepath.Dir(file))+"/"+name, func(t *testing.T) {
				t.Parallel()
				check(t, name, filepath.Join(filepath.Dir(file), g.File), g)
			})
		}
	}
}

func check(t *testing.T, name, path string, g golden) {
	root := rootOf(t, path)
	m, err := sklearn.New(root)
	if err != nil {
		t.Fatal(err)
	}
	if m.Class.Name != g.Class {
		t.Errorf("the class is %s, not %s", m.Class.Name, g.Class)
	}
	got, err := m.Predict(frameOf(g.Inputs))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(g.Outputs) {
		t.Errorf("%d methods where scikit-learn has %d", len(got), len(g.Outputs))
	}
	for _, o := range got {
		want, ok := g.Outputs[o.Method]
		if !ok {
			t.Errorf("scikit-learn has no %s", o.Method)
			continue
		}
		most := 2e-13
		if exact(name, o.Method) {
			most = 0
		}
		if d := difference(&o.Frame, frameOf(want)); !(d <= most) {
			t.Errorf("%s differs by %g from scikit-learn", o.Method, d)
		}
	}
	readBack(t, root, m)
}

// difference is relative to the size of the numbers.
func difference(a, b *sklearn.Frame) float64 {
	size := 1.0
	for _, c := range b.Columns {
		for _, v := range c.Numbers {
			if v == v {
				size = max(size, math.Abs(v))
			}
		}
	}
	return sklearn.Difference(a, b) / size
}

func readBack(t *testing.T, root object.Value, m *sklearn.Model) {
	var file bytes.Buffer
	if err := skops.Write(&file, root); err != nil {
		t.Fatal(err)
	}
	back, err := skops.Load(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	other, err := sklearn.New(back)
	if err != nil {
		t.Fatal(err)
	}
	f := m.Probe(rand.New(rand.NewPCG(1, 2)), 200)
	a, err := m.Predict(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := other.Predict(f)
	if err != nil {
		t.Fatal(err)
	}
	for i := range a {
		if a[i].Digest() != b[i].Digest() || a[i].Rows < 200 {
			t.Errorf("%s of %d rows: read back it differs by %g", a[i].Method, a[i].Rows, sklearn.Difference(&a[i].Frame, &b[i].Frame))
		}
	}
	if r, err := m.Leaves(f); err != nil || r.Reached < r.Of {
		t.Errorf("rows come to %d of %d leaves, %v", r.Reached, r.Of, err)
	}
	if c := a[0]; c.Method == "predict" && c.Columns[0].Texts != nil && len(slices.Compact(slices.Sorted(slices.Values(c.Columns[0].Texts)))) < 2 {
		t.Error("all rows are of one class")
	}
}
