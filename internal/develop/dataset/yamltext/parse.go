package yamltext

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Limits of what is read.
const (
	MaxText  = 256 << 20 // bytes: a dvc.lock of a million files
	maxNodes = 20_000_000
	maxDepth = 200
)

// Parse reads a document. Its root is a map, or nothing at all, which is an empty
// map to DVC. A *SyntaxError tells what is wrong and where.
func Parse(text []byte) (*Node, error) {
	if len(text) > MaxText {
		return nil, syntax(0, "the file has more than %d bytes", MaxText)
	}
	if !utf8.Valid(text) {
		return nil, syntax(0, "the file is not UTF-8")
	}
	s := strings.TrimPrefix(string(text), "\ufeff")
	root, err := decode(s)
	if err != nil {
		var e *SyntaxError
		if errors.As(err, &e) {
			e.Conflict = conflictMark.MatchString(s)
		}
		return nil, err
	}
	if root == nil {
		return &Node{kind: mapping, Line: 1, Column: 1, whole: true}, nil
	}
	r := &reader{source: newSource(s), raw: bytesOf.MatchString(s)}
	n, err := r.node(root, -1, 0)
	if err != nil {
		return nil, err
	}
	if n.kind == scalar && n.Value == nil {
		return &Node{kind: mapping, Line: 1, Column: 1, whole: true}, nil
	}
	return n, nil
}

var (
	conflictMark = regexp.MustCompile(`(?m)^[<=>]{7} .*$`)
	// bytesOf is an escape of a surrogate, which the library takes for a mistake
	// and which stands for a byte that is no UTF-8; or a backslash that is escaped,
	// behind which there is none.
	bytesOf     = regexp.MustCompile(`\\\\|\\u[dD][89a-fA-F][0-9a-fA-F]{2}`)
	libraryLine = regexp.MustCompile(`^yaml: line (\d+): `)
)

func decode(s string) (*yaml.Node, error) {
	// As long as what it replaces, so that places stay; the text itself is asked for it.
	s = bytesOf.ReplaceAllStringFunc(s, func(escape string) string {
		if escape == `\\` {
			return escape
		}
		return `\ufffd`
	})
	d := yaml.NewDecoder(strings.NewReader(s))
	var document, more yaml.Node
	if err := guarded(d, &document); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, libraryError(err)
	}
	if err := guarded(d, &more); err == nil {
		return nil, syntax(more.Line, "a second document begins, and there is to be one")
	} else if !errors.Is(err, io.EOF) {
		return nil, libraryError(err)
	}
	return document.Content[0], nil
}

// guarded turns a panic of the library, of which there were some, into an error.
func guarded(d *yaml.Decoder, n *yaml.Node) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: the text cannot be read")
		}
	}()
	return d.Decode(n)
}

func libraryError(err error) error {
	s := err.Error()
	if m := libraryLine.FindStringSubmatch(s); m != nil {
		line, _ := strconv.Atoi(m[1])
		return syntax(line, "%s", strings.TrimPrefix(s, m[0]))
	}
	return syntax(0, "%s", strings.TrimPrefix(s, "yaml: "))
}

// reader makes nodes of the library's.
type reader struct {
	*source
	raw   bool // has escapes that the library does not read
	count int
}

// node reads n, which stands in a collection at column indent.
func (r *reader) node(n *yaml.Node, indent, depth int) (*Node, error) {
	if r.count++; r.count > maxNodes || depth > maxDepth {
		return nil, syntax(n.Line, "the document is nested too deep, or has too many values")
	}
	made := &Node{Line: n.Line, Column: n.Column, start: r.offset(n.Line, n.Column), whole: n.Anchor != "" || n.Style&yaml.FlowStyle != 0}
	var err error
	switch n.Kind {
	case yaml.MappingNode:
		err = r.mapping(made, n, depth)
	case yaml.SequenceNode:
		err = r.list(made, n, depth)
	case yaml.ScalarNode:
		err = r.scalar(made, n, indent)
	case yaml.AliasNode:
		if made, err = r.node(n.Alias, indent, depth+1); err == nil {
			made.whole = true
			made.start = r.offset(n.Line, n.Column)
			made.end = made.start + 1 + len(n.Value)
		}
	default:
		err = syntax(n.Line, "this is no value")
	}
	return made, err
}

func (r *reader) mapping(made *Node, n *yaml.Node, depth int) error {
	if err := tagged(n, "!!map"); err != nil {
		return err
	}
	made.kind, made.indent = mapping, n.Column-1
	var merged []Entry
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode {
			return syntax(k.Line, "a key is no scalar")
		}
		value, err := r.node(v, made.indent, depth+1)
		if err != nil {
			return err
		}
		if k.Style == 0 && k.Value == "<<" {
			if merged != nil {
				return syntax(k.Line, "a map has two merge keys")
			}
			if merged, err = mergedEntries(value, k.Line); err != nil {
				return err
			}
			made.whole = true
			continue
		}
		key, err := r.node(k, made.indent, depth+1)
		if err != nil {
			return err
		}
		for _, e := range made.Entries {
			if Equal(e.Key.Value, key.Value) {
				return syntax(k.Line, "found duplicate key %q", k.Value)
			}
		}
		made.Entries = append(made.Entries, Entry{Key: key, Node: value, colon: r.colon(key.end)})
	}
	for _, m := range merged {
		if !hasKey(made.Entries, m.Key.Value) {
			made.Entries = append(made.Entries, m)
		}
	}
	if l := len(n.Content); l > 0 && made.Entries != nil {
		made.end = made.Entries[len(made.Entries)-1].Node.end
	}
	r.closeFlow(made, n, '}')
	return nil
}

