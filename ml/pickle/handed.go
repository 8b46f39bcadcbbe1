package pickle

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// What a vetted callable is handed. Made of numbers and text it does what it was
// vetted for; given an object it asks that object for its items, its length or its
// sum, which are methods of a class that was vetted to be made empty and filled.
// Given a callable it may call it.

// mostHanded values are looked at among the arguments of one call.
const mostHanded = 512

// handling is how a vetted callable handles its arguments.
type handling uint8

const (
	works handling = iota // it may run any method of what it is given, however deep that lies, and call it
	calls                 // as works, and what is too far back to be known is not what it takes
	keeps                 // it keeps them as they are
	walks                 // it asks each for its items and keeps these
	pairs                 // as walks, and asks the items for theirs
	first                 // it keeps the first; pairs for the others
)

// handles is how the global g handles its arguments.
func (g *GlobalUse) handles() handling {
	switch g.Module + "." + g.Name {
	case "functools.partial", "_functools.partial", "builtins.slice", "builtins.object", "builtins.getattr":
		return keeps
	case "builtins.list", "builtins.tuple", "builtins.set", "builtins.frozenset", "collections.deque", "_collections.deque",
		"builtins.iter", "builtins.enumerate", "builtins.reversed", "builtins.zip", "itertools.chain", "itertools.cycle", "itertools.islice", "itertools.product",
		"nltk.probability.ConditionalFreqDist":
		return walks
	case "builtins.dict", "collections.OrderedDict", "_collections.OrderedDict", "collections.Counter", "types.SimpleNamespace", "polars.schema.Schema":
		return pairs
	case "collections.defaultdict", "_collections.defaultdict", "itertools.repeat":
		return first
	}
	switch {
	case g.rule.Arguments == argKeys, g.rule.Arguments == argAttributes, g.rule.Arguments == argMethod:
		return keeps
	case g.rule.Arguments == argApply, g.rule.Arguments == argRebuild, g.rule.Arguments == argConstructors, g.rule.Reason == anException:
		return walks // what they call is judged by itself
	case strings.Contains(g.rule.Reason, "constructor takes numbers"):
		return calls
	}
	return works
}

// isNamespace reports whether the global makes objects of which the file chooses
// every attribute: one may be a callable under the name of a method.
func (g *GlobalUse) isNamespace() bool {
	return g.Module == "types" && g.Name == plainType || g.Module == "argparse" && g.Name == "Namespace"
}

// judgeHanded adds what there is to say against the values that a vetted callable
// is handed.
func (m *machine) judgeHanded(g *GlobalUse, use Use, args, kwargs Value) {
	switch use {
	case UseBuild, UseHash:
		return
	case UseAppend, UseSetItem, UseAddItems:
		if !g.takesItems(use) {
			m.trace.finding(m, Finding{Rule: RuleArgument, Severity: High, Class: ClassDangerous, Module: g.Module, Name: g.Name, Use: use, Args: m.show(args),
				Why: "items are added to what takes none: only an attribute that the file gave it would take them"})
			return
		}
		if how := g.handles(); how != works && how != calls {
			return // it keeps what is added
		}
	}
	h := &handed{m: m, left: mostHanded, stores: g.storesElements()}
	why := m.memberAgainst(g, use, args, kwargs)
	if why == "" {
		why = h.arguments(g, args)
	}
	if why == "" {
		why = cmp.Or(h.top(kwargs), h.against(kwargs, g.handles(), 0))
	}
	if why == "" && g.rule.Arguments == argNumbers {
		why = cmp.Or(h.numbers(args, 0), h.numbers(kwargs, 0))
	}
	if why != "" {
		m.trace.finding(m, Finding{Rule: RuleArgument, Severity: Medium, Class: ClassUnknown, Module: g.Module, Name: g.Name, Use: use, Args: m.show(args), Why: why})
	}
}

// memberAgainst is what there is against a call of an enumeration that is more
// than the look-up of a member: it makes an enumeration, of a class of the file's.
func (m *machine) memberAgainst(g *GlobalUse, use Use, args, kwargs Value) string {
	if use >= UseBuild || !strings.HasPrefix(g.rule.Reason, "an enumeration") && g.rule.Reason != "a member by its value" {
		return ""
	}
	if items, known := m.items(args); !known || len(items) != 1 || kwargs != 0 && !m.isEmptyDict(kwargs) {
		return "with other arguments than one value it makes an enumeration"
	}
	return ""
}

// takesItems reports whether what a vetted callable gives has a method by which a
// loader adds items: it is a container.
func (g *GlobalUse) takesItems(use Use) bool {
	if use == UseSetItem && (g.rule.Reason == outputs || g.Module == "nltk.probability") {
		return true // its items are its attributes, whose names are looked at in each dict
	}
	if g.isNamespace() || g.rule.Arguments != "" || g.rule.Reason == anException {
		return false
	}
	how := g.handles()
	return how == walks || how == pairs || how == first || g.Module == "array" || g.Module == "collections"
}

