package pickle

import "strings"

// Some of what a call gives is not the file's: a member of an enumeration, the time
// zone UTC, the missing value are those that the loading process has one of. A state
// that such an object gets stays when the pickle is long forgotten.

// isShared reports whether an object may be one that the loading process has one of.
func (m *machine) isShared(g *GlobalUse, v Value) bool {
	switch {
	case g.Name == "finfo" && strings.HasPrefix(g.Module, "numpy"): // numpy keeps those that it made of a type; a pickle makes one of none
		return !m.isMadeOfNothing(v)
	case g.hooks().shared:
		return true
	case g.Class != ClassVetted:
		return false
	case strings.HasPrefix(g.rule.Reason, "an enumeration"):
		return true
	}
	switch g.rule.Reason {
	case "a member by its value", "a flag", "a logger by its name", "a time zone by its name in a table", "the missing value", "the missing time":
		return true
	case "a time", "a time or interval":
		return strings.HasPrefix(g.Module, "pandas") // of a time that is missing
	}
	switch g.Name {
	case "tzutc", "tzoffset", "tzstr": // dateutil keeps what was called; copyreg makes one anew
		return v.Kind() == Call
	case "PeriodDtype", "IntervalDtype": // pandas keeps those that it made of something
		return !m.isMadeOfNothing(v)
	case "SafeUUID":
		return g.Module == "uuid"
	case "Resolution", "NpyDatetimeUnit", "FreqGroup": // enumerations of compiled code
		return g.Module == "pandas._libs.tslibs.dtypes"
	}
	return false
}

// isMadeOfNothing reports whether an object is a new one: its class was given no argument,
// or object made it, as copyreg does for protocols 0 and 1 (copyreg._reconstructor).
func (m *machine) isMadeOfNothing(v Value) bool {
	x := m.nodes.of(v)
	if x == nil || x.args == 0 || m.isEmpty(x.args) {
		return x != nil
	}
	items, known := m.items(x.args)
	if !known || len(items) != 3 || items[1].Kind() != Global || items[1].class() == noClass || items[2].Kind() != None {
		return false
	}
	base := &m.trace.Globals[items[1].class()]
	return base.Module == "builtins" && base.Name == "object"
}
