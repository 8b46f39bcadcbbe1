package pickle

import (
	"cmp"
	"slices"
	"strings"
)

// What runs of a class of data, and of what a vetted callable made, when an object
// is filled, hashed or added to.

// judgeHooks adds what there is to say of the methods that a use runs of a class
// of data, or of what a vetted callable made, because of what they are given.
func (m *machine) judgeHooks(g *GlobalUse, on Value, use Use, args, kwargs Value) {
	if on.Kind() == Global && use >= UseBuild {
		return // told as what changes the loading process
	}
	why := ""
	h := &handed{m: m, left: mostHanded}
	switch {
	case use == UseBuild:
		why = m.filledAgainst(g, on, args)
	case use == UseHash:
		why = m.hashAgainst(on)
	case g.Class != ClassData:
		m.members(g, args)
	case use == UseNewObj || use == UseNewObjEx:
		items, known := m.items(args)
		if !known {
			items = []Value{args}
		}
		for _, v := range append(items[:len(items):len(items)], kwargs) {
			if why = h.against(v, h.of(on), 0); why != "" {
				break
			}
		}
		if why == "" {
			why = cmp.Or(h.top(args), h.top(kwargs)) // they are spread out
		}
	case use == UseAppend || use == UseSetItem || use == UseAddItems:
		why = m.addedAgainst(g, use, args)
	}
	if why == "" {
		return
	}
	f := Finding{Rule: RuleArgument, Severity: Medium, Class: ClassUnknown, Module: g.Module, Name: g.Name, Use: use, Args: m.show(args), Why: why}
	if strings.HasPrefix(why, itReplaces) || strings.HasPrefix(why, itsItems) {
		f.Severity, f.Class = High, ClassDangerous // no honest object has such an attribute
	}
	m.trace.finding(m, f)
}

const (
	itReplaces = "its state replaces the method "
	itsItems   = "among its items: "
)

// filledAgainst is what there is against a state, because of what runs when an
// object gets it.
func (m *machine) filledAgainst(g *GlobalUse, on, state Value) string {
	if g.Class == ClassVetted && g.rule.Reason != parameter && m.replaces(state) {
		m.shadowed = true
	}
	if m.isShared(g, on) {
		return "it changes what the loading process has one of"
	}
	if why := m.slotsOfVetted(g, state); why != "" {
		return why
	}
	of, dicts := g.hooks(), []Value{state}
	if state.Kind() == Tuple && !of.sets && g.Class == ClassData {
		items, known := m.items(state)
		if !known {
			return "its state is too far back to be known"
		}
		if len(items) == 2 {
			dicts = items
			if why := m.slotsAgainst(of, items[1]); why != "" {
				return why
			}
		}
	}
	h := &handed{m: m, left: mostHanded, stores: g.storesElements()}
	why := ""
	for _, d := range dicts {
		if why = m.attributesAgainst(g, d); why == "" && !m.isBunch(d, 0) {
			why = h.top(d)
		}
		if why != "" {
			return why
		}
	}
	switch {
	case g.Class == ClassVetted:
		why = h.state(g, state)
	case of.calls:
		why = h.deep(state, calls, 0)
	case of.works:
		why = h.deep(state, works, 0)
	}
	if why == "" {
		why = m.askedAgain(g, on)
	}
	return why
}

// slotsOfVetted is what there is against a state of slots for what a vetted
// container made, which is no state that one has: the factory of a defaultdict is
// such an attribute.
func (m *machine) slotsOfVetted(g *GlobalUse, state Value) string {
	if how := g.handles(); g.Class != ClassVetted || g.rule.Arguments != "" && g.rule.Arguments != argNone || how != walks && how != pairs && how != first {
		return ""
	}
	items, known := m.items(state)
	if state.Kind() != Tuple || known && (len(items) != 2 || items[1].isConstant()) {
		return ""
	}
	if !known || !m.isEmptyDict(items[1]) {
		return "its state of slots sets attributes that the container itself has"
	}
	return ""
}

// state is what there is against the state of what a vetted callable made. An
// array keeps the objects that it holds as they are.
func (h *handed) state(g *GlobalUse, state Value) string {
	switch {
	case g.rule.Reason == anException:
		return h.exception(state)
	case g.handles() != works && g.handles() != calls, g.isNamespace(), g.rule.Arguments == argRebuild, g.rule.Arguments == argApply, g.rule.Arguments == argCallable:
		return ""
	case g.makesArray():
		items, _ := h.m.items(state)
		for i, v := range items {
			if why := h.deep(v, calls, 0); i != elements && why != "" {
				return why
			}
		}
		return ""
	}
	if g.rule.Reason == "values in blocks" || g.rule.Arguments == argUnread {
		return h.deep(state, works, 0)
	}
	return h.deep(state, calls, 0)
}

