package pickle

import (
	"fmt"
	"slices"
	"strings"
)

// What the methods do that a loader runs of a class of data, as vet.py reads them
// in its sources. Most set attributes and no more; what those of the others do
// depends on what is in the state, which is looked at for them.

// hooks are those of one class. The zero value is of a class that has none.
type hooks struct {
	sets    bool // it has a __setstate__: a pair is no state of slots
	works   bool // filling it, or its end, may run any method of what is in the state
	calls   bool // as works, and it may call what is in the state
	makes   bool // its __new__ does that of its arguments
	keeps   bool // its __new__ keeps its arguments as they are
	hashes  bool // its __hash__ does it of its attributes
	adds    bool // what adds items does it of them
	puts    bool // what sets items by their keys does
	setters bool // setting an attribute may run a method that does it
	asks    bool // it asks another object for the attributes that it has not
	aliases bool // a dict that it is filled with becomes its attributes: what is set in that later is set on the object
	shared  bool // its __new__ may give what the loading process has one of
	acts    bool // of a function: it opens, writes, loads, imports or starts what it is given; calls is that it calls that

	own     []string // methods that it runs, which an attribute of the same name replaces
	plain   []string // attributes that must be constants
	held    []string // attributes whose own methods run, and not those of what they hold
	library []string // attributes whose methods it calls: classes of its own library
	assigns []string // names whose setting runs a method that may do anything with what they are set to
}

// readHooks reads the rule of a class of data: words, with a comma between them.
// rest is the word that is none of hooks.
func readHooks(rule string) (h *hooks, rest string, err error) {
	h = &hooks{}
	for word := range strings.SplitSeq(rule, ",") {
		word, names, named := strings.Cut(word, ":")
		list := map[string]*[]string{"own": &h.own, "plain": &h.plain, "held": &h.held, "library": &h.library, "assigns": &h.assigns}[word]
		flag := map[string]*bool{"sets": &h.sets, "works": &h.works, "calls": &h.calls, "makes": &h.makes, "keeps": &h.keeps, "hashes": &h.hashes, "adds": &h.adds, "puts": &h.puts, "setters": &h.setters, "asks": &h.asks, "aliases": &h.aliases, "shared": &h.shared, "acts": &h.acts}[word]
		switch {
		case list != nil && names != "":
			*list = strings.Split(names, "+")
		case flag != nil && !named:
			*flag = true
		case rest == "" && !named && list == nil && flag == nil:
			rest = word
		default:
			return nil, "", fmt.Errorf("the rule %q has the word %q, which is none", rule, word)
		}
	}
	return h, rest, nil
}

// hooks are those of the global, when it is a class of data.
func (g *GlobalUse) hooks() *hooks {
	if g.rule.hooks == nil {
		return &hooks{}
	}
	return g.rule.hooks
}

// loaderAsks are the attributes of an object for which a loader asks before its
// class: they replace what the class has.
var loaderAsks = [...]string{"__setstate__", "extend", "append", "add"}

// watched is what the rules look at of an attribute, by its name.
type watched uint8

const (
	watchedCallable watched = 1 << iota // it may be called
	watchedObject                       // it is an object, or what a call gave back
	watchedOther                        // it is no constant
)

// watches are the names of attributes that any rule looks at.
func (v *Vetting) watches(h *hooks) {
	for _, names := range [][]string{h.own, h.plain, h.held, h.library} {
		for _, name := range names {
			v.watched[name] = true
		}
	}
}

// kindOf is what a value is to the rules that look at attributes.
func (m *machine) kindOf(v Value) watched {
	switch k := v.Kind(); {
	case k >= None && k <= Buffer:
		return 0
	case k >= List && k <= FrozenSet:
		return watchedOther
	case k == Global:
		return watchedCallable | watchedOther
	case (k == Call || k == Object) && m.givesValue(v):
		return watchedOther
	}
	return watchedCallable | watchedObject | watchedOther
}

