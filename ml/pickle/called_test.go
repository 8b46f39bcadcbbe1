package pickle

import (
	"bytes"
	"testing"
)

// kept is a partial whose state says what it keeps.
func kept(module, name string, arguments, keywords []byte) []byte {
	return asm(stackGlobal("functools", "partial"), stackGlobal(module, name), opTuple1, opReduce, opMark, stackGlobal(module, name), arguments, keywords, opNone, opTuple, opBuild)
}

// getter is an attrgetter.
func getter(path string) []byte {
	return asm(stackGlobal("operator", "attrgetter"), str(path), opTuple1, opReduce)
}

// imported is a module by its name.
func imported(name string) []byte {
	return asm(stackGlobal("cloudpickle.cloudpickle", "subimport"), str(name), opTuple1, opReduce)
}

// objectsOf is an array of objects.
func objectsOf(elements ...[]byte) []byte {
	return asm(stackGlobal("numpy._core.multiarray", "_reconstruct"), stackGlobal("numpy", "ndarray"), opBinInt1, 0, opTuple1, opShortBinBytes, 1, "b", opTuple3, opReduce,
		opMark, opBinInt1, 1, opBinInt1, len(elements), opTuple1, opNone, opNewFalse, opEmptyList, opMark, bytes.Join(elements, nil), opAppends, opTuple, opBuild)
}

// calling is a call with arguments.
func calling(module, name string, arguments ...any) []byte {
	return asm(stackGlobal(module, name), opMark, asm(arguments...), opTuple, opReduce)
}

