package ignore

import (
	"errors"
	"regexp"
	"strings"
)

// pattern is one line, compiled. Most are words, endings and paths, which need no
// regular expression.
type pattern struct {
	source  Source
	base    string // ends with a slash, or is empty
	negated bool
	dirOnly bool // ends with a slash

	form    form
	literal string
	inside  bool // something, or a slash, must follow what matches
	whole   bool // what is asked about must match to its end: git's
	expr    *regexp.Regexp
	head    string // with which whatever expr matches begins
}

type form uint8

const (
	expression form = iota
	word            // a part of the path is the literal
	ending          // a part of it ends with the literal
	beginning       // a part of it begins with the literal
	place           // it is the literal, or lies below it
	nothing         // never, but it stands between others that are told apart by it
)

var errEscape = errors.New("a backslash at its end escapes nothing")

// compile is nil for a line that matches nothing.
func compile(d Dialect, base, text string) (*pattern, error) {
	p := &pattern{whole: d == Git}
	if base != "" {
		p.base = base + "/"
	}
	if strings.HasPrefix(text, "#") {
		return nil, nil
	}
	if text, p.negated = strings.CutPrefix(text, "!"); text == "" || text == "/" {
		return nil, nil
	}
	p.dirOnly = strings.HasSuffix(text, "/")
	var source string
	var err error
	if d == Git {
		source, err = p.git(strings.TrimSuffix(text, "/"))
	} else {
		source, err = p.pathspec(text)
	}
	if errors.Is(err, errNothing) || d == Git && err != nil {
		return nil, nil
	}
	if err != nil || source == "" {
		return p, err
	}
	// Python refuses a range that goes backwards; git has it match nothing.
	if p.expr, err = regexp.Compile("(?s)" + source); err != nil {
		return nil, nil
	}
	return p, nil
}

// errNothing says that a pattern never matches.
var errNothing = errors.New("ignore: it matches nothing")

// matches asks about a path, or about the same with a slash behind it.
func (p *pattern) matches(full string, slash bool) bool {
	path, ok := strings.CutPrefix(full, p.base)
	if !ok || path == "" {
		return false
	}
	switch p.form {
	case nothing:
		return false
	case word, ending, beginning:
		if p.whole {
			return p.part(path[strings.LastIndexByte(path, '/')+1:])
		}
		for {
			i := strings.IndexByte(path, '/')
			if i < 0 {
				return (!p.inside || slash) && p.part(path)
			}
			if p.part(path[:i]) {
				return true
			}
			path = path[i+1:]
		}
	case place:
		if path == p.literal {
			return !p.inside || slash
		}
		return !p.whole && strings.HasPrefix(path, p.literal) && path[len(p.literal)] == '/'
	}
	if !strings.HasPrefix(path, p.head) {
		return false
	}
	if slash {
		path += "/"
	}
	if p.whole {
		path = latin(path)
	}
	return p.expr.MatchString(path)
}

func (p *pattern) part(s string) bool {
	switch p.form {
	case word:
		return s == p.literal
	case ending:
		return strings.HasSuffix(s, p.literal)
	}
	return strings.HasPrefix(s, p.literal)
}

// simple takes a pattern without brackets, question marks and escapes for one of
// the forms that need no expression.
func (p *pattern) simple(floating bool, text string) bool {
	if text == "" || strings.ContainsAny(text, `\[?`) {
		return false
	}
	stars := strings.Count(text, "*")
	switch {
	case stars == 0 && floating:
		p.form, p.literal = word, text
	case stars == 0:
		p.form, p.literal = place, text
	case stars == 1 && floating && len(text) > 1 && text[0] == '*':
		p.form, p.literal = ending, text[1:]
	case stars == 1 && floating && len(text) > 1 && text[len(text)-1] == '*':
		p.form, p.literal = beginning, text[:len(text)-1]
	default:
		return false
	}
	return true
}

// literal is how a pattern begins before anything in it has a meaning.
func literal(text string) string {
	if i := strings.IndexAny(text, `\*?[`); i >= 0 {
		return text[:i]
	}
	return text
}

// special are the characters that mean something in a line, and get a backslash.
const special = `\[]!*#?`

// Escape makes of a name a pattern that matches it and nothing else, with the
// characters escaped that DVC escapes. A space at the end gets a backslash, since
// git takes it off; the end of a line, for which no pattern has a form, is "?".
func Escape(name string) string {
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c == '\n', c == '\r' && i == len(name)-1:
			b.WriteByte('?')
		case strings.IndexByte(special, c) >= 0, c == ' ' && strings.Trim(name[i:], " ") == "":
			b.WriteString(`\` + string(c))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
