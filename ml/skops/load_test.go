package skops_test

import (
	"bytes"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/ml/numpy"
	"github.com/tacit-ml/tacit/ml/object"
	"github.com/tacit-ml/tacit/ml/skops"
)

func parse(t testing.TB, s string) numpy.Dtype {
	t.Helper()
	d, err := numpy.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// everything holds a value of each kind, and one twice.
func everything(t testing.TB) object.Value {
	shared := &object.List{Items: []object.Value{int64(1)}}
	big, _ := new(big.Int).SetString("323726261719206589602543583274561722519", 10)
	nodes := numpy.Dtype{Kind: 'V', Order: '|', Size: 16, Fields: []numpy.Field{{Name: "left", Offset: 0, Type: parse(t, "<i8")}, {Name: "flag", Offset: 8, Type: parse(t, "|u1")}}}
	f8 := parse(t, "<f8")
	return &object.Instance{
		Class: object.Class{Module: "sklearn.linear_model._base", Name: "LinearRegression"},
		State: &object.Dict{
			Keys: []object.Value{"none", "true", "int", "big", "float", "whole", "inf", "text", "list", "again", "tuple", "set", "keys", "array", "columns", "objects", "scalar", "class", "type", "bytes", "slice", "tree", "random", "rows"},
			Values: []object.Value{
				nil, true, int64(-3), big, 0.1, 2.0, math.Inf(-1), "a \"é\"\n", shared, shared, &object.Tuple{Items: []object.Value{}}, &object.Set{Items: []object.Value{"a"}},
				&object.Dict{Ordered: true, Keys: []object.Value{int64(1), 0.5}, Values: []object.Value{"i", "f"}},
				&object.Array{Type: f8, Shape: []int64{1}, Data: []byte{0, 0, 0, 0, 0, 0, 0xf8, 0x7f}},
				&object.Array{Type: f8, Shape: []int64{2, 1}, Fortran: true, Data: make([]byte, 16)},
				&object.Array{Type: numpy.Dtype{Kind: 'O', Order: '|', Size: 8, HasObject: true}, Shape: []int64{2, 1}, Objects: []object.Value{"x", nil}},
				&object.Scalar{Type: parse(t, "<i4"), Data: []byte{7, 0, 0, 0}}, &object.Class{Module: "numpy", Name: "float64"}, &object.Type{Of: f8}, object.Bytes("b"),
				&object.Slice{Start: int64(1), Stop: nil, Step: int64(2)},
				&object.Instance{Class: object.Class{Module: "sklearn.tree._tree", Name: "Tree"}, Args: &object.Tuple{Items: []object.Value{shared}}, State: &object.Dict{Keys: []object.Value{"a"}, Values: []object.Value{shared}}},
				&object.Instance{Class: object.RandomState, State: &object.Dict{Keys: []object.Value{"bit_generator"}, Values: []object.Value{"MT19937"}}},
				&object.Array{Type: nodes, Shape: []int64{2}, Data: make([]byte, 32)},
			},
		},
	}
}

// TestWhatIsWrittenIsReadBack: each value, and what is the same object.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	root := everything(t)
	var file bytes.Buffer
	if err := skops.Write(&file, root); err != nil {
		t.Fatal(err)
	}
	back, err := skops.Load(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(root, back, cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })); d != "" {
		t.Error(d)
	}
	x := back.(*object.Instance)
	first, _ := x.Field("list")
	second, _ := x.Field("again")
	tree, _ := x.Field("tree")
	if first != second || tree.(*object.Instance).Args.Items[0] != first {
		t.Error("one list became several")
	}
	if d := cmp.Diff([]string{"numpy.dtype", "sklearn.tree._tree.Tree"}, skops.Asked(root)); d != "" {
		t.Error(d)
	}
}

// TestWhatHasNoForm: what skops would read back as something else is not written.
func TestWhatHasNoForm(t *testing.T) {
	t.Parallel()
	objects := numpy.Dtype{Kind: 'O', Order: '|', Size: 8, HasObject: true}
	for name, v := range map[string]object.Value{
		"a bool key":       &object.Dict{Keys: []object.Value{true}, Values: []object.Value{nil}},
		"keys alike":       &object.Dict{Keys: []object.Value{int64(1), "1"}, Values: []object.Value{nil, nil}},
		"half a surrogate": "\xed\xa0\x80",
		"a constructor":    &object.Instance{Class: object.Class{Module: "sklearn.a", Name: "B"}, Args: &object.Tuple{Items: []object.Value{int64(1)}}},
		"lists in rows":    &object.Array{Type: objects, Shape: []int64{1, 1}, Objects: []object.Value{&object.List{}}},
		"a scalar":         &object.Array{Type: objects, Shape: []int64{}, Objects: []object.Value{nil}},
	} {
		if err := skops.Write(new(bytes.Buffer), v); err == nil {
			t.Errorf("%s is written", name)
		}
	}
}

func FuzzLoad(f *testing.F) {
	var file bytes.Buffer
	if err := skops.Write(&file, everything(f)); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add(bytes.Replace(file.Bytes(), []byte("TreeNode"), []byte("FuncNode"), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := skops.Load(bytes.NewReader(data), int64(len(data)))
		if err == nil {
			skops.Asked(v)
		} else if strings.Contains(err.Error(), "runtime error") {
			t.Error(err)
		}
	})
}
