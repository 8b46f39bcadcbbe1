package pickle

import (
	"slices"
	"strings"
	"testing"
)

// template is what scipy writes for the parameters of randint.
const template = "\ndef _parse_args(self, low, high,  loc=0):\n    return (low, high, ), loc, 1\n\n" +
	"def _parse_args_rvs(self, low, high,  loc=0, size=None):\n    return self._argcheck_rvs(low, high,  loc, 1, size=size)\n\n" +
	"def _parse_args_stats(self, low, high,  loc=0, moments='mv'):\n    return (low, high, ), loc, 1, moments\n"

// distribution is randint of scipy.stats with a state, and then more.
func distribution(state ...any) []byte {
	return asm(proto(4), stackGlobal("scipy.stats._discrete_distns", "randint_gen"), opEmptyTuple, opNewObj, opMemoize, asm(state...), opBuild, opStop)
}

func attributes(of ...any) []byte { return asm(opEmptyDict, opMark, asm(of...), opSetItems) }

func long(s string) []byte { return asm(opBinUnicode, le32(uint32(len(s))), s) }

// entropy is the method that a distribution keeps vectorized.
func entropy(method string) []byte {
	return asm(stackGlobal("numpy", "vectorize"), opEmptyTuple, opNewObj,
		attributes(str("pyfunc"), stackGlobal("builtins", "getattr"), opBinGet, 0, str(method), opTuple2, opReduce), opBuild)
}

// TestDistributions: what scipy writes of its distributions is clean, and none
// runs a text or a method that the file chose.
func TestDistributions(t *testing.T) {
	t.Parallel()
	padded := []any{}
	for range slots {
		padded = append(padded, str("a"), opNone)
	}
	evil := "import os\nos.system('id')\n"
	for name, c := range map[string]struct {
		data    []byte
		verdict Verdict
	}{
		"as scipy writes it":          {distribution(attributes(str("_parse_arg_template"), long(template), str("vecentropy"), entropy("_entropy"))), Clean},
		"a text before it":            {distribution(attributes(str("_parse_arg_template"), long(evil+template))), Malicious},
		"a text behind it":            {distribution(attributes(str("_parse_arg_template"), long(template+evil))), Malicious},
		"a default that runs":         {distribution(attributes(str("_parse_arg_template"), long(strings.Replace(template, "loc=0", "loc=id()", 1)))), Malicious},
		"bytes for a text":            {distribution(attributes(str("_parse_arg_template"), asm(opShortBinBytes, len(evil), evil))), Malicious},
		"a text among many":           {distribution(attributes(append(padded, str("_parse_arg_template"), long(evil))...)), Malicious},
		"pairs for a dict":            {distribution(opEmptyList, str("_parse_arg_template"), long(evil), opTuple2, opAppend), Malicious},
		"keys for a pair":             {distribution(attributes(str("_parse_arg_template"), opNone, long(evil), opNone), opNone, opTuple2), Malicious},
		"a method in its place":       {distribution(attributes(str("_attach_methods"), stackGlobal("builtins", "list"))), Malicious},
		"another method is reached":   {distribution(attributes(str("_parse_arg_template"), long(template), str("vecentropy"), entropy("_attach_methods"))), Malicious},
		"a dangerous one is kept":     {asm(proto(4), stackGlobal("numpy", "vectorize"), opEmptyTuple, opNewObj, attributes(str("pyfunc"), stackGlobal("posix", "system")), opBuild, opStop), Malicious},
		"the method of another class": {asm(proto(4), stackGlobal("sklearn.svm._classes", "SVC"), opEmptyTuple, opNewObj, opMemoize, entropy("_entropy"), opTuple2, opStop), Malicious},
	} {
		if r := scan(t, c.data); r.Verdict != c.verdict || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
}

// binding is cloudpickle's call of a type by its name with a function and what was
// memoized first.
func binding(kind string, function ...any) []byte {
	return asm(stackGlobal("cloudpickle.cloudpickle", "_builtin_type"), str(kind), opTuple1, opReduce, asm(function...), opBinGet, 0, opTuple2, opReduce)
}

// TestBoundMethods: a distribution that cloudpickle wrote has its method bound to
// it, and nothing else may be bound.
func TestBoundMethods(t *testing.T) {
	t.Parallel()
	vectorized := func(method []byte) []byte {
		return distribution(attributes(str("vecentropy"), stackGlobal("numpy", "vectorize"), opEmptyTuple, opNewObj, attributes(str("pyfunc"), method), opBuild))
	}
	entropy := stackGlobal("scipy.stats._discrete_distns", "randint_gen._entropy")
	for name, c := range map[string]struct {
		data    []byte
		verdict Verdict
	}{
		"as cloudpickle writes it": {vectorized(binding("MethodType", entropy)), Clean},
		"a type of plain values":   {asm(proto(4), stackGlobal("cloudpickle.cloudpickle", "_builtin_type"), str("SimpleNamespace"), opTuple1, opReduce, opEmptyTuple, opReduce, opEmptyDict, opBuild, opStop), Clean},
		"a method of a pattern":    {asm(proto(4), stackGlobal("builtins", "getattr"), stackGlobal("re", "_compile"), str("a"), opBinInt1, 32, opTuple2, opReduce, str("search"), opTuple2, opReduce, opStop), Clean},
		"another of a pattern":     {asm(proto(4), stackGlobal("builtins", "getattr"), stackGlobal("re", "_compile"), str("a"), opBinInt1, 32, opTuple2, opReduce, str("__class__"), opTuple2, opReduce, opStop), Malicious},
		"another type":             {vectorized(binding("CodeType", entropy)), Suspicious},
		"another function":         {vectorized(binding("MethodType", stackGlobal("numpy", "sum"))), Suspicious},
		"a dangerous function":     {vectorized(binding("MethodType", stackGlobal("posix", "system"))), Malicious},
		"what is bound is called":  {vectorized(asm(binding("MethodType", entropy), opEmptyTuple, opReduce)), Suspicious},
		"bound to another object":  {asm(proto(4), stackGlobal("sklearn.svm._classes", "SVC"), opEmptyTuple, opNewObj, opMemoize, binding("MethodType", entropy), opTuple2, opStop), Suspicious},
	} {
		if r := scan(t, c.data); r.Verdict != c.verdict || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
}

// TestNamedMethods: methods that are named as data are so only by their name.
func TestNamedMethods(t *testing.T) {
	t.Parallel()
	v := vetting(t)
	for _, name := range []string{"builtins:str.split", "builtins:str.lower", "scipy.interpolate._interpolate:interp1d._call_linear_np", "pandas:NA"} {
		module, attr, _ := strings.Cut(name, ":")
		if r := v.Look(module, attr); r.Class != ClassData {
			t.Errorf("%s is %s", name, r.Class)
		}
	}
	if r := v.Look("builtins", "str.format"); r.Class == ClassData {
		t.Error("str.format reaches attributes, and is vetted")
	}
	array := asm(proto(2), global("numpy._core.multiarray", "_reconstruct"), global("numpy.char", "chararray"), opBinInt1, 0, opTuple1, opShortBinBytes, 1, "b", opTuple3, opReduce, opStop)
	if r := scan(t, array); r.Verdict != Clean || slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Severity > Low }) {
		t.Errorf("numpy.char.array is %s: %v", r.Verdict, r.Findings)
	}
}

