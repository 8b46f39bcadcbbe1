package pickle

import (
	"slices"
	"strings"
)

// What a getter asks for, and a module by its name. Both are kept: estimators hold
// getters of a column, functions the modules that they use.

// hiddenPrefixes begin the attributes of frames, code and functions, by which
// everything is reached.
var hiddenPrefixes = []string{"_", "f_", "gi_", "cr_", "ag_", "tb_", "co_", "func_", "im_"}

// getterAgainst is what there is against what a getter asks for.
func (m *machine) getterAgainst(rule string, items []Value) (string, Severity) {
	for _, v := range items {
		switch k := v.Kind(); {
		case rule == argKeys && (k == None || k == Bool || k == Int || k == Float || k == Str || k == Bytes):
			continue
		case rule == argKeys:
			return "the item that it will ask for is no constant", Medium
		case k != Str:
			return "the attribute's name is computed", Critical
		}
		name, ok := m.plainText(v)
		if !ok || slices.ContainsFunc(strings.Split(name, "."), isHidden) {
			return "it is kept to reach the attribute " + quote(name), Critical
		}
	}
	return "", 0
}

func isHidden(attribute string) bool {
	return slices.ContainsFunc(hiddenPrefixes, func(p string) bool { return strings.HasPrefix(attribute, p) })
}

// moduleAgainst is what there is against the import of a module by its name.
func (m *machine) moduleAgainst(v Value) (string, Severity) {
	name, ok := m.plainText(v)
	if !ok {
		return "it imports a module whose name is computed", High
	}
	switch r, known := m.trace.vetting.family(name); {
	case known && r.Class == ClassDangerous:
		return "it imports the module " + quote(name) + ": " + r.Reason, Medium // what is reached in it is told by itself
	case !m.trace.vetting.hasModule(name):
		return "it imports the module " + quote(name) + ", of which nothing is vetted", Medium
	}
	return "", 0
}

// judgeResult tells of a pickle that is nothing but a getter: nobody keeps one so.
func (m *machine) judgeResult(v Value) {
	if v.Kind() != Call || v.class() == noClass {
		return
	}
	g := &m.trace.Globals[v.class()]
	if g.rule.Arguments == argKeys || g.rule.Arguments == argAttributes {
		m.trace.finding(m, Finding{Rule: RuleArgument, Severity: Medium, Class: ClassUnknown, Module: g.Module, Name: g.Name, Use: UseReduce,
			Why: "the pickle is a getter and nothing else: whoever loads it calls it"})
	}
}
