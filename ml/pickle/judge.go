package pickle

import "strings"

// judgeCall adds what there is to say against a use of global n.
func (m *machine) judgeCall(n uint32, callee Value, use Use, args Value) {
	g := &m.trace.Globals[n]
	f := Finding{Class: g.Class, Module: g.Module, Name: g.Name, OldModule: g.OldModule, OldName: g.OldName, Use: use, Why: g.rule.Reason}
	switch {
	case (callee.Kind() == Global || m.isMade(callee, argModule)) && use >= UseBuild:
		f.Rule, f.Severity = RuleBuildGlobal, High
		f.Why = use.String() + " changes a class, function or module of the loading process itself, not a value of this pickle"
	case g.Class == ClassDangerous && use > UseNewObjEx && use >= UseBuild && m.wasCalled(g):
		return // what a dangerous call gave back: the call is told
	case use == UseReduce && g.Class == ClassDangerous && (m.givesName(g, args) || m.isOfCode(g, args)):
		return // what it gives is judged, and what is made of the type
	case g.Class == ClassDangerous:
		f.Rule, f.Severity = RuleCall, Critical
		if g.rule.Family == FamilyCode {
			f.Rule, f.Severity = RuleCode, High
		} else if g.Computed != "" {
			f.Rule = RuleComputed
		}
	case g.Class == ClassVetted:
		m.judgeArguments(g, use, args)
		return
	case g.Class == ClassData:
		if dataMay(use, m.isEmpty(args) && g.rule.isClass(), g.rule.Items) {
			m.judgeState(g, use, args)
			return
		}
		f.Rule, f.Severity, f.Class = RuleDataCalled, Medium, ClassUnknown
		f.Why = "it is vetted as data, which is only made empty and filled; here " + use.String() + " calls it"
	default:
		f.Rule, f.Severity = RuleUnknownCall, Medium
		if f.Why == "" {
			f.Why = "nobody has vetted what this runs"
		}
	}
	f.Args = m.show(args)
	m.trace.finding(m, f)
}

func (m *machine) wasCalled(g *GlobalUse) bool {
	return g.Calls[UseReduce]+g.Calls[UseNewObj]+g.Calls[UseNewObjEx]+g.Calls[UseInst]+g.Calls[UseObj] > 0
}

// isClass reports whether a rule for data is one of a class, of which OBJ and INST
// make an empty object; a function they call.
func (r *Rule) isClass() bool {
	for _, of := range [...]string{"function", "a function", "method", "a method", "the maker", "makes an object", "looks a member", "a type as an annotation"} {
		if strings.HasPrefix(r.Reason, of) {
			return false
		}
	}
	return true
}

// dataMay reports whether a use leaves a class that is vetted as data at that:
// made without its constructor, given its state, used as a key.
func dataMay(use Use, empty, items bool) bool {
	switch use {
	case UseNewObj, UseNewObjEx, UseBuild, UseHash:
		return true
	case UseInst, UseObj:
		return empty
	case UseAppend, UseSetItem, UseAddItems:
		return items
	}
	return false
}

// judgeUnknown adds what there is to say of a call of what is no global.
func (m *machine) judgeUnknown(callee Value, use Use, args Value) {
	if use == UseReduce && m.bound(callee, args) != 0 {
		return
	}
	f := Finding{Rule: RuleUnknownCallee, Severity: Medium, Class: ClassUnknown, Use: use, Args: m.show(args), Why: "what is called is itself a result: " + m.show(callee)}
	if x := m.nodes.of(callee); x != nil && callee.Kind() == Call && callee.class() < uint32(len(m.trace.Globals)) {
		g := &m.trace.Globals[callee.class()]
		f.Module, f.Name = g.Module, g.Name
		switch {
		case g.rule.Family == FamilyCode && !makesFunctions(g.Name):
			f.Rule, f.Severity, f.Class, f.Why = RuleCode, High, ClassDangerous, "a type that the pickle carries, or that code is made of, is called: "+m.show(callee)
		case g.rule.Family == FamilyCode:
			f.Severity, f.Class, f.Why = Critical, ClassDangerous, "a function that the pickle carries runs while it is loaded: "+m.show(callee)
		case g.Class == ClassDangerous:
			f.Severity, f.Class, f.Why = Critical, ClassDangerous, "what a dangerous call gave back is called: "+m.show(callee)
		}
	}
	switch callee.Kind() {
	case Ext:
		f.Severity, f.Why = High, "an extension code is called: it stands for whatever the loading process registered"
	case PersID:
		f.Why = "what the loader's persistent_load gives back is used: " + use.String()
	case None, Bool, Int, Float, Str, Bytes, ByteArray, List, Dict, Tuple, Set, FrozenSet:
		m.breakf("%s calls a %s", m.opcode(), callee.Kind())
		return
	}
	m.trace.finding(m, f)
}

// makesFunctions reports whether a callable of FamilyCode gives back a function.
// The others give types, cells and code objects, whose use is how cloudpickle and
// dill write each class and function that is not in a library.
func makesFunctions(name string) bool {
	switch name {
	case "_make_function", "_make_skel_func", "_fill_function", "_create_function":
		return true
	}
	return false
}

// carriesType reports whether v is a type that the pickle carries, or code for one.
func (m *machine) carriesType(v Value) bool {
	if v.Kind() != Call || v.class() >= uint32(len(m.trace.Globals)) {
		return false
	}
	g := &m.trace.Globals[v.class()]
	return g.rule.Family == FamilyCode && !makesFunctions(g.Name)
}

// judgeReferences adds what there is to say of globals that are looked up and
// never called. It is called once, at the end.
func (t *Trace) judgeReferences() {
	for i := range t.Globals {
		g := &t.Globals[i]
		f := Finding{Class: g.Class, Module: g.Module, Name: g.Name, OldModule: g.OldModule, OldName: g.OldName, Offset: g.Offset, Opcode: g.Opcode, Count: g.Lookups, Why: g.rule.Reason}
		switch {
		case g.called() > 0, g.seenIn == readingObjects && g.Class != ClassDangerous:
			continue
		case g.Class == ClassDangerous:
			f.Rule, f.Severity = RuleImport, High
			if g.Computed != "" {
				f.Rule, f.Args = RuleComputed, g.Computed
			} else if g.rule.Family == FamilyCode {
				f.Rule, f.Severity = RuleCode, Medium
			}
		case g.Class == ClassData && g.hooks().acts:
			f.Rule, f.Severity, f.Class = RuleImport, Medium, ClassUnknown
			f.Why = "it opens, writes, loads or starts what it is given, and is kept to be called later"
		case g.Class == ClassUnknown && !g.OnlyPersistent():
			f.Rule, f.Severity = RuleUnknownImport, Low
			if f.Why == "" {
				f.Why = "nobody has vetted this module; looking the name up imports it"
			}
		default:
			continue
		}
		key := findingKey{f.Rule, f.Module, f.Name, Reference}
		if _, ok := t.seen[key]; ok {
			continue
		}
		if t.full(f) {
			continue
		}
		t.seen[key] = len(t.Findings)
		t.Findings = append(t.Findings, f)
	}
}

// full is how Python writes a global.
func (g *GlobalUse) full() string {
	if g.Computed != "" {
		return "import_of(" + g.Computed + ")"
	}
	return strings.Trim(quotePath(g.Module)+"."+quotePath(g.Name), ".")
}
