package pickle

import "testing"

// TestAnnotations: types that are put together are no calls of what is dangerous,
// and with anything else the same callables are.
func TestAnnotations(t *testing.T) {
	t.Parallel()
	getitem := func(of []byte, by ...any) []byte {
		return asm(stackGlobal("_operator", "getitem"), of, asm(by...), opTuple2, opReduce)
	}
	reduce := func(f []byte, of ...any) []byte {
		return asm(stackGlobal("functools", "reduce"), f, opMark, asm(of...), opTuple, opTuple2, opReduce)
	}
	number, text := stackGlobal("builtins", "int"), stackGlobal("builtins", "str")
	none := asm(stackGlobal("builtins", "type"), opNone, opTuple1, opReduce)
	or := stackGlobal("_operator", "or_")
	optional := getitem(stackGlobal("typing", "Union"), number, none, opTuple2)
	carried := asm(stackGlobal("cloudpickle.cloudpickle", "_make_function"), opEmptyTuple, opReduce)
	for name, value := range map[string][]byte{
		"an optional":      optional,
		"a dict of them":   getitem(stackGlobal("typing", "Dict"), text, optional, opTuple2),
		"a union":          reduce(or, number, none),
		"a method of code": asm(stackGlobal("builtins", "classmethod"), carried, opTuple1, opReduce),
	} {
		for _, f := range scan(t, asm(proto(4), opEmptyList, value, opAppend, opStop)).Findings {
			if f.Rule != RuleCode && f.Class == ClassDangerous {
				t.Errorf("%s: %+v", name, f)
			}
		}
	}
	deep := optional
	for range 40 {
		deep = getitem(stackGlobal("typing", "List"), deep)
	}
	for name, value := range map[string][]byte{
		"an item of a module":   getitem(stackGlobal("sys", "modules"), str("os")),
		"of a vetted class":     getitem(stackGlobal("sklearn.svm", "SVC"), number),
		"by an object":          getitem(stackGlobal("typing", "List"), filled("sklearn.svm", "SVC", str("C"), opNone)),
		"by what is called":     getitem(stackGlobal("typing", "List"), stackGlobal("os", "system"), opEmptyTuple, opReduce),
		"another function":      reduce(stackGlobal("builtins", "getattr"), stackGlobal("os", "path"), str("system")),
		"an or of objects":      reduce(or, filled("sklearn.svm", "SVC", str("C"), opNone), number),
		"an annotation is used": asm(optional, str("id"), opTuple1, opReduce),
		"a method of another":   asm(stackGlobal("builtins", "classmethod"), stackGlobal("numpy", "mean"), opTuple1, opReduce),
		"very deep":             deep,
	} {
		if r := scan(t, asm(proto(4), opEmptyList, value, opAppend, opStop)); r.Verdict != Malicious {
			t.Errorf("%s: %s, %+v", name, r.Verdict, r.Findings)
		}
	}
}
