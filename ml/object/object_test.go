package object_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/ml/object"
	"github.com/tacit-ml/tacit/ml/pickle"
)

var vetting = sync.OnceValues(func() (*pickle.Vetting, error) { return pickle.NewVetting("") })

func read(t testing.TB, data string) (*object.Reading, error) {
	t.Helper()
	v, err := vetting()
	if err != nil {
		t.Fatal(err)
	}
	return object.FromPickle(pickle.Memory(data), int64(len(data)), v)
}

// estimator is a pickle of protocol 2 with an object of scikit-learn whose
// attributes are the opcodes of a dict's items.
func estimator(items string) string {
	return "\x80\x02csklearn.linear_model._base\nLinearRegression\n)\x81}(" + items + "ub."
}

// TestWhatIsLeftOut: what the root does not hold is told, with its place.
func TestWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	system := "cposix\nsystem\n(S'id'\ntR"
	for name, c := range map[string]struct {
		data string
		want []object.Left
	}{
		"nothing":              {estimator("X\x01\x00\x00\x00aK\x01"), nil},
		"a call":               {system + "0" + estimator("X\x01\x00\x00\x00aK\x01"), []object.Left{{"posix.system('id')", 22}}},
		"a call in a tuple":    {"(" + system + "t0" + estimator("X\x01\x00\x00\x00aK\x01"), []object.Left{{"posix.system('id')", 23}}},
		"an import":            {"cposix\nsystem\n0" + estimator("X\x01\x00\x00\x00aK\x01"), []object.Left{{"from posix import system", 0}}},
		"a call of its result": {system + "(S'x'\ntR0" + estimator("X\x01\x00\x00\x00aK\x01"), []object.Left{{"v1 = posix.system('id')", 22}, {"v1('x')", 30}}},
		"bytes behind":         {estimator("X\x01\x00\x00\x00aK\x01") + "more", []object.Left{{"4 bytes behind the pickle", 62}}},
		"a pickle behind":      {estimator("X\x01\x00\x00\x00aK\x01") + system + ".", []object.Left{{"24 bytes behind the pickle", 62}, {"posix.system('id')", 84}}},
		"a global's attribute": {"cposix\nsystem\n}(S'a'\nK\x01ub0" + estimator("X\x01\x00\x00\x00aK\x01"), []object.Left{{"set_state(posix.system, {'a': 1})", 24}}},
	} {
		got, err := read(t, c.data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(c.want, got.Left); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if x, ok := got.Root.(*object.Instance); !ok || x.Class.Name != "LinearRegression" {
			t.Errorf("%s: the root is %T", name, got.Root)
		} else if v, _ := x.Field("a"); v != int64(1) {
			t.Errorf("%s: a is %v", name, v)
		}
	}
}

// TestRefusals: what a model hangs on and is not known to be data is no model.
func TestRefusals(t *testing.T) {
	t.Parallel()
	key := "X\x01\x00\x00\x00a"
	for name, c := range map[string]struct{ data, want string }{
		"a call":              {estimator(key + "cposix\nsystem\n(S'id'\ntR"), "posix.system('id')"},
		"a function":          {estimator(key + "cposix\nsystem\n"), "holds posix.system"},
		"a class of a script": {"\x80\x02c__main__\nModel\n)\x81}b.", "__main__.Model"},
		"an own attribute":    {estimator(key + "c__main__\nModel\n)\x81}b"), "__main__.Model"},
		"two states":          {"\x80\x02csklearn.linear_model._base\nRidge\n)\x81}(" + key + "K\x01ub}(" + key + "K\x02ub.", "a second time"},
		"arguments of a new":  {"\x80\x02csklearn.linear_model._base\nRidge\nK\x01\x85\x81}b.", "more than a state"},
		"a list in itself":    {"\x80\x02]q\x00h\x00a.", "holds itself"},
		"codecs":              {estimator(key + "c_codecs\nencode\nX\x01\x00\x00\x00xX\x05\x00\x00\x00rot13\x86R"), "rot13"},
		"getattr":             {estimator(key + "c__builtin__\ngetattr\ncposix\nsystem\nX\x04\x00\x00\x00name\x86R"), "posix"},
		"an array's size": {estimator(key + "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01K\x05\x85cnumpy\ndtype\nX\x02\x00\x00\x00f8\x89\x88\x87R(K\x03X\x01\x00\x00\x00<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89C\x01btb"),
			"an array of [5] with 1 bytes"},
		"a cut":     {estimator(key)[:40], "pickle"},
		"no pickle": {"hello", "pickle"},
	} {
		got, err := read(t, c.data)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	_, err := read(t, "\x80\x02csklearn.neighbors\nKNeighborsClassifier\n)\x81}(X\x01\x00\x00\x00acposix\nsystem\nub.")
	if part := (*object.Unsupported)(nil); !errors.As(err, &part) || part.Root != "sklearn.neighbors.KNeighborsClassifier" || part.At == 0 {
		t.Errorf("the class that is refused is not named: %v", err)
	}
}

// FuzzFromPickle: whatever a pickle has, reading it ends, and what it holds can be
// walked.
func FuzzFromPickle(f *testing.F) {
	files, err := filepath.Glob("../sklearn/testdata/1.9.1/*.pkl")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Fuzz(func(t *testing.T, data string) {
		if got, err := read(t, data); err == nil {
			walk(got.Root, map[any]bool{})
		}
	})
}

func walk(v object.Value, seen map[any]bool) {
	var items []object.Value
	switch v := v.(type) {
	case *object.List:
		items = v.Items
	case *object.Tuple:
		items = v.Items
	case *object.Dict:
		items = v.Values
	case *object.Instance:
		items = []object.Value{v.State}
	case *object.Array:
		if _, err := v.Numbers(); err == nil && v.Len() > 1<<20 && len(v.Data) < 1<<20 && !v.Type.HasObject && v.Type.Size > 0 {
			panic("more numbers than bytes")
		}
		_, _ = v.Texts()
		items = v.Objects
	default:
		return
	}
	if seen[v] {
		return
	}
	seen[v] = true
	for _, item := range items {
		walk(item, seen)
	}
}
