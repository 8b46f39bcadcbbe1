package yamltext

import (
	"slices"
	"unicode/utf8"
)

// analysis is what ruamel.yaml finds out about a text before it chooses quotes.
type analysis struct {
	length                  int
	multiline               bool
	allowPlain, allowSingle bool
	quoted                  bool // has an apostrophe or a line's end, for which double quotes are liked better
}

const (
	breaks = "\n\u0085\u2028\u2029"
	blanks = "\x00 \t\r\n\u0085\u2028\u2029"
)

func isIn(set string, r rune) bool {
	for _, s := range set {
		if s == r {
			return true
		}
	}
	return false
}

// escapeByte is what stands for a byte that is no UTF-8, above the byte itself.
const escapeByte = 0xDC00

// runes is a text in code points; a byte that is no UTF-8 is the surrogate that
// Python has for it.
func runes(s string) []rune {
	list := make([]rune, 0, len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			r = escapeByte + rune(s[i])
		}
		list = append(list, r)
		i += n
	}
	return list
}

func analyse(s []rune) analysis {
	a := analysis{length: len(s), allowPlain: true, allowSingle: true}
	if len(s) == 0 {
		return a
	}
	if len(s) >= 3 && (string(s[:3]) == "---" || string(s[:3]) == "...") {
		a.allowPlain = false
	}
	var previousSpace, previousBreak bool
	for i, r := range s {
		if indicator(s, i) {
			a.allowPlain = false
		}
		if isIn(breaks, r) {
			a.multiline = true
		}
		if !printable(r) {
			a.allowPlain, a.allowSingle = false, false
		}
		if r == '\'' || r == '\n' {
			a.quoted = true
		}
		space, isBreak := r == ' ', isIn(breaks, r)
		if (space || isBreak) && (i == 0 || i == len(s)-1) {
			a.allowPlain = false
		}
		if space && previousBreak || isBreak && previousSpace {
			a.allowPlain, a.allowSingle = false, false
		}
		previousSpace, previousBreak = space, isBreak
	}
	if a.multiline {
		a.allowPlain = false
	}
	return a
}

// indicator says whether the character at i means something to YAML there, in
// block style.
func indicator(s []rune, i int) bool {
	followed := i+1 >= len(s) || isIn(blanks, s[i+1])
	if i == 0 {
		return isIn("#,[]{}&*!|>'\"%@`", s[0]) || isIn("?:-", s[0]) && followed
	}
	return s[i] == ':' && followed || s[i] == '#' && isIn(blanks, s[i-1])
}

// printable leaves U+0085 out, which ruamel.yaml writes as it is in single quotes, and
// reads back as a space: a file would come back under another name.
func printable(r rune) bool {
	switch {
	case r == '\n', r >= 0x20 && r <= 0x7E:
		return true
	case r == 0xFEFF:
		return false
	}
	return r >= 0xA0 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000
}

// scalar writes a scalar in the style that ruamel.yaml would choose.
func (w *writer) scalar(s string, isText bool, c context) {
	list := runes(s)
	a := analyse(list)
	if c.sequence {
		w.writeIndent()
	}
	split := !c.simpleKey
	bare := !isText || resolve(s) == text
	switch {
	case bare && a.allowPlain && !(c.simpleKey && (a.length == 0 || a.multiline)):
		w.plain(list, split)
	case a.quoted, !a.allowSingle, c.simpleKey && a.multiline:
		w.doubleQuoted(list, split)
	default:
		w.singleQuoted(list, split)
	}
}

func (w *writer) plain(s []rune, split bool) {
	if len(s) == 0 {
		return
	}
	if !w.whitespace {
		w.put(" ")
	}
	w.whitespace, w.indention = false, false
	spaces := false
	start := 0
	for end := 0; end <= len(s); end++ {
		last := end == len(s)
		space := !last && s[end] == ' '
		switch {
		case spaces && !space:
			if start+1 == end && w.column >= bestWidth && split {
				w.writeIndent()
				w.whitespace, w.indention = false, false
			} else {
				w.put(string(s[start:end]))
			}
			start = end
		case !spaces && (last || space):
			word := string(s[start:end])
			// ruamel.yaml breaks keys too, which nobody can read then.
			if split && end-start+w.column > bestWidth && w.indent >= 0 && w.column > w.indent {
				w.writeIndent()
			}
			w.put(word)
			start = end
		}
		spaces = space
	}
}