// exception is what there is against the state of an exception: setting its
// arguments asks what they are for its items.
func (h *handed) exception(state Value) string {
	attributes, ok := h.m.attributes(state)
	if !ok && state.Kind() != None && h.m.objects {
		return "its state is no dict whose keys are known"
	}
	return h.top(attributes["args"])
}

// elements is where the state of an array has them.
const elements = 4

// makesArray reports whether calling the global makes one of numpy's arrays.
func (g *GlobalUse) makesArray() bool {
	return strings.HasPrefix(g.Module, "numpy.") && (g.rule.Arguments == argClass || g.rule.Reason == "an array" || strings.HasPrefix(g.rule.Reason, "a masked array"))
}

// askedAgain tells of an object that is filled for the second time, when its class
// asks what the first state gave it how it is to be filled.
func (m *machine) askedAgain(g *GlobalUse, on Value) string {
	if !g.hooks().asks {
		return ""
	}
	if m.built[on] {
		return "it asks another object, which the file chose, how it is to be filled"
	}
	if m.built == nil {
		m.built = map[Value]bool{}
	}
	if len(m.built) < mostBuilt {
		m.built[on] = true
	}
	return ""
}

// mostBuilt objects are known to have been filled.
const mostBuilt = 1 << 16

// slotsAgainst is what there is against the attributes of a state of slots, each
// of which is set as by a program.
func (m *machine) slotsAgainst(of *hooks, slots Value) string {
	if slots.Kind() == None {
		return ""
	}
	attributes, ok := m.attributes(slots)
	if !ok {
		return "its state of slots is no dict whose keys are known"
	}
	for name := range attributes {
		if strings.HasPrefix(name, "__") || name == "default_factory" {
			return "its state sets " + quote(name) + ", which changes what it is"
		}
	}
	h := &handed{m: m, left: mostHanded}
	if of.setters {
		return h.deep(slots, works, 0)
	}
	for _, name := range of.assigns {
		if why := h.deep(attributes[name], works, 0); why != "" {
			return why
		}
	}
	return ""
}

// attributesAgainst is what there is against the attributes that a state sets.
func (m *machine) attributesAgainst(g *GlobalUse, state Value) string {
	switch state.Kind() {
	case Dict, List, Tuple, Call:
	default:
		return "" // an object is asked for its items, and told as that
	}
	of := g.hooks()
	known, whole := m.attributes(state)
	if state.Kind() == List || state.Kind() == Tuple {
		if !of.sets {
			return "" // no state of an object without __setstate__
		}
		known, whole = m.pairs(state)
	}
	if why := m.namesAgainst(of, func(name string) watched {
		if v, ok := known[name]; ok {
			return m.kindOf(v)
		} else if whole {
			return 0
		}
		return m.odd[name]
	}); why != "" {
		return why
	}
	if why := m.originAgainst(g, known, whole); why != "" {
		return why
	}
	if x := m.nodes.of(state); state.Kind() == Call && g.Class == ClassData && !m.isMade(state, argEncode) && (x == nil || !m.isEmpty(x.args) || x.kwargs != 0) {
		return "its state is what a call gave back, whose keys are not known"
	}
	return ""
}

func (m *machine) namesAgainst(of *hooks, kind func(name string) watched) string {
	for _, name := range loaderAsks {
		if kind(name)&watchedCallable != 0 {
			return itReplaces + quote(name) + ", which a loader calls"
		}
	}
	for _, name := range of.own {
		if kind(name)&watchedCallable != 0 {
			return itReplaces + quote(name) + ", which runs while it is loaded"
		}
	}
	for _, name := range of.plain {
		if kind(name) != 0 {
			return "it runs methods of its attribute " + quote(name) + ", which is no constant"
		}
	}
	for _, name := range of.held {
		if kind(name)&watchedObject != 0 {
			return "it runs methods of its attribute " + quote(name) + ", which is an object"
		}
	}
	return ""
}

