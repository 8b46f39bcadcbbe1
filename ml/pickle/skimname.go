package pickle

// lines is the name that GLOBAL and INST have in two lines.
func (s *skimmer) lines() {
	b := s.in.at(s.op+1, int(min(s.in.offset()-s.op-1, 2*mostName)))
	if module, name, ok := twoLines(b); ok {
		s.name(module, name, true)
	}
}

// constants is the name that STACK_GLOBAL finds on the stack.
func (s *skimmer) constants(module, name Value) {
	m, _, ok1 := text(&s.in, module, mostName)
	n, _, ok2 := text(&s.in, name, mostName)
	if ok1 && ok2 {
		s.name(m, n, true)
		return
	}
	s.trace.finding(s.machine, Finding{Rule: RuleBudget, Severity: Medium, Class: ClassUnknown,
		Why: "behind the place where a budget was used up a name is looked up that is computed, or that was made too far before"})
}

// name tells of a name that is looked up, and of an unknown one when it was come
// to opcode by opcode.
func (s *skimmer) name(module, name string, certain bool) {
	g := GlobalUse{Module: module, Name: name}
	if to, attr := renamed(module, name); (s.proto < 3 || !certain) && (to != module || attr != name) {
		g = GlobalUse{Module: to, Name: attr, OldModule: module, OldName: name}
	}
	rule := s.judgeName(&g)
	f := Finding{Rule: RuleImport, Severity: High, Class: rule.Class, Module: g.Module, Name: g.Name, OldModule: g.OldModule, OldName: g.OldName, Why: rule.Reason}
	switch {
	case rule.Class == ClassDangerous && rule.Family == FamilyCode:
		f.Rule, f.Severity = RuleCode, Medium
	case rule.Class == ClassDangerous:
	case rule.Class == ClassUnknown && certain:
		f.Rule, f.Severity, f.Why = RuleUnknownImport, Low, "nobody has vetted this module; looking the name up imports it"
	default:
		return
	}
	s.trace.finding(s.machine, f)
}

// namesIn are the names with which bytes begin as opcodes of a global.
func namesIn(b []byte) (module, name string, ok bool) {
	switch Opcode(b[0]) {
	case opGlobal, opInst:
		rest, ok := nameLine(b[1:])
		if !ok {
			return "", "", false
		}
		end, ok := nameLine(rest)
		if !ok {
			return "", "", false
		}
		return string(b[1 : len(b)-len(rest)-1]), string(rest[:len(rest)-len(end)-1]), true
	case opShortBinUnicode, opBinUnicode:
		rest, ok := nameLiteral(b)
		if !ok {
			return "", "", false
		}
		end, ok := nameLiteral(rest)
		if !ok || len(end) == 0 || Opcode(end[0]) != opStackGlobal {
			return "", "", false
		}
		return literalIn(b), literalIn(rest), true
	}
	return "", "", false
}

// literalIn is the text of a literal that nameLiteral takes.
func literalIn(b []byte) string {
	a, _ := argumentOf(Opcode(b[0]))
	n := littleEndian(b[1 : 1+a.fixed])
	return string(b[1+a.fixed:][:n])
}

// twoLines are the lines with which bytes begin.
func twoLines(b []byte) (first, second string, ok bool) {
	for i, c := range b {
		if c != '\n' {
			continue
		}
		for j, c := range b[i+1:] {
			if c == '\n' {
				return string(b[:i]), string(b[i+1:][:j]), true
			}
		}
		break
	}
	return "", "", false
}
