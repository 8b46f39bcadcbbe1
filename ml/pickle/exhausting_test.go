package pickle

import "testing"

// tooMany is a thousand million hundred times: 10¹¹.
func tooMany() []byte { return asm(opLong1, 8, le64(100_000_000_000)) }

// TestExhausting: CPython came to no end with the first, or ran out of memory at three
// gigabytes.
func TestExhausting(t *testing.T) {
	t.Parallel()
	one := asm(opEmptyList, opBinInt1, 1, opAppend)
	repeat, count, cycle := calling("itertools", "repeat", opBinInt1, 1), calling("itertools", "count"), calling("itertools", "cycle", one)
	ranged := calling("builtins", "range", tooMany())
	ndarray := stackGlobal("numpy", "ndarray")
	for name, data := range map[string][]byte{
		"a list of a cycle":        calling("builtins", "list", cycle),
		"a list of one value":      calling("builtins", "list", repeat),
		"a tuple of all numbers":   calling("builtins", "tuple", count),
		"the same by NEWOBJ":       asm(stackGlobal("builtins", "tuple"), count, opTuple1, opNewObj),
		"the same by copyreg":      calling("copyreg", "_reconstructor", stackGlobal("builtins", "list"), stackGlobal("builtins", "list"), count),
		"a set in steps":           calling("builtins", "set", calling("itertools", "chain", calling("builtins", "enumerate", count))),
		"a dict of pairs":          calling("builtins", "dict", calling("builtins", "zip", count, count)),
		"a queue":                  calling("collections", "deque", repeat),
		"a count":                  calling("collections", "Counter", repeat),
		"an array":                 calling("array", "array", str("d"), ranged),
		"bytes of a cycle":         calling("builtins", "bytes", cycle),
		"a list of a range":        calling("builtins", "list", ranged),
		"a computation":            calling("numpy", "add", asm(opEmptyList, ranged, opAppend), opBinInt1, 1),
		"all pairs":                calling("builtins", "list", calling("itertools", "product", calling("builtins", "range", opBinInt, le32(100000)), calling("builtins", "range", opBinInt, le32(100000)))),
		"a product of a cycle":     calling("itertools", "product", cycle),
		"all orders":               calling("builtins", "list", calling("itertools", "permutations", calling("builtins", "range", opBinInt1, 20))),
		"so many bytes":            calling("builtins", "bytes", tooMany()),
		"so many that may change":  calling("builtins", "bytearray", tooMany()),
		"an array of a shape":      asm(ndarray, tooMany(), opTuple1, opTuple1, opNewObj),
		"one of two sides":         asm(ndarray, opBinInt, le32(1<<20), opBinInt, le32(1<<20), opTuple2, opTuple1, opNewObj),
		"one that is to be filled": calling("numpy._core.multiarray", "_reconstruct", ndarray, asm(tooMany(), opTuple1), opShortBinBytes, 1, "b"),
		"a type of elements":       calling("numpy", "dtype", str("V2000000000")),
		"a type of a shape":        calling("numpy", "dtype", str("(100000,100000)f8")),
		"a scalar without a type":  calling("numpy", "void", tooMany()),
		"a tensor of a size":       calling("torch", "FloatTensor", tooMany()),
		"a storage of a size":      calling("torch", "FloatStorage", tooMany()),
	} {
		if r := scan(t, asm(proto(4), data, opStop)); r.Verdict < Suspicious || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
	for name, data := range map[string][]byte{
		"a cycle":                   cycle,
		"numbers without end":       count,
		"a range":                   ranged,
		"a list of a range":         calling("builtins", "list", calling("builtins", "range", opBinInt, le32(1000000))),
		"some of all numbers":       calling("builtins", "list", calling("itertools", "islice", count, opBinInt1, 5)),
		"some from a place":         calling("builtins", "list", calling("itertools", "islice", count, opBinInt1, 2, opBinInt1, 5)),
		"one value some times":      calling("builtins", "tuple", calling("itertools", "repeat", opNone, opBinInt1, 3)),
		"words and their places":    calling("builtins", "dict", calling("builtins", "zip", asm(opEmptyList, str("a"), opAppend), count)),
		"a few pairs":               calling("builtins", "list", calling("itertools", "product", one, one, one)),
		"a few bytes":               calling("builtins", "bytearray", opBinInt, le32(1<<20)),
		"an array that is filled":   calling("numpy._core.multiarray", "_reconstruct", ndarray, asm(opBinInt1, 0, opTuple1), opShortBinBytes, 1, "b"),
		"a type of long texts":      calling("numpy", "dtype", str("U100000"), opNewFalse, opNewTrue),
		"an iterator and its place": asm(calling("builtins", "iter", one), opBinInt1, 1, opBuild),
	} {
		if r := scan(t, asm(proto(4), data, opStop)); r.Verdict != Clean || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
}