// TestWhoCalls: what is only named, or kept by a partial, is called by some of what
// is vetted. Each of the first was loaded by CPython with the libraries and ran
// a command or printed a line: iter with two arguments, a defaultdict that lacks a
// key, an array whose elements have the method of a function of numpy.
func TestWhoCalls(t *testing.T) {
	t.Parallel()
	writer := keeping("sklearn.feature_extraction.text", "_analyze")
	bunch := asm(stackGlobal("sklearn.utils._bunch", "Bunch"), opEmptyTuple, opNewObj, str("exp"), writer, opSetItem)
	far := bytes.Repeat(asm(opEmptyList, opPop), ring)
	array := objectsOf(bunch)
	distribution := asm(stackGlobal("scipy.stats._continuous_distns", "norm_gen"))
	text := attributes(str("_parse_arg_template"), str("import os"))
	dict := stackGlobal("builtins", "dict")
	for name, data := range map[string][]byte{
		"a list of what a partial gives":     calling("builtins", "list", calling("builtins", "iter", writer, opNone)),
		"a queue of what a function gives":   calling("collections", "deque", calling("builtins", "iter", stackGlobal("builtins", "print"), opNone)),
		"a dict that lacks names":            calling("numpy", "dtype", calling("collections", "defaultdict", writer)),
		"a class for what a dict lacks":      calling("numpy", "dtype", calling("collections", "defaultdict", stackGlobal("sklearn.svm._classes", "SVC"))),
		"one long ago":                       asm(calling("collections", "defaultdict", writer), opMemoize, opPop, far, stackGlobal("numpy", "dtype"), opBinGet, 0, opTuple1, opReduce),
		"a factory that a state gives":       asm(stackGlobal("collections", "defaultdict"), opEmptyTuple, opReduce, opNone, attributes(str("default_factory"), writer), opTuple2, opBuild),
		"a state that lacks what it has":     asm(stackGlobal("lightgbm.basic", "Booster"), opEmptyTuple, opNewObj, calling("collections", "defaultdict", writer), opBuild),
		"an array of objects":                calling("numpy", "exp", array),
		"one of long ago":                    asm(array, opMemoize, opPop, far, stackGlobal("numpy", "exp"), opBinGet, 0, opTuple1, opReduce),
		"an array filled later":              asm(stackGlobal("numpy._core.multiarray", "_reconstruct"), stackGlobal("numpy", "ndarray"), opBinInt1, 0, opTuple1, opShortBinBytes, 1, "b", opTuple3, opReduce, opMemoize, opMark, opBinInt1, 1, opBinInt1, 1, opTuple1, opNone, opNewFalse, opEmptyList, bunch, opAppend, opTuple, opMemoize, far, opBuild, far, stackGlobal("numpy", "exp"), opBinGet, 0, opTuple1, opReduce),
		"one of modules":                     calling("numpy", "sqrt", objectsOf(imported("logging"))),
		"one of partials":                    calling("numpy", "logical_or", opNone, objectsOf(writer)),
		"a scalar that is a partial":         calling("numpy.core.multiarray", "scalar", calling("numpy", "dtype", str("O8")), writer),
		"a way through a module":             asm(getter("os.system"), opPop, opNone),
		"a way that begins with one":         asm(imported("numpy"), opPop, getter("load"), opPop, opNone),
		"the same from its end":              asm(getter("load"), opPop, imported("numpy")),
		"a tensor that is a distribution":    calling("torch._tensor", "_rebuild_from_type_v2", stackGlobal("copyreg", "__newobj__"), distribution, distribution, opTuple1, text),
		"a tensor's state":                   calling("torch._tensor", "_rebuild_from_type_v2", stackGlobal("torch._utils", "_rebuild_tensor_v2"), distribution, opEmptyTuple, text),
		"an array that is a distribution":    calling("dill._dill", "_create_array", stackGlobal("copyreg", "__newobj__"), distribution, opTuple1, text, opNone),
		"an array's attributes":              calling("dill._dill", "_create_array", stackGlobal("numpy._core.multiarray", "_reconstruct"), stackGlobal("numpy", "ndarray"), opBinInt1, 0, opTuple1, opShortBinBytes, 1, "b", opTuple3, opNone, writer),
		"items that copyreg sets":            calling("copyreg", "_reconstructor", stackGlobal("sklearn.utils._bunch", "Bunch"), dict, attributes(str("extend"), writer)),
		"pairs that copyreg sets":            calling("copyreg", "_reconstructor", stackGlobal("sklearn.utils._bunch", "Bunch"), dict, opEmptyList, str("extend"), writer, opTuple2, opAppend),
		"what is added to a dict":            asm(stackGlobal("sklearn.utils._bunch", "Bunch"), opEmptyTuple, opNewObj, opNone, opAppend),
		"what is added to a dict as a set":   asm(stackGlobal("sklearn.utils._bunch", "Bunch"), opEmptyTuple, opNewObj, opMark, opNone, opAddItems),
		"items for a partial":                asm(keeping("builtins", "print"), opNone, opAppend),
		"attributes of a partial by a dict":  asm(opEmptyDict, opMemoize, opPop, keeping("builtins", "print"), opMark, stackGlobal("builtins", "print"), opEmptyTuple, opEmptyDict, opBinGet, 0, opTuple, opBuild, opBinGet, 0, str("__setstate__"), keeping("builtins", "print"), opSetItem, opPop, opNone, opBuild),
		"a function that is kept a getter":   asm(stackGlobal("sklearn.svm._classes", "SVC"), opEmptyTuple, opNewObj, attributes(str("a"), kept("sklearn.feature_extraction.text", "_analyze", asm(opEmptyTuple), attributes(str("decoder"), getter("shape")))), opBuild),
		"items for an exception":             asm(calling("builtins", "ValueError", str("x")), opNone, opAppend),
		"an enumeration of a class":          calling("enum", "Enum", str("X"), attributes(str("a"), opEmptyList)),
		"a formula that binds a name":        filled("statsmodels.base.data", "PandasData", str("restore_model_spec"), opNewTrue, str("formula"), str("y ~ I([log('id') for log in [np.f2py.os.system]])")),
		"an array of joblib, of such things": asm(objectArray(asm(proto(4), opEmptyList, bunch, opAppend, opStop))[2:], opMemoize, opPop, stackGlobal("numpy", "exp"), opBinGet, 0, opTuple1, opReduce),
	} {
		if r := scan(t, asm(proto(4), data, opStop)); r.Verdict < Suspicious || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
}

// TestWhoKeeps: what is kept is not called, and ordinary objects are clean.
func TestWhoKeeps(t *testing.T) {
	t.Parallel()
	far := bytes.Repeat(asm(opEmptyList, opPop), ring)
	dict := stackGlobal("builtins", "dict")
	svc := asm(stackGlobal("sklearn.svm._classes", "SVC"), opEmptyTuple, opNewObj)
	words := objectsOf(str("a"), str("b"))
	for name, data := range map[string][]byte{
		"a member of an enumeration":         calling("enum", "IntEnum", opBinInt1, 1),
		"items for a queue":                  asm(calling("collections", "deque"), opNone, opAppend),
		"a dict of lists":                    calling("numpy", "dtype", calling("collections", "defaultdict", stackGlobal("builtins", "list"))),
		"a dict of dicts of counts":          asm(svc, attributes(str("a"), calling("collections", "defaultdict", kept("collections", "defaultdict", asm(stackGlobal("builtins", "int"), opTuple1), asm(opEmptyDict)))), opBuild),
		"a dict of a function, kept":         calling("collections", "defaultdict", stackGlobal("sklearn.svm._classes", "SVC")),
		"an iterator, and where it stands":   asm(calling("builtins", "iter", asm(opEmptyList, opNone, opAppend)), opBinInt1, 1, opBuild),
		"an array of words of long ago":      asm(svc, opPop, words, opMemoize, opPop, far, stackGlobal("numpy", "equal"), opBinGet, 0, str("a"), opTuple2, opReduce),
		"one of times":                       asm(svc, opPop, objectsOf(calling("datetime", "date", opBinInt1, 1)), opMemoize, opPop, far, stackGlobal("numpy", "equal"), opBinGet, 0, str("a"), opTuple2, opReduce),
		"one of estimators, kept":            asm(objectsOf(svc), opMemoize, opPop, far, opBinGet, 0),
		"a function that is kept a number":   asm(svc, attributes(str("a"), kept("sklearn.feature_extraction.text", "_analyze", asm(opEmptyTuple), attributes(str("decoder"), opNone))), opBuild),
		"a getter of a part":                 asm(svc, attributes(str("a"), getter("shape.first")), opBuild),
		"a getter beside a module":           asm(imported("numpy"), opPop, svc, attributes(str("a"), getter("shape")), opBuild),
		"items that copyreg sets of a dict":  calling("copyreg", "_reconstructor", stackGlobal("sklearn.utils._bunch", "Bunch"), dict, attributes(str("data"), opEmptyList)),
		"a tensor":                           calling("torch._tensor", "_rebuild_from_type_v2", stackGlobal("torch._utils", "_rebuild_parameter"), stackGlobal("torch", "Tensor"), opEmptyTuple, opEmptyDict),
		"an array of dill's":                 calling("dill._dill", "_create_array", stackGlobal("numpy._core.multiarray", "_reconstruct"), stackGlobal("numpy", "ndarray"), opBinInt1, 0, opTuple1, opShortBinBytes, 1, "b", opTuple3, opMark, opBinInt1, 1, opBinInt1, 1, opTuple1, opNone, opNewFalse, opShortBinBytes, 1, "x", opTuple, opNone),
		"an array of joblib, of estimators":  asm(objectArray(asm(proto(4), opEmptyList, svc, opAppend, opStop))[2:]),
		"a formula with a column that is so": filled("statsmodels.base.data", "PandasData", str("restore_model_spec"), opNewTrue, str("formula"), str("y ~ np.log(f_score) + x.is_in + np.where(a > 0, 1, abs(b)) + c.abs()")),
	} {
		if r := scan(t, asm(proto(4), data, opStop)); r.Verdict != Clean || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
}
