package pickle

import (
	"bytes"
	"testing"
)

// aliased is a polynomial of numpy whose attributes are entry 0 of the memo.
func aliased() []byte {
	return asm(fresh("numpy.polynomial.polynomial", "Polynomial"), opEmptyDict, opMemoize, opBuild)
}

// TestAliasedState: what is set in the dict of an object after it was judged is
// judged as its state. CPython with numpy 2.4 called what it is given by the first
// two of these, and set the attributes in all.
func TestAliasedState(t *testing.T) {
	t.Parallel()
	writer := keeping("sklearn.feature_extraction.text", "_analyze")
	far := bytes.Repeat(asm(opEmptyList, opPop), ring)
	many := bytes.Repeat(asm(opNone, opNone), slots)
	for name, data := range map[string][]byte{
		"one item":            asm(aliased(), opBinGet, 0, str("__setstate__"), writer, opSetItem, opPop, opNone, opBuild),
		"one of many":         asm(aliased(), opBinGet, 0, opMark, many, str("extend"), writer, opSetItems, opPop, opNone, opAppend),
		"long after":          asm(aliased(), far, opBinGet, 0, opMark, str("append"), writer, opSetItems, opPop, opNone, opAppend),
		"a dict of a call":    asm(fresh("numpy.polynomial.polynomial", "Polynomial"), stackGlobal("collections", "OrderedDict"), opEmptyTuple, opReduce, opMemoize, opBuild, opBinGet, 0, str("extend"), writer, opSetItem),
		"of another library":  asm(fresh("gensim.models.rpmodel", "RpModel"), opEmptyDict, opMemoize, opBuild, opBinGet, 0, str("extend"), writer, opSetItem),
		"a method of its own": asm(fresh("lightning_fabric.strategies.ddp", "DDPStrategy"), opEmptyDict, opMemoize, opBuild, opBinGet, 0, str("append"), writer, opSetItem),
	} {
		if r := scan(t, asm(proto(4), data, opStop)); r.Verdict < Suspicious || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
	copied := asm(fresh("sklearn.svm._classes", "SVC"), opEmptyDict, opMemoize, opBuild)
	for name, data := range map[string][]byte{
		"a polynomial":               asm(fresh("numpy.polynomial.polynomial", "Polynomial"), attributes(str("coef"), opNone), opBuild),
		"a number in its attributes": asm(aliased(), opBinGet, 0, str("coef"), opBinInt1, 1, opSetItem, opPop),
		"a function among them":      asm(aliased(), opBinGet, 0, str("coef"), writer, opSetItem, opPop),
		"a dict that is copied":      asm(copied, opBinGet, 0, str("extend"), writer, opSetItem, opPop),
		"one that copyreg fills":     asm(calling("copyreg", "_reconstructor", stackGlobal("sklearn.svm._classes", "SVC"), stackGlobal("builtins", "object"), opNone), opEmptyDict, opMemoize, opBuild, opBinGet, 0, str("extend"), writer, opSetItem, opPop),
	} {
		if r := scan(t, asm(proto(4), data, opStop)); r.Verdict != Clean || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
}

// TestAliasedMany: an object too many is known by its kind.
func TestAliasedMany(t *testing.T) {
	t.Parallel()
	one := asm(opBinGet, 0, opEmptyTuple, opNewObj, opEmptyDict, opBuild, opPop)
	data := asm(proto(4), stackGlobal("numpy.polynomial.polynomial", "Polynomial"), opMemoize, opPop, bytes.Repeat(one, mostAliases+1),
		opBinGet, 0, opEmptyTuple, opNewObj, opEmptyDict, opMemoize, opBuild, opBinGet, 1, str("extend"), keeping("sklearn.feature_extraction.text", "_analyze"), opSetItem, opStop)
	if r := scan(t, data); r.Verdict < Suspicious || r.Status != Complete {
		t.Errorf("it is %s, %s: %v", r.Verdict, r.Status, r.Findings)
	}
}
