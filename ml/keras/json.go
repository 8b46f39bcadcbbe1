package keras

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// kind is what a JSON value is.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindArray
	kindObject
)

// node is a value of the document, which follows its parent. The members of an
// object are pairs of nodes, name and value.
type node struct {
	kind     kind
	from, to uint32 // of its text
	after    uint32 // the first node that does not belong to it
}

// document is a parsed JSON text.
type document struct {
	text  []byte
	nodes []node
}

// The limits of a document.
const (
	mostNodes = 1 << 20
	mostDepth = 10000 // Python's own recursion limit is lower
)

var (
	errNodes = errors.New("keras: the configuration has more than a million values")
	errDepth = errors.New("keras: the configuration is nested more than ten thousand deep")
	errEnd   = errors.New("keras: the configuration is cut off")
)

// parser reads JSON as Python's json module does, which takes NaN and Infinity
// and of a name that stands twice the last. It does not recurse.
type parser struct {
	document
	at   int
	open []uint32 // containers that are not closed
}

func parse(text []byte) (document, error) {
	p := parser{document: document{text: text}}
	if err := p.value(); err != nil {
		return document{}, err
	}
	for len(p.open) > 0 {
		if err := p.next(); err != nil {
			return document{}, err
		}
	}
	if p.space(); p.at < len(text) {
		return document{}, p.bad("nothing more")
	}
	return p.document, nil
}

func (p *parser) bad(want string) error {
	if p.at >= len(p.text) {
		return errEnd
	}
	return fmt.Errorf("keras: byte %d of the configuration is %q, and %s was expected", p.at, p.text[p.at], want)
}

func (p *parser) space() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\n' || p.text[p.at] == '\t' || p.text[p.at] == '\r') {
		p.at++
	}
}

// next reads on in the innermost container: its end, or one more value.
func (p *parser) next() error {
	top := p.open[len(p.open)-1]
	n := &p.nodes[top]
	first := uint32(len(p.nodes)) == top+1
	end := byte(']')
	if n.kind == kindObject {
		end = '}'
	}
	p.space()
	if p.at < len(p.text) && p.text[p.at] == end {
		p.at++
		n.to, n.after = uint32(p.at), uint32(len(p.nodes))
		p.open = p.open[:len(p.open)-1]
		return nil
	}
	if !first {
		if p.at >= len(p.text) || p.text[p.at] != ',' {
			return p.bad("a comma")
		}
		p.at++
		p.space()
	}
	if end == '}' {
		if p.at >= len(p.text) || p.text[p.at] != '"' {
			return p.bad("a name")
		}
		if err := p.value(); err != nil {
			return err
		}
		if p.space(); p.at >= len(p.text) || p.text[p.at] != ':' {
			return p.bad("a colon")
		}
		p.at++
	}
	return p.value()
}

// value reads a whole scalar, or the begin of a container.
func (p *parser) value() error {
	p.space()
	if p.at >= len(p.text) {
		return errEnd
	}
	if len(p.nodes) >= mostNodes {
		return errNodes
	}
	n := node{from: uint32(p.at), after: uint32(len(p.nodes)) + 1}
	switch c := p.text[p.at]; {
	case c == '{' || c == '[':
		n.kind = kindArray
		if c == '{' {
			n.kind = kindObject
		}
		if len(p.open) >= mostDepth {
			return errDepth
		}
		p.open = append(p.open, uint32(len(p.nodes)))
		p.at++
		n.after = 0
	case c == '"':
		n.kind = kindString
		if err := p.quoted(); err != nil {
			return err
		}
	default:
		if n.kind = p.word(); n.kind == kindNull && string(p.text[n.from:p.at]) != "null" {
			return p.bad("a value")
		}
	}
	n.to = uint32(p.at)
	p.nodes = append(p.nodes, n)
	return nil
}

// word passes over a number or a name; kindNull without moving is neither.
func (p *parser) word() kind {
	from := p.at
	for p.at < len(p.text) && isWord(p.text[p.at]) {
		p.at++
	}
	switch word := string(p.text[from:p.at]); word {
	case "null":
		return kindNull
	case "true", "false":
		return kindBool
	case "NaN", "Infinity", "-Infinity":
		return kindNumber
	default:
		if _, err := strconv.ParseFloat(word, 64); err == nil || errors.Is(err, strconv.ErrRange) {
			return kindNumber
		}
	}
	p.at = from
	return kindNull
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.'
}

func (p *parser) quoted() error {
	for p.at++; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			return nil
		case c == '\\':
			p.at++
		case c < ' ':
			return p.bad("a printable character")
		}
	}
	return errEnd
}

// string is the value of a string without its quotes and escapes.
func (d *document) string(n uint32) string {
	raw := d.text[d.nodes[n].from+1 : d.nodes[n].to-1]
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' || i+1 >= len(raw) {
			out = append(out, raw[i])
			continue
		}
		i++
		switch raw[i] {
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'u':
			r, used := escaped(raw[i-1:])
			out = utf8.AppendRune(out, r)
			i += used - 2
		default:
			out = append(out, raw[i])
		}
	}
	return string(out)
}

// escaped reads one \uXXXX, or two that are a pair, and how many bytes that is.
func escaped(raw []byte) (rune, int) {
	r := hex4(raw)
	if utf16.IsSurrogate(r) && len(raw) >= 12 && raw[6] == '\\' && raw[7] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(raw[6:])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return r, min(len(raw), 6)
}

func hex4(raw []byte) rune {
	if len(raw) < 6 {
		return utf8.RuneError
	}
	n, err := strconv.ParseUint(string(raw[2:6]), 16, 32)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}

// members calls see with the name and the value of each member of an object, in
// their order, until it says false.
func (d *document) members(object uint32, see func(name string, value uint32) bool) {
	for at := object + 1; at < d.nodes[object].after; {
		value := d.nodes[at].after
		if !see(d.string(at), value) {
			return
		}
		at = d.nodes[value].after
	}
}

// member is the value of a name; of several that have it the last, which is the
// one that Python's json keeps.
func (d *document) member(object uint32, name string) (uint32, bool) {
	found, ok := uint32(0), false
	if d.nodes[object].kind != kindObject {
		return 0, false
	}
	d.members(object, func(n string, value uint32) bool {
		if n == name {
			found, ok = value, true
		}
		return true
	})
	return found, ok
}

// items calls see with each item of an array.
func (d *document) items(array uint32, see func(i int, value uint32) bool) {
	i := 0
	for at := array + 1; at < d.nodes[array].after; at = d.nodes[at].after {
		if !see(i, at) {
			return
		}
		i++
	}
}
