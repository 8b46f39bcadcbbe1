package pickle

import "strings"

// What a vetted callable does with a state among its arguments: it fills what it
// makes as BUILD does, where no opcode tells of it.

// rebuildAgainst judges torch's _rebuild_from_type_v2(callable, type, args,
// state): the callable is called with args, the tensor that it gives becomes one
// of the type, whose __setstate__ gets the state.
func (m *machine) rebuildAgainst(items []Value) (string, Severity) {
	if len(items) < 3 || items[0].Kind() != Global || items[1].Kind() != Global || items[0].class() == noClass || items[1].class() == noClass {
		return "what it calls is computed", High
	}
	m.called(items[0], UseReduce, items[2], 0)
	m.called(items[1], UseNewObj, emptyTuple(), 0)
	if g := &m.trace.Globals[items[0].class()]; g.Class == ClassVetted && !strings.HasPrefix(g.Module, "torch") {
		return "it calls " + g.full() + ", which makes no tensor", High
	}
	m.refilled(items[1], at(items, 3))
	return "", 0
}

// applyAgainst judges dill's _create_array(callable, args, state, attributes): the
// array that the callable gives gets the state and the attributes.
func (m *machine) applyAgainst(items []Value) (string, Severity) {
	first, second := at(items, 0), at(items, 1)
	if first.Kind() != Global || first.class() == noClass {
		return "what it calls is computed", High
	}
	m.called(first, UseReduce, second, 0)
	if g := &m.trace.Globals[first.class()]; g.Class == ClassVetted && !g.makesArray() {
		return "it calls " + g.full() + ", which makes no array", High
	}
	if k := at(items, 3).Kind(); k != Absent && k != None && k != Dict {
		return "the attributes that the array gets are in no dict", Medium
	}
	_, n := m.nodes.add(m.op, 0)
	array := valueOf(Call, first.class(), n)
	for _, state := range []Value{at(items, 2), at(items, 3)} {
		if k := state.Kind(); k != Absent && k != None {
			m.called(array, UseBuild, state, 0)
		}
	}
	return "", 0
}

// refilled judges a state that an object of a class gets.
func (m *machine) refilled(class, state Value) {
	if k := state.Kind(); k == Absent || k == None {
		return
	}
	_, n := m.nodes.add(m.op, 0)
	m.called(valueOf(Object, class.class(), n), UseBuild, state, 0)
}

// baseAgainst is what there is against the value that copyreg's constructor gives
// the builtin base of an object: the items of a dict are set, those of a list are
// added.
func (m *machine) baseAgainst(class, value Value) (string, Severity) {
	if class.Kind() != Global || class.class() == noClass {
		return "", 0
	}
	g := &m.trace.Globals[class.class()]
	x := m.nodes.of(value)
	switch value.Kind() {
	case Dict:
		if g.hooks().asks && (x == nil || x.count != int64(len(x.items))) {
			return "the items that the object gets are too many or too far back to be known", Medium
		}
		if x != nil && g.hooks().asks {
			if why := m.addedAgainst(g, UseSetItem, m.tuple(x.items)); why != "" {
				return why, High
			}
		}
	case Absent, None, Bool, Int, Float, Str, Bytes:
	case List, Tuple, Set, FrozenSet, Call, Object, Unknown:
		if g.hooks().asks && !m.isEmpty(value) {
			return "the items that the object gets are in no dict", Medium
		}
	}
	return "", 0
}
