package pickle

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	shownText  = 60  // bytes of a text in a summary
	shownItems = 8   // items of a container
	shownDepth = 3   // containers in containers
	shownAll   = 240 // bytes of a summary
)

// show writes a value as Python would, shortened: the result of a call as the
// step that made it, v<node>.
func (m *machine) show(v Value) string {
	s := m.showAt(v, shownDepth)
	if len(s) > shownAll {
		cut := strings.ToValidUTF8(s[:shownAll], "")
		return cut + " …"
	}
	return s
}

func (m *machine) showAt(v Value, depth int) string {
	switch k := v.Kind(); k {
	case Absent:
		return ""
	case None:
		return "None"
	case Bool:
		return [...]string{"False", "True"}[v.class()&1]
	case Int:
		if n, ok := bigInteger(&m.in, v); ok && n.BitLen() < 256 {
			return n.String()
		}
		return "an_integer"
	case Float:
		if f, ok := float(&m.in, v); ok {
			return strconv.FormatFloat(f, 'g', -1, 64)
		}
		return "a_float"
	case Str, Bytes, ByteArray:
		return m.showText(v)
	case Buffer:
		return "next_buffer()"
	case Global:
		if v.class() == noClass {
			return "unknown"
		}
		return m.trace.Globals[v.class()].full()
	case Call, Object:
		return "v" + strconv.FormatInt(v.index(), 10)
	case PersID:
		return "persistent_load(…)"
	case Ext:
		if x := m.nodes.of(v); x != nil {
			return fmt.Sprintf("extension(%d)", x.count)
		}
		return "extension(…)"
	case List, Dict, Tuple, Set, FrozenSet:
		return m.showItems(v, depth)
	}
	return "unknown"
}

func (m *machine) showText(v Value) string {
	s, whole, ok := text(&m.in, v, shownText)
	if !ok {
		return v.Kind().String()
	}
	s = quote(s)
	if v.Kind() != Str {
		s = "b" + s
	}
	if !whole {
		s += "…"
	}
	return s
}

func (m *machine) showItems(v Value, depth int) string {
	open, shut := "(", ")"
	switch v.Kind() {
	case List:
		open, shut = "[", "]"
	case Dict, Set:
		open, shut = "{", "}"
	case FrozenSet:
		open, shut = "frozenset({", "})"
	}
	x := m.nodes.of(v)
	if v == emptyTuple() || x != nil && x.count == 0 {
		return open + shut
	}
	if x == nil || depth == 0 {
		return open + "…" + shut
	}
	var out strings.Builder
	out.WriteString(open)
	for i, item := range x.items {
		if i == shownItems || out.Len() > shownAll {
			break
		}
		if i > 0 {
			out.WriteString([]string{", ", ": "}[btoi(v.Kind() == Dict && i%2 == 1)])
		}
		out.WriteString(m.showAt(item, depth-1))
	}
	if x.count > shownItems {
		fmt.Fprintf(&out, ", … %d more", x.count-shownItems)
	} else if v.Kind() == Tuple && x.count == 1 {
		out.WriteString(",")
	}
	return out.String() + shut
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// quote writes a text as a Python literal in ASCII, so that nothing that looks
// like another letter hides.
func quote(s string) string {
	q := strconv.QuoteToASCII(s)
	return "'" + strings.ReplaceAll(strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`), "'", `\'`) + "'"
}

// quotePath writes a module's name as it is when it is plain ASCII, else with
// escapes.
func quotePath(s string) string {
	for _, r := range s {
		if r <= ' ' || r >= 0x7f {
			q := strconv.QuoteToASCII(s)
			return q[1 : len(q)-1]
		}
	}
	return s
}
