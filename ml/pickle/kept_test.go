package pickle

import "testing"

// keptBy is an object of a class that keeps a method of an object in its state, and
// more beside it.
func keptBy(module, class string, method []byte, more ...any) []byte {
	return asm(proto(4), stackGlobal(module, class), opEmptyTuple, opNewObj, opMemoize, opEmptyDict, str("f"), method, opSetItem, asm(more...), opBuild, opStop)
}

// TestKeptMethods: the methods that objects of libraries keep of themselves are data,
// however they are bound and wrapped; others are told, and so is who calls one.
func TestKeptMethods(t *testing.T) {
	t.Parallel()
	const module, class, name = "lifelines.fitters.weibull_aft_fitter", "WeibullAFTFitter", "_create_neg_likelihood_with_penalty_function"
	reached := func(name string) []byte {
		return asm(stackGlobal("builtins", "getattr"), opBinGet, 0, str(name), opTuple2, opReduce)
	}
	bound := func(module, method string) []byte {
		return asm(stackGlobal("cloudpickle.cloudpickle", "_builtin_type"), str("MethodType"), opTuple1, opReduce, stackGlobal(module, method), opBinGet, 0, opTuple2, opReduce)
	}
	partial := func(f []byte, keywords ...any) []byte {
		return asm(stackGlobal("functools", "partial"), f, opTuple1, opReduce, opMark, f, opEmptyTuple, opEmptyDict, asm(keywords...), opNone, opTuple, opBuild)
	}
	for what, data := range map[string][]byte{
		"by getattr":                   keptBy(module, class, reached(name)),
		"by getattr, in a partial":     keptBy(module, class, partial(reached(name), str("likelihood"), reached("_log_likelihood_right_censoring"), opSetItem)),
		"by cloudpickle":               keptBy(module, class, bound(module, class+"."+name)),
		"by cloudpickle, of a base":    keptBy(module, class, partial(bound("lifelines.fitters", "ParametricRegressionFitter."+name))),
		"of a zero-inflated model":     keptBy("statsmodels.discrete.count_model", "ZeroInflatedPoisson", bound("statsmodels.discrete.count_model", "GenericZeroInflated._hessian_logit")),
		"of an exponential smoothing":  keptBy("statsmodels.tsa.exponential_smoothing.ets", "ETSModel", reached("loglike")),
		"of an estimator":              keptBy("sklearn.linear_model._logistic", "LogisticRegression", reached("predict_proba")),
		"of one, by cloudpickle":       keptBy("sklearn.linear_model._logistic", "LogisticRegression", bound("sklearn.linear_model._logistic", "LogisticRegression.predict_proba")),
		"a compiled function, by name": keptBy("statsmodels.tsa.exponential_smoothing.ets", "ETSModel", stackGlobal("statsmodels.tsa.exponential_smoothing._ets_smooth", "_ets_smooth_add_add")),
	} {
		if r := scan(t, data); r.Verdict != Clean || r.Status != Complete {
			t.Errorf("%s: %s, %s, %+v", what, r.Status, r.Verdict, r.Findings)
		}
	}
	for what, data := range map[string][]byte{
		"another method":            keptBy(module, class, reached("fit_left_censoring")),
		"of one around another":     keptBy("sklearn.model_selection._search", "GridSearchCV", reached("predict")),
		"another of an estimator":   keptBy("sklearn.linear_model._logistic", "LogisticRegression", reached("set_params")),
		"what leads out":            keptBy(module, class, reached("__class__")),
		"in a partial, what leads":  keptBy(module, class, partial(reached("__init__"))),
		"of another class":          keptBy(module, class, bound("statsmodels.discrete.count_model", "GenericZeroInflated._hessian_logit")),
		"a function that is bound":  keptBy(module, class, bound("os", "system")),
		"with a way to others":      keptBy(module, class, partial(reached(name), str("likelihood"), stackGlobal("builtins", "getattr"), opSetItem)),
		"one that is called":        keptBy(module, class, asm(reached(name), opEmptyTuple, opReduce)),
		"a partial that is called":  keptBy(module, class, asm(partial(reached(name)), opEmptyTuple, opReduce)),
		"one that is mapped":        keptBy(module, class, asm(stackGlobal("builtins", "iter"), reached(name), opNone, opTuple2, opReduce)),
		"the base's, of what is it": keptBy("collections", "OrderedDict", bound("lifelines.fitters", "ParametricRegressionFitter."+name)),
	} {
		if r := scan(t, data); heaviest(r) < Medium {
			t.Errorf("%s: %s, %+v", what, r.Verdict, r.Findings)
		}
	}
}

