package params

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
)

// parsePython reads what a file of Python assigns.
func parsePython(name string, content []byte) (pyjson.Map, error) {
	all, err := (&lexer{name: name, rest: string(content)}).statements()
	if err != nil {
		return nil, err
	}
	m := pyjson.Map{}
	block(all, 0, false, &m)
	return m, nil
}

// block takes what the statements of a block assign, those from a class below its name;
// own is the body of __init__, of which what it assigns to self counts. It gives where the
// block ends.
func block(all []statement, begin int, own bool, m *pyjson.Map) int {
	if begin == len(all) {
		return begin
	}
	indent := all[begin].indent
	i := begin
	for i < len(all) && all[i].indent >= indent {
		s := all[i]
		i++
		if s.indent > indent { // of a block that is not looked into
			continue
		}
		head, rest := heading(s.tokens)
		switch {
		case head == "":
			assign(s.tokens, own, m)
		case head == "class" || head == "__init__":
			within, to := &pyjson.Map{}, m
			if head == "class" {
				to = within
			}
			switch {
			case len(rest) > 0: // all in one line
				assign(rest, head == "__init__", to)
			case i < len(all) && all[i].indent > indent:
				i = block(all, i, head == "__init__", to)
			}
			if head == "class" {
				m.Set(s.tokens[1].text, *within)
			}
		}
	}
	return i
}

// heading tells what block a statement begins: "class", "__init__" for that method, "other"
// for all that is passed over, "" for none; rest is what stands behind its colon.
func heading(t []token) (head string, rest []token) {
	if t[0].kind != word {
		return "", nil
	}
	switch t[0].text {
	case "class":
		head = "class"
	case "def":
		if head = "other"; len(t) > 1 && t[1].text == "__init__" {
			head = "__init__"
		}
	case "if", "else", "elif", "for", "while", "with", "try", "except", "finally", "async":
		return "other", nil
	default:
		return "", nil
	}
	if len(t) < 3 {
		return "other", nil
	}
	depth := 0
	for i, one := range t {
		switch {
		case one.kind != mark:
		case strings.Contains("([{", one.text):
			depth++
		case strings.Contains(")]}", one.text):
			depth--
		case one.text == ":" && depth == 0:
			return head, t[i+1:]
		}
	}
	return "other", nil
}

// assign takes an assignment of a literal to one name.
func assign(t []token, own bool, m *pyjson.Map) {
	at := 1
	name := t[0].text
	self := len(t) > 2 && t[0] == token{word, "self"} && t[1] == token{mark, "."} && t[2].kind == word
	if self {
		name, at = t[2].text, 3
	}
	if t[0].kind != word || own && !self || at >= len(t) || t[at].kind != mark {
		return
	}
	if t[at].text == ":" { // a type stands between
		for depth := 0; at < len(t); at++ {
			switch {
			case t[at].kind != mark:
				continue
			case strings.Contains("([{", t[at].text):
				depth++
			case strings.Contains(")]}", t[at].text):
				depth--
			}
			if depth == 0 && t[at].text == "=" {
				break
			}
		}
	}
	if at >= len(t) || t[at].text != "=" {
		return
	}
	l := &literal{rest: t[at+1:]}
	if v, err := l.many(); err == nil && len(l.rest) == 0 {
		m.Set(name, v)
	}
}

// literal is an expression of Python that is one.
type literal struct {
	rest  []token
	depth int
}

var errNoLiteral = errors.New("no literal")

// next takes a token where it is this mark.
func (l *literal) next(m string) bool {
	if len(l.rest) == 0 || l.rest[0] != (token{mark, m}) {
		return false
	}
	l.rest = l.rest[1:]
	return true
}

// many is a value, or a tuple without brackets.
func (l *literal) many() (any, error) {
	v, err := l.value()
	if err != nil || len(l.rest) == 0 || !l.next(",") {
		return v, err
	}
	all := []any{v}
	for len(l.rest) > 0 {
		if v, err = l.value(); err != nil {
			return nil, err
		}
		all = append(all, v)
		if !l.next(",") {
			break
		}
	}
	return all, nil
}

