package pickle

import "testing"

// newByPartial is how protocols 2 and 3 make an object whose class has arguments
// by keyword: partial(maker, class, …, k=v)().
func newByPartial(maker, class []byte, args, kwargs []any) []byte {
	return asm(proto(3), global("functools", "partial"), maker, opTuple1, opReduce,
		opMark, maker, opMark, class, asm(args...), opTuple, opEmptyDict, asm(kwargs...), opNone, opTuple, opBuild, opEmptyTuple, opReduce, opStop)
}

func makerOf(module, name string) []byte {
	return asm(global("builtins", "getattr"), global(module, name), str("__new__"), opTuple2, opReduce)
}

// TestNewByPartial: what copyreg writes of an object that has arguments by keyword
// is an object of its class, and nothing else may come in by that way.
func TestNewByPartial(t *testing.T) {
	t.Parallel()
	result := global("scipy.stats._stats_py", "LinregressResult")
	maker := makerOf("scipy.stats._stats_py", "LinregressResult")
	numbers, error2 := []any{opBinInt1, 1, opBinInt1, 2}, []any{str("stderr"), opBinInt1, 3, opSetItem}
	r := scan(t, newByPartial(maker, result, numbers, error2))
	if r.Verdict != Clean || r.Status != Complete {
		t.Errorf("a result of scipy: %s, %s, %+v", r.Status, r.Verdict, r.Findings)
	}
	for name, data := range map[string][]byte{
		"another class":       newByPartial(maker, global("subprocess", "Popen"), numbers, nil),
		"a maker of another":  newByPartial(makerOf("sklearn.svm", "SVC"), global("sklearn.utils._bunch", "Bunch"), numbers, nil),
		"a maker of programs": newByPartial(makerOf("subprocess", "Popen"), global("subprocess", "Popen"), numbers, nil),
		"of functions":        newByPartial(makerOf("numpy", "mean"), global("types", "FunctionType"), numbers, nil),
		"of classes":          newByPartial(makerOf("builtins", "type"), global("builtins", "type"), []any{str("a"), opEmptyTuple, opEmptyDict}, nil),
		"no maker":            newByPartial(global("os", "system"), str("id"), nil, nil),
		"a function":          newByPartial(global("sklearn.datasets._svmlight_format_io", "dump_svmlight_file"), str("a"), nil, nil),
		"a callable by keyword": newByPartial(global("numpy.random", "__randomstate_ctor"), str("a"), nil,
			[]any{str("bit_generator_ctor"), global("sklearn.datasets._svmlight_format_io", "dump_svmlight_file"), opSetItem}),
		"a class computed": newByPartial(maker, asm(global("builtins", "getattr"), result, str("__class__"), opTuple2, opReduce), nil, nil),
		"another callable by its state": asm(proto(3), global("functools", "partial"), global("numpy", "mean"), opTuple1, opReduce,
			opMark, global("numpy.random", "__randomstate_ctor"), str("a"), opTuple1, opEmptyDict, str("bit_generator_ctor"), global("sklearn.datasets._svmlight_format_io", "dump_svmlight_file"), opSetItem,
			opNone, opTuple, opBuild, opEmptyTuple, opReduce, opStop),
		"one that is kept": asm(proto(3), opEmptyList, global("functools", "partial"), global("numpy", "mean"), opTuple1, opReduce,
			opMark, global("builtins", "getattr"), opEmptyTuple, opEmptyDict, opNone, opTuple, opBuild, opAppend, opStop),
		"a state that is read twice": asm(proto(3), global("functools", "partial"), maker, opTuple1, opReduce,
			opMark, maker, opMark, result, opTuple, opEmptyDict, opNone, opTuple, opBuild,
			opMark, global("os", "system"), opMark, str("id"), opTuple, opEmptyDict, opNone, opTuple, opBuild, opEmptyTuple, opReduce, opStop),
	} {
		if r := scan(t, data); heaviest(r) < Medium {
			t.Errorf("%s: %s, %+v", name, r.Verdict, r.Findings)
		}
	}
}

// dilled is a call of one of dill's makers.
func dilled(maker string, args ...any) []byte {
	return asm(stackGlobal("dill._dill", maker), opMark, asm(args...), opTuple, opReduce)
}

