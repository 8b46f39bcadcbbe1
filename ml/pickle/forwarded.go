package pickle

import "slices"

// Some of what is called gives back what it was given, or a thing that stands for it:
// an alias of a type asks its origin for each attribute that it has not, the union of
// one type is that type, a scalar of objects is the object. What is set on such a
// result is set on the origin, which may be a class, function or module of the loading
// process; and where the origin has a __setstate__ of its own, that runs.

// passes reports whether calling the global gives what it was given, or what stands
// for it. No library sets anything on that.
func (g *GlobalUse) passes() bool {
	switch g.Module + "." + g.Name {
	case "types.GenericAlias", "types.MappingProxyType", "numpy.object_", "numpy.object", "builtins.type":
		return true
	}
	return false
}

// isAlias reports whether v is what such a call gave, or a call with an operator of
// types that was let pass.
func (m *machine) isAlias(v Value) bool {
	if v.Kind() != Call && v.Kind() != Object || v.class() == noClass {
		return false
	}
	g := &m.trace.Globals[v.class()]
	return g.passes() || v.Kind() == Call && g.makesAnnotations()
}

// makesAnnotations reports whether the global is one of those that annotations of
// types are made with.
func (g *GlobalUse) makesAnnotations() bool {
	return slices.Contains([]string{"_operator.getitem", "operator.getitem", "_functools.reduce", "functools.reduce"}, g.Module+"."+g.Name)
}

// judgeForwarded adds what there is to say against a use that sets or adds something
// on what may be a global.
func (m *machine) judgeForwarded(g *GlobalUse, on Value, use Use, args Value) {
	if use < UseBuild || use == UseHash || on.Kind() != Call && on.Kind() != Object {
		return
	}
	if left := mostHanded; !m.isAlias(on) && !(g.mayPass() && m.givenGlobal(on, &left)) {
		return
	}
	m.trace.finding(m, Finding{Rule: RuleBuildGlobal, Severity: High, Class: ClassDangerous, Module: g.Module, Name: g.Name, Use: use, Args: m.show(args),
		Why: use.String() + " is done to what " + g.full() + " gave back, which may be the class, function or module that it was given"})
}

// mayPass reports whether what a vetted callable gives may be one of its arguments:
// it is neither of a class of its own, nor judged as what it calls.
func (g *GlobalUse) mayPass() bool {
	if g.Class != ClassVetted || g.rule.Reason == anException || g.Module == "numpy" && g.Name == "dtype" {
		return false
	}
	how := g.handles()
	return g.rule.Arguments == argIter || (how == works || how == calls) && (g.rule.Arguments == "" || g.rule.Arguments == argNumbers)
}

// givenGlobal reports whether an unknown global is among the arguments of which
// something was made, or what stands for one.
func (m *machine) givenGlobal(v Value, left *int) bool {
	if *left--; *left < 0 {
		return true
	}
	switch k := v.Kind(); {
	case k == Global:
		return v.class() == noClass || m.trace.Globals[v.class()].Class == ClassUnknown
	case m.isAlias(v):
		return true
	case k == Call || k == Object, k >= List && k <= FrozenSet:
	default:
		return false
	}
	x := m.nodes.of(v)
	if x == nil || (v.Kind() == Call || v.Kind() == Object) && (v.class() == noClass || !m.trace.Globals[v.class()].mayPass()) {
		return v.Kind() == Call && m.isMade(v, argModule)
	}
	given := x.items
	if v.Kind() == Call || v.Kind() == Object {
		given = []Value{x.args, x.kwargs}
	}
	return slices.ContainsFunc(given, func(v Value) bool { return m.givenGlobal(v, left) })
}
