package roles

import (
	_ "embed" // the shipped policies
	"strings"
	"sync"

	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
)

// shippedSource names the shipped policies where a policy is told with its place.
const shippedSource = "policies.cedar"

//go:embed policies.cedar
var shippedText string

// Vocabulary is the actions that there are, each in the group of the least role
// that may do it, or in installation; in own where anybody may do it on
// themselves; and in that of its noun.
func Vocabulary() policy.Vocabulary {
	v := policy.Vocabulary{Actions: map[string][]string{}}
	for action, n := range least {
		group := string(n.Role)
		if n.Everywhere {
			group = "installation"
		}
		groups := []string{group, NounOf(action)}
		if n.Own {
			groups = append(groups, "own")
		}
		v.Actions[action] = groups
	}
	return v
}

// NounOf is the noun of an action: run of run.update.
func NounOf(action string) string {
	noun, _, _ := strings.Cut(action, ".")
	return noun
}

// VerbOf is the verb of an action: update of run.update.
func VerbOf(action string) string {
	_, verb, _ := strings.Cut(action, ".")
	return verb
}

// Question is all that the shipped policies look at.
type Question struct {
	Action           string
	Here, Everywhere Role
	Own              bool // the object is the actor itself
}

// Shipped decides by the shipped policies, and remembers what they said: they
// do not change, and roles and actions are few.
type Shipped struct {
	Set  *policy.Set
	said sync.Map // Question → policy.Decision
}

// NewShipped reads the shipped policies.
func NewShipped() *Shipped {
	set, err := policy.Parse(shippedSource, shippedText, Vocabulary())
	if err != nil {
		panic(err) // the text is compiled in
	}
	return &Shipped{Set: set}
}

// Decide says what the shipped policies say.
func (s *Shipped) Decide(q Question) policy.Decision {
	if !Known(q.Action) {
		q.Action = "installation.update" // takes the most
	}
	if d, ok := s.said.Load(q); ok {
		return d.(policy.Decision)
	}
	self, other := urn.New("user", "a"), urn.New("user", "b")
	if q.Own {
		other = self
	}
	d := s.Set.Decide(policy.Request{
		Principal: policy.Principal{URN: self, Role: string(q.Here), Everywhere: string(q.Everywhere)}, Action: q.Action,
		Resource: policy.Named(other, ""),
	})
	s.said.Store(q, d)
	return d
}