func (w *writer) singleQuoted(s []rune, split bool) {
	w.indicator("'", true, false, false)
	var spaces, isBreak bool
	start := 0
	for end := 0; end <= len(s); end++ {
		r := rune(-1)
		if end < len(s) {
			r = s[end]
		}
		switch {
		case spaces && r != ' ':
			if start+1 == end && w.column > bestWidth && split && start != 0 && end != len(s) {
				w.writeIndent()
			} else {
				w.put(string(s[start:end]))
			}
			start = end
		case !spaces && isBreak && !isIn(breaks, r):
			w.breakLines(s[start:end])
			start = end
		case !spaces && !isBreak && (r < 0 || r == ' ' || isIn(breaks, r)):
			w.put(string(s[start:end]))
			start = end
		}
		spaces, isBreak = r == ' ', r >= 0 && isIn(breaks, r)
	}
	w.indicator("'", false, false, false)
}

// breakLines writes line ends in single quotes, where one more is needed before
// a first \n, since a single one is read as a space.
func (w *writer) breakLines(s []rune) {
	if s[0] == '\n' {
		w.lineBreak()
	}
	for _, r := range s {
		w.lineBreak()
		if r != '\n' {
			w.out = append(w.out[:len(w.out)-1], string(r)...)
		}
	}
	w.writeIndent()
}

// escapes are the characters that have a short escape in double quotes.
var escapes = map[rune]string{
	0: "0", 7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 27: "e", '"': `"`, '\\': `\`,
	0x85: "N", 0xA0: "_", 0x2028: "L", 0x2029: "P",
}

func escaped(r rune) bool {
	return isIn("\"\\\u0085\u2028\u2029\ufeff", r) || r == '\n' || !printable(r)
}

// escape is how a character stands in double quotes.
func escape(r rune) string {
	const digits = "0123456789ABCDEF"
	if s, ok := escapes[r]; ok {
		return `\` + s
	}
	b, n := []byte(`\x`), 2
	switch {
	case r > 0xFFFF:
		b, n = []byte(`\U`), 8
	case r > 0xFF:
		b, n = []byte(`\u`), 4
	}
	for i := n - 1; i >= 0; i-- {
		b = append(b, digits[r>>(4*i)&15])
	}
	return string(b)
}

func (w *writer) doubleQuoted(s []rune, split bool) {
	w.indicator(`"`, true, false, false)
	start := 0
	for end := 0; end <= len(s); end++ {
		last := end == len(s)
		if last || escaped(s[end]) {
			if start < end {
				w.put(string(s[start:end]))
				start = end
			}
			if !last {
				w.put(escape(s[end]))
				start = end + 1
			}
		}
		if end > 0 && end < len(s)-1 && (s[end] == ' ' || start >= end) && w.column+(end-start) > bestWidth && split {
			start = w.fold(s, start, end)
		}
	}
	w.indicator(`"`, false, false, false)
}

// fold breaks the line in double quotes at end and gives what is to be written
// next. A backslash keeps the break from being read as a space where that would
// not give the text again.
func (w *writer) fold(s []rune, start, end int) int {
	backslash := needsBackslash(s, start, end)
	if start < end {
		w.put(string(s[start:end]))
		start = end
	}
	if backslash {
		w.put(`\`)
	}
	w.writeIndent()
	w.whitespace, w.indention = false, false
	if s[start] == ' ' {
		if backslash {
			w.put(`\`)
		} else {
			start++
		}
	}
	return start
}

func needsBackslash(s []rune, start, end int) bool {
	at := slices.Index(s[end:], ' ')
	if at < 0 {
		return true
	}
	at += end
	if i := slices.Index(s[end:at], '\n'); i >= 0 {
		at = end + i
	}
	if at+1 >= len(s) {
		return true
	}
	if s[at] == '\n' && s[at+1] != ' ' {
		return true
	}
	for _, r := range s[end:at] {
		if r == '"' || r == '\'' {
			return true
		}
	}
	double := end > 0 && s[end-1] == ' ' && s[end] == ' '
	return isIn(" \n", s[at+1]) || double || start == end
}
