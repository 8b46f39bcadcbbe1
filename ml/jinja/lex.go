package jinja

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SyntaxError says where a text is no template.
type SyntaxError struct {
	Offset int
	What   string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("jinja: byte %d: %s", e.Offset, e.What) }

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenData
	tokenOpen  // {% or {{
	tokenClose // %} or }}
	tokenName
	tokenText
	tokenNumber
	tokenOperator
)

type token struct {
	kind tokenKind
	at   int
	text string // of a text: unescaped
}

// lexer cuts a template into tokens.
type lexer struct {
	in     string
	at     int
	out    []token
	braces []byte // open brackets in a tag, by what closes them
}

func lex(in string) ([]token, error) {
	l := &lexer{in: in}
	for l.at < len(in) {
		if err := l.data(); err != nil {
			return nil, err
		}
	}
	return append(l.out, token{kind: tokenEnd, at: len(in)}), nil
}

func (l *lexer) add(kind tokenKind, at int, text string) {
	l.out = append(l.out, token{kind: kind, at: at, text: text})
}

func (l *lexer) fail(at int, format string, args ...any) error {
	return &SyntaxError{Offset: at, What: fmt.Sprintf(format, args...)}
}

// data reads up to the next tag, and the tag.
func (l *lexer) data() error {
	from := l.at
	open := -1
	for i := from; i+1 < len(l.in); i++ {
		if l.in[i] == '{' && (l.in[i+1] == '{' || l.in[i+1] == '%' || l.in[i+1] == '#') {
			open = i
			break
		}
	}
	if open < 0 {
		l.add(tokenData, from, l.in[from:])
		l.at = len(l.in)
		return nil
	}
	if open > from {
		l.add(tokenData, from, l.in[from:open])
	}
	l.at = open + 2
	switch l.in[open+1] {
	case '#':
		end := strings.Index(l.in[l.at:], "#}")
		if end < 0 {
			return l.fail(open, "a comment without an end")
		}
		l.at += end + 2
		return nil
	case '%':
		if rest, ok := rawBegin(l.in[l.at:]); ok {
			return l.raw(len(l.in) - len(rest))
		}
		return l.tag(open, "%}")
	}
	return l.tag(open, "}}")
}

// rawBegin is what follows "raw %}", behind which nothing is a tag.
func rawBegin(s string) (string, bool) {
	s = strings.TrimLeftFunc(strings.TrimLeft(s, "+-"), unicode.IsSpace)
	s, ok := strings.CutPrefix(s, "raw")
	if !ok {
		return s, false
	}
	s = strings.TrimLeftFunc(s, unicode.IsSpace)
	return strings.CutPrefix(strings.TrimLeft(s, "+-"), "%}")
}

func (l *lexer) raw(from int) error {
	for i := from; ; {
		open := strings.Index(l.in[i:], "{%")
		if open < 0 {
			return l.fail(from, "a raw block without an end")
		}
		open += i
		s := strings.TrimLeftFunc(strings.TrimLeft(l.in[open+2:], "+-"), unicode.IsSpace)
		if s, ok := strings.CutPrefix(s, "endraw"); ok {
			s = strings.TrimLeftFunc(s, unicode.IsSpace)
			if s, ok = strings.CutPrefix(strings.TrimLeft(s, "+-"), "%}"); ok {
				l.add(tokenData, from, l.in[from:open])
				l.at = len(l.in) - len(s)
				return nil
			}
		}
		i = open + 2
	}
}

// tag reads the tokens of a tag up to what closes it.
func (l *lexer) tag(open int, end string) error {
	l.add(tokenOpen, open, l.in[open:open+2])
	if l.at < len(l.in) && (l.in[l.at] == '-' || l.in[l.at] == '+') {
		l.at++
	}
	l.braces = l.braces[:0]
	for {
		rest := strings.TrimLeftFunc(l.in[l.at:], unicode.IsSpace)
		l.at = len(l.in) - len(rest)
		if rest == "" {
			return l.fail(open, "a tag without an end")
		}
		if len(l.braces) == 0 {
			for _, close := range []string{"-" + end, "+" + end, end} {
				if strings.HasPrefix(rest, close) {
					l.add(tokenClose, l.at, end)
					l.at += len(close)
					return nil
				}
			}
		}
		if err := l.one(rest); err != nil {
			return err
		}
	}
}

