package pickle

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// tricks are programs by which a payload hid from a scanner of opcodes. Each
// calls or reaches what want names; "" is for findings without a name.
func tricks() map[string]trick {
	id := asm(str("id"), opTuple1, opReduce)
	return map[string]trick{
		"plain":                                {asm(proto(4), stackGlobal("posix", "system"), id, opStop), "posix.system", RuleCall},
		"no PROTO at all":                      {asm(stackGlobal("posix", "system"), id, opStop), "posix.system", RuleCall},
		"operands from the memo":               {asm(proto(4), str("posix"), opMemoize, str("system"), opMemoize, opPop, opPop, opBinGet, 0, opBinGet, 1, opStackGlobal, id, opStop), "posix.system", RuleCall},
		"operands through DUP and POP":         {asm(proto(4), str("posix"), opDup, opPop, str("x"), opPop, str("system"), opStackGlobal, id, opStop), "posix.system", RuleCall},
		"an entry of the memo overwritten":     {asm(proto(4), str("math"), opBinPut, 0, opPop, str("posix"), opBinPut, 0, opPop, opBinGet, 0, str("system"), opStackGlobal, id, opStop), "posix.system", RuleCall},
		"MEMOIZE counts, it does not go on":    {asm(proto(4), str("posix"), opBinPut, 9, opPop, str("system"), opMemoize, opPop, opBinGet, 9, opBinGet, 1, opStackGlobal, id, opStop), "posix.system", RuleCall},
		"operands by BINUNICODE8":              {asm(proto(4), opBinUnicode8, le64(5), "posix", opBinUnicode, le32(6), "system", opStackGlobal, id, opStop), "posix.system", RuleCall},
		"operands by STRING and BINSTRING":     {asm(opString, "'po\\x73ix'\n", opShortBinString, 6, "system", opStackGlobal, id, opStop), "posix.system", RuleCall},
		"operands by UNICODE with escapes":     {asm(opUnicode, "\\u0070osix\n", opUnicode, "system\n", opStackGlobal, id, opStop), "posix.system", RuleCall},
		"a computed name":                      {asm(proto(4), stackGlobal("_codecs", "encode"), str("posix"), str("rot13"), opTuple2, opReduce, str("system"), opStackGlobal, id, opStop), "?.system", RuleComputed},
		"INST":                                 {asm(opMark, opString, "'id'\n", opInst, "posix\nsystem\n", opStop), "posix.system", RuleCall},
		"OBJ":                                  {asm(opMark, global("posix", "system"), opString, "'id'\n", opObj, opStop), "posix.system", RuleCall},
		"NEWOBJ":                               {asm(proto(2), global("subprocess", "Popen"), opEmptyTuple, opNewObj, opStop), "subprocess.Popen", RuleCall},
		"NEWOBJ_EX":                            {asm(proto(4), stackGlobal("subprocess", "Popen"), opEmptyTuple, opEmptyDict, opNewObjEx, opStop), "subprocess.Popen", RuleCall},
		"Python 2's name":                      {asm(global("__builtin__", "eval"), opUnicode, "1\n", opTuple1, opReduce, opStop), "builtins.eval", RuleCall},
		"Python 2's module":                    {asm(global("commands", "getoutput"), opUnicode, "id\n", opTuple1, opReduce, opStop), "subprocess.getoutput", RuleCall},
		"Python 2's reduce":                    {asm(global("__builtin__", "reduce"), opEmptyTuple, opReduce, opStop), "functools.reduce", RuleCall},
		"dots by a late PROTO":                 {asm(str("sklearn.utils"), str("fixes.os.system"), proto(4), opStackGlobal, id, opStop), "sklearn.utils.fixes.os.system", RuleCall},
		"a module as an attribute":             {asm(proto(4), stackGlobal("sklearn.utils", "os"), opStop), "sklearn.utils.os", RuleImport},
		"attributes that lead out":             {asm(proto(4), stackGlobal("collections", "OrderedDict.__init__.__globals__"), opStop), "collections.OrderedDict.__init__.__globals__", RuleImport},
		"getattr":                              {asm(proto(4), stackGlobal("builtins", "getattr"), stackGlobal("sklearn", "os"), str("system"), opTuple2, opReduce, id, opStop), "sklearn.os.system", RuleCall},
		"getattr of a computed value":          {asm(proto(4), stackGlobal("builtins", "getattr"), stackGlobal("builtins", "list"), opEmptyTuple, opReduce, str("append"), opTuple2, opReduce, opStop), "builtins.getattr", RuleArgument},
		"partial":                              {asm(proto(4), stackGlobal("functools", "partial"), stackGlobal("posix", "system"), str("id"), opTuple2, opReduce, opStop), "functools.partial", RuleArgument},
		"a constructor of numpy.random":        {asm(proto(4), stackGlobal("numpy.random._pickle", "__generator_ctor"), str("id"), stackGlobal("posix", "system"), opTuple2, opReduce, opStop), "posix.system", RuleCall},
		"dill's arrays":                        {asm(proto(4), stackGlobal("dill._dill", "_create_array"), opMark, stackGlobal("posix", "system"), str("id"), opTuple1, opNone, opNone, opTuple, opReduce, opStop), "posix.system", RuleCall},
		"copyreg's constructor":                {asm(global("copy_reg", "_reconstructor"), opMark, global("subprocess", "Popen"), global("__builtin__", "object"), opNone, opTuple, opReduce, opStop), "subprocess.Popen", RuleCall},
		"state of a function":                  {asm(proto(2), global("collections", "namedtuple"), opNone, opEmptyDict, opBinUnicode, le32(8), "__code__", opNone, opSetItem, opTuple2, opBuild, opStop), "collections.namedtuple", RuleBuildGlobal},
		"state of a vetted class":              {asm(proto(2), global("collections", "OrderedDict"), opEmptyDict, opBuild, opStop), "collections.OrderedDict", RuleBuildGlobal},
		"a result that POP drops":              {asm(proto(4), stackGlobal("posix", "system"), id, opPop, opNone, opStop), "posix.system", RuleCall},
		"results that POP_MARK drops":          {asm(proto(4), opMark, stackGlobal("posix", "system"), id, opPopMark, opNone, opStop), "posix.system", RuleCall},
		"a break behind the call":              {asm(proto(4), stackGlobal("posix", "system"), id, 0xff), "posix.system", RuleCall},
		"the end behind the call":              {asm(proto(4), stackGlobal("posix", "system"), id), "posix.system", RuleCall},
		"a name that the end of the file ends": {asm(opMark, opString, "'id'\n", opInst, "posix\nsystem!"), "posix.system", RuleCall},
		"GET of nothing behind the call":       {asm(proto(4), stackGlobal("posix", "system"), id, opGet, "77\n", opStop), "posix.system", RuleCall},
		"GET with spaces and underscores":      {asm(str("posix"), opPut, "1_0\n", opPop, opGet, " 10 \n", str("system"), opStackGlobal, id, opStop), "posix.system", RuleCall},
		"no items for what takes none":         {asm(opNone, opMark, opAddItems, opMark, opAppends, opMark, opSetItems, stackGlobal("posix", "system"), id, opStop), "posix.system", RuleCall},
		"behind STOP":                          {asm(proto(4), opNone, opStop, proto(4), stackGlobal("posix", "system"), id, opStop), "posix.system", RuleCall},
		"behind STOP and junk":                 {asm(proto(4), opNone, opStop, bytes.Repeat([]byte{0xee}, 3000), proto(4), stackGlobal("posix", "system"), id, opStop), "posix.system", RuleCall},
		"behind junk, protocol 0":              {asm(opNone, opStop, "\xee\xee\xee", global("posix", "system"), opMark, opString, "'id'\n", opTuple, opReduce, opStop), "posix.system", RuleCall},
		"behind junk, no PROTO":                {asm(opNone, opStop, "\xee\xee\xee", stackGlobal("posix", "system"), id, opStop), "posix.system", RuleCall},
		"bytes that older readers see":         {straddled(), "posix.system", RuleCall},
		"an array that only joblib skips":      {asm(joblibArray([]byte(string(asm(stackGlobal("posix", "system"), id, opStop)))), opStop), "posix.system", RuleCall},
		"a pickle in an array of objects":      {asm(objectArray(asm(proto(2), global("posix", "system"), opEmptyTuple, opReduce, opStop)), opStop), "posix.system", RuleCall},
		"APPEND to an object":                  {asm(proto(2), global("evil", "List"), opEmptyTuple, opNewObj, opNone, opAppend, opStop), "evil.List", RuleUnknownCall},
		"a key with a hash of its own":         {asm(proto(2), opEmptyDict, global("evil", "Key"), opEmptyTuple, opNewObj, opNone, opSetItem, opStop), "evil.Key", RuleUnknownCall},
		"a function that is vetted as data":    {asm(proto(4), stackGlobal("builtins", "print"), id, opStop), "builtins.print", RuleDataCalled},
		"an extension code":                    {asm(proto(2), opExt1, 1, opEmptyTuple, opReduce, opStop), ".", RuleExtension},
		"a persistent id":                      {asm(opPersID, "42\n", opStop), ".", RulePersistent},
		"what a call gave back is called":      {asm(proto(4), stackGlobal("collections", "OrderedDict"), opEmptyTuple, opReduce, opEmptyTuple, opReduce, opStop), "collections.OrderedDict", RuleUnknownCallee},
		"PROTO twice":                          {asm(proto(4), proto(2), opNone, opStop), ".", RuleProto},
		"letters that look like others":        {asm(proto(4), stackGlobal("pos\u0456x", "system"), id, opStop), "pos\u0456x.system", RuleUnknownCall},
		"a carriage return in the name":        {asm(global("posix\r", "system\r"), opStop), "posix\r.system\r", RuleUnknownImport},
		"a nested archive":                     {asm(proto(2), global("torch.storage", "_load_from_bytes"), opBinBytes, le32(uint32(len(asm(proto(2), global("posix", "system"), opEmptyTuple, opReduce, opStop)))), proto(2), global("posix", "system"), opEmptyTuple, opReduce, opStop, opTuple1, opReduce, opStop), "posix.system", RuleCall},
		"a nested archive as text":             {asm(proto(2), global("torch.storage", "_load_from_bytes"), global("_codecs", "encode"), latin(asm(proto(2), global("posix", "system"), opEmptyTuple, opReduce, opStop)), opShortBinString, 6, "latin1", opTuple2, opReduce, opTuple1, opReduce, opStop), "posix.system", RuleCall},
		"a rebuilt tensor":                     {asm(proto(4), stackGlobal("torch._tensor", "_rebuild_from_type_v2"), opMark, stackGlobal("posix", "system"), stackGlobal("torch", "Tensor"), str("id"), opTuple1, opNone, opTuple, opReduce, opStop), "posix.system", RuleCall},
		"a side file that leads out":           {asm(proto(2), global("joblib.numpy_pickle", "NDArrayWrapper"), opEmptyTuple, opNewObj, opEmptyDict, opBinUnicode, le32(8), "filename", opBinUnicode, le32(9), "../../etc", opSetItem, opBuild, opStop), ".", RuleSideFile},
		"text that looks like a name":          {[]byte("\x80\x04N.\n# comment\ncposix\nsystem\n(S'id'\ntR."), "posix.system", RuleCall},
		"code that the pickle carries":         {asm(proto(4), stackGlobal("cloudpickle.cloudpickle", "_make_function"), opEmptyTuple, opReduce, opStop), "cloudpickle.cloudpickle._make_function", RuleCode},
		"containers that hold each other":      {laughs(), ".", RuleExpansion},
		"an argument as a list":                {asm(global("posix", "system"), opEmptyList, opString, "'id'\n", opAppend, opReduce, opStop), "posix.system", RuleCall},
		"a ufunc by its name":                  {asm(proto(4), stackGlobal("numpy.core", "_ufunc_reconstruct"), str("os"), str("system"), opTuple2, opReduce, id, opStop), "os.system", RuleCall},
		"a number where NUL ends it":           {asm(opInt, "1\x00x\n", opPop, global("posix", "system"), opEmptyTuple, opReduce, opStop), "posix.system", RuleCall},
		"text of latin1 by another encoding":   {asm(proto(4), stackGlobal("_codecs", "encode"), str("x"), str("unicode_escape"), opTuple2, opReduce, opStop), "_codecs.encode", RuleArgument},
	}
}

