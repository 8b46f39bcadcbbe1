package pickle

// Some classes make the dict that they are filled with their attributes, where
// others copy it: self.__dict__ = state. Whoever has that dict, as the memo does,
// sets attributes of the object with each item, long after the state was judged.

// mostAliases dicts are known to be the attributes of an object.
const mostAliases = 1 << 16

// noteAlias notes the dict that becomes the attributes of an object.
func (m *machine) noteAlias(on, state Value) {
	if on.Kind() != Object && on.Kind() != Call || on.class() == noClass || !m.trace.Globals[on.class()].hooks().aliases {
		return
	}
	dicts, _ := m.items(state) // or a tuple that has it
	for _, d := range append(dicts[:len(dicts):len(dicts)], state) {
		if k := d.Kind(); k != Dict && k != Call && k != Object {
			continue
		}
		if m.aliases == nil {
			m.aliases = map[int64]Value{}
		}
		if len(m.aliases) < mostAliases {
			m.aliases[d.index()] = on
		} else {
			m.lastAlias = on
		}
	}
}

// setAliased judges items of a dict as the state of the object of which the dict
// is the attributes.
func (m *machine) setAliased(to Value, items []Value) {
	on, ok := m.aliases[to.index()]
	if !ok {
		on = m.lastAlias
	}
	if on == 0 || !to.isNode() || len(items) == 0 {
		return
	}
	m.judgeHooks(&m.trace.Globals[on.class()], on, UseBuild, m.container(Dict, opSetItems, items), 0)
}
