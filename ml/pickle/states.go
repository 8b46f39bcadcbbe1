package pickle

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The rules for the states of classes that are vetted as data, as the data names
// them: what their __setstate__ does with a state depends on what is in it.
const (
	stateDistribution = "distribution" // of scipy.stats: runs the text in its state
	stateVectorize    = "vectorize"    // of numpy: holds a callable
	stateFormula      = "formula"      // of statsmodels: evaluates the formula in its state
	statePacked       = "packed"       // of torch: a class of compiled code by its name, filled with what it packs
	stateConfig       = "config"       // of omegaconf: makes types of what its metadata name
)

// argparsers is the text that scipy.stats' distributions make of the names of
// their parameters (parse_arg_template in scipy/stats/_distn_infrastructure.py of
// scipy 1.6 to 1.17) and give to exec in __setstate__: three functions, without a
// default or a decorator that would run.
var argparsers = regexp.MustCompile(strings.NewReplacer("NAMES", `(?:[A-Za-z_][A-Za-z0-9_]*, ?)*`, "IN", ` ?loc=0(?:, scale=1)?`, "OUT", `loc, (?:scale|1)`).Replace(
	`^\n?def _parse_args\(self, NAMESIN\):\n    return \(NAMES\), OUT\n\n` +
		`def _parse_args_rvs\(self, NAMESIN, size=None\):\n    return self\._argcheck_rvs\(NAMES ?OUT, size=size\)\n\n` +
		`def _parse_args_stats\(self, NAMESIN, moments='mv'\):\n    return \(NAMES\), OUT, moments\n$`))

// judgeState adds what there is to say against the state of a class that is
// vetted as data.
func (m *machine) judgeState(g *GlobalUse, use Use, state Value) {
	why, severity := "", Medium
	switch {
	case use != UseBuild:
	case g.rule.State == stateDistribution:
		why, severity = m.distributionAgainst(state)
	case g.rule.State == stateVectorize:
		why, severity = m.vectorizeAgainst(state)
	case g.rule.State == stateFormula:
		why, severity = m.formulaAgainst(state)
	case g.rule.State == statePacked:
		why, severity = m.packedAgainst(state)
	case g.rule.State == stateConfig:
		why, severity = m.configAgainst(state)
	}
	if why == "" {
		return
	}
	class := ClassUnknown
	if severity >= High {
		class = ClassDangerous
	}
	m.trace.finding(m, Finding{Rule: RuleArgument, Severity: severity, Class: class, Module: g.Module, Name: g.Name, Use: use, Args: m.show(state), Why: why})
}

// distributionAgainst is what there is against the state of a distribution. Its
// attributes are set before __setstate__ goes on with methods of the object, which
// an attribute of the same name replaces.
func (m *machine) distributionAgainst(state Value) (string, Severity) {
	if items, ok := m.items(state); ok && len(items) == 2 { // of scipy before 1.6: parameters and a random state
		x := m.nodes.of(items[0])
		if items[0].Kind() == Dict && x != nil && x.count > 4 { // two keys would be taken for a name and a value
			return "", 0
		}
	}
	attributes, ok := m.attributes(state)
	if !ok {
		return "its state is no dict whose keys are known, and it runs the text in its state", High
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		v := attributes[name]
		switch {
		case name == "_parse_arg_template":
			if s, whole, ok := text(&m.in, v, mostName); !ok || !whole || v.Kind() != Str || !argparsers.MatchString(s) {
				return "it runs the text in its state, which is not that of scipy", Critical
			}
		case strings.HasPrefix(name, "_attach_"), strings.HasPrefix(name, "__") && name != "__doc__":
			return "its state replaces the method " + quote(name) + ", which runs while it is loaded", High
		}
	}
	return "", 0
}

// vectorizeAgainst is what there is against the state of numpy.vectorize: it
// keeps a callable that it does not call while it is loaded.
func (m *machine) vectorizeAgainst(state Value) (string, Severity) {
	attributes, ok := m.attributes(state)
	if !ok {
		return "its state is no dict whose keys are known", Medium
	}
	return m.callableAgainst(attributes["pyfunc"])
}

// attributes are those of a state that is a dict; false when not all are known.
func (m *machine) attributes(state Value) (map[string]Value, bool) {
	x := m.nodes.of(state)
	if state.Kind() != Dict || x == nil || x.count != int64(len(x.items)) {
		return nil, false
	}
	out := make(map[string]Value, len(x.items)/2)
	for pair := range slices.Chunk(x.items, 2) {
		name, whole, ok := text(&m.in, pair[0], mostName)
		if !ok || !whole || pair[0].Kind() != Str || len(pair) != 2 {
			return nil, false
		}
		out[name] = pair[1]
	}
	return out, true
}
