package pickle

import "strings"

// cloudpickle writes a bound method as a call of the type of methods, which it
// reaches by its name:
//
//	_builtin_type("MethodType")(randint_gen._entropy, distribution)
//
// To bind runs nothing. What is bound here is the one method that scipy's
// distributions keep; all other bindings are told as code.

// entropyMethod is the method that scipy's discrete distributions keep vectorized.
const entropyMethod = "_entropy"

// The types that cloudpickle may reach by their names: that of methods, whose
// calls are judged, and that of a plain value.
const (
	methodType = "MethodType"
	plainType  = "SimpleNamespace"
)

// typeName is the name of the type that a call gives, of those that may be
// reached, "" for all else.
func (m *machine) typeName(g *GlobalUse, args Value) string {
	if g.Name != "_builtin_type" || g.rule.Family != FamilyCode {
		return ""
	}
	items, known := m.items(args)
	if !known || len(items) != 1 || items[0].Kind() != Str {
		return ""
	}
	if name, whole, ok := text(&m.in, items[0], 64); ok && whole && (name == methodType || name == plainType) {
		return name
	}
	return ""
}

// namedType is the type of plain values when a call gives that, 0 for all else.
func (m *machine) namedType(callee, args Value) Value {
	if callee.Kind() != Global || callee.class() == noClass || m.typeName(&m.trace.Globals[callee.class()], args) != plainType {
		return 0
	}
	return valueOf(Global, m.resolve("types", plainType, "_builtin_type"), 0)
}

// bound is what a call of the type of methods gives that binds a distribution's
// method to a distribution, 0 for all else.
func (m *machine) bound(callee, args Value) Value {
	x := m.nodes.of(callee)
	if callee.Kind() != Call || callee.class() == noClass || x == nil || m.typeName(&m.trace.Globals[callee.class()], x.args) != methodType {
		return 0
	}
	items, known := m.items(args)
	if !known || len(items) != 2 || items[0].Kind() != Global || items[1].Kind() != Object || !m.isEntropy(items[0]) || !m.isDistribution(items[1]) {
		return 0
	}
	y, n := m.nodes.add(m.op, 0)
	y.args = args
	return valueOf(Call, items[0].class(), n)
}

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
