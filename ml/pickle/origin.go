package pickle

import "strings"

// Attributes whose methods a class calls while it is filled, as ngboost's models ask
// their distribution for its score. What these do is known where each is a class of the
// library that the method is of, which was read with it: of an object the file would
// have chosen every attribute.

// manyOrigins is the origin of an attribute that is of several libraries, or of one
// that is not known.
const manyOrigins = "?"

// libraryOf is the library that a class of data is of, "" for a plain value, which has
// no such methods.
func (m *machine) libraryOf(v Value) string {
	if m.kindOf(v)&watchedCallable == 0 {
		return ""
	}
	if v.Kind() != Global || v.class() == noClass || m.trace.Globals[v.class()].rule.Reason != "class" {
		return manyOrigins
	}
	return m.trace.Globals[v.class()].library()
}

// library is the top of the packages in which the global is.
func (g *GlobalUse) library() string {
	top, _, _ := strings.Cut(g.Module, ".")
	return top
}

// noteOrigin remembers of what library an attribute is that a rule looks at: the
// dict that it is in may be too far back to be known when it becomes a state.
func (m *machine) noteOrigin(name string, v Value) {
	of := m.libraryOf(v)
	if of == "" {
		return
	}
	if m.origins == nil {
		m.origins = map[string]string{}
	}
	if have, ok := m.origins[name]; ok && have != of {
		of = manyOrigins
	}
	m.origins[name] = of
}

// originAgainst is what there is against the attributes whose methods a class calls.
// known are those of the state, all of them when it is whole.
func (m *machine) originAgainst(g *GlobalUse, known map[string]Value, whole bool) string {
	for _, name := range g.hooks().library {
		of := ""
		if v, ok := known[name]; ok {
			of = m.libraryOf(v)
		} else if !whole {
			of = m.origins[name]
		}
		if of != "" && of != g.library() {
			return "it calls methods of its attribute " + quote(name) + ", which is no class of its library"
		}
	}
	return ""
}
