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

// linesShown is how many lines of a text are seen before it is folded.
const linesShown = 12

// beginning is what of a text is seen, and whether that is all of it.
func beginning(text string, shown int) (string, bool) {
	end, letters, lines := len(text), 0, 1
	for i, r := range text {
		if letters == shown || r == '\n' && lines == linesShown {
			end = i
			break
		}
		letters++
		if r == '\n' {
			lines++
		}
	}
	return text[:end], end == len(text)
}
