package access

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
		group := string(n.role)
		if n.everywhere {
			group = "installation"
		}
		groups := []string{group, nounOf(action)}
		if n.own {
			groups = append(groups, "own")
		}
		v.Actions[action] = groups
	}
	return v
}

func nounOf(action string) string {
	noun, _, _ := strings.Cut(action, ".")
	return noun
}

func verbOf(action string) string {
	_, verb, _ := strings.Cut(action, ".")
	return verb
}

// roleQuestion is all that the shipped policies look at.
type roleQuestion struct {
	action           string
	here, everywhere Role
	own              bool // the object is the actor itself
}

// shipped decides by the shipped policies, and remembers what they said: they
// do not change, and roles and actions are few.
type shipped struct {
	set  *policy.Set
	said sync.Map // roleQuestion → policy.Decision
}

func newShipped() *shipped {
	set, err := policy.Parse(shippedSource, shippedText, Vocabulary())
	if err != nil {
		panic(err) // the text is compiled in
	}
	return &shipped{set: set}
}

func (s *shipped) decide(q roleQuestion) policy.Decision {
	if !Known(q.action) {
		q.action = "installation.update" // takes the most
	}
	if d, ok := s.said.Load(q); ok {
		return d.(policy.Decision)
	}
	self, other := urn.New(string(KindUser), "a"), urn.New(string(KindUser), "b")
	if q.own {
		other = self
	}
	d := s.set.Decide(policy.Request{
		Principal: policy.Principal{URN: self, Role: string(q.here), Everywhere: string(q.everywhere)}, Action: q.action,
		Resource: policy.Named(other, ""),
	})
	s.said.Store(q, d)
	return d
}
