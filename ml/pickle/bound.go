package pickle

import (
	"slices"
	"strings"
)

// cloudpickle writes a bound method as a call of the type of methods, which it
// reaches by its name:
//
//	_builtin_type("MethodType")(randint_gen._entropy, distribution)
//
// To bind runs nothing. What is bound here are the methods that objects keep of
// themselves: the one of scipy's distributions, and those that are vetted by their
// names; all other bindings are told as code.

// entropyMethod is the method that scipy's discrete distributions keep vectorized.
const entropyMethod = "_entropy"

// bound is what a call of the type of methods gives that binds a distribution's
// method to a distribution, 0 for all else.
func (m *machine) bound(callee, args Value) Value {
	x := m.nodes.of(callee)
	if callee.Kind() != Call || callee.class() == noClass || x == nil || !m.isMethodType(&m.trace.Globals[callee.class()], x.args) {
		return 0
	}
	items, known := m.items(args)
	if !known || len(items) != 2 || items[0].Kind() != Global || items[1].Kind() != Object || !m.isOwn(items[0], items[1]) {
		return 0
	}
	y, n := m.nodes.add(m.op, 0)
	y.args = args
	return valueOf(Call, items[0].class(), n)
}

// isOwn reports whether a method is one that objects of the class of v keep.
func (m *machine) isOwn(method, v Value) bool {
	if m.isEntropy(method) && m.isDistribution(v) {
		return true
	}
	if method.class() == noClass || v.class() == noClass {
		return false
	}
	f, of := &m.trace.Globals[method.class()], &m.trace.Globals[v.class()]
	if name, ok := strings.CutPrefix(f.Name, of.Name+"."); ok && f.Module == of.Module {
		return m.keepsMethod(v, name)
	}
	return f.isMethod() && m.keepsMethod(v, f.Name[strings.LastIndexByte(f.Name, '.')+1:]) // of a base of its class
}

// keepsMethod reports whether a method is vetted that an object keeps of itself.
func (m *machine) keepsMethod(v Value, name string) bool {
	if v.Kind() != Object || v.class() == noClass {
		return false
	}
	g := &m.trace.Globals[v.class()]
	if g.Class != ClassData {
		return false
	}
	if _, ok := m.trace.vetting.predictor(g.Module, g.Name+"."+name); ok {
		return true
	}
	r, _ := m.trace.vetting.known(g.Module + "\t" + g.Name + "." + name)
	return r.Class == ClassData
}

// predictor is the rule for a method by which an estimator predicts or transforms:
// explainers keep that of the model which they explain. Classes around others, and
// those that ask themselves whether they have such a method, are left out: reaching it
// runs code of theirs (available_if of scikit-learn).
func (v *Vetting) predictor(module, name string) (Rule, bool) {
	class, method, _ := strings.Cut(name, ".")
	r, _ := v.known(module + "\t" + class)
	if r.Class != ClassData || r.Reason != "class" || !slices.Contains([]string{"predict", "predict_proba", "decision_function", "transform"}, method) {
		return Rule{}, false
	}
	switch class {
	case "SGDClassifier", "NearestCentroid", "LocalOutlierFactor", "RANSACRegressor":
		return Rule{}, false
	}
	known := slices.ContainsFunc([]string{
		"sklearn.linear_model._", "sklearn.tree._", "sklearn.ensemble._forest", "sklearn.ensemble._gb", "sklearn.ensemble._hist_gradient_boosting", "sklearn.naive_bayes",
		"sklearn.neighbors._", "sklearn.neural_network._", "sklearn.discriminant_analysis", "xgboost.sklearn", "lightgbm.sklearn",
	}, func(of string) bool { return strings.HasPrefix(module, of) })
	return Rule{Class: ClassData, Versions: r.Versions, Reason: aMethod + "the class, by which it predicts"}, known
}

// isKeptMethod reports whether a call gave a method that an object keeps of itself:
// by getattr, or by cloudpickle's and dill's way of binding one.
func (m *machine) isKeptMethod(v Value) bool {
	if v.Kind() != Call || v.class() == noClass {
		return false
	}
	return m.isMade(v, argGetattr) || m.isEntropy(v) || m.trace.Globals[v.class()].isMethod()
}

// isMethod reports whether the global is a method that objects keep of themselves.
func (g *GlobalUse) isMethod() bool {
	return g.Class == ClassData && strings.HasPrefix(g.rule.Reason, aMethod)
}

// aMethod begins the reason why a method that objects keep is data.
const aMethod = "a method of "

// isEntropy reports whether a global, or what was bound of it, is the method that
// distributions keep.
func (m *machine) isEntropy(v Value) bool {
	if v.class() == noClass {
		return false
	}
	g := &m.trace.Globals[v.class()]
	return g.Class == ClassData && strings.HasSuffix(g.Name, "."+entropyMethod)
}

func (m *machine) isDistribution(v Value) bool {
	return v.class() != noClass && m.trace.Globals[v.class()].rule.State == stateDistribution
}
