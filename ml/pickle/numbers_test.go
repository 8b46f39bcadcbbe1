package pickle

import (
	"bytes"
	"testing"
)

// TestCompiledConstructors: what nobody has read is given numbers.
func TestCompiledConstructors(t *testing.T) {
	t.Parallel()
	array := asm(stackGlobal("numpy._core.multiarray", "_reconstruct"), stackGlobal("numpy", "ndarray"), opBinInt1, 0, opTuple1, opShortBinBytes, 1, "b", opTuple3, opReduce)
	scalar := func(code string) []byte {
		return calling("numpy._core.multiarray", "scalar", calling("numpy", "dtype", str(code), opNewFalse, opNewTrue), opShortBinBytes, 8, "\x00\x00\x00\x00\x00\x00\x00\x00")
	}
	many := asm(opEmptyList, opMark, bytes.Repeat(asm(opBinInt1, 1), slots+1), opAppends)
	for name, data := range map[string][]byte{
		"a reader of a path":             calling("pandas._libs.parsers", "TextReader", str("/etc/passwd")),
		"one of bytes":                   calling("pandas._libs.parsers", "TextReader", opShortBinBytes, 1, "a"),
		"one of a path":                  calling("pandas._libs.parsers", "TextReader", calling("pathlib", "PosixPath", str("/etc/passwd"))),
		"one of a file in memory":        calling("pandas._libs.parsers", "TextReader", calling("io", "BytesIO")),
		"one of a text that a call gave": calling("pandas._libs.parsers", "TextReader", calling("builtins", "str", opShortBinBytes, 1, "a", str("utf8"))),
		"one of a text of numpy":         calling("pandas._libs.parsers", "TextReader", scalar("<U2")),
		"one of a text in a list":        calling("pandas._libs.parsers", "TextReader", opEmptyList, str("a"), opAppend),
		"one of a long list":             calling("pandas._libs.parsers", "TextReader", many),
		"one by a keyword":               asm(stackGlobal("pandas._libs.parsers", "TextReader"), opEmptyTuple, attributes(str("source"), str("/etc/passwd")), opNewObjEx),
		"one by NEWOBJ":                  asm(stackGlobal("pandas._libs.parsers", "TextReader"), str("/etc/passwd"), opTuple1, opNewObj),
		"a tree and a measure by name":   calling("sklearn.neighbors._ball_tree", "BallTree64", array, opBinInt1, 1, str("pyfunc")),
		"a solver":                       calling("scipy.optimize._highspy._core", "_Highs", str("a.mps")),
		"a property of a function":       calling("pandas._libs.properties", "CachedProperty", stackGlobal("sklearn.feature_extraction.text", "_analyze")),
		"one that is kept":               keeping("pandas._libs.parsers", "TextReader"),
		"one for what a dict lacks":      calling("numpy", "dtype", calling("collections", "defaultdict", stackGlobal("pandas._libs.parsers", "TextReader"))),
	} {
		if r := scan(t, asm(proto(4), data, opStop)); r.Verdict < Suspicious || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
	for name, data := range map[string][]byte{
		"a tree":              calling("sklearn.tree._tree", "Tree", opBinInt1, 4, array, opBinInt1, 1),
		"a loss":              calling("sklearn._loss._loss", "CyHalfTweedieLossIdentity", scalar("f8")),
		"places of values":    calling("pandas._libs.sparse", "IntIndex", opBinInt1, 3, array),
		"days of a week":      calling("pandas._libs.tslibs.offsets", "CustomBusinessDay", opBinInt1, 1, opNewFalse, str("Mon Tue"), opEmptyTuple, opNone, opNone),
		"a tree of that tree": calling("sklearn.tree._tree", "Tree", opBinInt1, 4, calling("sklearn.tree._tree", "Tree", opBinInt1, 4, array, opBinInt1, 1), opBinInt1, 1),
	} {
		if r := scan(t, asm(proto(4), data, opStop)); r.Verdict != Clean || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
}

// TestKeptFunctions: a function that opens, writes or imports what it is given is
// told wherever it is kept; one that computes, or calls what it is given, is not.
func TestKeptFunctions(t *testing.T) {
	t.Parallel()
	svc := fresh("sklearn.svm._classes", "SVC")
	far := bytes.Repeat(asm(opEmptyList, opPop), ring)
	function := stackGlobal("sklearn.feature_extraction.text", "_analyze")
	old := asm(opEmptyList, function, opAppend, opMemoize, opPop, far, stackGlobal("numpy", "add"), opBinGet, 0, opBinInt1, 1, opTuple2, opReduce)
	long := func(last []byte) []byte {
		return calling("numpy", "add", asm(opEmptyList, opMark, bytes.Repeat(asm(opNone), slots), last, opAppends), opBinInt1, 1)
	}
	for name, data := range map[string][]byte{
		"one that writes, of an estimator": asm(svc, attributes(str("score_func"), stackGlobal("sklearn.datasets._svmlight_format_io", "dump_svmlight_file")), opBuild),
		"one in a partial":                 keeping("sklearn.datasets._svmlight_format_io", "dump_svmlight_file"),
		"one in a list":                    asm(opEmptyList, stackGlobal("sklearn.datasets._base", "clear_data_home"), opAppend),
		"one that imports":                 stackGlobal("sklearn.utils._set_output", "check_library_installed"),
		"one that asks the net":            stackGlobal("sklearn.datasets._openml", "_open_openml_url"),
		"one that draws":                   stackGlobal("sklearn.tree._export", "export_graphviz"),
		"one in a list long ago":           old,
		"one far back in a list":           long(function),
		"a partial far back in a list":     long(keeping("sklearn.feature_extraction.text", "_analyze")),
		"a way to all for one that calls":  kept("sklearn.feature_extraction.text", "_analyze", asm(opEmptyTuple), attributes(str("decoder"), stackGlobal("operator", "attrgetter"))),
		"a getter in a list for it":        kept("sklearn.feature_extraction.text", "_analyze", asm(opEmptyList, getter("shape"), opAppend, opTuple1), asm(opEmptyDict)),
	} {
		if r := scan(t, asm(proto(4), data, opStop)); r.Verdict < Suspicious || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
	for name, data := range map[string][]byte{
		"one that scores":          asm(svc, attributes(str("score_func"), stackGlobal("sklearn.feature_selection._univariate_selection", "f_classif")), opBuild),
		"a measure":                asm(svc, attributes(str("metric"), stackGlobal("sklearn.metrics._classification", "accuracy_score")), opBuild),
		"one that is kept":         kept("sklearn.feature_selection._univariate_selection", "f_regression", asm(opEmptyTuple), attributes(str("center"), opNewTrue)),
		"one that calls":           asm(svc, attributes(str("func"), function), opBuild),
		"one that calls another":   kept("sklearn.metrics.pairwise", "pairwise_distances", asm(opEmptyTuple), attributes(str("metric"), stackGlobal("scipy.spatial.distance", "cosine"))),
		"one of arrays":            asm(svc, attributes(str("func"), stackGlobal("numpy", "mean")), opBuild),
		"words far back in a list": long(calling("numpy", "str_", str("a"))),
	} {
		if r := scan(t, asm(proto(4), data, opStop)); r.Verdict != Clean || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
}
