package pickle

import "slices"

// A defaultdict calls its factory whenever somebody asks it for what it has not.
// Nothing of that runs while it is filled, and all of it where it is taken for a
// dict: handed to a callable, or as a state.

// isDefaults reports whether the global makes such dicts.
func (g *GlobalUse) isDefaults() bool {
	return g.Name == "defaultdict" && (g.Module == "collections" || g.Module == "_collections")
}

// keepsCallable reports whether what a call of the global gives may itself be
// called, and then calls what it keeps.
func (g *GlobalUse) keepsCallable() bool {
	return g.rule.Arguments == argCallable || g.rule.Arguments == argKeys || g.rule.Arguments == argAttributes || g.rule.Arguments == argMethod
}

// givesCallable reports whether what a call of the global gives may itself be
// called, or have any attribute.
func (g *GlobalUse) givesCallable() bool {
	return g.keepsCallable() || g.isNamespace() || g.rule.Arguments == argModule || g.Class == ClassData && !g.isColumn()
}

// factoryAgainst is what there is against asking a defaultdict for a key.
func (m *machine) factoryAgainst(v Value) string {
	const why = "it asks a dict that calls what the file chose for each key that it has not"
	x := m.nodes.of(v)
	if x == nil {
		if m.factories {
			return why
		}
		return ""
	}
	if v.Kind() == Object { // __new__ takes none
		return ""
	}
	if items, known := m.items(x.args); !known || len(items) > 0 && !m.makesPlain(items[0], 0) {
		return why
	}
	return ""
}

// oddFactory reports whether a use makes a defaultdict whose factory is not known
// to make a plain value.
func (m *machine) oddFactory(use Use, args Value) bool {
	items, known := m.items(args)
	return use < UseBuild && (!known || len(items) > 0 && !m.makesPlain(items[0], 0))
}

// makesPlain reports whether a callable without arguments makes a plain value: a
// vetted type, a partial of one with constants or other such callables.
func (m *machine) makesPlain(f Value, depth int) bool {
	switch f.Kind() {
	case None:
		return true
	case Global:
		if f.class() == noClass {
			return false
		}
		g := &m.trace.Globals[f.class()]
		return g.Class == ClassVetted && g.rule.Arguments == ""
	case Call:
		x := m.nodes.of(f)
		if x == nil || depth > mostJudging || !m.isMade(f, argCallable) {
			return false
		}
		items, known := m.items(x.args)
		if x.state != 0 {
			state, ok := m.items(x.state)
			if !ok || len(state) != 4 || !m.isEmptyDict(state[2]) || state[3].Kind() != None && !m.isEmptyDict(state[3]) {
				return false
			}
			kept, ok := m.items(state[1])
			items, known = append([]Value{state[0]}, kept...), ok
		}
		for i, v := range items {
			if !(i > 0 && v.isConstant()) && !m.makesPlain(v, depth+1) {
				return false
			}
		}
		return known && len(items) > 0
	}
	return false
}

func (m *machine) isEmptyDict(v Value) bool {
	x := m.nodes.of(v)
	return v.Kind() == Dict && x != nil && x.count == 0
}

// chainAgainst is what there is against what a partial keeps for its callable: a
// function that is only named gets a way to other functions, by which it takes what
// it then calls.
func (m *machine) chainAgainst(kept []Value) string {
	if f := kept[0]; !m.isKeptMethod(f) && (f.Kind() != Global || f.class() == noClass || m.trace.Globals[f.class()].Class == ClassVetted) {
		return ""
	}
	left := mostChained
	if slices.ContainsFunc(kept[1:3], func(v Value) bool { return m.leadsOn(v, &left) }) {
		return "it keeps a way to other functions for a function to be called later"
	}
	return ""
}

// mostChained values are looked at among what a partial keeps.
const mostChained = 256

// leadsOn reports whether a value is, or holds, a getter of attributes, or a
// callable that reaches more than it is given.
func (m *machine) leadsOn(v Value, left *int) bool {
	if v.isConstant() {
		return false
	}
	if *left--; *left < 0 {
		return true
	}
	switch v.Kind() {
	case Call:
		return m.isMade(v, argAttributes)
	case Global:
		return v.class() != noClass && slices.Contains([]string{argAttributes, argGetattr, argLookup, argApply, argRebuild, argCallable, argModule, argLoadBytes}, m.trace.Globals[v.class()].rule.Arguments)
	case Tuple, List, Dict, Set:
		x := m.nodes.of(v)
		return x != nil && slices.ContainsFunc(x.items, func(v Value) bool { return m.leadsOn(v, left) })
	}
	return false
}
