package jinja

import (
	"slices"
	"strings"
)

// Access is a reading of an attribute.
type Access struct {
	Name     string // with Gap where a piece is not known; "" when nothing is
	Of       string // what it is read from, as far as it is a chain of names
	At       int    // byte of the template
	Way      Way
	Computed bool // the name is put together, not written
	Called   bool // what is read is called
}

// Way is how an attribute is read.
type Way uint8

// The ways.
const (
	ByDot    Way = iota // x.name
	ByKey               // x["name"]
	ByFilter            // x|attr("name")
	ByPath              // x|map(attribute="a.name") and its like
	ByFormat            // "{0.name}".format(x)
)

func (w Way) String() string {
	return [...]string{"by a dot", "by a key", "by the filter attr", "by a filter that takes a path", "by a format"}[w]
}

// Use is that of a free name.
type Use struct {
	Name   string
	At     int
	Called bool
	Of     string // the template that is loaded, where a constant names it
}

// Lure is text that is put out when what somebody wrote has a certain word.
type Lure struct {
	Word string
	Text string
	At   int
}

// Reach is what a template reaches.
type Reach struct {
	Accesses []Access
	Free     []Use
	Loads    []Use  // of other templates: import, from, include, extends
	Lures    []Lure //
	Loops    []Use  // over more than MostTurns numbers, or texts repeated so often
	Unfolded []Use  // accesses whose name is too large to be folded
}

// MostTurns is how many turns of a loop are told in Loops.
const MostTurns = 10_000_000

// Reaches looks through a template's tree.
func Reaches(body []*Node) Reach {
	s := &search{folder: newFolder(body), made: map[string]bool{}, called: map[*Node]bool{}}
	walk(body, s.learn)
	walk(body, s.node)
	return s.reach
}

type search struct {
	folder *folder
	made   map[string]bool // names that the template makes
	called map[*Node]bool  // callees
	reach  Reach
}

func (s *search) learn(n *Node) {
	switch {
	case n.Kind == Call:
		s.called[n.Kids[0]] = true
	case (n.Kind == Set || n.Kind == For) && n.Kids[0] != nil:
		walk(n.Kids[:1], func(t *Node) {
			if t.Kind == Name {
				s.made[t.Name] = true
			}
		})
	case n.Kind == Block && (n.Name == "macro" || n.Name == "block"):
		s.made[n.Kids[0].Name] = true
	}
}

func (s *search) node(n *Node) {
	switch n.Kind {
	case Attribute:
		s.access(n, n.Name, n.Kids[0], ByDot, false)
	case Item:
		for _, index := range n.Kids[1:] {
			if index != nil && index.Kind != Slice {
				s.named(n, index, n.Kids[0], ByKey)
			}
		}
	case Filter:
		s.filter(n)
	case Call:
		s.call(n)
	case Name:
		if !s.made[n.Name] {
			s.reach.Free = append(s.reach.Free, Use{Name: n.Name, At: n.At, Called: s.called[n]})
		}
	case Load:
		of, _ := n.Kids[0].Value.(string)
		s.reach.Loads = append(s.reach.Loads, Use{Name: n.Name, At: n.At, Of: of})
	case If:
		s.lure(n)
	case Binary:
		if times, ok := n.Kids[1].Value.(float64); ok && n.Name == "*" && times >= MostTurns {
			if _, text := n.Kids[0].Value.(string); text {
				s.reach.Loops = append(s.reach.Loops, Use{Name: "*", At: n.At})
			}
		}
	}
}

func (s *search) access(n *Node, name string, of *Node, way Way, computed bool) {
	s.reach.Accesses = append(s.reach.Accesses, Access{Name: name, Of: chain(of), At: n.At, Way: way, Computed: computed, Called: s.called[n]})
}

// named are the accesses whose name is an expression.
func (s *search) named(n, name, of *Node, way Way) {
	_, written := name.Value.(string)
	if name.Kind == Constant && !written {
		return // a number
	}
	names := texts(s.folder.whole(name))
	if written {
		names = []string{name.Value.(string)}
	}
	for _, text := range names {
		if text == lost {
			s.reach.Unfolded = append(s.reach.Unfolded, Use{Name: chain(of), At: n.At})
			continue
		}
		if text == Gap {
			if text = ""; way == ByKey {
				continue
			}
		}
		s.access(n, text, of, way, !written)
	}
}

// pathFilters take the path of an attribute, at the place of its argument that
// is no keyword; -1 where only a keyword has it.
func pathArgument(filter string) (int, bool) {
	switch filter {
	case "groupby", "selectattr", "rejectattr", "sum":
		return 0, true
	case "map", "sort", "unique", "min", "max", "join":
		return -1, true
	}
	return 0, false
}

func (s *search) filter(n *Node) {
	arguments := n.Kids[1:]
	if n.Name == "attr" && len(arguments) > 0 {
		s.named(n, value(arguments[0]), n.Kids[0], ByFilter)
	}
	at, takes := pathArgument(n.Name)
	for i, a := range arguments {
		if !takes || a.Kind == Keyword && a.Name != "attribute" || a.Kind != Keyword && i != at {
			continue
		}
		for _, text := range texts(s.folder.whole(value(a))) {
			if text == Gap || text == lost {
				continue // an index, or a name like any key
			}
			for _, part := range strings.Split(text, ".") {
				s.access(n, part, n.Kids[0], ByPath, false)
			}
		}
	}
	if first := s.first(arguments); n.Name == "map" && first == "attr" && len(arguments) > 1 {
		s.named(n, value(arguments[1]), n.Kids[0], ByFilter)
	}
}