// TestGivenByName: what dill and cloudpickle reach by a name is judged as that
// name, and code stays code.
func TestGivenByName(t *testing.T) {
	t.Parallel()
	fields := asm(opEmptyList, str("statistic"), opAppend, str("pvalue"), opAppend)
	tuple := func(name, module string) []byte {
		return asm(dilled("_create_namedtuple", str(name), fields, str(module)), opBinInt1, 1, opBinInt1, 2, opTuple2, opNewObj)
	}
	method := func(of, name, repr string) []byte {
		return dilled("_getattr", stackGlobal("builtins", of), str(name), str(repr))
	}
	call := func(what []byte, args ...any) []byte { return asm(what, opMark, asm(args...), opTuple, opReduce) }
	clean := map[string][]byte{
		"a list":          call(dilled("_load_type", str("list"))),
		"a partial":       call(dilled("_load_type", str("PartialType")), stackGlobal("numpy", "mean")),
		"a named tuple":   tuple("AnsariResult", "scipy.stats._morestats"),
		"a method":        method("str", "lower", "<method 'lower' of 'str' objects>"),
		"a constant":      dilled("_eval_repr", str("Ellipsis")),
		"a module":        call(stackGlobal("cloudpickle.cloudpickle", "subimport"), str("numpy")),
		"a getter":        call(stackGlobal("operator", "itemgetter"), str("a"), opBinInt1, 1),
		"of an attribute": call(stackGlobal("operator", "attrgetter"), str("shape"), str("dtype.kind")),
	}
	flagged := map[string][]byte{
		"a function's type":             call(dilled("_load_type", str("FunctionType")), opNone),
		"exec":                          call(dilled("_load_type", str("exec")), str("1")),
		"a partial of it":               call(dilled("_load_type", str("PartialType")), stackGlobal("os", "system")),
		"a type computed":               call(dilled("_load_type", call(stackGlobal("builtins", "str"), str("list")))),
		"a program's":                   tuple("Popen", "subprocess"),
		"by a dotted name":              tuple("path.system", "os"),
		"a module's own":                tuple("x", "__runtime__.os"),
		"another repr":                  method("str", "lower", "<method 'lower' of 'str' objects>'+__import__('os').system('id')+'"),
		"an expression":                 dilled("_eval_repr", str("__import__('os').system('id')")),
		"of os":                         call(stackGlobal("cloudpickle.cloudpickle", "subimport"), str("os")),
		"of a module that nobody knows": call(stackGlobal("cloudpickle.cloudpickle", "subimport"), str("antigravity2")),
		"a module is filled":            asm(call(stackGlobal("cloudpickle.cloudpickle", "subimport"), str("numpy")), opEmptyDict, str("mean"), stackGlobal("numpy", "sum"), opSetItem, opBuild),
		"a module's load":               call(stackGlobal("builtins", "getattr"), call(stackGlobal("cloudpickle.cloudpickle", "subimport"), str("numpy")), str("load")),
		"a getter of frames":            call(stackGlobal("operator", "attrgetter"), str("gi_frame.f_back")),
		"of what is hidden":             call(stackGlobal("operator", "attrgetter"), str("shape.__class__")),
		"a tuple of an object is a key": asm(opEmptyDict, stackGlobal("sklearn.impute._iterative", "_ImputerTriplet"), opBinInt1, 1, opNone,
			filled("networkx.classes.coreviews", "FilterAtlas", str("NODE_OK"), keeping("sklearn.datasets._svmlight_format_io", "dump_svmlight_file")), opTuple3, opNewObj, opNone, opSetItem),
		"a getter that is called": call(call(stackGlobal("operator", "attrgetter"), str("system")), stackGlobal("os", "path")),
		"a getter of an object":   call(stackGlobal("operator", "itemgetter"), filled("sklearn.svm", "SVC", str("C"), opNone)),
	}
	for name, value := range clean {
		if r := scan(t, asm(proto(4), opEmptyList, value, opAppend, opStop)); r.Verdict != Clean || r.Status != Complete {
			t.Errorf("%s: %s, %s, %+v", name, r.Status, r.Verdict, r.Findings)
		}
	}
	for name, value := range flagged {
		r := scan(t, asm(proto(4), opEmptyList, value, opAppend, opStop))
		if worst := heaviest(r); worst < Medium {
			t.Errorf("%s: %s, %+v", name, r.Verdict, r.Findings)
		}
	}
	if r := scan(t, asm(proto(4), clean["of an attribute"], opStop)); heaviest(r) < Medium {
		t.Errorf("nothing but a getter: %s", r.Verdict)
	}
}

func heaviest(r Report) Severity {
	worst := Severity(0)
	for _, f := range r.Findings {
		worst = max(worst, f.Severity)
	}
	return worst
}
