package pickle

import "slices"

func empty(k Kind) operation {
	op := map[Kind]Opcode{List: opEmptyList, Dict: opEmptyDict, Set: opEmptySet}[k]
	return func(m *machine) {
		_, n := m.nodes.add(m.op, op)
		m.push(valueOf(k, 0, n))
	}
}

func (m *machine) emptyTuple() { m.push(emptyTuple()) }

// marked makes a container of what lies above the newest MARK.
func marked(k Kind) operation {
	op := map[Kind]Opcode{List: opList, Dict: opDict, FrozenSet: opFrozenSet}[k]
	return func(m *machine) {
		items := m.popMark()
		if m.ended {
			return
		}
		if k == Dict && len(items)%2 == 1 {
			m.hashed(k, items[:len(items)-1]) // as far as the Python unpickler comes
			m.breakf("DICT has an odd number of items")
			return
		}
		m.hashed(k, items)
		if k == Dict {
			m.watch(items)
		}
		m.push(m.container(k, op, items))
	}
}

// container makes a node with items. The items may lie where the stack grows.
func (m *machine) container(k Kind, op Opcode, items []Value) Value {
	class := uint32(0)
	if k == Tuple && !slices.ContainsFunc(items, func(v Value) bool { return !v.isConstant() }) {
		class = classConstant
	}
	x, n := m.nodes.add(m.op, op)
	if k == Dict {
		m.noteMethods(x, items)
	}
	m.holdItems(x, items)
	m.weigh(x)
	v := valueOf(k, class, n)
	if k == List {
		m.noteItems(v, items)
	}
	return v
}

// weigh tells once of a value that would fill the memory if it were printed,
// compared or hashed.
func (m *machine) weigh(x *node) {
	const most = 1e9
	if x.weight > most && !m.trace.expands {
		m.trace.expands = true
		m.trace.finding(m, Finding{Rule: RuleExpansion, Severity: Medium,
			Why: "containers hold each other so often that printing or hashing the value would visit more than a thousand million values"})
	}
}

func (m *machine) tupleOfMark() {
	items := m.popMark()
	if m.ended {
		return
	}
	if len(items) == 0 {
		m.emptyTuple()
		return
	}
	m.push(m.container(Tuple, opTuple, items))
}

func tupleOf(n int) operation {
	op := opTuple1 + Opcode(n-1)
	return func(m *machine) {
		from := len(m.stack) - n
		if from < m.floor() {
			m.breakf("%s finds too few values", op)
			return
		}
		v := m.container(Tuple, op, m.stack[from:])
		m.stack = append(m.stack[:from], v)
	}
}

func (m *machine) appendOne() {
	item := m.pop()
	if to := m.top(); to != nil {
		m.extend(*to, []Value{item}, UseAppend)
	}
}

func (m *machine) appendMany() {
	items := m.popMark()
	if m.ended {
		return
	}
	if to := m.top(); to != nil {
		m.extend(*to, items, UseAppend)
	}
}

// extend adds items to a list; on all else it is a call of its class's extend
// or append.
func (m *machine) extend(to Value, items []Value, kind Use) {
	switch to.Kind() {
	case List:
		m.fill(to, items)
		m.noteItems(to, items)
	case None, Bool, Int, Float, Str, Bytes, Tuple, FrozenSet, Dict, Set:
		m.misplaced(to, items)
	default:
		m.called(to, kind, m.tuple(items), 0)
		m.fill(to, items)
	}
}

// misplaced breaks off where items are added to what takes none. Without items
// the C unpickler does not look and goes on.
func (m *machine) misplaced(to Value, items []Value) {
	if len(items) > 0 {
		m.breakf("%s on a %s", m.opcode(), to.Kind())
	}
}

// holdItems puts items into a node. What may be called is noted where they are not kept.
func (m *machine) holdItems(x *node, items []Value) {
	for i, v := range items {
		if v.Kind() == Object && !m.nodes.keep && len(x.items)+i >= m.nodes.slots && (!m.isWrapper(v) || m.mayHold(v)) {
			x.beyond |= beyondObject // in the place of a wrapper an array is read
		}
		switch k := v.Kind(); {
		case k == Global && v.class() != noClass && m.trace.Globals[v.class()].isCallable():
			m.objects = true
		case k == Call && v.class() != noClass && m.trace.Globals[v.class()].givesCallable():
		default:
			continue
		}
		if !m.nodes.keep && len(x.items)+i >= m.nodes.slots {
			x.beyond |= beyondCallable
		}
	}
	m.nodes.put(x, items)
}

// fill puts items into the node of a value, if it is remembered.
func (m *machine) fill(to Value, items []Value) {
	m.judgeAdded(to, items)
	if x := m.nodes.of(to); x != nil {
		m.holdItems(x, items)
		m.weigh(x)
	}
}

// tuple is a tuple of items that no opcode made: the arguments of a method.
func (m *machine) tuple(items []Value) Value {
	if len(items) == 0 {
		return emptyTuple()
	}
	x, n := m.nodes.add(m.op, 0)
	m.holdItems(x, items)
	return valueOf(Tuple, 0, n)
}

func (m *machine) setOne() {
	value := m.pop()
	key := m.pop()
	if to := m.top(); to != nil {
		m.setItems(*to, []Value{key, value})
	}
}

func (m *machine) setMany() {
	items := m.popMark()
	if m.ended {
		return
	}
	if to := m.top(); to != nil {
		m.setItems(*to, items[:len(items)-len(items)%2]) // as far as the Python unpickler comes
		if len(items)%2 == 1 {
			m.breakf("SETITEMS has an odd number of items")
		}
	}
}

// setItems sets keys of a dict; on all else it is a call of __setitem__.
func (m *machine) setItems(to Value, items []Value) {
	switch to.Kind() {
	case Dict:
		m.hashed(Dict, items)
		m.watch(items)
		if x := m.nodes.of(to); x != nil {
			m.noteMethods(x, items)
		}
		m.fill(to, items)
		m.setAliased(to, items)
	case None, Bool, Int, Float, Str, Bytes, Tuple, FrozenSet, Set:
		m.misplaced(to, items)
	case List, ByteArray:
		// an index of an empty list is an error, and of no concern
	default:
		m.called(to, UseSetItem, m.tuple(items), 0)
		m.again(to, UseSetItem, len(items)/2)
		m.hashed(Dict, items)
		m.watch(items)
		m.fill(to, items)
		m.setAliased(to, items)
	}
}

func (m *machine) addMany() {
	items := m.popMark()
	if m.ended {
		return
	}
	to := m.top()
	if to == nil {
		return
	}
	switch to.Kind() {
	case Set:
		m.hashed(Set, items)
		m.fill(*to, items)
	case None, Bool, Int, Float, Str, Bytes, ByteArray, Tuple, FrozenSet, Dict, List:
		m.misplaced(*to, items)
	default:
		m.called(*to, UseAddItems, m.tuple(items), 0)
		m.again(*to, UseAddItems, len(items))
		m.hashed(Set, items)
		m.fill(*to, items)
	}
}

// again counts a method that is called n times where one call was told.
func (m *machine) again(to Value, use Use, n int) {
	if of, ok := m.calleeOf(to, use); ok && n > 1 {
		m.trace.Globals[of].Calls[use] += int64(n - 1)
	} else if n > 1 {
		m.trace.unknown[use] += int64(n - 1)
	}
}
