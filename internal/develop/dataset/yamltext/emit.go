package yamltext

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
)

// Marshal writes a map as a document, byte for byte as ruamel.yaml's round-trip
// dumper does for plain Python values. An empty map is "{}".
func Marshal(m pyjson.Map) ([]byte, error) {
	w := newWriter(-1)
	if err := w.node(m, context{}); err != nil {
		return nil, err
	}
	w.indent = -1
	w.writeIndent()
	return w.out, nil
}

// context is where a node stands.
type context struct{ sequence, mapping, simpleKey bool }

// writer is ruamel.yaml's emitter for block style: what decides where it breaks a
// line is kept under its names.
type writer struct {
	out        []byte
	column     int
	indent     int // -1 before the document's first collection
	whitespace bool
	indention  bool
}

const bestWidth = 80

func newWriter(indent int) *writer { return &writer{indent: indent, whitespace: true, indention: true} }

func (w *writer) put(s string) {
	w.out = append(w.out, s...)
	w.column += utf8.RuneCountInString(s)
}

func (w *writer) lineBreak() {
	w.whitespace, w.indention = true, true
	w.column = 0
	w.out = append(w.out, '\n')
}

func (w *writer) writeIndent() {
	indent := max(w.indent, 0)
	if !w.indention || w.column > indent || w.column == indent && !w.whitespace {
		w.lineBreak()
	}
	if w.column < indent {
		w.whitespace = true
		w.put(strings.Repeat(" ", indent-w.column))
	}
}

func (w *writer) indicator(s string, needWhitespace, whitespace, indention bool) {
	if needWhitespace && !w.whitespace {
		s = " " + s
	}
	w.whitespace = whitespace
	w.indention = w.indention && indention
	w.put(s)
}

// increased is the indent inside a collection or a scalar.
func (w *writer) increased(flow, indentless bool) int {
	switch {
	case w.indent < 0 && flow:
		return w.indent
	case w.indent < 0:
		return 0
	case indentless:
		return w.indent
	}
	return w.indent + 2
}

func (w *writer) node(value any, c context) error {
	before := w.indent
	defer func() { w.indent = before }()
	switch v := value.(type) {
	case pyjson.Map:
		if len(v) == 0 {
			w.empty("{", "}")
			return nil
		}
		w.indent = w.increased(false, false)
		return w.mapping(v)
	case []any:
		if len(v) == 0 {
			w.empty("[", "]")
			return nil
		}
		w.indent = w.increased(false, c.mapping && !w.indention)
		return w.sequence(v)
	}
	s, isText, err := scalarText(value)
	if err != nil {
		return err
	}
	w.indent = w.increased(true, false)
	w.scalar(s, isText, c)
	return nil
}

func (w *writer) empty(open, closed string) {
	w.indicator(open, true, true, false)
	w.indicator(closed, false, false, false)
	w.lineBreak()
}

func (w *writer) mapping(m pyjson.Map) error {
	for _, e := range m {
		if err := w.entry(e); err != nil {
			return err
		}
	}
	return nil
}

// maxSimpleKey is how long a key and its tag may be before it is written with "?".
const maxSimpleKey = 128

func (w *writer) entry(e pyjson.Member) error {
	s, isText, err := scalarText(e.Key)
	if err != nil {
		return err
	}
	if e.Key == nil {
		s = "null"
	}
	w.writeIndent()
	a := analyse(runes(s))
	simple := a.length+len(tagOf(e.Key)) < maxSimpleKey && !a.multiline
	if !simple {
		w.indicator("?", true, false, true)
	}
	inside := w.indent
	w.indent = w.increased(true, false)
	w.scalar(s, isText, context{mapping: true, simpleKey: simple})
	w.indent = inside
	if !simple {
		w.writeIndent()
	}
	w.indicator(":", !simple, false, !simple)
	return w.node(e.Value, context{mapping: true})
}

func (w *writer) sequence(list []any) error {
	for _, v := range list {
		w.writeIndent()
		w.indicator("-", true, false, true)
		if err := w.node(v, context{sequence: true}); err != nil {
			return err
		}
	}
	return nil
}

// tagOf is the tag that ruamel.yaml counts as a part of a key.
func tagOf(key any) string {
	switch key.(type) {
	case nil:
		return "!!null"
	case bool:
		return "!!bool"
	case float64:
		return "!!float"
	case Time:
		return "!!timestamp"
	case string:
		return "!!str"
	}
	return "!!int"
}

// scalarText is a scalar as it stands without quotes, and whether it is text.
func scalarText(value any) (string, bool, error) {
	switch v := value.(type) {
	case nil:
		return "", false, nil
	case bool:
		return strconv.FormatBool(v), false, nil
	case int:
		return strconv.Itoa(v), false, nil
	case int64:
		return strconv.FormatInt(v, 10), false, nil
	case *big.Int:
		return v.String(), false, nil
	case float64:
		return floatText(v), false, nil
	case Time:
		return string(v), false, nil
	case string:
		return v, true, nil
	}
	return "", false, fmt.Errorf("yamltext: a value of type %T is no scalar", value)
}

func floatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return ".nan"
	case math.IsInf(f, 1):
		return ".inf"
	case math.IsInf(f, -1):
		return "-.inf"
	}
	return pyjson.Float(f)
}