// pairs are the names and values of a list that a dict can be made of; false when
// not all are known.
func (m *machine) pairs(v Value) (map[string]Value, bool) {
	items, known := m.items(v)
	x := m.nodes.of(v)
	if !known || x != nil && x.count != int64(len(x.items)) {
		return nil, false
	}
	out := map[string]Value{}
	for _, item := range items {
		if pair, ok := m.items(item); ok && len(pair) == 2 {
			if name := m.keyName(pair[0]); name != "" {
				out[name] = pair[1]
			}
		} else if !ok && (item.Kind() == Tuple || item.Kind() == List) {
			return nil, false
		}
	}
	return out, true
}

// addedAgainst is what there is against what is added to an object.
func (m *machine) addedAgainst(g *GlobalUse, use Use, args Value) string {
	items, _ := m.items(args)
	if g.hooks().asks && use != UseSetItem {
		return itsItems + "it is a dict: a loader asks its items for a method by which they are added"
	}
	if g.hooks().asks {
		for n := 0; n+1 < len(items); n += 2 {
			if name := m.keyName(items[n]); slices.Contains(loaderAsks[:], name) && m.kindOf(items[n+1])&watchedCallable != 0 {
				return itsItems + quote(name) + " is the method of that name, which a loader calls"
			}
		}
	}
	if h := g.hooks(); !h.adds && !(h.puts && use == UseSetItem) {
		return ""
	}
	return (&handed{m: m, left: mostHanded}).deep(args, works, 0)
}

// hashAgainst is what there is against hashing a value and comparing it with others.
func (m *machine) hashAgainst(v Value) string {
	h := &handed{m: m, left: mostHanded}
	g, x := h.global(v), m.nodes.of(v)
	switch {
	case g == nil:
		return ""
	case g.Class == ClassData && !g.hooks().hashes && (x == nil || x.args == 0 || m.isEmpty(x.args)):
		return ""
	case g.Class == ClassData && x == nil:
		return "what it hashes is too far back to be known"
	case g.Class == ClassData:
		return h.all(append([]Value{x.state, x.args, x.kwargs}, x.items...), calls, 0)
	case x == nil:
		return m.shadows()
	case x.state.Kind() == Dict:
		return h.deep(x.state, calls, 0)
	}
	return ""
}

// replaces reports whether a state may replace methods.
func (m *machine) replaces(state Value) bool {
	if state.Kind() != Dict {
		return false
	}
	x := m.nodes.of(state)
	return x == nil || x.beyond&beyondMethod != 0 || slices.ContainsFunc(x.items, func(v Value) bool { return m.kindOf(v)&watchedCallable != 0 })
}

// noteMethods notes of what a dict gets and does not keep whether it could be a
// method, once the dict is the attributes of an object.
func (m *machine) noteMethods(x *node, items []Value) {
	from := max(0, m.nodes.slots-len(x.items))
	if m.nodes.keep || from >= len(items) || x.beyond&beyondMethod != 0 {
		return
	}
	if slices.ContainsFunc(items[from:], func(v Value) bool { return m.kindOf(v)&watchedCallable != 0 }) {
		x.beyond |= beyondMethod
	}
}

// shadows tells that somebody's attributes were replaced, when it is not known
// whose.
func (m *machine) shadows() string {
	if m.shadowed {
		return "it may be that of which the file replaced attributes"
	}
	return ""
}

// replacedAgainst is what there is against running methods of what a vetted
// callable made, which attributes of the same name replace.
func (m *machine) replacedAgainst(v Value) string {
	switch x := m.nodes.of(v); {
	case x == nil:
		return m.shadows()
	case x.replaced:
		return "it runs methods that the attributes of " + m.trace.Globals[v.class()].full() + " replace"
	}
	return ""
}

// members judges how what a vetted callable keeps is hashed.
func (m *machine) members(g *GlobalUse, args Value) {
	step := 0
	switch g.Module + "." + g.Name {
	case "builtins.set", "builtins.frozenset", "collections.Counter":
		step = 1
	case "builtins.dict", "collections.OrderedDict", "_collections.OrderedDict", "collections.defaultdict", "_collections.defaultdict":
		step = 2
	}
	items, _ := m.items(args)
	if step == 0 || !m.hashers && !m.shadowed {
		return
	}
	for _, from := range items {
		members, _ := m.items(from)
		for _, v := range members {
			if pair, ok := m.items(v); ok && step == 2 {
				v = at(pair, 0)
			}
			left := mostHashed
			m.hash(v, &left)
		}
	}
}
