package pickle

import (
	"slices"
	"strings"
)

// What the constructor of a compiled class does, nobody has read: it may open what a
// text names, or call what it is given. Made of numbers it can do neither.

// numbers is what there is against values as the arguments of compiled code.
func (h *handed) numbers(v Value, depth int) string {
	switch k := v.Kind(); k {
	case Absent, None, Bool, Int, Float, Global: // a global that may be called is told by itself
		return ""
	case Str, Bytes, ByteArray, Buffer:
		return "its constructor is compiled code, and is given a text"
	case Tuple, List, Dict, Set, FrozenSet:
		x := h.m.nodes.of(v)
		switch {
		case h.m.isEmpty(v):
			return ""
		case x == nil, x.count != int64(len(x.items)), depth > mostDeep:
			return "its constructor is compiled code, and is given more than is known"
		}
		for i, item := range x.items {
			if k == Dict && i%2 == 0 && item.Kind() == Str {
				continue // of a keyword
			}
			if why := h.numbers(item, depth+1); why != "" {
				return why
			}
		}
		return ""
	}
	if g := h.global(v); g == nil || !h.isNumber(g, v) {
		return "its constructor is compiled code, and is given what is no number"
	}
	return ""
}

// isNumber reports whether what a global made is a number, an array, a time, or
// an object of compiled code that was made of such.
func (h *handed) isNumber(g *GlobalUse, v Value) bool {
	if g.Class != ClassVetted {
		return v.Kind() == Object && h.m.isWrapper(v) // in its place an array is read
	}
	if g.rule.Arguments == argApply { // dill's maker of arrays
		return h.m.givesValue(v)
	}
	switch first, _, _ := strings.Cut(g.Module, "."); {
	case g.Name == "scalar" && first == "numpy":
		x := h.m.nodes.of(v)
		if x == nil {
			return false
		}
		items, _ := h.m.items(x.args)
		d, ok := h.m.dtype(at(items, 0))
		return ok && strings.ContainsRune("biufcmM", rune(d.Kind))
	case first == "numpy":
		return !slices.Contains([]string{"str_", "bytes_", "unicode_", "string_", "void", "object_", "str", "object", "record"}, g.Name)
	}
	return g.rule.Arguments == argNumbers || slices.Contains([]string{"datetime", "decimal", "fractions"}, g.Module) || strings.HasPrefix(g.Module, "pandas._libs.tslibs.") ||
		strings.HasPrefix(g.rule.Reason, "makes an object of compiled code")
}
