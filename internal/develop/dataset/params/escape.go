package params

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// escape takes what a backslash begins, and writes what it stands for. false is an escape
// that is not read: of a character by its name, or of half of one.
func (l *lexer) escape(b *strings.Builder) bool {
	c := l.rest[1]
	if i := strings.IndexByte("\\'\"abfnrtv", c); i >= 0 {
		l.take(2)
		b.WriteByte("\\'\"\a\b\f\n\r\t\v"[i])
		return true
	}
	switch c {
	case '\n':
		l.take(2)
		return true
	case 'x', 'u', 'U':
		return l.code(b, 2, map[byte]int{'x': 2, 'u': 4, 'U': 8}[c], 16)
	case 'N':
		l.take(2)
		return false
	}
	n := 1
	for n < min(4, len(l.rest)) && l.rest[n] >= '0' && l.rest[n] <= '7' {
		n++
	}
	if n > 1 {
		return l.code(b, 1, n-1, 8)
	}
	b.WriteString(l.take(1)) // a backslash before anything else is itself
	return true
}

// code takes a character that is written as a number of so many digits.
func (l *lexer) code(b *strings.Builder, before, digits, base int) bool {
	if len(l.rest) < before+digits {
		l.take(1)
		return false
	}
	code, err := strconv.ParseUint(l.rest[before:before+digits], base, 32)
	if err != nil || !utf8.ValidRune(rune(code)) {
		l.take(1)
		return false
	}
	l.take(before + digits)
	b.WriteRune(rune(code))
	return true
}