// outputs is why the outputs of models are vetted.
const outputs = "keeps what a model gave"

// parameter is why parameters of signatures are vetted: they take their default and
// their type of a state, and no other attribute.
const parameter = "keeps the name of a parameter, its default and its type"

// anException is why a class of exceptions is vetted.
const anException = "an exception, with plain arguments"

// judgeStateValue adds what there is to say against a state that is no plain value:
// whoever is filled asks it for its items.
func (m *machine) judgeStateValue(g *GlobalUse, filled Value, use Use, state Value) {
	if use != UseBuild || state.isPlain() || state == filled && g.rule.Items || m.isBunch(state, 0) {
		return // a dict may be its own attributes
	}
	why := (&handed{m: m, left: mostHanded}).top(state)
	if state.Kind() == Unknown {
		why = "its state is computed or too far back to be known"
	}
	if why != "" {
		m.trace.finding(m, Finding{Rule: RuleArgument, Severity: Medium, Class: ClassUnknown, Module: g.Module, Name: g.Name, Use: use, Args: m.show(state), Why: "its state is no plain value: " + why})
	}
}

// handed walks over what a callable is handed.
type handed struct {
	m      *machine
	left   int
	stores bool // who is handed an array stores it, and asks its elements nothing
}

// storesElements reports whether the global is one of pandas' that put arrays together
// to a table: those are asked for their type and shape, and no element for anything.
func (g *GlobalUse) storesElements() bool {
	return slices.Contains([]string{"pandas.core.frame", "pandas.core.series", "pandas.core.internals.managers", "pandas._libs.internals"}, g.Module)
}

// arguments is what there is against the arguments of g, "" for nothing. Those
// that make an object of a class hand the rest to that class or its base.
func (h *handed) arguments(g *GlobalUse, args Value) string {
	items, known := h.m.items(args)
	if !known {
		return cmp.Or(h.top(args), h.against(args, g.handles(), 0)) // they are spread out
	}
	how, class := g.handles(), Value(0)
	switch g.rule.Arguments {
	case argReconstructor:
		how, class, items = h.of(at(items, 1)), at(items, 1), items[min(2, len(items)):]
	case argNewObj:
		how, class, items = h.of(at(items, 0)), at(items, 0), items[min(1, len(items)):]
	case argClass:
		items = items[min(1, len(items)):]
	}
	compiled := h.global(class)
	for i, v := range items {
		if how == first && i == 0 {
			continue
		}
		if class.Kind() == Global && compiled != nil && compiled.rule.Arguments == argNumbers {
			if why := h.numbers(v, 0); why != "" {
				return why
			}
		}
		if why := h.against(v, how, 0); why != "" {
			return why
		}
	}
	return ""
}

// of is how a class handles what it is made of.
func (h *handed) of(class Value) handling {
	if class.Kind() != Global || class.class() == noClass {
		return works
	}
	g := &h.m.trace.Globals[class.class()]
	switch {
	case g.Class == ClassVetted:
		return g.handles()
	case g.hooks().makes:
		return works
	case g.hooks().keeps:
		return keeps
	}
	return walks
}

// against is what there is against one value.
func (h *handed) against(v Value, how handling, depth int) string {
	switch how {
	case keeps:
		return ""
	case walks:
		return h.top(v)
	case pairs, first:
		if why := h.top(v); why != "" {
			return why
		}
		x := h.m.nodes.of(v)
		if x == nil || v.Kind() != List && v.Kind() != Tuple {
			return ""
		}
		if x.beyond&beyondObject != 0 {
			return "among its items is an object"
		}
		for _, item := range x.items {
			if why := h.top(item); why != "" {
				return why
			}
		}
		return ""
	}
	return h.deep(v, how, depth)
}

// top is what there is against a value that is asked for its items.
func (h *handed) top(v Value) string {
	switch v.Kind() {
	case Object:
		return h.deep(v, works, 0)
	case Call:
		g := h.global(v)
		switch {
		case g == nil || g.Class != ClassVetted:
		case g.isNamespace() || g.handles() == walks || g.handles() == first:
			return h.deep(v, works, 0)
		case g.handles() == pairs: // a dict is asked for its keys as any other
			return h.m.replacedAgainst(v)
		}
	}
	return ""
}

// global is what made a value, or what it is; nil when that is unknown.
func (h *handed) global(v Value) *GlobalUse {
	if v.class() >= uint32(len(h.m.trace.Globals)) {
		return nil
	}
	return &h.m.trace.Globals[v.class()]
}

// mostDeep is how deep values lie in each other that are looked at.
const mostDeep = 24

