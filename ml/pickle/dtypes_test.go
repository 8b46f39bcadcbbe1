package pickle

import (
	"bytes"
	"testing"
)

// TestDtypesFarBack: one dtype stands for all arrays of a forest, however many trees
// lie between; one that gets another state far back is not known any more.
func TestDtypesFarBack(t *testing.T) {
	t.Parallel()
	kept := asm(stackGlobal("numpy", "dtype"), str("i1"), opNewFalse, opNewTrue, opTuple3, opReduce,
		opMark, opBinInt1, 3, str("|"), opNone, opNone, opNone, opBinInt, le32(0xffffffff), opBinInt, le32(0xffffffff), opBinInt1, 0, opTuple, opBuild, opMemoize, opPop)
	far := bytes.Repeat(asm(opEmptyList, opPop), ring)
	array := asm(stackGlobal("joblib.numpy_pickle", "NumpyArrayWrapper"), opEmptyTuple, opNewObj, opEmptyDict, opMark,
		str("subclass"), stackGlobal("numpy", "ndarray"), str("shape"), opBinInt1, 4, opTuple1, str("order"), str("C"), str("dtype"), opBinGet, 0, str("allow_mmap"), opNewTrue, opSetItems, opBuild, "\xff\xff\xff\xff")
	again := asm(opBinGet, 0, opMark, opBinInt1, 3, str("|"), opNone, opNone, opNone, opBinInt1, 4, opBinInt1, 1, opBinInt1, 0, opTuple, opBuild, opPop)
	if r := scan(t, asm(proto(4), kept, far, array, opPop, far, array, opStop)); r.Verdict != Clean || r.Status != Complete || len(r.Trace.Arrays) != 2 {
		t.Errorf("arrays of a dtype far back are %s, %s: %v", r.Verdict, r.Status, r.Findings)
	}
	if r := scan(t, asm(proto(4), kept, array, opPop, far, again, array, opStop)); r.Verdict == Clean || r.Status == Complete {
		t.Errorf("an array of a dtype that changed far back is %s, %s: %v", r.Verdict, r.Status, r.Findings)
	}
}
