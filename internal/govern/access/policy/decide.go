package policy

import (
	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
)

// Request is what is decided on.
type Request struct {
	Principal Principal
	Action    string
	Workspace string
	Resource  Resource
}

// Decision is what the policies of a set say together.
type Decision struct {
	Allowed bool
	// Policies are those that decided: the ones that forbid, else the ones that
	// permit; none where no policy applies, which denies.
	Policies []Policy
}

// Forbidden says that a policy forbids, whatever permits.
func (d Decision) Forbidden() bool { return !d.Allowed && len(d.Policies) > 0 }

// all gives the policies to Cedar by their ids.
func (s *Set) all() cedar.PolicyMap {
	m := make(cedar.PolicyMap, len(s.Policies))
	for _, p := range s.Policies {
		m[cedar.PolicyID(p.ID)] = p.cedar
	}
	return m
}

// entities of a request, and the request itself, as Cedar knows them.
func (s *Set) request(r Request) (types.EntityMap, cedar.Request) {
	entities := types.EntityMap{}
	asked := types.NewEntityUID(action, types.String(r.Action))
	var groups []types.EntityUID
	for _, g := range s.Vocabulary.Actions[r.Action] {
		groups = append(groups, types.NewEntityUID(action, types.String(g)))
	}
	entities[asked] = types.Entity{UID: asked, Parents: types.NewEntityUIDSet(groups...)}
	r.Resource.entities(r.Workspace, entities)
	who := r.Principal.entities(entities)
	return entities, cedar.Request{
		Principal: who, Action: asked, Resource: r.Resource.uid(),
		Context: types.NewRecord(types.RecordMap{"workspace": types.String(r.Workspace)}),
	}
}

// Decide asks Cedar's engine.
func (s *Set) Decide(r Request) Decision {
	entities, request := s.request(r)
	allowed, why := cedar.Authorize(s.all(), entities, request)
	d := Decision{Allowed: bool(allowed)}
	decided := map[string]bool{}
	for _, reason := range why.Reasons {
		decided[string(reason.PolicyID)] = true
	}
	for _, p := range s.Policies {
		if decided[p.ID] {
			d.Policies = append(d.Policies, p)
		}
	}
	return d
}