// TestStatesThatNameClasses: what a state names is made or asked: torch's packed
// parameters by the name of a class, types by the metadata of a configuration.
func TestStatesThatNameClasses(t *testing.T) {
	t.Parallel()
	packed := func(of []byte, class []byte) []byte {
		return asm(proto(2), global("torch", "ScriptObject"), opEmptyTuple, opNewObj, of, class, opTuple2, opBuild, opStop)
	}
	config := func(metadata ...any) []byte {
		return asm(proto(2), global("omegaconf.dictconfig", "DictConfig"), opEmptyTuple, opNewObj, opEmptyDict, str("_metadata"), asm(metadata...), opSetItem, opBuild, opStop)
	}
	metadata := func(module, class string, name string, v []byte) []byte {
		return asm(global(module, class), opEmptyTuple, opNewObj, opEmptyDict, str(name), v, opSetItem, opBuild)
	}
	numbers := asm(opBinInt1, 1, opBinInt1, 2, opTuple2)
	for name, c := range map[string]struct {
		data  []byte
		clean bool
	}{
		"a linear layer":       {packed(numbers, str("__torch__.torch.classes.quantized.LinearPackedParamsBase")), true},
		"another class":        {packed(numbers, str("__torch__.torch.classes.mine.Class")), false},
		"of an object":         {packed(asm(global("sklearn.svm._classes", "SVC"), opEmptyTuple, opNewObj), str("__torch__.torch.classes.quantized.LinearPackedParamsBase")), false},
		"a class computed":     {packed(numbers, asm(global("builtins", "str"), str("x"), opTuple1, opReduce)), false},
		"a configuration":      {config(metadata("omegaconf.base", "ContainerMetadata", "key_type", global("typing", "Any"))), true},
		"a type as an object":  {config(metadata("omegaconf.base", "ContainerMetadata", "element_type", asm(global("sklearn.svm._classes", "SVC"), opEmptyTuple, opNewObj))), false},
		"metadata of another":  {config(metadata("sklearn.svm._classes", "SVC", "key_type", global("typing", "Any"))), false},
		"metadata by a call":   {config(global("types", "SimpleNamespace"), opEmptyTuple, opReduce), false},
		"metadata that is far": {config(opNone), false},
	} {
		r := scan(t, c.data)
		if clean := r.Verdict == Clean && r.Status == Complete; clean != c.clean {
			t.Errorf("%s: %s, %s, %+v", name, r.Status, r.Verdict, r.Findings)
		}
	}
}
