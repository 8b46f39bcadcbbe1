package pickle

import (
	"bytes"
	"strings"
	"testing"
)

// ask is a pickle that calls something with one argument.
func ask(module, name string, arguments ...any) []byte {
	return asm(proto(4), stackGlobal(module, name), opMark, asm(arguments...), opTuple, opReduce, opStop)
}

// filled is an object of a class that is made empty and given attributes.
func filled(module, name string, of ...any) []byte {
	return asm(stackGlobal(module, name), opEmptyTuple, opNewObj, attributes(of...), opBuild)
}

// keeping is a partial of a function.
func keeping(module, name string) []byte {
	return asm(stackGlobal("functools", "partial"), stackGlobal(module, name), opTuple1, opReduce)
}

// TestHandedObjects: a vetted callable runs no method of an object that is vetted
// to be filled alone, and calls nothing that it is given.
func TestHandedObjects(t *testing.T) {
	t.Parallel()
	writer := keeping("sklearn.feature_extraction.text", "_analyze")
	view := filled("networkx.classes.coreviews", "FilterAtlas", str("NODE_OK"), writer)
	namespace := asm(stackGlobal("types", "SimpleNamespace"), opEmptyTuple, opReduce, attributes(str("cdf"), writer, str("keys"), writer), opBuild)
	many := asm(opEmptyList, opMark, bytes.Repeat(asm(opNone), slots), view, opAppends)
	old := asm(opEmptyList, view, opAppend, opMemoize, opPop, bytes.Repeat(asm(opEmptyList, opPop), ring), opBinGet, 0)
	for name, data := range map[string][]byte{
		"a list of it":                         ask("builtins", "list", view),
		"a dict of it":                         ask("builtins", "dict", view),
		"an ordered dict of it":                ask("collections", "OrderedDict", view),
		"a dict of pairs":                      ask("builtins", "dict", opEmptyList, view, opAppend),
		"a dict of many pairs":                 ask("builtins", "dict", many),
		"a dict of what gives it":              ask("builtins", "dict", stackGlobal("itertools", "repeat"), view, opBinInt1, 1, opTuple2, opReduce),
		"a counter of it":                      ask("collections", "Counter", view),
		"its text":                             ask("builtins", "str", view),
		"bytes of it":                          ask("builtins", "bytes", view),
		"a number of it":                       ask("numpy", "add", view, opBinInt1, 1),
		"a number of it in a list":             ask("numpy", "add", opEmptyList, view, opAppend, opBinInt1, 1),
		"a number of it in a long list":        ask("numpy", "add", many, opBinInt1, 1),
		"a number of it in a list long ago":    asm(proto(4), old, opMemoize, opPop, stackGlobal("numpy", "add"), opBinGet, 0, opBinInt1, 1, opTuple2, opReduce, opStop),
		"a view of it":                         ask("types", "MappingProxyType", view),
		"a namespace that has keys":            ask("builtins", "dict", namespace),
		"made by copyreg":                      ask("copyreg", "_reconstructor", stackGlobal("sklearn.utils._bunch", "Bunch"), stackGlobal("builtins", "dict"), view),
		"made by a maker of indexes":           ask("builtins", "list", stackGlobal("pandas.core.indexes.base", "_new_Index"), stackGlobal("networkx.classes.coreviews", "FilterAtlas"), opEmptyDict, opTuple2, opReduce),
		"added to an array":                    asm(proto(4), stackGlobal("array", "array"), str("b"), opTuple1, opReduce, view, opAppend, opStop),
		"made by NEWOBJ":                       asm(proto(4), stackGlobal("builtins", "tuple"), view, opTuple1, opNewObj, opStop),
		"for a state":                          asm(proto(4), stackGlobal("lightgbm.basic", "Booster"), opEmptyTuple, opNewObj, view, opBuild, opStop),
		"a compiled class is given attributes": ask("scipy.stats._unuran.unuran_wrapper", "NumericalInverseHermite", namespace),
		"a compiled class is given a partial":  ask("sklearn.neighbors._ball_tree", "BallTree64", opEmptyList, opBinInt1, 1, writer),
		"a compiled class is given a function": ask("sklearn.neighbors._ball_tree", "BallTree64", opEmptyList, opBinInt1, 1, stackGlobal("sklearn.feature_extraction.text", "_analyze")),
		"getattr is kept":                      asm(proto(4), keeping("builtins", "getattr"), opStop),
		"a constructor is kept":                asm(proto(4), keeping("copyreg", "_reconstructor"), opStop),
		"an array of a column":                 ask("pandas._libs.internals", "_unpickle_block", filled("pandas.arrays", "IntegerArray", str("_data"), view), opNone, opBinInt1, 1),
	} {
		if r := scan(t, data); r.Verdict < Suspicious || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
	array := asm(stackGlobal("numpy._core.multiarray", "_reconstruct"), stackGlobal("numpy", "ndarray"), opBinInt1, 0, opTuple1, opShortBinBytes, 1, "b", opTuple3, opReduce)
	for name, data := range map[string][]byte{
		"a list that keeps it":         ask("builtins", "list", opEmptyList, view, opAppend),
		"an ordered dict that does":    ask("collections", "OrderedDict", opEmptyList, str("a"), view, opTuple2, opAppend),
		"a dict that does":             asm(proto(4), opEmptyDict, str("a"), view, opSetItem, opStop),
		"an attribute":                 asm(proto(4), filled("sklearn.svm._classes", "SVC", str("a"), view), opStop),
		"a partial of a function":      asm(proto(4), writer, opStop),
		"columns of a frame":           ask("pandas._libs.internals", "_unpickle_block", filled("pandas.arrays", "IntegerArray", str("_data"), array), opNone, opBinInt1, 1),
		"a compiled class and numbers": ask("sklearn.tree._tree", "Tree", opBinInt1, 4, array, opBinInt1, 1),
	} {
		if r := scan(t, data); r.Verdict != Clean || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
}

// TestReaders: classes whose items are read of files are not data.
func TestReaders(t *testing.T) {
	t.Parallel()
	for _, reader := range []string{"numpy.lib.npyio:NpzFile", "numpy.lib._npyio_impl:NpzFile", "shap._serializable:Deserializer", "lightgbm.basic:_TempFile", "skorch.history:DistributedHistory"} {
		module, name, _ := strings.Cut(reader, ":")
		if r := vetting(t).Look(module, name); r.Class == ClassData || r.Class == ClassVetted {
			t.Errorf("%s is %s", reader, r.Class)
		}
	}
}