// value is one value.
func (l *literal) value() (any, error) {
	l.depth++
	defer func() { l.depth-- }()
	switch {
	case len(l.rest) == 0, l.depth > maxNesting:
		return nil, errNoLiteral
	case l.next("-"):
		v, err := l.value()
		return negative(v), err
	case l.next("+"):
		return l.value()
	case l.next("("):
		if l.next(")") {
			return []any{}, nil
		}
		v, err := l.value()
		if err != nil || l.next(")") {
			return v, err
		}
		if !l.next(",") {
			return nil, errNoLiteral
		}
		return l.list([]any{v}, ")")
	case l.next("["):
		return l.list([]any{}, "]")
	case l.next("{"):
		return l.dictionary()
	}
	return l.scalar()
}

// scalar is a number, a string, or one of Python's three words.
func (l *literal) scalar() (any, error) {
	t := l.rest[0]
	l.rest = l.rest[1:]
	switch t.kind {
	case number:
		return numeral(t.text)
	case text:
		for len(l.rest) > 0 && l.rest[0].kind == text {
			t.text += l.rest[0].text
			l.rest = l.rest[1:]
		}
		return t.text, nil
	case word:
		switch t.text {
		case "True", "False":
			return t.text == "True", nil
		case "None":
			return nil, nil
		}
	}
	return nil, errNoLiteral
}

// list is what is left of a list that a bracket ends.
func (l *literal) list(all []any, end string) (any, error) {
	for !l.next(end) {
		v, err := l.value()
		if err != nil {
			return nil, err
		}
		all = append(all, v)
		if !l.next(",") {
			if !l.next(end) {
				return nil, errNoLiteral
			}
			break
		}
	}
	return all, nil
}

// dictionary is what is left of a dict. A set has no form in dvc.lock.
func (l *literal) dictionary() (any, error) {
	m := pyjson.Map{}
	for !l.next("}") {
		key, err := l.value()
		if err != nil || !l.next(":") {
			return nil, errNoLiteral
		}
		v, err := l.value()
		if err != nil {
			return nil, err
		}
		switch key := key.(type) {
		case string:
			m.Set(key, v)
		case nil, bool, int64, float64:
			m = append(m, pyjson.Member{Key: key, Value: v})
		default:
			return nil, errNoLiteral
		}
		if !l.next(",") {
			if !l.next("}") {
				return nil, errNoLiteral
			}
			break
		}
	}
	return m, nil
}

// numeral is a number as Python writes one: with underscores, in any base.
func numeral(s string) (any, error) {
	plain := strings.ToLower(strings.ReplaceAll(s, "_", ""))
	based := strings.HasPrefix(plain, "0x") || strings.HasPrefix(plain, "0o") || strings.HasPrefix(plain, "0b")
	switch {
	case strings.HasSuffix(plain, "j") || strings.HasPrefix(plain, "_") || !based && len(plain) > 1 && strings.Trim(plain, "0123456789") == "" && plain[0] == '0' && strings.Trim(plain, "0") != "":
		return nil, errNoLiteral
	case based, strings.Trim(plain, "0123456789") == "":
		base := 10
		if based {
			base = 0
		}
		n, ok := new(big.Int).SetString(plain, base)
		switch {
		case !ok:
			return nil, errNoLiteral
		case n.IsInt64():
			return n.Int64(), nil
		}
		return n, nil
	}
	f, err := strconv.ParseFloat(plain, 64)
	if err != nil && !math.IsInf(f, 0) || strings.ContainsAny(plain, "xpin") {
		return nil, errNoLiteral
	}
	return f, nil
}

// negative is a number with the other sign.
func negative(v any) any {
	switch n := v.(type) {
	case int64:
		if n == math.MinInt64 {
			return new(big.Int).Neg(big.NewInt(n))
		}
		return -n
	case float64:
		return -n
	case *big.Int:
		m := new(big.Int).Neg(n)
		if m.IsInt64() {
			return m.Int64()
		}
		return m
	}
	return v
}
