package pickle

import (
	"bytes"
	"testing"
)

// TestChangedAfter: what was judged and is changed after is judged again. CPython
// with pandas and networkx called what the file chose in the first of each.
func TestChangedAfter(t *testing.T) {
	t.Parallel()
	view := filled("networkx.classes.coreviews", "FilterAtlas", str("NODE_OK"), keeping("sklearn.feature_extraction.text", "_analyze"))
	far := bytes.Repeat(asm(opEmptyList, opPop), ring)
	names := attributes(str("_metadata"), opEmptyTuple)
	dtype := asm(fresh("pandas.core.dtypes.base", "ExtensionDtype"), names, opBuild)
	for name, data := range map[string][]byte{
		"a key that is filled anew":   asm(opEmptyDict, dtype, opMemoize, opNone, opSetItem, opBinGet, 0, attributes(str("_metadata"), view), opBuild, opPop, dtype, opNone, opSetItem),
		"one in a tuple":              asm(opEmptyDict, dtype, opMemoize, opTuple1, opNone, opSetItem, opBinGet, 0, attributes(str("_metadata"), view), opBuild, opPop, dtype, opTuple1, opNone, opSetItem),
		"a list that a key has":       asm(opEmptyDict, fresh("pandas.core.dtypes.base", "ExtensionDtype"), attributes(str("_metadata"), opEmptyTuple, str("x"), asm(opEmptyList, opMemoize)), opBuild, opNone, opSetItem, opBinGet, 0, view, opAppend, opPop),
		"one of long ago":             asm(opEmptyDict, fresh("pandas.core.dtypes.base", "ExtensionDtype"), attributes(str("_metadata"), opEmptyTuple, str("x"), asm(opEmptyList, opMemoize)), opBuild, opNone, opSetItem, far, opBinGet, 0, view, opAppend, opPop),
		"a dict that a view has":      asm(opEmptyDict, opMemoize, opPop, calling("types", "MappingProxyType", opBinGet, 0), opBinGet, 0, str("a"), view, opSetItem, opPop),
		"an ordered dict with keys":   calling("builtins", "dict", asm(calling("collections", "OrderedDict"), attributes(str("keys"), view), opBuild)),
		"one for a state":             asm(fresh("sklearn.svm._classes", "SVC"), calling("collections", "OrderedDict"), attributes(str("keys"), view), opBuild, opBuild),
		"one that lost them again":    calling("builtins", "dict", asm(calling("collections", "OrderedDict"), attributes(str("keys"), view), opBuild, opEmptyDict, opBuild)),
		"one of long ago with keys":   asm(calling("collections", "OrderedDict"), attributes(str("keys"), view), opBuild, opMemoize, opPop, far, stackGlobal("builtins", "dict"), opBinGet, 0, opTuple1, opReduce),
		"one in a pair":               asm(fresh("networkx.classes.filters", "show_nodes"), calling("collections", "OrderedDict"), attributes(str("items"), view), opBuild, opNone, opTuple2, opBuild),
		"one for keywords":            asm(stackGlobal("builtins", "slice"), opEmptyTuple, calling("collections", "OrderedDict"), attributes(str("keys"), view), opBuild, opNewObjEx),
		"one that a view has":         asm(calling("collections", "OrderedDict"), opMemoize, opPop, calling("types", "MappingProxyType", opBinGet, 0), opBinGet, 0, attributes(str("keys"), view), opBuild, opPop),
		"arguments that are asked":    asm(stackGlobal("builtins", "slice"), view, opReduce),
		"arguments of an exception":   asm(calling("builtins", "ValueError"), attributes(str("args"), view), opBuild),
		"a function without any":      asm(opMark, stackGlobal("sklearn.datasets._base", "_pkl_filepath"), opObj),
		"the same by its name":        asm(opMark, opInst, "sklearn.datasets._base\n_pkl_filepath\n"),
		"a path for copyreg to open":  calling("copyreg", "__newobj__", stackGlobal("pandas._libs.parsers", "TextReader"), str("/etc/passwd")),
		"one for its constructor":     calling("copyreg", "_reconstructor", stackGlobal("pandas._libs.parsers", "TextReader"), stackGlobal("pandas._libs.parsers", "TextReader"), str("/etc/passwd")),
		"keywords for copyreg to use": calling("copyreg", "__newobj_ex__", stackGlobal("pandas._libs.parsers", "TextReader"), opEmptyTuple, attributes(str("source"), str("/etc/passwd"))),
	} {
		if r := scan(t, asm(proto(4), data, opStop)); r.Verdict < Suspicious || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
	svc := fresh("sklearn.svm._classes", "SVC")
	for name, data := range map[string][]byte{
		"a key that is filled anew with numbers": asm(opEmptyDict, dtype, opMemoize, opNone, opSetItem, opBinGet, 0, attributes(str("_metadata"), opEmptyTuple), opBuild, opPop),
		"a list that grows by words":             asm(calling("numpy", "add", asm(opEmptyList, opMemoize), opBinInt1, 1), opPop, opBinGet, 0, str("a"), opAppend),
		"a list that nobody was given":           asm(opEmptyList, opMemoize, svc, opAppend, opPop, opBinGet, 0, svc, opAppend),
		"a class by OBJ":                         asm(opMark, stackGlobal("sklearn.svm._classes", "SVC"), opObj),
		"an ordered dict with a mark":            calling("builtins", "dict", asm(calling("collections", "OrderedDict"), attributes(str("_metadata"), opEmptyDict), opBuild)),
		"an exception with an estimator":         asm(calling("builtins", "ValueError"), attributes(str("args"), opNone, str("of"), svc), opBuild),
	} {
		if r := scan(t, asm(proto(4), data, opStop)); r.Verdict != Clean || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
}
