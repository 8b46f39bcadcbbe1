package pickle

import (
	"fmt"
	"strings"
)

// mostName bounds the length of a module's or an attribute's name; Python has
// no bound, no library comes near.
const mostName = 4096

// renamed gives the names of Python 3 for those of Python 2, as an unpickler
// with fix_imports does below protocol 3.
func renamed(module, name string) (string, string) {
	if to, ok := renamedNames[[2]string{module, name}]; ok {
		return to[0], to[1]
	}
	if to, ok := renamedModules[module]; ok {
		return to, name
	}
	return module, name
}

// global is GLOBAL: module and name stand in two lines.
func (m *machine) global() {
	if module, name, ok := m.twoLines(); ok {
		m.push(valueOf(Global, m.lookup(module, name, ""), 0))
	}
}

func (m *machine) twoLines() (module, name string, ok bool) {
	from, n := m.line()
	if n > mostName {
		m.breakf("%s has a module's name of %d bytes", m.opcode(), n)
		return "", "", false
	}
	module = string(m.in.at(from, int(n)))
	from, n = m.line()
	if n > mostName {
		m.breakf("%s has a name of %d bytes", m.opcode(), n)
		return "", "", false
	}
	return module, string(m.in.at(from, int(n))), true
}

// stackGlobal is STACK_GLOBAL. Names that are computed are looked up by a
// loader whatever they turn out to be.
func (m *machine) stackGlobal() {
	name := m.pop()
	module := m.pop()
	if m.ended {
		return
	}
	for _, v := range []Value{module, name} {
		if k := v.Kind(); k >= None && k != Str && k <= Global || k == Object {
			m.breakf("STACK_GLOBAL finds a %s, not a str", k)
			return
		}
	}
	modName, modKnown := m.constantName(module)
	attr, attrKnown := m.constantName(name)
	if m.ended {
		return
	}
	computed := ""
	if !modKnown || !attrKnown {
		computed = fmt.Sprintf("%s, %s", m.show(module), m.show(name))
	}
	m.push(valueOf(Global, m.lookup(modName, attr, computed), 0))
}

// constantName is the text of a str, or "?" and false for a computed one.
func (m *machine) constantName(v Value) (string, bool) {
	if v.Kind() != Str {
		return "?", false
	}
	s, whole, ok := text(&m.in, v, mostName)
	if !whole || !ok {
		m.breakf("STACK_GLOBAL finds a name longer than %d bytes", mostName)
		return "?", false
	}
	return s, true
}

// lookup finds the number of a global and makes it if it is new. The protocol
// in force decides on renames and on dots in the name. computed describes the
// operands when module or name are not known.
func (m *machine) lookup(module, name, computed string) uint32 {
	g := GlobalUse{Module: module, Name: name, Computed: computed}
	old := m.proto < 3 && computed == ""
	if old {
		if newModule, newName := renamed(module, name); newModule != module || newName != name {
			g.Module, g.Name, g.OldModule, g.OldName = newModule, newName, module, name
		}
	}
	return m.register(globalKey{module: module, name: name, old: old, dotted: m.proto >= 4, how: computed}, g)
}

// resolve finds the number of a global that a vetted call looks up: getattr of
// a global, the name of a ufunc.
func (m *machine) resolve(module, name, how string) uint32 {
	return m.register(globalKey{module: module, name: name, dotted: true, how: how}, GlobalUse{Module: module, Name: name, Through: how})
}

func (m *machine) register(key globalKey, g GlobalUse) uint32 {
	t := m.trace
	if m.hidden && !(isPath(g.Module) && isPath(g.Name)) {
		m.breakf("no module has such a name")
		return noClass
	}
	if n, ok := t.index[key]; ok {
		t.Globals[n].Lookups++
		if m.reading == "" {
			t.Globals[n].seenIn = ""
		}
		return n
	}
	g.Offset, g.Opcode, g.Protocol, g.Lookups = m.place(m.op), m.opcode(), m.proto, 1
	g.rule, g.seenIn = m.judgeName(&g), m.reading
	g.Class = g.rule.Class
	if most := min(m.limits.Globals, noClass/2); len(t.Globals) >= most && (g.Class == ClassUnknown || len(t.Globals) >= 2*most) {
		m.unkept(g)
		return noClass
	}
	n := uint32(len(t.Globals))
	t.index[key] = n
	t.Globals = append(t.Globals, g)
	t.step(m, Step{Import: true, Global: n, Opcode: g.Opcode})
	return n
}

// unkept tells of a name of which there is no room for more. A file that names so
// many is no honest one: of those that are unknown only the first are kept, and
// what is done with the others is told as done with what nobody knows.
func (m *machine) unkept(g GlobalUse) {
	m.trace.exhausted("globals")
	rule, severity := RuleUnknownImport, Low
	if g.Class == ClassDangerous {
		rule, severity = RuleImport, High
	} else if g.Class != ClassUnknown {
		return
	}
	why := g.rule.Reason
	if why == "" {
		why = "nobody has vetted this module; looking the name up imports it"
	}
	m.trace.finding(m, Finding{Rule: rule, Severity: severity, Class: g.Class, Module: g.Module, Name: g.Name, Why: why})
}

// judgeName is the harsher rule of both names of a global.
func (m *machine) judgeName(g *GlobalUse) Rule {
	if g.Computed != "" {
		return Rule{Class: ClassDangerous, Family: "computed", Reason: "module or name is computed, so that nobody can read what is imported"}
	}
	rule := m.trace.vetting.Look(g.Module, g.Name)
	if g.OldModule != "" {
		if old := m.trace.vetting.Look(g.OldModule, g.OldName); old.Class == ClassDangerous {
			return old
		}
	}
	if strings.ContainsAny(g.Module, "\r\n") || g.Module == "" {
		rule = Rule{Class: ClassUnknown, Reason: "no module has such a name"}
	}
	return rule
}

// used counts one more use of a global that the memo or DUP gave.
func (m *machine) used(v Value) {
	if v.Kind() == Global && v.class() != noClass {
		m.trace.Globals[v.class()].Lookups++
	}
}

// isPath reports whether s is ASCII identifiers with dots between.
func isPath(s string) bool {
	start := true
	for i := range len(s) {
		switch b := s[i]; {
		case b == '_' || b|0x20 >= 'a' && b|0x20 <= 'z' || b >= '0' && b <= '9' && !start:
			start = false
		case b == '.' && !start:
			start = true
		default:
			return false
		}
	}
	return !start
}
