package pickle

import (
	"regexp"
	"slices"
	"strings"
)

// cloudpickle and dill write some classes as a call with their name: types of
// the interpreter, and dill every named tuple. What such a call gives is a global,
// judged by its name as if the pickle had looked it up.

// The types that cloudpickle may reach by their names: that of methods, whose
// calls are judged, and that of a plain value.
const (
	methodType = "MethodType"
	plainType  = "SimpleNamespace"
)

// dillTypes are those that dill names otherwise than the module types or
// builtins do.
var dillTypes = map[string][2]string{
	"PartialType":    {"functools", "partial"},
	"ItemGetterType": {"operator", "itemgetter"},
	"AttrGetterType": {"operator", "attrgetter"},
}

// givesGlobal is the global that a call of g gives by its name, "" for all else.
func (m *machine) givesGlobal(g *GlobalUse, args Value) (module, name string) {
	items, known := m.items(args)
	if !known || g.rule.Family != FamilyCode && !g.isEval() {
		return "", ""
	}
	switch g.Name {
	case "_eval_repr":
		if s, ok := m.plainText(at(items, 0)); ok && len(items) == 1 && (s == "Ellipsis" || s == "NotImplemented" || s == "None") {
			return "builtins", s
		}
	case "_getattr":
		return m.methodOf(items)
	case "_builtin_type":
		if len(items) == 1 {
			return m.vettedType(items[0], "types")
		}
	case "_load_type":
		if len(items) != 1 {
			return "", ""
		}
		if s, ok := m.plainText(items[0]); ok && dillTypes[s] != [2]string{} {
			return dillTypes[s][0], dillTypes[s][1]
		}
		if module, name := m.vettedType(items[0], "builtins"); name != "" {
			return module, name
		}
		return m.vettedType(items[0], "types")
	case "_create_namedtuple":
		if len(items) == 3 || len(items) == 4 {
			return m.namedTuple(items)
		}
	}
	return "", ""
}

// isEval reports whether a global is one of dill's that evaluate what repr gave:
// of a constant, of a method of a type.
func (g *GlobalUse) isEval() bool {
	return (g.Name == "_eval_repr" || g.Name == "_getattr") && strings.HasPrefix(g.Module, "dill.")
}

// methodOf is the method that dill names by (type, name, repr), where that is what
// repr gives of a vetted method of a builtin.
func (m *machine) methodOf(items []Value) (string, string) {
	name, ok := m.plainText(at(items, 1))
	repr, ok2 := m.plainText(at(items, 2))
	if !ok || !ok2 || len(items) != 3 || items[0].Kind() != Global || items[0].class() == noClass {
		return "", ""
	}
	of := &m.trace.Globals[items[0].class()]
	method := of.Name + "." + name
	if of.Module != "builtins" || repr != "<method '"+name+"' of '"+of.Name+"' objects>" || m.trace.vetting.Look("builtins", method).Class != ClassData {
		return "", ""
	}
	return "builtins", method
}

// vettedType is the class of a module that a value names, when it is vetted.
func (m *machine) vettedType(v Value, module string) (string, string) {
	name, ok := m.plainText(v)
	if !ok || strings.Contains(name, ".") {
		return "", ""
	}
	if r := m.trace.vetting.Look(module, name); r.Class != ClassVetted && r.Class != ClassData {
		return "", ""
	}
	return module, name
}

// namedTuple is the class that dill looks up for (name, fields, module[,
// defaults]), and makes anew of these when there is none.
func (m *machine) namedTuple(items []Value) (string, string) {
	name, ok := m.plainText(items[0])
	module, ok2 := m.plainText(items[2])
	if !ok || !ok2 || !m.isFields(items[1]) || len(items) == 4 && !items[3].isPlain() {
		return "", ""
	}
	whole := module + "." + name
	dot := strings.LastIndexByte(whole, '.')
	if strings.HasPrefix(whole, "__runtime__.") || !isPath(whole) {
		return "", ""
	}
	return whole[:dot], whole[dot+1:]
}