// deep is what there is against a value of which any method may run, and those
// of all that it holds.
func (h *handed) deep(v Value, how handling, depth int) string {
	switch v.Kind() {
	case List, Tuple, Dict, Set, FrozenSet, Object, Call:
	case Global:
		if g := h.global(v); g != nil && g.isCallable() {
			return "it may call " + g.full() + ", which it is given"
		}
		return ""
	default:
		return ""
	}
	if v.isConstant() {
		return ""
	}
	if h.left--; h.left < 0 || depth > mostDeep {
		return "its arguments are too many to be known"
	}
	if v.Kind() == Object || v.Kind() == Call {
		return h.made(v, how, depth)
	}
	x := h.m.nodes.of(v)
	switch {
	case x != nil && x.beyond&beyondCallable != 0:
		return "among its arguments is what it may call"
	case x == nil && how == works && !h.m.objects:
		return ""
	case x == nil, x.beyond != 0 && (how != works || h.m.objects):
		return "its arguments are too far back to be known"
	}
	h.m.noteJudged(v)
	return h.all(x.items, how, depth)
}

func (h *handed) all(items []Value, how handling, depth int) string {
	for _, v := range items {
		if why := h.deep(v, how, depth+1); why != "" {
			return why
		}
	}
	return ""
}

// made is what there is against an object or what a call gave back. What was
// called is judged by itself, and what works with its arguments keeps none.
func (h *handed) made(v Value, how handling, depth int) string {
	g := h.global(v)
	switch {
	case g == nil:
		return ""
	case h.stores && (v.Kind() == Object && h.m.isWrapper(v) || v.Kind() == Call && g.makesArray()):
		return "" // it was judged when it was filled
	case v.Kind() == Object && h.m.isWrapper(v): // in its place an array is read
		return h.m.heldAgainst(v)
	case g.Class == ClassData && v.Kind() == Object && !g.isColumn():
		return "it runs methods of the object of " + g.full() + " that it is given, which is vetted to be filled and no more"
	case h.m.isAlias(v) && !g.passes(): // an annotation of types, which is not told where it is made
		if x := h.m.nodes.of(v); x != nil {
			return h.deep(x.args, how, depth+1)
		}
		return "its arguments are too far back to be known"
	case g.Class != ClassVetted && g.Class != ClassData:
		return "" // told where it is called
	case g.isNamespace():
		return "it runs what the attributes of a namespace are, which the file chose"
	case g.keepsCallable(), v.Kind() == Call && g.Class == ClassData && !g.isColumn():
		return "it may call what it is given"
	case g.rule.Arguments == argModule:
		return "it may call what the module has that it is given"
	case g.isDefaults():
		if why := h.m.factoryAgainst(v); why != "" {
			return why
		}
	}
	h.m.noteJudged(v)
	x := h.m.nodes.of(v)
	held := v.Kind() == Object || g.handles() != works && g.handles() != calls
	if x != nil && x.replaced && g.rule.Reason != parameter {
		return h.m.replacedAgainst(v)
	}
	switch {
	case x == nil && h.m.shadowed:
		return h.m.shadows()
	case !held && g.rule.Arguments != argClass:
		return ""
	case x == nil && held:
		return "its arguments are too far back to be known"
	case x == nil:
		return h.m.heldAgainst(v) // an array
	case g.rule.Arguments == argApply, g.rule.Arguments == argRebuild:
		items, _ := h.m.items(x.args)
		return h.all(append([]Value{x.state}, items[min(1, len(items)):]...), how, depth)
	case !held:
		return h.deep(x.state, how, depth+1)
	}
	args := x.args
	if items, _ := h.m.items(args); v.Kind() == Object && len(items) > 0 && items[0].Kind() == Global && items[0].class() == v.class() {
		return h.all(append(append([]Value{x.state, x.kwargs}, items[1:]...), x.items...), how, depth) // its class runs by itself
	}
	return h.all(append([]Value{x.state, args, x.kwargs}, x.items...), how, depth)
}

// isCallable reports whether whoever is given the global may call it, with what
// nobody has judged.
func (g *GlobalUse) isCallable() bool {
	return g.Class == ClassData && !g.isColumn() && !g.isTame() || g.rule.Arguments != ""
}

// isTame reports whether the global is a function or class of data that may be
// called with anything: it makes an array of it, or names a type of columns.
func (g *GlobalUse) isTame() bool {
	return g.Module == "polars.datatypes.classes" || g.Name == "asarray" && strings.HasPrefix(g.Module, "scipy._lib.array_api_compat.")
}

// isColumn reports whether the global is a class of pandas that is made of the
// values of columns or an index: they are looked at as if it were they.
func (g *GlobalUse) isColumn() bool {
	return g.Class == ClassData && columns.MatchString(g.Module)
}

// columns are the modules of such classes, of an interval that is numbers and of the
// offsets of a time zone.
var columns = regexp.MustCompile(`^pandas(\.arrays|\.core\.(arrays|indexes|internals)\..+|\.core\.(frame|series))?$|^dateutil\.(relativedelta|_common|tz\.tz)$`)
