package sklearn_test

import (
	"encoding/binary"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/ml/object"
	"github.com/tacit-ml/tacit/ml/sklearn"
)

// set changes an attribute of a state.
func set(x *object.Instance, name string, v object.Value) {
	d := x.State.(*object.Dict)
	for i, k := range d.Keys {
		if k == name {
			d.Values[i] = v
			return
		}
	}
	d.Keys, d.Values = append(d.Keys, name), append(d.Values, v)
}

// fitted reads a fixture of 1.9.1, and its tree when it has one.
func fitted(t *testing.T, name string) (*object.Instance, *object.Instance) {
	t.Helper()
	x := rootOf(t, "testdata/1.9.1/"+existing(t, name)).(*object.Instance)
	v, _ := x.Field("tree_")
	tree, _ := v.(*object.Instance)
	return x, tree
}

// poke puts an integer into field offset of a node of a tree.
func poke(tree *object.Instance, node, offset int, v int64) {
	nodes, _ := tree.Field("nodes")
	a := nodes.(*object.Array)
	data := append([]byte(nil), a.Data...)
	binary.LittleEndian.PutUint64(data[node*int(a.Type.Size)+offset:], uint64(v))
	a.Data = data
}

// TestShadows: an attribute in place of a method of the class is refused,
// wherever in the model it is.
func TestShadows(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"decision_function", "predict", "predict_proba", "_predict_proba_lr", "_get_tags", "__sklearn_tags__"} {
		x, _ := fitted(t, "tree")
		set(x, name, int64(1))
		if _, err := sklearn.New(x); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		forest, _ := fitted(t, "forest")
		trees, _ := forest.Field("estimators_")
		set(trees.(*object.List).Items[1].(*object.Instance), name, int64(1))
		if _, err := sklearn.New(forest); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s of a tree in a forest: %v", name, err)
		}
	}
}

// TestHostileTrees: what scikit-learn would follow out of its memory is no model.
func TestHostileTrees(t *testing.T) {
	t.Parallel()
	const leftChild, rightChild, feature = 0, 8, 16
	for name, spoil := range map[string]func(x, tree *object.Instance){
		"a cycle":           func(_, tree *object.Instance) { poke(tree, 0, leftChild, 0) },
		"a child too far":   func(_, tree *object.Instance) { poke(tree, 0, rightChild, 1<<40) },
		"a leaf of -2":      func(_, tree *object.Instance) { poke(tree, 0, leftChild, -2) },
		"a feature too far": func(_, tree *object.Instance) { poke(tree, 0, feature, 4) },
		"a feature below 0": func(_, tree *object.Instance) { poke(tree, 0, feature, -1) },
		"a shallow depth":   func(_, tree *object.Instance) { set(tree, "max_depth", int64(1)) },
		"more nodes":        func(_, tree *object.Instance) { set(tree, "node_count", int64(1000)) },
		"more features":     func(x, _ *object.Instance) { set(x, "n_features_in_", int64(3)) },
		"a tree beside": func(x, tree *object.Instance) {
			other := &object.Instance{Class: tree.Class, Args: tree.Args, State: &object.Dict{}}
			set(x, "unused", &object.List{Items: []object.Value{other}})
		},
	} {
		x, tree := fitted(t, "tree.pkl")
		spoil(x, tree)
		if _, err := sklearn.New(x); err == nil {
			t.Errorf("%s is rebuilt", name)
		}
	}
}

// TestUnsupported: what is not known is refused with the name of its class.
func TestUnsupported(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file  string
		spoil func(x *object.Instance)
		want  string
	}{
		"a class":          {"ridge.pkl", func(x *object.Instance) { x.Class.Name = "KernelRidge" }, "KernelRidge"},
		"not of sklearn":   {"ridge.pkl", func(x *object.Instance) { x.Class.Module = "sklearnx" }, "sklearnx.Ridge"},
		"not fitted":       {"ridge.pkl", func(x *object.Instance) { set(x, "coef_", nil) }, "Ridge with no coef_"},
		"too few":          {"standard.pkl", func(x *object.Instance) { set(x, "n_features_in_", int64(7)) }, "StandardScaler with 4 numbers in mean_"},
		"an indicator":     {"imputer.pkl", func(x *object.Instance) { set(x, "add_indicator", true) }, "SimpleImputer"},
		"infrequent":       {"one_hot.pkl", func(x *object.Instance) { set(x, "_infrequent_enabled", true) }, "infrequent"},
		"a loss":           {"hist.pkl", func(x *object.Instance) { set(x, "_loss", nil) }, "the loss"},
		"categories":       {"hist.pkl", func(x *object.Instance) { set(x, "is_categorical_", true) }, "categorical"},
		"another's weight": {"columns_rest.pkl", func(x *object.Instance) { set(x, "transformer_weights", true) }, "weights"},
	} {
		x := rootOf(t, "testdata/1.9.1/"+existing(t, c.file)).(*object.Instance)
		c.spoil(x)
		if _, err := sklearn.New(x); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDifference: what is equal bit by bit differs by nothing, and nothing else.
func TestDifference(t *testing.T) {
	t.Parallel()
	numbers := func(v ...float64) *sklearn.Frame {
		return &sklearn.Frame{Rows: len(v), Columns: []sklearn.Column{{Numbers: v}}}
	}
	zero := numbers(0)
	for _, c := range []struct {
		a, b *sklearn.Frame
		same bool
	}{
		{numbers(1, math.NaN()), numbers(1, math.NaN()), true}, {zero, numbers(math.Copysign(0, -1)), false}, {zero, numbers(math.NaN()), false},
		{zero, numbers(0, 0), false}, {zero, &sklearn.Frame{Rows: 1, Columns: []sklearn.Column{{Texts: []string{""}}}}, false},
	} {
		if got := sklearn.Difference(c.a, c.b) == 0; got != c.same || (c.a.Digest() == c.b.Digest()) != c.same {
			t.Errorf("%v and %v: %v", c.a, c.b, got)
		}
	}
}

// existing is the fixture's file, whose ending goes round.
func existing(t *testing.T, name string) string {
	t.Helper()
	base := strings.TrimSuffix(name, ".pkl")
	for _, end := range []string{".pkl", ".joblib"} {
		if _, err := os.Stat("testdata/1.9.1/" + base + end); err == nil {
			return base + end
		}
	}
	t.Fatalf("there is no %s", base)
	return ""
}
