package pickle

import (
	"slices"
	"strings"
)

// Some pickles run nothing and are never loaded to their end: they ask an iterator that
// has no end for all its items, or for a thousand million zeros. No pickler writes such
// a call: an iterator is written to go on with, and an array with what is in it.

const (
	mostAsked   = 1 << 28 // items, or bytes, that one call may come to
	mostFed     = 256     // values that are looked at among the arguments of a call
	withoutEnd  = int64(1) << 62
	ofText      = 1 << 12 // how many items a text is taken to have
	mostArrange = 10      // items of which all orders may be asked for
)

// judgeExhausting adds what there is to say against a call that would not come to its
// end, or only with more memory than there is.
func (m *machine) judgeExhausting(g *GlobalUse, use Use, args, kwargs Value) {
	if use >= UseBuild || g.isLazy() {
		return
	}
	why := m.asksFor(g, args)
	if left := mostFed; why == "" && (m.isFedMuch(args, &left, 0) || m.isFedMuch(kwargs, &left, 0)) {
		why = "it asks an iterator for all its items, which has no end or thousands of millions"
	}
	if why != "" {
		m.trace.finding(m, Finding{Rule: RuleExpansion, Severity: Medium, Class: ClassUnknown, Module: g.Module, Name: g.Name, Use: use, Args: m.show(args), Why: why + ": loading it ends for want of memory or time"})
	}
}

// isLazy reports whether a callable keeps an iterator and asks it for nothing.
func (g *GlobalUse) isLazy() bool {
	switch g.Module + "." + g.Name {
	case "builtins.iter", "builtins.enumerate", "builtins.zip", "builtins.reversed", "builtins.range", "builtins.slice", "builtins.getattr", "builtins.object":
		return true
	}
	return g.Module == "itertools" && g.Name != "product" || g.keepsCallable()
}

// isFedMuch reports whether among arguments is an iterator of too many items.
func (m *machine) isFedMuch(v Value, left *int, depth int) bool {
	if *left--; *left < 0 || depth > 3 {
		return false
	}
	switch v.Kind() {
	case Call, Object:
		return m.isIterator(v) && m.itemsOf(v, 0) > mostAsked
	case Tuple, List, Dict:
		if x := m.nodes.of(v); x != nil && !v.isConstant() {
			return slices.ContainsFunc(x.items, func(v Value) bool { return m.isFedMuch(v, left, depth+1) })
		}
	}
	return false
}

// isIterator reports whether a call gave an iterator or a range.
func (m *machine) isIterator(v Value) bool {
	if v.class() >= uint32(len(m.trace.Globals)) {
		return false
	}
	g := &m.trace.Globals[v.class()]
	switch g.Name {
	case "iter", "enumerate", "zip", "reversed", "range":
		return g.Module == "builtins"
	}
	return g.Module == "itertools"
}

// itemsOf is how many items a value has at most, as far as that is known.
func (m *machine) itemsOf(v Value, depth int) int64 {
	switch k := v.Kind(); {
	case k == Str || k == Bytes || k == ByteArray || k == Buffer:
		return ofText
	case k != Call && k != Object || !m.isIterator(v):
		if x := m.nodes.of(v); x != nil {
			return x.count
		}
		return 0
	}
	x := m.nodes.of(v)
	if x == nil || depth > mostDeep {
		return withoutEnd
	}
	items, known := m.items(x.args)
	if args, ok := m.items(x.args); v.Kind() == Object && ok && len(args) > 0 && args[0].Kind() == Global {
		items = args[1:] // of copyreg's makers
	}
	g := &m.trace.Globals[v.class()]
	if !known || x.kwargs != 0 && !m.isEmptyDict(x.kwargs) {
		return withoutEnd
	}
	of := make([]int64, 0, 8)
	for _, item := range items[:min(len(items), 8)] {
		of = append(of, m.itemsOf(item, depth+1))
	}
	return m.itemsFrom(g.Name, items, of)
}

// itemsFrom is how many items the iterator of a name has, of those that it is made of.
func (m *machine) itemsFrom(name string, items []Value, of []int64) int64 {
	switch name {
	case "cycle", "count":
		return withoutEnd
	case "repeat":
		if n, ok := integer(&m.in, at(items, 1)); ok {
			return n
		}
		return withoutEnd
	case "range":
		return m.rangeItems(items)
	case "islice":
		if stop, ok := integer(&m.in, at(items, min(2, max(1, len(items)-2)))); ok {
			return min(stop, slices.Max(append(of, 0)))
		}
	case "product", "combinations", "permutations", "combinations_with_replacement":
		return arranged(name, of)
	case "chain":
		n := int64(0)
		for _, k := range of {
			n = min(n+k, withoutEnd)
		}
		return n
	case "zip", "compress":
		if len(of) > 0 {
			return slices.Min(of)
		}
	}
	return slices.Max(append(of, 0))
}

// arranged is how many orders there are of so many items.
func arranged(name string, of []int64) int64 {
	n := int64(1)
	for _, k := range of {
		if name != "product" && k > mostArrange || k > mostAsked {
			return withoutEnd
		}
		if n *= max(k, 1); n > mostAsked {
			return withoutEnd
		}
	}
	return n
}

// rangeItems is how many items a range has.
func (m *machine) rangeItems(items []Value) int64 {
	bounds := []int64{0, 0, 1}
	for i, v := range items[:min(len(items), 3)] {
		n, ok := integer(&m.in, v)
		if !ok || n > withoutEnd/2 || n < -withoutEnd/2 {
			return withoutEnd
		}
		bounds[i] = n
	}
	if len(items) == 1 {
		bounds[0], bounds[1] = 0, bounds[0]
	}
	if bounds[2] == 0 {
		return 0
	}
	return max(0, (bounds[1]-bounds[0])/bounds[2])
}

// asksFor is what there is against numbers among arguments that are sizes of what is
// made.
func (m *machine) asksFor(g *GlobalUse, args Value) string {
	items, known := m.items(args)
	first := at(items, 0)
	switch {
	case !known || len(items) == 0:
		return ""
	case g.Module == "numpy" && g.Name == "dtype":
		if d, ok := numpyType(m, first); ok && d > mostAsked {
			return "it makes a type whose elements have thousands of millions of bytes"
		}
		return ""
	case g.Name == "_reconstruct" || g.Name == "_mareconstruct":
		items = items[1:]
	case g.Module == "numpy" && (g.Name == "ndarray" || g.Name == "void"), g.Module == "builtins" && (g.Name == "bytes" || g.Name == "bytearray"),
		g.rule.Reason == "a tensor's class", g.rule.Reason == "names the type of a storage":
	default:
		return ""
	}
	n := int64(1)
	for _, v := range items {
		sizes, ok := m.items(v)
		if !ok {
			sizes = []Value{v}
		}
		for _, size := range sizes {
			if k, ok := integer(&m.in, size); ok && k > 1 {
				if n > mostAsked/k {
					return "it makes something of thousands of millions of zeros"
				}
				n *= k
			}
		}
	}
	return ""
}

// numpyType is how many bytes an element of a type has that is named by a text.
func numpyType(m *machine, v Value) (int64, bool) {
	s, ok := m.plainText(v)
	if !ok {
		return 0, false
	}
	if strings.Contains(s, "(") {
		return withoutEnd, true // of a shape: what is pickled names none
	}
	digits := strings.TrimLeft(s, "<>|=VSUa")
	n := int64(0)
	for _, c := range digits {
		if c < '0' || c > '9' || n > mostAsked {
			break
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}