// one reads one token of a tag.
func (l *lexer) one(rest string) error {
	c, size := utf8.DecodeRuneInString(rest)
	switch {
	case c == '"' || c == '\'':
		return l.quoted(byte(c))
	case c >= '0' && c <= '9':
		n := numberLength(rest)
		l.add(tokenNumber, l.at, strings.ReplaceAll(rest[:n], "_", ""))
		l.at += n
	case c == '_' || unicode.IsLetter(c):
		n := size
		for n < len(rest) {
			c, size := utf8.DecodeRuneInString(rest[n:])
			if c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.Is(unicode.Mn, c) {
				break
			}
			n += size
		}
		l.add(tokenName, l.at, rest[:n])
		l.at += n
	default:
		return l.operator(rest)
	}
	return nil
}

// operators, longer ones first.
const operators2 = "// ** == != >= <= "

func (l *lexer) operator(rest string) error {
	n := 1
	if len(rest) > 1 && strings.Contains(operators2, rest[:2]+" ") && rest[0] != ' ' {
		n = 2
	}
	op := rest[:n]
	switch c := op[0]; {
	case n == 2:
	case strings.IndexByte("([{", c) >= 0:
		l.braces = append(l.braces, map[byte]byte{'(': ')', '[': ']', '{': '}'}[c])
	case strings.IndexByte(")]}", c) >= 0:
		if len(l.braces) == 0 || l.braces[len(l.braces)-1] != c {
			return l.fail(l.at, "%q closes nothing", c)
		}
		l.braces = l.braces[:len(l.braces)-1]
	case strings.IndexByte("+-*/%~<>=.:|,;", c) < 0:
		r, _ := utf8.DecodeRuneInString(rest)
		return l.fail(l.at, "%q in a tag", r)
	}
	l.add(tokenOperator, l.at, op)
	l.at += n
	return nil
}

// numberLength is that of the number that s begins with.
func numberLength(s string) int {
	i := 0
	digits := func(also string) {
		for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '_' || strings.IndexByte(also, s[i]) >= 0) {
			i++
		}
	}
	if len(s) > 2 && s[0] == '0' && strings.IndexByte("xXoObB", s[1]) >= 0 {
		i = 2
		digits("abcdefABCDEF")
		return i
	}
	digits("")
	if i+1 < len(s) && s[i] == '.' && s[i+1] >= '0' && s[i+1] <= '9' {
		i++
		digits("")
	}
	if i+1 < len(s) && (s[i] == 'e' || s[i] == 'E') && strings.IndexByte("+-0123456789", s[i+1]) >= 0 {
		i += 2
		digits("")
	}
	return i
}

// quoted reads a text with Python's escapes.
func (l *lexer) quoted(quote byte) error {
	from := l.at
	var b strings.Builder
	for i := from + 1; i < len(l.in); i++ {
		switch c := l.in[i]; c {
		case quote:
			l.add(tokenText, from, b.String())
			l.at = i + 1
			return nil
		case '\\':
			n := unescape(&b, l.in[i+1:])
			i += n
		default:
			b.WriteByte(c)
		}
	}
	return l.fail(from, "a text without an end")
}

// unescape writes what follows a backslash, and gives how long it is. What is no
// escape stays as it stands, as in Python.
func unescape(b *strings.Builder, s string) int {
	if s == "" {
		return 0
	}
	hex := func(n int) int {
		var v rune
		if len(s) < 1+n {
			n = 0
		}
		for _, c := range []byte(s[1 : 1+n]) {
			d := strings.IndexByte("0123456789abcdef", c|0x20)
			if d < 0 || c < '0' {
				n = 0
				break
			}
			v = v<<4 | rune(d)
		}
		if n == 0 {
			b.WriteString(`\` + s[:1])
			return 1
		}
		b.WriteRune(v)
		return 1 + n
	}
	switch c := s[0]; c {
	case '\n':
	case '\\', '\'', '"':
		b.WriteByte(c)
	case 'n', 't', 'r', 'b', 'f', 'v', 'a':
		b.WriteByte(map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f', 'v': '\v', 'a': '\a'}[c])
	case 'x':
		return hex(2)
	case 'u':
		return hex(4)
	case 'U':
		return hex(8)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		v, n := 0, 0
		for n < 3 && n < len(s) && s[n] >= '0' && s[n] <= '7' {
			v = v<<3 | int(s[n]-'0')
			n++
		}
		b.WriteRune(rune(v))
		return n
	default:
		b.WriteString(`\` + s[:1])
	}
	return 1
}
