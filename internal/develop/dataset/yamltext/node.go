package yamltext

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
)

// Node is a value and where it stands.
type Node struct {
	Line, Column int // of its first character, from 1
	Value        any // of a scalar

	Entries []Entry // of a map, in the order of the text
	Items   []*Node // of a list
	kind    shape

	start, end int  // bytes of the text
	indent     int  // column of a block collection, from 0
	whole      bool // is replaced as a whole, if at all: flow style, aliases, anchors, tags
}

// Entry is a key and its value. What a map takes from another by "<<" is there
// as if it had been written.
type Entry struct {
	Key, Node *Node
	colon     int // byte behind the colon, -1 where there is none to be seen
}

type shape uint8

const (
	scalar shape = iota
	mapping
	list
)

// IsMap and IsList say what a node is that is no scalar.
func (n *Node) IsMap() bool  { return n.kind == mapping }
func (n *Node) IsList() bool { return n.kind == list }

// Get is the node of a string key, nil where there is none.
func (n *Node) Get(key string) *Node {
	for _, e := range n.Entries {
		if e.Key.Value == any(key) {
			return e.Node
		}
	}
	return nil
}

// Plain is the value without its places.
func (n *Node) Plain() any {
	switch n.kind {
	case mapping:
		m := make(pyjson.Map, 0, len(n.Entries))
		for _, e := range n.Entries {
			m = append(m, pyjson.Member{Key: e.Key.Value, Value: e.Node.Plain()})
		}
		return m
	case list:
		all := make([]any, 0, len(n.Items))
		for _, i := range n.Items {
			all = append(all, i.Plain())
		}
		return all
	}
	return n.Value
}

// SyntaxError is a text that is not the YAML of one document.
type SyntaxError struct {
	Line    int // from 1, 0 where it is not known
	Problem string
	// Conflict says that the text has the marks that git leaves where it could
	// not merge.
	Conflict bool
}

func (e *SyntaxError) Error() string {
	where := ""
	if e.Line > 0 {
		where = fmt.Sprintf("line %d: ", e.Line)
	}
	return where + e.Problem
}

func syntax(line int, format string, args ...any) error {
	return &SyntaxError{Line: line, Problem: fmt.Sprintf(format, args...)}
}

// source is the text with the places of its lines.
type source struct {
	text  string
	lines []int // byte at which each begins
}

func newSource(text string) *source {
	s := &source{text: text, lines: []int{0}}
	for i, r := range text {
		switch r {
		case '\n', '\u0085', '\u2028', '\u2029':
			s.lines = append(s.lines, i+utf8.RuneLen(r))
		case '\r':
			if i+1 == len(text) || text[i+1] != '\n' {
				s.lines = append(s.lines, i+1)
			}
		}
	}
	return s
}

// offset is the byte at a line and column, both from 1, the column in characters.
func (s *source) offset(line, column int) int {
	if line < 1 || line > len(s.lines) {
		return len(s.text)
	}
	at := s.lines[line-1]
	for range column - 1 {
		if at >= len(s.text) {
			break
		}
		_, n := utf8.DecodeRuneInString(s.text[at:])
		at += n
	}
	return at
}

// lineEnd is the byte behind the end of the line that holds at.
func (s *source) lineEnd(at int) int {
	if i := strings.IndexByte(s.text[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(s.text)
}

// lineStart is the byte at which the line begins that holds at.
func (s *source) lineStart(at int) int { return strings.LastIndexByte(s.text[:at], '\n') + 1 }

// columnOf is the column of a byte, from 0.
func (s *source) columnOf(at int) int {
	return utf8.RuneCountInString(s.text[s.lineStart(at):at])
}