// TestTimeZoneFiles: a time zone keeps the name of its file; given the file it would
// read it.
func TestTimeZoneFiles(t *testing.T) {
	t.Parallel()
	zone := func(file []byte, name string) []byte {
		return asm(proto(4), stackGlobal("dateutil.tz.tz", "tzfile"), file, str(name), opTuple2, opReduce, opEmptyDict, str("_ttinfo_std"),
			stackGlobal("dateutil.tz.tz", "_ttinfo"), opEmptyTuple, opNewObj, opEmptyDict, str("offset"), opBinInt1, 60, opSetItem, opBuild, opSetItem, opBuild, opStop)
	}
	if r := scan(t, zone(asm(opNone), "/usr/share/zoneinfo/Europe/Berlin")); r.Verdict != Clean || r.Status != Complete {
		t.Errorf("a time zone: %s, %s, %+v", r.Status, r.Verdict, r.Findings)
	}
	for what, file := range map[string][]byte{"a path": str("/etc/passwd"), "an object": stackGlobal("io", "BytesIO")} {
		if r := scan(t, zone(file, "x")); heaviest(r) < High {
			t.Errorf("%s: %s, %+v", what, r.Verdict, r.Findings)
		}
	}
}

// TestNestedPicklesCountTheirOwn: nodes of an array's pickle have numbers of their
// own, and what was judged there is nothing of the pickle around it.
func TestNestedPicklesCountTheirOwn(t *testing.T) {
	t.Parallel()
	m := newMachine(Memory(nil), &Trace{vetting: vetting(t), limits: DefaultBudget()}, false)
	m.judged, m.aliases = map[int64]uint64{0: 1}, map[int64]Value{0: valueOf(Object, 0, 1)}
	inner := m.nested()
	if inner.judged != nil || inner.aliases != nil || inner.lastAlias != 0 {
		t.Errorf("the inner machine takes over %v and %v", inner.judged, inner.aliases)
	}
}

// TestTablesOfFunctions: a column of objects keeps functions and models as they are; who
// asks an index for its labels, or is handed the table, runs what they have.
func TestTablesOfFunctions(t *testing.T) {
	t.Parallel()
	array := asm(stackGlobal("numpy._core.multiarray", "_reconstruct"), stackGlobal("numpy", "ndarray"), opBinInt1, 0, opTuple1, opShortBinBytes, 1, "b", opTuple3, opReduce,
		opMark, opBinInt1, 1, opBinInt1, 1, opTuple1, stackGlobal("numpy", "dtype"), str("O8"), opNewFalse, opNewTrue, opTuple3, opReduce, opNewFalse,
		opEmptyList, stackGlobal("numpy", "mean"), opAppend, opTuple, opBuild)
	block := asm(stackGlobal("pandas._libs.internals", "_unpickle_block"), array, stackGlobal("builtins", "slice"), opBinInt1, 0, opBinInt1, 1, opBinInt1, 1, opTuple3, opReduce, opBinInt1, 2, opTuple3, opReduce)
	index := asm(stackGlobal("pandas.core.indexes.base", "_new_Index"), stackGlobal("pandas.core.indexes.base", "Index"), opEmptyDict, str("data"), array, opSetItem, opTuple2, opReduce)
	if r := scan(t, asm(proto(4), block, opStop)); r.Verdict != Clean || r.Status != Complete {
		t.Errorf("a column of functions: %s, %s, %+v", r.Status, r.Verdict, r.Findings)
	}
	for name, data := range map[string][]byte{
		"an index of functions": index,
		"who calls it":          asm(stackGlobal("numpy", "add"), array, opTuple1, opReduce),
		"who computes with it":  asm(stackGlobal("numpy", "add"), opMark, array, block, opTuple, opReduce),
	} {
		if r := scan(t, asm(proto(4), data, opStop)); heaviest(r) < Medium {
			t.Errorf("%s: %s, %+v", name, r.Verdict, r.Findings)
		}
	}
}
