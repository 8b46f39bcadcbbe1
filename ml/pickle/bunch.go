package pickle

import "slices"

// statsmodels keeps settings in dicts that are their own attributes, and pickles one
// with another for its state. Whoever fills asks that for its items, by a method that
// an attribute of the name would replace: what it holds is no callable.

// isBunch reports whether v is such a dict, all of whose items and attributes are known
// to be none that may be called.
func (m *machine) isBunch(v Value, depth int) bool {
	const most = 4
	x := m.nodes.of(v)
	if v.Kind() != Object || v.class() == noClass || x == nil || depth > most || x.replaced || x.count != int64(len(x.items)) {
		return false
	}
	if g := &m.trace.Globals[v.class()]; g.Module != "statsmodels.tools.tools" || g.Name != "Bunch" {
		return false
	}
	switch k := x.state.Kind(); {
	case k == Absent, x.state == v, k == Dict: // of a dict, replaced says what it held
	case !m.isBunch(x.state, depth+1):
		return false
	}
	return !slices.ContainsFunc(x.items, func(v Value) bool { return m.kindOf(v)&watchedCallable != 0 })
}
