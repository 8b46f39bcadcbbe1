package pickle

import (
	"bytes"
	"testing"
)

// fresh is an object that is made empty.
func fresh(module, name string) []byte { return asm(stackGlobal(module, name), opEmptyTuple, opNewObj) }

// TestHooks: what a loader runs of a class of data is looked at by what the state
// holds. Each of the first was loaded by CPython with the libraries, and wrote a
// file: test/conformance/scan/malicious_hooks.py has them all.
func TestHooks(t *testing.T) {
	t.Parallel()
	writer := keeping("sklearn.feature_extraction.text", "_analyze")
	view := filled("networkx.classes.coreviews", "FilterAtlas", str("NODE_OK"), writer)
	dtype := filled("pandas.core.dtypes.base", "ExtensionDtype", str("_metadata"), view)
	many := bytes.Repeat(asm(str("a"), opNone), slots)
	far := bytes.Repeat(asm(opEmptyList, opPop), ring)
	svc := fresh("sklearn.svm._classes", "SVC")
	for name, data := range map[string][]byte{
		"an axis of a frame":              asm(fresh("pandas.core.internals.managers", "BlockManager"), opEmptyList, view, opAppend, opEmptyList, opEmptyList, opTuple3, opBuild),
		"a version that is compared":      asm(svc, attributes(str("_sklearn_version"), view), opBuild),
		"one far back":                    asm(svc, attributes(str("_sklearn_version"), view), far, opBuild),
		"values of a category":            asm(fresh("pandas.core.arrays.categorical", "Categorical"), attributes(str("_codes"), view), opBuild),
		"an index of it":                  asm(stackGlobal("pandas.core.indexes.base", "Index"), view, opTuple1, opNewObj),
		"a tuple of it":                   asm(stackGlobal("sklearn.utils._pprint", "KeyValTuple"), view, opTuple1, opNewObj),
		"a booster":                       asm(fresh("xgboost.core", "Booster"), attributes(str("handle"), view), opBuild),
		"layers that are asked":           asm(fresh("torch.nn.modules.conv", "Conv2d"), attributes(str("_parameters"), view), opBuild),
		"a method in the state":           asm(svc, attributes(str("__setstate__"), writer), opBuild),
		"one in a state far back":         asm(svc, attributes(str("__setstate__"), writer), far, opBuild),
		"one among many":                  asm(svc, opEmptyDict, opMark, many, str("__setstate__"), writer, opSetItems, opBuild),
		"one whose name a call gave":      asm(svc, opEmptyDict, stackGlobal("builtins", "str"), opShortBinBytes, 12, "__setstate__", str("utf8"), opTuple2, opReduce, writer, opSetItem, opBuild),
		"one in a list of pairs":          asm(fresh("statsmodels.base.wrapper", "ResultsWrapper"), opEmptyList, str("__setstate__"), writer, opTuple2, opAppend, opBuild),
		"one of a namespace":              asm(stackGlobal("types", "SimpleNamespace"), opEmptyTuple, opReduce, attributes(str("__setstate__"), writer), opBuild),
		"what extends it":                 asm(fresh("collections", "UserList"), attributes(str("extend"), writer), opBuild),
		"what it extends":                 asm(fresh("collections", "UserList"), attributes(str("data"), svc), opBuild),
		"an item for a method":            asm(fresh("sklearn.utils._bunch", "Bunch"), str("extend"), writer, opSetItem),
		"a class in the slots":            asm(fresh("networkx.classes.filters", "show_nodes"), opNone, attributes(str("__class__"), stackGlobal("lightgbm.basic", "Dataset")), opTuple2, opBuild),
		"what a dict lacks, in the slots": asm(fresh("nltk.probability", "ConditionalFreqDist"), opNone, attributes(str("default_factory"), writer), opTuple2, opBuild),
		"what is done at the end":         asm(fresh("lightgbm.basic", "Dataset"), attributes(str("_free_handle"), writer), opBuild),
		"a key that is hashed by it":      asm(opEmptyDict, dtype, opNone, opSetItem),
		"a tuple with such a key":         asm(opEmptyDict, dtype, opTuple1, opNone, opSetItem),
		"a tuple that a call made":        asm(opEmptyDict, stackGlobal("builtins", "tuple"), opEmptyList, dtype, opAppend, opTuple1, opReduce, opNone, opSetItem),
		"a set of it":                     asm(stackGlobal("builtins", "frozenset"), opEmptyList, dtype, opAppend, opTuple1, opReduce),
		"a long key with it":              asm(opEmptyDict, opMark, bytes.Repeat(asm(opNone), slots+1), dtype, opTuple, opNone, opSetItem),
		"a zone whose method is another":  asm(opEmptyDict, stackGlobal("dateutil.tz.tz", "tzutc"), opEmptyTuple, opReduce, attributes(str("utcoffset"), writer), opBuild, opNone, opSetItem),
		"a member of an enumeration":      asm(stackGlobal("catboost.core", "EFstrType"), opBinInt1, 0, opTuple1, opReduce, opEmptyDict, opBuild),
		"a logger":                        asm(stackGlobal("logging", "getLogger"), opEmptyTuple, opReduce, opEmptyDict, opBuild),
		"another is asked how to fill it": asm(fresh("xgboost.training", "CVPack"), opMemoize, attributes(str("bst"), svc), opBuild, opBinGet, 0, opEmptyDict, opBuild),
	} {
		data = asm(proto(4), data, opStop)
		if r := scan(t, data); r.Verdict < Suspicious || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
	for name, data := range map[string][]byte{
		"a version":                       asm(svc, attributes(str("_sklearn_version"), str("1.9.1")), opBuild),
		"estimators in an estimator":      asm(svc, attributes(str("estimator"), svc, str("steps"), opEmptyList, str("a"), svc, opTuple2, opAppend), opBuild),
		"layers of layers":                asm(fresh("torch.nn.modules.container", "Sequential"), attributes(str("_modules"), opEmptyDict, str("0"), fresh("torch.nn.modules.linear", "Linear"), opSetItem), opBuild),
		"a dict of functions":             asm(opEmptyDict, str("add"), stackGlobal("numpy", "add"), opSetItem),
		"a word that is a name":           asm(opEmptyDict, str("__setstate__"), opBinInt1, 1, opSetItem),
		"an estimator for a key":          asm(opEmptyDict, svc, opNone, opSetItem),
		"columns with names far back":     asm(fresh("pandas.core.internals.managers", "BlockManager"), opEmptyList, far, opEmptyList, opEmptyList, opTuple3, opBuild),
		"an index that an index is of":    asm(stackGlobal("pandas.core.indexes.base", "Index"), opEmptyList, opTuple1, opNewObj),
		"an array of estimators":          asm(stackGlobal("numpy._core.multiarray", "_reconstruct"), stackGlobal("numpy", "ndarray"), opBinInt1, 0, opTuple1, opShortBinBytes, 1, "b", opTuple3, opReduce, opMark, opBinInt1, 1, opBinInt1, 1, opTuple1, opNone, opNone, opEmptyList, svc, opAppend, opTuple, opBuild),
		"a partial of a function, filled": asm(writer, opMark, stackGlobal("sklearn.feature_extraction.text", "_analyze"), opEmptyTuple, opEmptyDict, opNone, opTuple, opBuild),
	} {
		data = asm(proto(4), data, opStop)
		if r := scan(t, data); r.Verdict != Clean || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
}

// TestHooksAreRead: words that are none are refused.
func TestHooksAreRead(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"items,items", "plain", "works:a", "plain:,", "other:a"} {
		if _, err := NewVetting("DATA\ta\tB\t" + bad + "\tany\tread by us\n"); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