func (s *search) first(arguments []*Node) string {
	if len(arguments) == 0 || arguments[0].Kind == Keyword {
		return ""
	}
	return texts(s.folder.whole(arguments[0]))[0]
}

func value(argument *Node) *Node {
	if argument.Kind == Keyword {
		return argument.Kids[0]
	}
	return argument
}

func (s *search) call(n *Node) {
	callee := n.Kids[0]
	if callee.Kind == Attribute && (callee.Name == "format" || callee.Name == "format_map") {
		for _, text := range texts(s.folder.whole(callee.Kids[0])) {
			for _, name := range fields(text) {
				s.access(n, name, callee.Kids[0], ByFormat, false)
			}
		}
	}
	if callee.Kind == Name && callee.Name == "range" {
		for _, a := range n.Kids[1:] {
			if v, ok := value(a).Value.(float64); ok && v >= MostTurns {
				s.reach.Loops = append(s.reach.Loops, Use{Name: "range", At: n.At})
			}
		}
	}
}

// fields are the attributes and keys that a format's fields read.
func fields(format string) []string {
	var all []string
	for {
		_, rest, ok := strings.Cut(format, "{")
		field, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			return all
		}
		field, _, _ = strings.Cut(field, ":")
		parts := strings.FieldsFunc(field, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
		if len(parts) > 1 {
			all = append(all, parts[1:]...)
		}
		format = after
	}
}

// chain is how an expression reads, as far as it is names, attributes and calls.
func chain(n *Node) string {
	text := ""
	for n != nil && len(text) < 200 {
		switch n.Kind {
		case Name:
			return n.Name + text
		case Attribute:
			text = "." + n.Name + text
		case Item:
			text = "[…]" + text
		case Call:
			text = "()" + text
		case Filter:
			text = "|" + n.Name + text
		case Constant:
			return "constant" + text
		default:
			return "(…)" + text
		}
		n = n.Kids[0]
	}
	return text
}

// Bounds of a lure: words of text, and letters of the word that brings it out.
const (
	lureWords   = 5
	lureLetters = 3
)

// lure looks for "if a word is in a message, put out this text".
func (s *search) lure(n *Node) {
	word := ""
	walk(n.Kids[:1], func(t *Node) {
		switch {
		case t.Kind == Binary && t.Name == "in" && written(t.Kids[1]):
			if w, ok := t.Kids[0].Value.(string); ok && ordinary(w) {
				word = w
			}
		case t.Kind == Call && t.Kids[0].Kind == Attribute && len(t.Kids) == 2 && written(t.Kids[0].Kids[0]) &&
			slices.Contains([]string{"startswith", "endswith", "find", "count", "index"}, t.Kids[0].Name):
			if w, ok := t.Kids[1].Value.(string); ok && ordinary(w) {
				word = w
			}
		}
	})
	if word == "" {
		return
	}
	var text strings.Builder
	walk(n.Body, func(t *Node) {
		if text.Len() > mostFolded {
			return
		}
		if v, ok := t.Value.(string); ok && t.Kind == Constant {
			text.WriteString(" " + v)
		}
		text.WriteString(t.Text)
	})
	if words(text.String()) >= lureWords {
		s.reach.Lures = append(s.reach.Lures, Lure{Word: word, Text: strings.Join(strings.Fields(text.String()), " "), At: n.At})
	}
}

// written reports whether an expression is what somebody wrote: the content of a
// message, whatever is done to it.
func written(n *Node) bool {
	for n != nil && len(n.Kids) > 0 && (n.Kind == Attribute || n.Kind == Item || n.Kind == Filter || n.Kind == Call) {
		name := n.Name
		if n.Kind == Item && len(n.Kids) > 1 && n.Kids[1] != nil {
			name, _ = n.Kids[1].Value.(string)
		}
		if name == "content" || name == "text" {
			return true
		}
		n = n.Kids[0]
	}
	return n != nil && n.Kind == Name && (n.Name == "content" || n.Name == "prompt" || n.Name == "user_message")
}

// ordinary reports whether a text is of a language and not a mark: letters, and
// spaces between them.
func ordinary(word string) bool {
	letters := 0
	for _, r := range word {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0x7f:
			letters++
		case r != ' ' && r != '-' && r != '\'' && r != '.' && r != ',' && r != '?' && r != '!':
			return false
		}
	}
	return letters >= lureLetters
}

// words counts those that are letters alone.
func words(text string) int {
	n := 0
	for _, w := range strings.Fields(text) {
		if w = strings.Trim(w, ".,;:!?'\"()"); ordinary(w) || len(w) > 1 && w == strings.ToLower(w) && ordinary(w+"xx") {
			n++
		}
	}
	return n
}

// walk visits all nodes, the outer ones first.
func walk(nodes []*Node, visit func(*Node)) {
	for _, n := range nodes {
		if n == nil {
			continue
		}
		visit(n)
		walk(n.Kids, visit)
		walk(n.Body, visit)
		walk(n.Else, visit)
	}
}
