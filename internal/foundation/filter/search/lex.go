package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is what a token is.
type kind uint8

const (
	end     kind = iota
	name         // an identifier, its parts joined by dots; a keyword as well
	text         // '…' with its quotes
	number       //
	compare      // = != > …
	open         // (
	shut         // )
	comma        //
	semi         // ;
	wrong        // what begins no token, or a quote that does not end: the rest of the text
)

// token is a piece of the text; at is where it begins, in bytes.
type token struct {
	kind kind
	text string
	at   int
}

// is reports whether the token is the keyword, in any case.
func (t token) is(keyword string) bool { return t.kind == name && strings.EqualFold(t.text, keyword) }

// lexer cuts a text into tokens.
type lexer struct {
	text string
	at   int
}

func (l *lexer) next() token {
	for l.at < len(l.text) {
		r, n := utf8.DecodeRuneInString(l.text[l.at:])
		if !unicode.IsSpace(r) {
			break
		}
		l.at += n
	}
	start := l.at
	if start == len(l.text) {
		return token{kind: end, at: start}
	}
	k := l.scan()
	if k == wrong {
		l.at = len(l.text)
	}
	return token{k, l.text[start:l.at], start}
}

// scan moves past one token and says what it is.
func (l *lexer) scan() kind {
	c := l.text[l.at]
	switch c {
	case '(':
		return l.one(open)
	case ')':
		return l.one(shut)
	case ',':
		return l.one(comma)
	case ';':
		return l.one(semi)
	case '\'':
		if !l.quoted() {
			return wrong
		}
		return text
	case '<', '>', '=', '!', '~':
		for l.at < len(l.text) && strings.IndexByte("<>=!~", l.text[l.at]) >= 0 {
			l.at++
		}
		return compare
	}
	if c == '-' || c == '.' || (c >= '0' && c <= '9') {
		return l.number()
	}
	return l.identifier()
}

func (l *lexer) one(k kind) kind {
	l.at++
	return k
}

// quoted moves past a quoted piece: its quote, doubled or after a backslash,
// does not end it.
func (l *lexer) quoted() bool {
	quote := l.text[l.at]
	for i := l.at + 1; i < len(l.text); i++ {
		switch l.text[i] {
		case '\\':
			if i+1 < len(l.text) && l.text[i+1] == quote && strings.IndexByte(l.text[i+2:], quote) >= 0 {
				i++
			}
		case quote:
			if i+1 < len(l.text) && l.text[i+1] == quote {
				i++
				continue
			}
			l.at = i + 1
			return true
		}
	}
	return false
}

// number moves past -12, 1.5, .5, 1e-3; a letter behind it makes it wrong.
func (l *lexer) number() kind {
	i := l.at
	if l.text[i] == '-' {
		i++
	}
	digits := 0
	for ; i < len(l.text) && isDigit(l.text[i]); i++ {
		digits++
	}
	if i < len(l.text) && l.text[i] == '.' {
		for i++; i < len(l.text) && isDigit(l.text[i]); i++ {
			digits++
		}
	}
	if digits == 0 {
		return wrong
	}
	if i < len(l.text) && (l.text[i] == 'e' || l.text[i] == 'E') {
		j := i + 1
		if j < len(l.text) && (l.text[j] == '-' || l.text[j] == '+') {
			j++
		}
		first := j
		for ; j < len(l.text) && isDigit(l.text[j]); j++ {
		}
		if j == first {
			return wrong
		}
		i = j
	}
	if r, _ := utf8.DecodeRuneInString(l.text[i:]); i < len(l.text) && isWord(r) {
		return wrong
	}
	l.at = i
	return number
}

// identifier moves past parts joined by dots: words, `…`, "…" or, behind the
// first dot, '…'.
func (l *lexer) identifier() kind {
	for {
		if l.at == len(l.text) {
			return wrong
		}
		switch c := l.text[l.at]; c {
		case '`', '"', '\'':
			if !l.quoted() {
				return wrong
			}
		default:
			if !l.word() {
				return wrong
			}
		}
		if l.at == len(l.text) || l.text[l.at] != '.' {
			return name
		}
		l.at++
	}
}

func (l *lexer) word() bool {
	start := l.at
	for l.at < len(l.text) {
		r, n := utf8.DecodeRuneInString(l.text[l.at:])
		if !isWord(r) {
			break
		}
		l.at += n
	}
	return l.at > start
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWord(r rune) bool {
	return r == '_' || (r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)))
}
