package pickle

import (
	"bytes"
	"testing"
)

// twin is a pickle as libraries write it, and one that looks alike and does harm.
type twin struct{ honest, harmful []byte }

// TestTwins: each rule that lets a file of a library pass tells what only looks like
// one.
func TestTwins(t *testing.T) {
	t.Parallel()
	writer := keeping("sklearn.datasets._svmlight_format_io", "dump_svmlight_file")
	view := filled("networkx.classes.coreviews", "FilterAtlas", str("NODE_OK"), writer)
	graph := filled("networkx.classes.graph", "Graph", str("_adj"), opEmptyDict)
	numbers := bytes.Repeat(asm(str("a"), opBinInt1, 1), slots)
	array := asm(stackGlobal("numpy._core.multiarray", "_reconstruct"), stackGlobal("numpy", "ndarray"), opBinInt1, 0, opTuple1, opShortBinBytes, 1, "b", opTuple3, opReduce)
	filter := asm(stackGlobal("statsmodels.tsa.statespace._kalman_filter", "dKalmanFilter"), opEmptyTuple, opReduce)
	smoother := func(last []byte) []byte {
		return asm(stackGlobal("statsmodels.tsa.statespace._kalman_smoother", "dKalmanSmoother"), filter, opEmptyDict, opMark, numbers, str("predict"), last, opSetItems, opBuild, opTuple1, opReduce)
	}
	parameter := func(kind any) []byte {
		return asm(stackGlobal("inspect", "Parameter"), str("a"), kind, opTuple2, opReduce, attributes(str("_default"), stackGlobal("inspect", "_empty"), str("_annotation"), stackGlobal("builtins", "int")), opBuild)
	}
	signature := func(of any) []byte { return asm(stackGlobal("inspect", "Signature"), of, opTuple1, opTuple1, opReduce) }
	method := func(name any, more ...any) []byte {
		return asm(stackGlobal("operator", "methodcaller"), opMark, name, asm(more...), opTuple, opReduce, opTuple1)
	}
	outputs := func(items ...any) []byte {
		return asm(stackGlobal("transformers.modeling_outputs", "BaseModelOutput"), opEmptyTuple, opReduce, opMark, asm(items...), opSetItems)
	}
	counts := func(first any) []byte {
		return asm(stackGlobal("nltk.probability", "ConditionalFreqDist"), first, opReduce, opMark, str("a"), asm(stackGlobal("nltk.probability", "FreqDist"), opEmptyTuple, opNewObj), opSetItems)
	}
	for name, c := range map[string]twin{
		"a configuration of configurations": {
			filled("transformers.models.clip.configuration_clip", "CLIPConfig", str("text_config"), filled("transformers.models.clip.configuration_clip", "CLIPTextConfig")),
			filled("transformers.models.clip.configuration_clip", "CLIPConfig", str("attribute_map"), view),
		},
		"settings that are the state of settings": {
			asm(fresh("statsmodels.tools.tools", "Bunch"), fresh("statsmodels.tools.tools", "Bunch"), opMark, str("items"), opBinInt1, 1, opSetItems, opBuild),
			asm(fresh("statsmodels.tools.tools", "Bunch"), fresh("statsmodels.tools.tools", "Bunch"), opMark, str("items"), writer, opSetItems, opBuild),
		},
		"a filter of arrays in a file of joblib": {
			asm(filter, opEmptyDict, opMark, numbers, str("last"), joblibArray([]byte{1, 2})[2:], opSetItems, opBuild),
			asm(filter, opEmptyDict, opMark, numbers, str("last"), view, opSetItems, opBuild),
		},
		"settings with attributes": {
			asm(fresh("statsmodels.tools.tools", "Bunch"), filled("statsmodels.tools.tools", "Bunch", str("items"), opBinInt1, 1), opBuild),
			asm(fresh("statsmodels.tools.tools", "Bunch"), filled("statsmodels.tools.tools", "Bunch", str("items"), writer), opBuild),
		},
		"edges of a graph": {
			filled("networkx.classes.reportviews", "EdgeView", str("_graph"), graph, str("_adjdict"), opEmptyDict),
			filled("networkx.classes.reportviews", "EdgeView", str("_graph"), graph, str("_adjdict"), view),
		},
		"a model of counts": {
			filled("statsmodels.discrete.discrete_model", "NegativeBinomial", str("loglike_method"), str("nb2"), str("data"), graph),
			filled("statsmodels.discrete.discrete_model", "NegativeBinomial", str("loglike_method"), view),
		},
		"its method": {
			filled("statsmodels.discrete.discrete_model", "NegativeBinomial", str("loglike_method"), str("nb2"), str("exog"), array),
			filled("statsmodels.discrete.discrete_model", "NegativeBinomial", str("_initialize"), writer),
		},
		"a distribution": {
			filled("ngboost.api", "NGBRegressor", str("Dist"), stackGlobal("ngboost.distns.normal", "Normal"), str("Score"), stackGlobal("ngboost.scores", "LogScore")),
			filled("ngboost.api", "NGBRegressor", str("Dist"), filled("ngboost.distns.normal", "Normal", str("implementation"), writer), str("Score"), stackGlobal("ngboost.scores", "LogScore")),
		},
		"a distribution of another library": {
			filled("ngboost.api", "NGBSurvival", str("_basedist"), stackGlobal("ngboost.distns.lognormal", "LogNormal")),
			filled("ngboost.api", "NGBSurvival", str("_basedist"), stackGlobal("sklearn.datasets._svmlight_format_io", "dump_svmlight_file")),
		},
		"a long state of compiled code": {smoother(array), smoother(writer)},
		"a signature":                   {signature(parameter(asm(opBinInt1, 1))), signature(view)},
		"a method":                      {method(str("astype"), str("float32")), method(str("to_csv"), str("/tmp/a"))},
		"a method of texts":             {method(str("strip")), method(asm(stackGlobal("builtins", "str"), opShortBinBytes, 5, "strip", str("utf8"), opTuple2, opReduce))},
		"a method with a callable":      {method(str("replace"), str("a"), str("b")), method(str("replace"), str("a"), writer)},
		"a method that is called": {
			method(str("lower")),
			asm(stackGlobal("sklearn.neighbors._ball_tree", "BallTree64"), opEmptyList, opBinInt1, 1, asm(stackGlobal("operator", "methodcaller"), str("lower"), opTuple1, opReduce), opTuple3, opReduce),
		},
		"what a model gave":   {outputs(str("logits"), array), outputs(str("__setstate__"), writer)},
		"counts of counts":    {counts(opEmptyTuple), counts(asm(opEmptyList, view, opAppend, opTuple1))},
		"a store of a search": {filled("optuna.storages._in_memory", "InMemoryStorage"), filled("optuna.storages._rdb.storage", "RDBStorage", str("url"), str("sqlite:////tmp/a"))},
		"a variable of axes": {
			asm(stackGlobal("xarray.core.variable", "Variable"), opEmptyTuple, opNewObj, opNone, attributes(str("_dims"), opEmptyTuple, str("_data"), array, str("_attrs"), graph), opTuple2, opBuild),
			asm(stackGlobal("xarray.core.variable", "Variable"), opEmptyTuple, opNewObj, opNone, attributes(str("_dims"), opEmptyTuple, str("data"), view), opTuple2, opBuild),
		},
		"a name of a machine": {
			asm(stackGlobal("platform", "uname_result"), opMark, str("Linux"), str("a"), str("6"), str("#1"), str("x86_64"), opTuple, opReduce),
			asm(stackGlobal("platform", "popen"), str("id"), opTuple1, opReduce),
		},
	} {
		if r := scan(t, asm(proto(4), c.honest, opStop)); r.Verdict != Clean || r.Status != Complete {
			t.Errorf("%s: it is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
		if r := scan(t, asm(proto(4), c.harmful, opStop)); r.Verdict < Suspicious || r.Status != Complete {
			t.Errorf("%s: what looks like it is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
}
