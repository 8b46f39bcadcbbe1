package params

import (
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// kind is what a token of Python is.
type kind uint8

// The kinds.
const (
	mark   kind = iota // an operator, a bracket, a comma
	word               // a name or a keyword
	number             // as it is written
	text               // the value of a string
	opaque             // a string that is no plain text: of bytes, or with expressions in it
)

type token struct {
	kind kind
	text string
}

// statement is one statement, or the head of a block.
type statement struct {
	indent int
	tokens []token
}

// maxNesting is how deep brackets may be.
const maxNesting = 200

// lexer cuts Python into statements. Tabs count to the next multiple of eight.
type lexer struct {
	name, rest string
	line       int
}

func (l *lexer) broken(what string) error {
	return fault.New(fault.Invalid, "unable to read: '%s', Python file structure is corrupted: %s in line %d", l.name, what, l.line)
}

// take takes n bytes.
func (l *lexer) take(n int) string {
	taken := l.rest[:n]
	l.line += strings.Count(taken, "\n")
	l.rest = l.rest[n:]
	return taken
}

// statements are those of the whole file.
func (l *lexer) statements() (all []statement, err error) {
	l.rest, l.line = strings.TrimPrefix(strings.ReplaceAll(l.rest, "\r\n", "\n"), "\ufeff"), 1
	for l.rest != "" {
		indent := l.indent()
		tokens, err := l.logical()
		if err != nil {
			return nil, err
		}
		begin := 0
		for i, t := range tokens {
			if t == (token{mark, ";"}) {
				all, begin = append(all, statement{indent, tokens[begin:i]}), i+1
			}
		}
		if begin < len(tokens) {
			all = append(all, statement{indent, tokens[begin:]})
		}
	}
	return all, nil
}

func (l *lexer) indent() (n int) {
	for l.rest != "" {
		switch l.rest[0] {
		case ' ':
			n++
		case '\t':
			n += 8 - n%8
		case '\f':
			n = 0
		default:
			return n
		}
		l.take(1)
	}
	return n
}

// logical is a line with those that belong to it because of brackets and backslashes.
func (l *lexer) logical() (all []token, err error) {
	depth := 0
	for l.rest != "" {
		c := l.rest[0]
		switch {
		case c == '\n' && depth == 0:
			l.take(1)
			return all, nil
		case c == '#':
			end := strings.IndexByte(l.rest, '\n')
			if end < 0 {
				end = len(l.rest)
			}
			l.take(end)
			continue
		case strings.HasPrefix(l.rest, "\\\n"):
			l.take(2)
			continue
		case c == ' ', c == '\t', c == '\f', c == '\n':
			l.take(1)
			continue
		}
		t, err := l.token()
		if err != nil {
			return nil, err
		}
		if t.kind == mark {
			switch t.text {
			case "(", "[", "{":
				depth++
			case ")", "]", "}":
				depth--
			}
		}
		if depth < 0 || depth > maxNesting {
			return nil, l.broken("brackets do not match, or are too deep,")
		}
		all = append(all, t)
	}
	if depth > 0 {
		return nil, l.broken("a bracket is not closed")
	}
	return all, nil
}

// token takes one token.
func (l *lexer) token() (token, error) {
	c := l.rest[0]
	switch {
	case c == '"' || c == '\'':
		return l.quoted("")
	case isLetter(c):
		n := 1
		for n < len(l.rest) && (isLetter(l.rest[n]) || isDigit(l.rest[n])) {
			n++
		}
		if n <= 2 && n < len(l.rest) && (l.rest[n] == '"' || l.rest[n] == '\'') && strings.Trim(strings.ToLower(l.rest[:n]), "rbuft") == "" {
			return l.quoted(strings.ToLower(l.take(n)))
		}
		return token{word, l.take(n)}, nil
	case isDigit(c) || c == '.' && len(l.rest) > 1 && isDigit(l.rest[1]):
		n := 1
		for n < len(l.rest) && (isLetter(l.rest[n]) || isDigit(l.rest[n]) || l.rest[n] == '.' || (l.rest[n] == '+' || l.rest[n] == '-') && exponent(l.rest[:n])) {
			n++
		}
		return token{number, l.take(n)}, nil
	}
	for _, long := range []string{"**=", "//=", ">>=", "<<=", "...", "==", "!=", "<=", ">=", "->", ":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=", "**", "//", ">>", "<<"} {
		if strings.HasPrefix(l.rest, long) {
			return token{mark, l.take(len(long))}, nil
		}
	}
	return token{mark, l.take(1)}, nil
}

// exponent says whether a number so far may go on with a sign.
func exponent(so string) bool {
	last := so[len(so)-1]
	return (last == 'e' || last == 'E') && !strings.HasPrefix(strings.ToLower(so), "0x")
}

func isLetter(c byte) bool {
	return c == '_' || c >= 0x80 || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// quoted takes a string behind its prefix.
func (l *lexer) quoted(prefix string) (token, error) {
	quote := l.rest[:1]
	if strings.HasPrefix(l.rest, strings.Repeat(quote, 3)) {
		quote = l.rest[:3]
	}
	l.take(len(quote))
	var b strings.Builder
	plain := true
	for !strings.HasPrefix(l.rest, quote) {
		switch {
		case l.rest == "" || l.rest[0] == '\n' && len(quote) == 1:
			return token{}, l.broken("a string is not closed")
		case l.rest[0] != '\\':
			b.WriteString(l.take(1))
		case len(l.rest) == 1:
			return token{}, l.broken("a string is not closed")
		case strings.Contains(prefix, "r"):
			b.WriteString(l.take(2))
		default:
			plain = l.escape(&b) && plain
		}
	}
	l.take(len(quote))
	if !plain || strings.ContainsAny(prefix, "bft") {
		return token{opaque, ""}, nil
	}
	return token{text, b.String()}, nil
}
