package policy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Limits of what is read.
const (
	MaxText     = 256 << 10 // bytes of one text
	MaxPolicies = 1000      // of a set
	maxDepth    = 100       // of brackets in one text
)

// Vocabulary is what policies can say.
type Vocabulary struct {
	Actions map[string][]string // every action, with the groups it is in
}

func (v Vocabulary) isGroup(name string) bool {
	for _, groups := range v.Actions {
		if slices.Contains(groups, name) {
			return true
		}
	}
	return false
}

// Policy is one policy of a set.
type Policy struct {
	ID          string // its @id, else source:line
	Description string // its @description
	Source      string // where it was read: a file's name
	Line        int    // in the source, from 1
	Forbids     bool
	Text        string // as written

	cedar *cedar.Policy
	tree  *ast.Policy
}

// Moved is the policy where its text stands at another line of the source. One
// that is called after its place is called after the new one.
func (p Policy) Moved(line int) Policy {
	unnamed := p.ID == p.place()
	if p.Line = line; unnamed {
		p.ID = p.place()
	}
	return p
}

func (p Policy) place() string { return fmt.Sprintf("%s:%d", p.Source, p.Line) }

// Set is policies in force together.
type Set struct {
	Vocabulary Vocabulary
	Policies   []Policy // in the order they were read
}

// Place is what is wrong with a text, and where.
type Place struct {
	Source       string
	Line, Column int // from 1
	Text, Hint   string
	Written      string // the line itself
}

// At is the place in parts, for whoever knows where the source itself stands.
func (p *Place) At() (source string, line, column int, text, hint, written string) {
	return p.Source, p.Line, p.Column, p.Text, p.Hint, p.Written
}

// Error is source:line:column: text.
func (p *Place) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.Source, p.Line, p.Column, p.Text)
}

// Unwrap makes it a fault.
func (p *Place) Unwrap() error {
	return &fault.Error{Kind: fault.Invalid, Message: p.Error(), Hint: p.Hint}
}

// Parse reads policies of Cedar text. Its error is a *Place, fault.Invalid.
func Parse(source, text string, v Vocabulary) (*Set, error) {
	s, err := parse(source, text, v)
	var at *Place
	if errors.As(err, &at) {
		if lines := strings.Split(text, "\n"); at.Line <= len(lines) {
			at.Written = strings.TrimRight(lines[at.Line-1], "\r")
		}
	}
	return s, err
}

func parse(source, text string, v Vocabulary) (*Set, error) {
	if len(text) > MaxText {
		return nil, &Place{Source: source, Line: 1, Column: 1, Text: fmt.Sprintf("the text has more than %d bytes", MaxText), Hint: "part it"}
	}
	tokens, err := scan(source, text)
	if err != nil {
		return nil, err
	}
	list, err := cedar.NewPolicyListFromBytes(source, []byte(text))
	if err != nil {
		return nil, syntax(source, tokens, err)
	}
	s := &Set{Vocabulary: v}
	for i, p := range list {
		begin, end := p.Position().Offset, len(text)
		if i+1 < len(list) {
			end = list[i+1].Position().Offset
		}
		if begin < 0 || begin > end {
			return nil, &Place{Source: source, Line: 1, Column: 1, Text: "the text cannot be followed"}
		}
		one := Policy{
			ID: string(p.Annotations()["id"]), Description: string(p.Annotations()["description"]), Source: source,
			Line: p.Position().Line, Forbids: p.Effect() == cedar.Forbid, Text: ownText(tokens, text, begin, end),
			cedar: p, tree: (*ast.Policy)(p.AST()),
		}
		if one.ID == "" {
			one.ID = one.place()
		}
		c := checker{v: v, source: source, tokens: within(tokens, begin, end)}
		if err := c.policy(one.tree); err != nil {
			return nil, err
		}
		s.Policies = append(s.Policies, one)
	}
	return s, s.unique()
}

// unique refuses an id that stands for two policies, and too many of them.
func (s *Set) unique() error {
	if len(s.Policies) > MaxPolicies {
		last := s.Policies[MaxPolicies]
		return &Place{Source: last.Source, Line: last.Line, Column: 1, Text: fmt.Sprintf("there are more than %d policies", MaxPolicies)}
	}
	seen := map[string]Policy{}
	for _, p := range s.Policies {
		if before, ok := seen[p.ID]; ok {
			return &Place{
				Source: p.Source, Line: p.Line, Column: 1, Text: fmt.Sprintf("the id %q is taken by the policy at %s:%d", p.ID, before.Source, before.Line),
				Hint: "give each policy an @id of its own",
			}
		}
		seen[p.ID] = p
	}
	return nil
}

// Join makes one set of several. An id that stands for two policies is refused.
func Join(v Vocabulary, sets ...*Set) (*Set, error) {
	all := &Set{Vocabulary: v}
	for _, s := range sets {
		if s != nil {
			all.Policies = append(all.Policies, s.Policies...)
		}
	}
	return all, all.unique()
}

// What the parser says: the place behind the word it does not take, and which it wanted.
var (
	position = regexp.MustCompile(`(\d+):(\d+)(?: ".*?")?: (.*)$`)
	wanted   = regexp.MustCompile(`^exact got (.*) want (.*)$`)
)

// syntax is the parser's error with its place.
func syntax(source string, tokens []token, err error) error {
	const hint = "policies are written in Cedar: permit (principal, action, resource) when { … };"
	for errors.Unwrap(err) != nil && !position.MatchString(err.Error()) {
		err = errors.Unwrap(err)
	}
	m := position.FindStringSubmatch(err.Error())
	if m == nil {
		return &Place{Source: source, Line: 1, Column: 1, Text: strings.TrimSuffix(err.Error(), "."), Hint: hint}
	}
	line, _ := strconv.Atoi(m[1])
	column, _ := strconv.Atoi(m[2])
	said := m[3]
	if w := wanted.FindStringSubmatch(said); w != nil {
		said = fmt.Sprintf("%q is not expected here, but %q", w[1], w[2])
		if at := slices.IndexFunc(tokens, func(t token) bool { return t.line > line || t.line == line && t.column >= column }); at > 0 && tokens[at-1].text == w[1] {
			line, column = tokens[at-1].line, tokens[at-1].column
		}
	}
	return &Place{Source: source, Line: max(line, 1), Column: max(column, 1), Text: said, Hint: hint}
}
