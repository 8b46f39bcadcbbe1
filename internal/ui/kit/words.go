package kit

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cut shows the first n characters of an id; all of them when n is 0.
func cut(id string, n int) string {
	r := []rune(id)
	if n <= 0 || len(r) <= n {
		return id
	}
	return string(r[:n])
}

// capital makes a sentence of a hint, without its full stop.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(s[size:], ".")
}

// Sentence makes a sentence of a hint.
func Sentence(hint string) string { return capital(hint) + "." }

// Equals is the filter, in MLflow's grammar, for what has exactly this value.
// The grammar has no escape for a quote: a value with both kinds matches
// anything in the place of the single ones.
func Equals(field, value string) string {
	switch {
	case !strings.Contains(value, "'"):
		return field + " = '" + value + "'"
	case !strings.Contains(value, `"`):
		return field + ` = "` + value + `"`
	}
	return field + " LIKE '" + strings.ReplaceAll(value, "'", "_") + "'"
}
