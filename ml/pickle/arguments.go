package pickle

import (
	"slices"
	"strings"
)

// The rules for the arguments of vetted callables, as the data names them.
const (
	argReconstructor = "reconstructor" // class, base, state: verdict of the class
	argNewObj        = "newobj"        // class, arguments: verdict of the class
	argClass         = "class"         // the first is a class that is only made
	argCallable      = "callable"      // the first is a callable: verdict of it as a reference
	argGetattr       = "getattr"       // a global and a name: verdict of what they give
	argEncode        = "encode"        // text to bytes, latin1 only
	argLookup        = "lookup"        // module, name: verdict of what they give
	argLoadBytes     = "loadbytes"     // a torch archive in a literal
	argNone          = "none"          // only None, or nothing
	argConstructors  = "constructors"  // any callable among them is called with text
	argApply         = "apply"         // callable, arguments: the callable is called
	argKeys          = "keys"          // what an itemgetter asks for: constants
	argAttributes    = "attributes"    // what an attrgetter asks for: public names
	argMethod        = "method"        // what a methodcaller calls: a method that computes, with plain arguments
	argModule        = "module"        // the name of a module of which names are vetted
	argRebuild       = "rebuild"       // callable, type, arguments, state: the callable is called
	argNumbers       = "numbers"       // of compiled code: numbers, arrays and what is made of them
	argUnread        = "unread"        // of a time zone's file: None and its name, so that nothing is read
	argIter          = "iter"          // of two, the first is a callable: it is called until it gives the second
)

// judgeArguments adds what there is to say against the arguments of a vetted
// callable.
func (m *machine) judgeArguments(g *GlobalUse, use Use, args Value) {
	if g.rule.Arguments == "" || use >= UseBuild && (use != UseBuild || g.rule.Arguments != argCallable) {
		return
	}
	m.judging++
	why, severity := "it is called with itself, over and over", High
	switch {
	case m.judging > mostJudging:
	case use == UseBuild:
		why, severity = m.keptAgainst(args)
	default:
		why, severity = m.argumentsAgainst(g.rule.Arguments, args)
	}
	m.judging--
	if why == "" {
		return
	}
	class := ClassUnknown
	if severity >= High {
		class = ClassDangerous
	}
	m.trace.finding(m, Finding{Rule: RuleArgument, Severity: severity, Class: class, Module: g.Module, Name: g.Name, Use: use, Args: m.show(args), Why: why})
}

// mostJudging vetted callables call each other by their arguments: a list that
// holds itself would have them do so without end.
const mostJudging = 16

// argumentsAgainst is what a rule has against arguments, "" for nothing.
func (m *machine) argumentsAgainst(rule string, args Value) (string, Severity) {
	items, known := m.items(args)
	if !known {
		return "its arguments are computed or too far back to be known", Medium
	}
	first, second := at(items, 0), at(items, 1)
	switch rule {
	case argReconstructor:
		if why, severity := m.classAgainst(first, second, rule); why != "" {
			return why, severity
		}
		return m.baseAgainst(first, at(items, 2))
	case argNewObj, argClass:
		return m.classAgainst(first, second, rule)
	case argCallable:
		return m.callableAgainst(first)
	case argGetattr:
		return m.getattrAgainst(first, second)
	case argEncode:
		return m.encodeAgainst(second)
	case argNone:
		if len(items) > 1 || len(items) == 1 && first.Kind() != None && first.Kind() != Global {
			return "with these arguments it makes more than a constant", High
		}
	case argConstructors:
		m.constructorsAgainst(items)
	case argRebuild:
		return m.rebuildAgainst(items)
	case argApply:
		return m.applyAgainst(items)
	case argUnread:
		if len(items) != 2 || first.Kind() != None || second.Kind() != Str {
			return "it reads the file that it is given", High
		}
	case argIter:
		if len(items) > 1 {
			m.called(first, UseReduce, emptyTuple(), 0)
		}
	case argLookup:
		if first.Kind() != Str || second.Kind() != Str {
			return "it looks up a module and a name that are computed", High
		}
	case argLoadBytes:
		return m.loadBytes(first)
	case argKeys, argAttributes:
		return m.getterAgainst(rule, items)
	case argMethod:
		return m.methodAgainst(first, items[min(1, len(items)):])
	case argModule:
		return m.moduleAgainst(first)
	}
	return "", 0
}

// constructorsAgainst judges the callables among arguments: each is called with
// what else there is.
func (m *machine) constructorsAgainst(items []Value) {
	var called, given []Value
	for _, v := range items {
		switch {
		case v.Kind() == Global, v.Kind() == Call && !m.isMade(v, argConstructors):
			called = append(called, v)
		case v.Kind() != Call:
			given = append(given, v)
		}
	}
	for _, v := range called {
		m.called(v, UseReduce, m.tuple(given), 0)
	}
}

func at(items []Value, n int) Value {
	if n < len(items) {
		return items[n]
	}
	return 0
}

// items are the arguments that a tuple or list holds.
func (m *machine) items(args Value) ([]Value, bool) {
	if m.isEmpty(args) {
		return nil, true
	}
	if x := m.nodes.of(args); x != nil && (args.Kind() == Tuple || args.Kind() == List) {
		return x.items, true
	}
	return nil, false
}