// isFields reports whether a value is names in a tuple or list.
func (m *machine) isFields(v Value) bool {
	names, known := m.items(v)
	return known && !slices.ContainsFunc(names, func(n Value) bool { return n.Kind() != Str })
}

func (m *machine) plainText(v Value) (string, bool) {
	if v.Kind() != Str {
		return "", false
	}
	s, whole, ok := text(&m.in, v, 512)
	return s, whole && ok
}

// named is the global that a call gives by its name, 0 for all else.
func (m *machine) named(callee, args Value) Value {
	if callee.Kind() != Global || callee.class() == noClass {
		return 0
	}
	g := &m.trace.Globals[callee.class()]
	module, name := m.givesGlobal(g, args)
	if name == "" {
		return 0
	}
	return valueOf(Global, m.resolve(module, name, g.Name), 0)
}

// givesName reports whether what a call of g gives is known by its name, so that
// the call itself is nothing to tell of.
func (m *machine) givesName(g *GlobalUse, args Value) bool {
	_, name := m.givesGlobal(g, args)
	return name != "" || m.isMethodType(g, args) || m.isSpan(g, args)
}

// spans are what repr gives of a range or a slice of constants.
var spans = regexp.MustCompile(`^(range|slice)\((-?[0-9]+|None)(, (-?[0-9]+|None)){0,2}\)$`)

// isSpan reports whether dill evaluates what repr gave of a range or a slice.
func (m *machine) isSpan(g *GlobalUse, args Value) bool {
	items, known := m.items(args)
	if !known || len(items) != 1 || g.Name != "_eval_repr" || !g.isEval() {
		return false
	}
	s, ok := m.plainText(items[0])
	return ok && spans.MatchString(s)
}

// isMethodType reports whether a call gives the type of methods.
func (m *machine) isMethodType(g *GlobalUse, args Value) bool {
	if g.Name != "_builtin_type" && g.Name != "_load_type" || g.rule.Family != FamilyCode {
		return false
	}
	items, known := m.items(args)
	if !known || len(items) != 1 {
		return false
	}
	name, ok := m.plainText(items[0])
	return ok && name == methodType
}

// A partial is called while it is loaded where a class has arguments by keyword
// and the protocol has no opcode for them: partial(C.__new__, C, …, k=v)(), and
// likewise for a methodcaller with keywords.

// unrolled is what a call of a partial stands for: the callable that it keeps and
// the arguments that its state holds; false when that is not known.
func (m *machine) unrolled(callee, args Value) (f Value, use Use, given, kwargs Value, ok bool) {
	x := m.nodes.of(callee)
	if callee.Kind() != Call || callee.class() == noClass || x == nil || !m.isEmpty(args) || !m.isMade(callee, argCallable) {
		return
	}
	state, known := m.items(x.state)
	if !known || len(state) != 4 || state[0].Kind() != Global || state[0].class() == noClass || state[1].Kind() != Tuple || state[2].Kind() != Dict || state[3].Kind() != None {
		return
	}
	f, use, given, kwargs = state[0], UseReduce, state[1], state[2]
	g := &m.trace.Globals[f.class()]
	class, isNew := strings.CutSuffix(g.Name, ".__new__")
	if !isNew { // the rules for arguments know none by keyword
		return f, use, given, kwargs, g.rule.Arguments == "" || m.nodes.of(kwargs) != nil && m.nodes.of(kwargs).count == 0
	}
	items, known := m.items(given)
	if !known || len(items) == 0 || items[0].Kind() != Global || items[0].class() == noClass {
		return
	}
	c := &m.trace.Globals[items[0].class()]
	if isTuple := m.trace.vetting.Look(g.Module, class).Reason == reasonTuple; !isTuple && (c.Module != g.Module || c.Name != class) {
		return // a tuple's keeps its arguments, whatever class it makes
	}
	return items[0], UseNewObjEx, m.tuple(slices.Clone(items[1:])), kwargs, true
}
