package dvcconfig

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
)

// Check refuses what dvc refuses, in its words, of which it says the first:
// fault.Invalid.
func Check(data pyjson.Map) error {
	for _, e := range data {
		name, _ := e.Key.(string)
		if problem := checkSection(name, e.Value); problem != "" {
			return refused("%s", problem)
		}
	}
	return nil
}

// at is how dvc names a place.
func at(path ...string) string {
	var b strings.Builder
	b.WriteString(" @ data")
	for _, p := range path {
		b.WriteString("[" + pythonRepr(p) + "]")
	}
	return b.String()
}

func checkSection(name string, value any) string {
	if !slices.Contains(sectionOrder(), name) {
		return "extra keys not allowed" + at(name)
	}
	m, ok := value.(pyjson.Map)
	if !ok {
		return "expected a dictionary for dictionary value" + at(name)
	}
	switch name {
	case "remote", "machine", "db":
		for _, e := range m {
			own, _ := e.Key.(string)
			if problem := checkNamed(name, own, e.Value); problem != "" {
				return problem
			}
		}
		return ""
	case "feature":
		// Whatever else it has is passed over.
		if v, ok := m.Get("machine"); ok {
			return checkOptions(flags("machine"), pyjson.Map{{Key: "machine", Value: v}}, name)
		}
		return ""
	case "hydra":
		_, dir := m.Get("config_dir")
		if _, module := m.Get("config_module"); dir && module {
			return "two or more values in the same group of exclusion 'config_source' @ data['hydra'][<config_source>]"
		}
	}
	return checkOptions(sectionRules(name), m, name)
}

func checkNamed(section, name string, value any) string {
	m, ok := value.(pyjson.Map)
	if !ok {
		if section == "remote" {
			return "expected 'url' for dictionary value" + at(section, name)
		}
		return "expected a dictionary for dictionary value" + at(section, name)
	}
	if section != "remote" {
		return checkOptions(namedRules(section), m, section, name)
	}
	address, ok := m.Get("url")
	if !ok {
		return "expected 'url' for dictionary value" + at(section, name)
	}
	scheme := ""
	if s, ok := address.(string); ok {
		scheme = Scheme(s)
	}
	if scheme == "remote" {
		return ""
	}
	rules := schemeRules(scheme)
	if rules == nil {
		return "Unsupported URL type " + scheme + "://" + " for dictionary value" + at(section, name)
	}
	return checkOptions(rules, m, section, name)
}

// Scheme is that of a remote's URL, "" for a folder.
func Scheme(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	if !ok || host == "" || !schemeWord.MatchString(scheme) {
		return ""
	}
	return strings.ToLower(scheme)
}

var schemeWord = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*$`)

func checkOptions(rules map[string]rule, m pyjson.Map, path ...string) string {
	for _, e := range m {
		key, _ := e.Key.(string)
		place := append(slices.Clone(path), key)
		r, ok := rules[key]
		if !ok {
			return "extra keys not allowed" + at(place...)
		}
		if problem := r.check(e.Value); problem != "" {
			return problem + " for dictionary value" + at(place...)
		}
	}
	return ""
}

// check gives dvc's words for a value that the rule does not take.
func (r rule) check(value any) string {
	s, isText := value.(string)
	switch r.kind {
	case text:
		if !isText {
			return "expected str"
		}
	case lower:
		return ""
	case flag, textOrFlag:
		word := strings.ToLower(s)
		if (!isText || word != "true" && word != "false") && !(isText && r.kind == textOrFlag) {
			return "expected true or false"
		}
	case never:
		if r.choices != nil {
			return "expected " + r.choices[0]
		}
		return "expected bool"
	case whole:
		return r.checkWhole(s, isText)
	case real:
		f, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(s), "_", ""), 64)
		switch {
		case err != nil || !isText:
			return "expected float"
		case r.least >= 0 && !(f >= 0):
			return "value must be at least 0"
		}
	case choice:
		if !isText || !slices.Contains(r.choices, strings.ToLower(s)) {
			return "expected one of " + strings.Join(r.choices, ", ")
		}
	case links:
		return checkLinks(value)
	}
	return ""
}

func (r rule) checkWhole(s string, isText bool) string {
	n, err := strconv.Atoi(strings.ReplaceAll(strings.TrimSpace(s), "_", ""))
	switch {
	case err != nil || !isText:
		return "expected int"
	case r.least >= 0 && n < r.least:
		return fmt.Sprintf("value must be at least %d", r.least)
	case r.most > 0 && n > r.most:
		return fmt.Sprintf("value must be at most %d", r.most)
	}
	return ""
}

// Links are the types of links that a value names, in their order.
func Links(value any) []string {
	var types []string
	switch v := value.(type) {
	case string:
		types = strings.Split(v, ",")
		for i := range types {
			types[i] = strings.TrimSpace(types[i])
		}
	case []any:
		for _, x := range v {
			s, _ := x.(string)
			types = append(types, s)
		}
	}
	return types
}

func checkLinks(value any) string {
	var bad []string
	for _, t := range Links(value) {
		if !slices.Contains([]string{"reflink", "hardlink", "symlink", "copy"}, t) && !slices.Contains(bad, t) {
			bad = append(bad, t)
		}
	}
	if bad == nil {
		return ""
	}
	return "Unsupported cache type(s): " + strings.Join(bad, ", ")
}

// remoteOf is the remote that a URL of the scheme remote builds on, and what
// follows its name.
func remoteOf(address string) (name, rest string) {
	u, err := url.Parse(address)
	if err != nil {
		address = strings.TrimPrefix(address, "remote://")
		name, rest, _ = strings.Cut(address, "/")
		return name, strings.TrimLeft(rest, "/")
	}
	return u.Host, strings.TrimLeft(u.Path, "/")
}