// classAgainst judges a class that a vetted callable makes an empty instance
// of, and the builtin base whose value it gets.
func (m *machine) classAgainst(class, base Value, rule string) (string, Severity) {
	if class.Kind() != Global || class.class() == noClass {
		return "the class is computed", Medium
	}
	m.called(class, UseNewObj, emptyTuple(), 0)
	if rule == argReconstructor && (base.Kind() != Global || base.class() == noClass || m.trace.Globals[base.class()].Class != ClassVetted) {
		return "the base whose value the object gets is no vetted builtin", Medium
	}
	return "", 0
}

// isMade reports whether v is what a vetted callable with a rule gave back.
func (m *machine) isMade(v Value, rule string) bool {
	return v.class() != noClass && m.trace.Globals[v.class()].rule.Arguments == rule
}

// keptAgainst judges the state of a partial, (callable, arguments, keywords,
// attributes): its callable takes the place of the one that it was made with.
func (m *machine) keptAgainst(state Value) (string, Severity) {
	items, known := m.items(state)
	if !known || len(items) != 4 {
		return "what it keeps is computed or too far back to be known", Medium
	}
	if why, severity := m.callableAgainst(items[0]); why != "" {
		return why, severity
	}
	if why := m.chainAgainst(items); why != "" {
		return why, Medium
	}
	return "", 0
}

func (m *machine) callableAgainst(f Value) (string, Severity) {
	switch f.Kind() {
	case None, Absent:
		return "", 0
	case Global:
		if f.class() != noClass && m.trace.Globals[f.class()].Class == ClassDangerous {
			return "it keeps a dangerous callable to be called later", Critical
		}
		if f.class() != noClass && m.trace.Globals[f.class()].rule.Arguments != "" {
			return "it keeps " + m.trace.Globals[f.class()].full() + " to be called later, with arguments that nobody can judge", High
		}
		return "", 0 // an unknown one is told as an import
	case Object:
		return "", 0
	case Call:
		if m.isKeptMethod(f) {
			return "", 0 // judged where it was bound
		}
	}
	return "it keeps a computed callable to be called later", Medium
}

func (m *machine) getattrAgainst(of, name Value) (string, Severity) {
	attr, whole, ok := text(&m.in, name, mostName)
	if !ok || !whole || name.Kind() != Str {
		return "the attribute's name is computed", Critical
	}
	switch of.Kind() {
	case Global:
		return "", 0
	case Call:
		if m.isPattern(of) && slices.Contains([]string{"match", "search", "fullmatch", "finditer", "findall", "split"}, attr) {
			return "", 0 // tokenizers keep these methods of a pattern
		}
	case Object:
		if attr == entropyMethod && m.isDistribution(of) || m.keepsMethod(of, attr) {
			return "", 0 // scipy's distributions keep this method of theirs vectorized
		}
		if !strings.HasPrefix(attr, "_") {
			return "it reaches the attribute " + quote(attr) + " of an object", Medium
		}
	}
	return "it reaches the attribute " + quote(attr) + " of what a call gave back", Critical
}

// isPattern reports whether a call gave a compiled regular expression.
func (m *machine) isPattern(v Value) bool {
	if v.class() == noClass {
		return false
	}
	g := &m.trace.Globals[v.class()]
	return g.Module == "re" && g.Name == "_compile" && g.Class == ClassVetted
}

func (m *machine) encodeAgainst(encoding Value) (string, Severity) {
	name, _, ok := text(&m.in, encoding, 64)
	if ok && (name == "latin1" || name == "latin-1") {
		return "", 0
	}
	return "it encodes with another codec than latin1, which can run code or hide a name", High
}

// resultOf is the value of calls whose result is known: the object that a
// vetted constructor of copyreg makes, the global that getattr reaches. 0 is
// for all others.
func (m *machine) resultOf(callee Value, use Use, args Value) Value {
	if callee.Kind() != Global || callee.class() == noClass || use >= UseBuild {
		return 0
	}
	g := &m.trace.Globals[callee.class()]
	items, known := m.items(args)
	if !known || g.Class != ClassVetted || len(items) == 0 {
		return 0
	}
	first, second := items[0], at(items, 1)
	switch g.rule.Arguments {
	case argReconstructor, argNewObj:
		if first.Kind() == Global {
			x, n := m.nodes.add(m.op, 0)
			x.args = args
			return valueOf(Object, first.class(), n)
		}
	case argClass:
		if first.Kind() == Global && first.class() != noClass && m.trace.Globals[first.class()].Class == ClassData && !strings.HasSuffix(g.Name, "_reconstruct") && !strings.HasSuffix(g.Name, "_mareconstruct") {
			x, n := m.nodes.add(m.op, 0) // numpy's makers refuse all but arrays
			x.args = args
			return valueOf(Object, first.class(), n)
		}
	case argGetattr:
		return m.reached(first, second)
	case argLookup:
		module, _, ok1 := text(&m.in, first, mostName)
		name, _, ok2 := text(&m.in, second, mostName)
		if ok1 && ok2 {
			return valueOf(Global, m.resolve(module, name, g.Name), 0)
		}
	}
	return 0
}

// reached is the global that getattr reaches from another.
func (m *machine) reached(of, name Value) Value {
	attr, whole, ok := text(&m.in, name, mostName)
	if of.Kind() != Global || of.class() == noClass || !ok || !whole {
		return 0
	}
	g := m.trace.Globals[of.class()]
	if len(g.Name)+len(attr) > mostName {
		return 0
	}
	return valueOf(Global, m.resolve(g.Module, g.Name+"."+attr, "getattr"), 0)
}
