package access

import (
	_ "embed" // the shipped policies
	"sync"

	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
)

// shippedSource names the shipped policies where a policy is told with its place.
const shippedSource = "policies.cedar"

//go:embed policies.cedar
var shippedText string

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
	self, other := urn.New("user", "a"), urn.New("user", "b")
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
