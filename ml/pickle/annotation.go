package pickle

import (
	"slices"
	"strings"
)

// A class that a pickle carries brings its annotations, which are calls:
// getitem(Optional, int), reduce(or_, (int, None)); and what wraps its methods:
// classmethod(f). These callables run anything when they are given anything. With
// types and with functions that the pickle carries they make a type or a wrapper.

// isOfCode reports whether a call of a dangerous callable makes an annotation of
// types, or wraps a function that the pickle carries.
func (m *machine) isOfCode(g *GlobalUse, args Value) bool {
	switch g.Module + "." + g.Name {
	case "builtins.classmethod", "builtins.staticmethod", "functools.cached_property":
		items, known := m.items(args)
		return known && len(items) == 1 && m.isCarriedFunction(items[0])
	}
	return m.annotates(g, args, 0)
}

// annotates reports whether a call makes an annotation of types.
func (m *machine) annotates(g *GlobalUse, args Value, depth int) bool {
	items, known := m.items(args)
	if !known || len(items) != 2 {
		return false
	}
	switch g.Module + "." + g.Name {
	case "_operator.getitem", "operator.getitem":
		return m.isGeneric(items[0], depth) && m.isTypes(items[1], depth)
	case "_functools.reduce", "functools.reduce":
		return m.isUnion(items[0]) && m.isTypes(items[1], depth)
	}
	return false
}

// isUnion reports whether v is the operator | itself.
func (m *machine) isUnion(v Value) bool {
	if v.Kind() != Global || v.class() == noClass {
		return false
	}
	g := &m.trace.Globals[v.class()]
	return g.Name == "or_" && (g.Module == "_operator" || g.Module == "operator")
}

// isGeneric reports whether v is what stands before the brackets of an annotation.
func (m *machine) isGeneric(v Value, depth int) bool {
	if v.Kind() == Call {
		return m.isAnnotation(v, depth)
	}
	if v.Kind() != Global || v.class() == noClass {
		return false
	}
	g := &m.trace.Globals[v.class()]
	return g.Module == "typing" && g.Class != ClassDangerous && !strings.Contains(g.Name, ".")
}

// isAnnotation reports whether a call made an annotation.
func (m *machine) isAnnotation(v Value, depth int) bool {
	const most = 8
	x := m.nodes.of(v)
	if v.Kind() != Call || v.class() == noClass || x == nil || x.state != 0 || depth > most {
		return false
	}
	g := &m.trace.Globals[v.class()]
	return g.Module == "types" && g.Name == "GenericAlias" || m.annotates(g, x.args, depth+1)
}

// isTypes reports whether v is a type, a constant of one, or several of them. Of
// their classes nobody chose what runs when they are hashed.
func (m *machine) isTypes(v Value, depth int) bool {
	const most = 8
	switch v.Kind() {
	case None, Bool, Int, Str:
		return true
	case Global:
		return v.class() != noClass && m.trace.Globals[v.class()].Class != ClassDangerous
	case Call:
		return m.isAnnotation(v, depth) || m.carriesType(v) || m.isMade(v, argNone) // type(None)
	case Tuple, List:
		items, known := m.items(v)
		return known && depth < most && !slices.ContainsFunc(items, func(v Value) bool { return !m.isTypes(v, depth+1) })
	}
	return false
}

// isCarriedFunction reports whether v is a function that the pickle carries.
func (m *machine) isCarriedFunction(v Value) bool {
	if v.Kind() != Call || v.class() == noClass {
		return false
	}
	g := &m.trace.Globals[v.class()]
	return g.rule.Family == FamilyCode && makesFunctions(g.Name)
}