// givesValue reports whether what was made is a value: by what made it, or by the
// callable that this was given.
func (m *machine) givesValue(v Value) bool {
	if v.class() == noClass {
		return false
	}
	g := &m.trace.Globals[v.class()]
	if g.passes() {
		return false
	}
	if x := m.nodes.of(v); g.rule.Arguments == argApply && x != nil {
		items, _ := m.items(x.args)
		f := at(items, 0)
		return f.Kind() == Global && m.givesValue(f)
	}
	if g.isDefaults() && m.factoryAgainst(v) != "" {
		return false
	}
	return g.givesValue() || g.isColumn() || v.Kind() == Object && m.isWrapper(v)
}

// givesValue reports whether calling the global makes a value whose methods are
// those that it was vetted with: a number, an array, a container.
func (g *GlobalUse) givesValue() bool {
	return g.Class == ClassVetted && (g.rule.Arguments == "" || g.rule.Arguments == argClass || g.rule.Arguments == argNumbers || g.rule.Arguments == argUnread) && g.handles() != keeps && !g.isNamespace() && g.Module != "itertools"
}

// keyCache is how many keys of dicts are known by their places.
const keyCache = 256

// keyed is a key of a dict whose text was read.
type keyed struct {
	at   Value
	name string
}

// watch remembers what attributes that a rule looks at are, as they become keys
// of dicts: when a dict is a state, it may be too long or too far back to be known.
func (m *machine) watch(items []Value) {
	for n := 0; n+1 < len(items); n += 2 {
		kind := m.kindOf(items[n+1])
		if kind == 0 {
			continue
		}
		if name := m.keyName(items[n]); name != "" {
			if m.odd == nil {
				m.odd = map[string]watched{}
			}
			m.odd[name] |= kind
			m.noteOrigin(name, items[n+1])
			if name == loaderAsks[0] && kind&watchedCallable != 0 {
				m.trace.finding(m, Finding{Rule: RuleArgument, Severity: Medium, Class: ClassUnknown, Use: UseSetItem,
					Why: "a dict gets the item " + quote(name) + ", which a loader calls where the dict is the attributes of an object"})
			}
		}
	}
}

// keyName is the name of a key that a rule looks at, "" for others.
func (m *machine) keyName(key Value) string {
	if key.Kind() != Str {
		if key.Kind() == Call || key.Kind() == Object {
			return m.computedKey(key)
		}
		return ""
	}
	if m.keys == nil {
		m.keys = new([keyCache]keyed)
	}
	c := &m.keys[(uint64(key)*0x9e3779b97f4a7c15)>>56]
	if c.at != key {
		*c = keyed{at: key}
		if s, whole, ok := text(&m.in, key, 64); ok && whole && (slices.Contains(loaderAsks[:], s) || m.trace.vetting.watched[s]) {
			c.name = s
		}
	}
	return c.name
}

// computedKey is the name that a text has which a call gave, as near as it is
// known: any name that a rule looks at stands in its arguments.
func (m *machine) computedKey(key Value) string {
	g := (&handed{m: m}).global(key)
	if g == nil || !slices.Contains([]string{"builtins.str", "numpy.str_", "numpy.unicode_", "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "collections.UserString"}, g.Module+"."+g.Name) {
		return ""
	}
	left, found := mostHashed, ""
	var look func(v Value)
	look = func(v Value) {
		if left--; left < 0 || found != "" {
			return
		}
		if s, whole, ok := text(&m.in, v, 512); ok {
			if s = strings.ReplaceAll(s, "\x00", ""); !whole || slices.Contains(loaderAsks[:], s) || m.trace.vetting.watched[s] {
				found = s
			}
			return
		}
		if x := m.nodes.of(v); x != nil {
			for _, item := range append([]Value{x.args, x.state}, x.items...) {
				look(item)
			}
		} else if v.isNode() {
			found = loaderAsks[0] // it is too far back to be known
		}
	}
	look(key)
	return found
}
