package pickle

import (
	"bytes"
	"slices"
	"testing"
)

// tells reports whether a finding of a rule is at least so severe.
func tells(r Report, least Severity, rule string) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Rule == rule && f.Severity >= least })
}

// TestForwarded: what is set on a result that stands for what it was made of is set
// on that, however the result came about.
func TestForwarded(t *testing.T) {
	t.Parallel()
	norm := stackGlobal("scipy.stats", "norm")
	state := attributes(str("_parse_arg_template"), str("code"))
	alias := stackGlobal("types", "GenericAlias")
	pair := asm(norm, opEmptyTuple, opTuple2)
	getitem := func(of, with any) []byte {
		return asm(stackGlobal("operator", "getitem"), of, with, opTuple2, opReduce)
	}
	objects := asm(stackGlobal("numpy", "dtype"), str("O8"), opNewFalse, opNewTrue, opTuple3, opReduce)
	for name, on := range map[string][]byte{
		"an alias":                     asm(alias, pair, opReduce),
		"an alias by NEWOBJ":           asm(alias, pair, opNewObj),
		"an alias by NEWOBJ_EX":        asm(alias, pair, opEmptyDict, opNewObjEx),
		"an alias by OBJ":              asm(opMark, alias, norm, opEmptyTuple, opObj),
		"an alias by copyreg":          asm(stackGlobal("copyreg", "__newobj__"), alias, norm, opEmptyTuple, opTuple3, opReduce),
		"an alias of an alias":         asm(alias, asm(alias, pair, opReduce), opEmptyTuple, opTuple2, opReduce),
		"an alias that is old":         asm(alias, pair, opReduce, opMemoize, opPop, bytes.Repeat(asm(opEmptyList, opPop), ring), opBinGet, 0),
		"an alias with its parameters": getitem(asm(alias, norm, stackGlobal("typing", "AnyStr"), opTuple2, opReduce), stackGlobal("builtins", "int")),
		"the union of one":             getitem(stackGlobal("typing", "Union"), norm),
		"an annotated one":             getitem(stackGlobal("typing", "Annotated"), asm(norm, str("a"), opTuple2)),
		"one that is reduced":          asm(stackGlobal("functools", "reduce"), stackGlobal("operator", "or_"), norm, opTuple1, opTuple2, opReduce),
		"an object of numpy":           asm(stackGlobal("numpy", "object_"), norm, opTuple1, opReduce),
		"a scalar of objects":          asm(stackGlobal("numpy.core.multiarray", "scalar"), objects, norm, opTuple2, opReduce),
		"the truth of one":             asm(stackGlobal("numpy", "logical_or"), norm, norm, opTuple2, opReduce),
		"its iterator":                 asm(stackGlobal("builtins", "iter"), norm, opTuple1, opReduce),
		"its type":                     asm(stackGlobal("builtins", "type"), norm, opTuple1, opReduce),
	} {
		for use, rest := range map[string][]byte{
			"BUILD":   asm(state, opBuild),
			"slots":   asm(opNone, state, opTuple2, opBuild),
			"APPEND":  asm(opNone, opAppend),
			"SETITEM": asm(opNone, opNone, opSetItem),
			"ADD":     asm(opMark, opNone, opAddItems),
		} {
			if r := scan(t, asm(proto(4), on, rest, opStop)); !tells(r, High, RuleBuildGlobal) {
				t.Errorf("%s, %s: %v", name, use, r.Findings)
			}
		}
	}
	writer := stackGlobal("sklearn.datasets._svmlight_format_io", "dump_svmlight_file")
	if r := scan(t, ask("numpy", "add", getitem(stackGlobal("typing", "Union"), writer), opBinInt1, 1)); !tells(r, Medium, RuleArgument) {
		t.Errorf("a function in an annotation is handed on: %v", r.Findings)
	}
	for name, data := range map[string][]byte{
		"an alias of a type": asm(proto(4), alias, stackGlobal("builtins", "list"), stackGlobal("builtins", "int"), opTuple1, opTuple2, opReduce, opStop),
		"a scalar":           ask("numpy.core.multiarray", "scalar", asm(stackGlobal("numpy", "dtype"), str("f8"), opNewFalse, opNewTrue, opTuple3, opReduce, opNone, opBuild), opShortBinBytes, 8, "01234567"),
	} {
		if r := scan(t, data); r.Verdict != Clean {
			t.Errorf("%s: %v", name, r.Findings)
		}
	}
}

// TestPrograms: a module that acts when it is imported is told by its name, in
// libraries that nobody knows as well.
func TestPrograms(t *testing.T) {
	t.Parallel()
	v := vetting(t)
	for module, want := range map[string]Class{
		"unittest.__main__": ClassDangerous, "anything.of.mine.__main__": ClassDangerous, "sklearn.__main__": ClassDangerous,
		"conftest": ClassDangerous, "tests.conftest": ClassDangerous, "setup": ClassDangerous,
		"__main__": ClassUnknown, "mine.setup": ClassUnknown, "mine.main": ClassUnknown,
	} {
		if r := v.Look(module, "main"); r.Class != want {
			t.Errorf("%s is %s, not %s", module, r.Class, want)
		}
	}
	if r := scan(t, asm(proto(4), stackGlobal("anything.__main__", "main"), opStop)); !tells(r, High, RuleImport) {
		t.Errorf("%v", r.Findings)
	}
}