type trick struct {
	data []byte
	want string // module.name
	rule string
}

func TestTricks(t *testing.T) {
	t.Parallel()
	for name, c := range tricks() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := scan(t, c.data)
			found := slices.ContainsFunc(r.Findings, func(f Finding) bool {
				return f.Rule == c.rule && (f.Module+"."+f.Name == c.want || c.want == ".")
			})
			if !found || r.Verdict == Clean {
				t.Errorf("%s, %s (%s): no %s of %s in %v", r.Status, r.Verdict, r.Reason, c.rule, c.want, r.Findings)
			}
			var why strings.Builder
			if err := r.Why(&why); err != nil {
				t.Fatal(err)
			}
			windowed := Scan(bytes.NewReader(c.data), int64(len(c.data)), vetting(t), DefaultBudget())
			if windowed.Verdict != r.Verdict || windowed.Status != r.Status || len(windowed.Findings) != len(r.Findings) {
				t.Errorf("from a file it is %s, %s with %d findings, from memory %s, %s with %d", windowed.Status, windowed.Verdict, len(windowed.Findings), r.Status, r.Verdict, len(r.Findings))
			}
		})
	}
}

// straddled is a pickle of one long bytes literal for who reads on at the end
// of a frame; who drops the rest of the frame runs what the literal holds.
func straddled() []byte {
	hidden := asm(stackGlobal("posix", "system"), opEmptyTuple, opReduce, opStop)
	return asm(proto(4), frame(4), opShortBinBytes, 8, "AA", "BBBBBB", opShortBinBytes, len(hidden), hidden, opStop)
}

