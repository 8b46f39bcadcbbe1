package dvcconfig

import (
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// canonical is the file as dvc writes it: without comments, sections of a kind
// with names behind the others, and what is new behind what was there.
func canonical(f *File) string {
	var plain, last []*section
	for _, s := range f.sections {
		kind, name := sectionName(s.name)
		switch {
		case name != "" || slices.Contains([]string{"remote", "machine", "db"}, kind):
			last = append(last, s)
		case len(s.options) > 0:
			plain = append(plain, s)
		}
	}
	slices.SortStableFunc(last, func(a, b *section) int { return kindOrder(a.name) - kindOrder(b.name) })
	var b strings.Builder
	for _, s := range append(plain, last...) {
		kind, name := sectionName(s.name)
		header, err := quote(Section{kind, name}.String(), false)
		if err != nil {
			return ""
		}
		b.WriteString("[" + header + "]\n")
		for _, o := range s.options {
			key, err := quote(strings.ToLower(o.key), false)
			value, err2 := quoteAny(o.value)
			if err != nil || err2 != nil {
				return ""
			}
			b.WriteString("    " + key + " = " + value + "\n")
		}
	}
	if b.Len() == 0 {
		return "\n"
	}
	return b.String()
}

func kindOrder(name string) int {
	kind, _ := sectionName(name)
	return slices.Index([]string{"remote", "machine", "db"}, kind)
}

func quoteAny(value any) (string, error) {
	list, ok := value.([]any)
	if !ok {
		s, _ := value.(string)
		return quote(s, true)
	}
	if len(list) == 0 {
		return ",", nil
	}
	var all []string
	for _, item := range list {
		s, _ := item.(string)
		q, err := quote(s, false)
		if err != nil {
			return "", err
		}
		all = append(all, q)
	}
	if len(all) == 1 {
		return all[0] + ",", nil
	}
	return strings.Join(all, ", "), nil
}

// quote puts quotes round a value that needs some, as ConfigObj does; three where
// one is not enough and multiline allows it.
func quote(s string, multiline bool) (string, error) {
	if s == "" {
		return `""`, nil
	}
	single, double, line := strings.Contains(s, "'"), strings.Contains(s, `"`), strings.Contains(s, "\n")
	if multiline && (single && double || line) {
		switch {
		case !strings.Contains(s, `"""`):
			return "'''" + s + "'''", checkTriple(s, "'''")
		case !strings.Contains(s, "'''"):
			return `"""` + s + `"""`, nil
		}
		return "", unquotable(s)
	}
	const space = " \r\n\v\t'\""
	bare := !strings.ContainsRune(space, rune(s[0])) && !strings.ContainsRune(space, rune(s[len(s)-1])) && !strings.Contains(s, ",") && !strings.Contains(s, "#")
	switch {
	case line:
		return "", unquotable(s)
	case bare:
		return s, nil
	case single && double:
		return "", unquotable(s)
	case double:
		return "'" + s + "'", nil
	}
	return `"` + s + `"`, nil
}

// checkTriple refuses a text that has the quotes in which ConfigObj would put it.
func checkTriple(s, quotes string) error {
	if strings.Contains(s, quotes) {
		return unquotable(s)
	}
	return nil
}

func unquotable(s string) error {
	return fault.New(fault.Invalid, "Value %.100q cannot be safely quoted.", s)
}
