package numpy

import (
	"fmt"
	"strconv"
	"strings"
)

// The literals of Python that a header may hold: dict, list, tuple, string,
// int64, bool and nil.
type (
	dict  map[string]any
	list  []any
	tuple []any
)

// mostNested bounds how deep literals and records lie in each other.
const mostNested = 32

// literal is a reader of one Python literal. Nothing is evaluated.
type literal struct {
	text string
	at   int
}

// parseLiteral reads text, which must be one literal and spaces.
func parseLiteral(text string) (any, error) {
	l := &literal{text: text}
	v, err := l.value(0)
	if err != nil {
		return nil, err
	}
	if l.space(); l.at < len(text) {
		return nil, l.wrong("the end")
	}
	return v, nil
}

func (l *literal) wrong(want string) error {
	return fmt.Errorf("numpy: byte %d of the header is not %s", l.at, want)
}

func (l *literal) space() {
	for l.at < len(l.text) && strings.IndexByte(" \t\r\n", l.text[l.at]) >= 0 {
		l.at++
	}
}

// next takes the byte b if it is the next.
func (l *literal) next(b byte) bool {
	l.space()
	if l.at < len(l.text) && l.text[l.at] == b {
		l.at++
		return true
	}
	return false
}

func (l *literal) value(depth int) (any, error) {
	if depth > mostNested {
		return nil, fmt.Errorf("numpy: the header's literals lie more than %d deep in each other", mostNested)
	}
	l.space()
	rest := l.text[l.at:]
	switch {
	case l.next('{'):
		return l.dict(depth)
	case l.next('['):
		items, _, err := l.items(']', depth)
		return list(items), err
	case l.next('('):
		items, comma, err := l.items(')', depth)
		if len(items) == 1 && !comma {
			return items[0], err
		}
		return tuple(items), err
	case strings.HasPrefix(rest, "'"), strings.HasPrefix(rest, `"`):
		return l.string()
	}
	for word, v := range map[string]any{"True": true, "False": false, "None": nil} {
		if strings.HasPrefix(rest, word) {
			l.at += len(word)
			return v, nil
		}
	}
	return l.number()
}

// items reads literals with commas between up to the byte end, and whether a
// comma stood behind the last.
func (l *literal) items(end byte, depth int) (items []any, comma bool, err error) {
	for !l.next(end) {
		if len(items) > 0 && !comma {
			return nil, false, l.wrong("a comma")
		}
		v, err := l.value(depth + 1)
		if err != nil {
			return nil, false, err
		}
		items = append(items, v)
		comma = l.next(',')
	}
	return items, comma, nil
}

// dict reads pairs of a text and a literal.
func (l *literal) dict(depth int) (any, error) {
	d := dict{}
	for comma := true; !l.next('}'); comma = l.next(',') {
		if !comma {
			return nil, l.wrong("a comma")
		}
		if l.space(); l.at == len(l.text) || l.text[l.at] != '\'' && l.text[l.at] != '"' {
			return nil, l.wrong("a key in quotes")
		}
		key, err := l.string()
		if err != nil {
			return nil, err
		}
		if !l.next(':') {
			return nil, l.wrong("a colon")
		}
		if _, twice := d[key]; twice {
			return nil, fmt.Errorf("numpy: the header has the key %q twice", key)
		}
		if d[key], err = l.value(depth + 1); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// string reads a text in quotes. Of escapes it knows those of the quote and
// the backslash; numpy writes no others but for names of fields, which keep
// theirs.
func (l *literal) string() (string, error) {
	quote := l.text[l.at]
	l.at++
	var out strings.Builder
	for l.at < len(l.text) {
		b := l.text[l.at]
		l.at++
		if b == quote {
			return out.String(), nil
		}
		if b == '\\' && l.at < len(l.text) {
			if next := l.text[l.at]; next == quote || next == '\\' {
				b = next
				l.at++
			}
		}
		out.WriteByte(b)
	}
	return "", l.wrong("a text that ends")
}

// number reads a decimal integer; the L of Python 2 may follow.
func (l *literal) number() (any, error) {
	from := l.at
	for l.at < len(l.text) && (l.text[l.at] >= '0' && l.text[l.at] <= '9' || l.at == from && l.text[l.at] == '-') {
		l.at++
	}
	n, err := strconv.ParseInt(l.text[from:l.at], 10, 64)
	if err != nil {
		l.at = from
		return nil, l.wrong("a literal that a header has")
	}
	if l.at < len(l.text) && l.text[l.at] == 'L' {
		l.at++
	}
	return n, nil
}
