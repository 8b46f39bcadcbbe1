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
		if why := m.pathAgainst(name); why != "" {
			return why, Critical
		}
	}
	return "", 0
}

// methods are those that compute with what they belong to, whether that is a text, a
// time, an array or a frame, when their arguments are plain: none reads or writes a
// file, evaluates a text, encodes, or calls what it is given.
const methods = `
	abs add all any argmax argmin argsort astype between bfill cat ceil clip copy corr count cummax cummin cumprod cumsum date day_name
	diff div dot drop drop_duplicates dropna duplicated eq explode ffill fillna first flatten floor ge get gt head idxmax idxmin isin
	isna isnull isocalendar isoformat isoweekday items keys last le len lt mask max mean median melt min mode month_name mul ne nlargest normalize notna
	notnull nsmallest nunique pct_change pivot pow prod quantile rank ravel reindex repeat replace reset_index reshape round select_dtypes
	sem set_index shift skew sort_index sort_values squeeze stack std strftime sub sum swapaxes tail time timestamp to_dense to_dict to_frame to_list to_numpy
	to_period to_timestamp toarray todense tolist total_seconds transpose tz_convert tz_localize unique unstack value_counts values var weekday where
	capitalize casefold contains endswith extract extractall find findall index isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric
	isspace istitle isupper join ljust lower lstrip match pad partition removeprefix removesuffix rfind rindex rjust rpartition rsplit rstrip slice
	split splitlines startswith strip swapcase title upper zfill cpu detach double float half int long numpy`

// methodAgainst is what there is against a method that is kept to be called.
func (m *machine) methodAgainst(name Value, arguments []Value) (string, Severity) {
	method, ok := m.plainText(name)
	if !ok || name.Kind() != Str {
		return "the method's name is computed", Critical
	}
	if !slices.Contains(strings.Fields(methods), method) {
		return "it is kept to call the method " + quote(method), Critical
	}
	h := &handed{m: m, left: mostHanded}
	for _, v := range arguments {
		if why := h.deep(v, calls, 0); why != "" {
			return why, Medium
		}
		if k := v.Kind(); k == Object || k == Call && !m.givesValue(v) {
			return "what it is kept to call a method with is no plain value", Medium
		}
	}
	return "", 0
}

// pathAgainst is what there is against the attributes on a path: a module that
// another one imported, and with each module that the file imports by its name
// what is reached in it.
func (m *machine) pathAgainst(path string) string {
	v := m.trace.vetting
	parts := strings.Split(path, ".")
	for _, part := range parts[:len(parts)-1] {
		if v.modules[part] {
			return "it is kept to reach " + quote(path) + ", through the module " + part
		}
	}
	if !slices.Contains(m.trace.paths, path) {
		m.trace.paths = append(m.trace.paths, path)
	}
	if len(m.trace.paths) > mostPaths {
		return "getters ask for too many attributes to be known"
	}
	return m.reachedIn(m.trace.imported, []string{path})
}

// mostPaths are known of modules and of what getters ask for.
const mostPaths = 256

// reachedIn is what there is against asking modules for attributes.
func (m *machine) reachedIn(modules, paths []string) string {
	for _, module := range modules {
		for _, path := range paths {
			if r := m.trace.vetting.Look(module, path); r.Class == ClassDangerous {
				return "a getter reaches " + quote(module+"."+path) + ": " + r.Reason
			}
		}
	}
	return ""
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
	if !slices.Contains(m.trace.imported, name) {
		m.trace.imported = append(m.trace.imported, name)
	}
	if len(m.trace.imported) > mostPaths {
		return "it imports too many modules to be known", Medium
	}
	if why := m.reachedIn([]string{name}, m.trace.paths); why != "" {
		return why, Critical
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
