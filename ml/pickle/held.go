package pickle

// What an array of objects holds is forgotten with its node, and with the list
// that its elements came in. That it holds objects is not.

// mostHolders lists and arrays are known to hold objects.
const mostHolders = 1 << 16

// holds remembers of a list that something was added to it whose methods may be
// the file's, and of an array that it was made of such.
func (m *machine) holds(v Value) {
	if m.holders == nil {
		m.holders = map[int64]bool{}
	}
	if len(m.holders) < mostHolders {
		m.holders[v.index()] = true
	} else {
		m.manyHold = true
	}
}

// noteItems notes what is added to a list.
func (m *machine) noteItems(to Value, items []Value) {
	for _, v := range items {
		if m.isOdd(v) {
			m.holds(to)
			return
		}
	}
}

// isOdd reports whether v is, or may come to hold, what has methods that are the
// file's.
func (m *machine) isOdd(v Value) bool {
	switch k := v.Kind(); {
	case v.isConstant(), k == Global:
		return false
	case k == Call || k == Object:
		return !m.givesValue(v) || m.mayHold(v)
	}
	return true // a container may be filled later
}

// mayHold reports whether an array or a list holds, or held, what isOdd.
func (m *machine) mayHold(v Value) bool { return m.holders[v.index()] || m.manyHold }

// noteState notes of an array what its state has for elements.
func (m *machine) noteState(on, state Value) {
	if on.Kind() != Call && on.Kind() != Object || on.class() == noClass || !m.trace.Globals[on.class()].makesArray() {
		return
	}
	items, known := m.items(state)
	v := at(items, elements)
	x := m.nodes.of(v)
	switch {
	case !known:
		m.holds(on)
	case v.isConstant():
	case v.Kind() != List, m.mayHold(v):
		m.holds(on)
	case x != nil:
		m.noteItems(on, x.items)
	}
}

// heldAgainst is what there is against running methods of an array's elements,
// when the array is too far back to be known.
func (m *machine) heldAgainst(v Value) string {
	if (m.objects || m.shadowed) && m.mayHold(v) {
		return "it may run methods of the objects in an array that is too far back to be known"
	}
	return ""
}