func hasKey(entries []Entry, key any) bool {
	for _, e := range entries {
		if Equal(e.Key.Value, key) {
			return true
		}
	}
	return false
}

func mergedEntries(value *Node, line int) ([]Entry, error) {
	sources := value.Items
	if value.kind == mapping {
		sources = []*Node{value}
	}
	all := []Entry{}
	for _, s := range sources {
		if s.kind != mapping {
			return nil, syntax(line, "what is merged is no map")
		}
		for _, e := range s.Entries {
			if !hasKey(all, e.Key.Value) {
				all = append(all, e)
			}
		}
	}
	if value.kind == scalar {
		return nil, syntax(line, "what is merged is no map")
	}
	return all, nil
}

func (r *reader) list(made *Node, n *yaml.Node, depth int) error {
	if err := tagged(n, "!!seq"); err != nil {
		return err
	}
	made.kind, made.indent = list, n.Column-1
	for _, c := range n.Content {
		item, err := r.node(c, made.indent, depth+1)
		if err != nil {
			return err
		}
		made.Items = append(made.Items, item)
		made.end = item.end
	}
	r.closeFlow(made, n, ']')
	return nil
}

// closeFlow finds the end of a collection in flow style.
func (r *reader) closeFlow(made *Node, n *yaml.Node, bracket byte) {
	if n.Style&yaml.FlowStyle == 0 {
		return
	}
	at := max(made.end, made.start+1)
	for at < len(r.text) && r.text[at] != bracket {
		if r.text[at] == '#' {
			at = r.lineEnd(at)
			continue
		}
		at++
	}
	made.end = min(at+1, len(r.text))
}

// tagged refuses a tag that is not the one that the node has without it.
func tagged(n *yaml.Node, own string) error {
	if n.Style&yaml.TaggedStyle != 0 && n.ShortTag() != own {
		return syntax(n.Line, "the tag %s means nothing here", n.Tag)
	}
	return nil
}

func (r *reader) scalar(made *Node, n *yaml.Node, indent int) (err error) {
	made.end = r.scalarEnd(made.start, n, indent)
	quoted := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	value := n.Value
	if r.raw {
		if value, err = r.unescaped(made, n); err != nil {
			return err
		}
	}
	switch {
	case n.Style&yaml.TaggedStyle != 0:
		made.whole = true
		made.Value, err = taggedScalar(n.ShortTag(), value)
	case quoted || n.Tag == "!":
		made.Value = value
	default:
		made.Value, err = plain(value)
	}
	if err != nil {
		return syntax(n.Line, "%s", err)
	}
	return nil
}

func taggedScalar(tag, value string) (any, error) {
	if tag == "!!str" {
		return value, nil
	}
	for want, k := range map[string]kind{"!!int": whole, "!!float": real, "!!bool": boolean, "!!null": null} {
		if tag == want && (resolve(value) == k || k == real && resolve(value) == whole) {
			if k == real {
				return parseFloat(value)
			}
			return plain(value)
		}
	}
	return nil, fmt.Errorf("the tag %s means nothing here", tag)
}

// unescaped is the value of a scalar in whose text surrogates are escaped.
func (r *reader) unescaped(made *Node, n *yaml.Node) (string, error) {
	body := r.text[made.start:made.end]
	var escapes []string
	for _, e := range bytesOf.FindAllString(body, -1) {
		if e != `\\` {
			escapes = append(escapes, e)
		}
	}
	oneLine := !strings.Contains(body, "\n") && n.Style&^yaml.SingleQuotedStyle == 0
	switch {
	case len(escapes) == 0:
		return n.Value, nil
	case oneLine && n.Style == 0:
		return body, nil
	case oneLine:
		return strings.ReplaceAll(body[1:len(body)-1], "''", "'"), nil
	case n.Style != yaml.DoubleQuotedStyle:
		return "", syntax(n.Line, "an escape like %s stands where none is read", escapes[0])
	}
	var value strings.Builder
	rest := n.Value
	for _, escape := range escapes {
		before, after, ok := strings.Cut(rest, "\ufffd")
		u, err := strconv.ParseUint(escape[2:], 16, 16)
		if !ok || err != nil || u < escapeByte+0x80 || u > escapeByte+0xFF {
			return "", syntax(n.Line, "%s stands for no byte", escape)
		}
		value.WriteString(before)
		value.WriteByte(byte(u - escapeByte))
		rest = after
	}
	if strings.Contains(rest, "\ufffd") {
		return "", syntax(n.Line, "a text has bytes that are no UTF-8 and U+FFFD")
	}
	return value.String() + rest, nil
}