// laughs is ten lists of ten of the list before.
func laughs() []byte {
	out := asm(proto(4), opEmptyList, opMemoize)
	for i := range 10 {
		out = append(out, asm(opEmptyList, opMemoize, opMark, bytes.Repeat([]byte{byte(opBinGet), byte(i)}, 10), opAppends)...)
	}
	return append(out, byte(opStop))
}

// latin is a BINUNICODE of bytes as letters of Latin-1.
func latin(b []byte) []byte {
	var s strings.Builder
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return asm(opBinUnicode, le32(uint32(s.Len())), s.String())
}

// wrapper is joblib's stand-in for an array of n elements of a type.
func wrapper(dtype string, n int) []byte {
	return asm(proto(4), stackGlobal("joblib.numpy_pickle", "NumpyArrayWrapper"), opEmptyTuple, opNewObj, opEmptyDict, opMark,
		str("subclass"), stackGlobal("numpy", "ndarray"), str("shape"), opBinInt2, n&255, n>>8, opTuple1, str("order"), str("C"),
		str("dtype"), stackGlobal("numpy", "dtype"), str(dtype), opNewFalse, opNewTrue, opTuple3, opReduce,
		opMark, opBinInt1, 3, str("<"), opNone, opNone, opNone, opBinInt, le32(0xffffffff), opBinInt, le32(0xffffffff), opBinInt1, 0, opTuple, opBuild,
		str("allow_mmap"), opNewTrue, str("numpy_array_alignment_bytes"), opBinInt1, 16, opSetItems, opBuild)
}

// joblibArray is an array of bytes whose padding lacks, so that it begins with
// a length of 0.
func joblibArray(data []byte) []byte {
	return asm(wrapper("i1", len(data)+1), opMark, bytes.Repeat([]byte{byte(opNone)}, int(opMark)), data, 0)
}

func objectArray(pickled []byte) []byte {
	return asm(wrapper("O8", 1), pickled)
}
