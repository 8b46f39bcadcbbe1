package access

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
)

// whole is all or nothing: what a policy, the role or a part in the workspace
// says of the list itself.
func (s *Service) whole(ctx context.Context, who standing, action string) (filter.Node, error) {
	g, err := who.granted()
	if err != nil {
		return nil, err
	}
	byRole := s.byRole(who, action, urn.URN{})
	if !who.scope.lets(action) {
		return filter.False{}, nil
	}
	if !who.bound {
		return filter.True{}, nil
	}
	workspace := caller.Workspace(ctx)
	v := decideOn(s.added(), g, policy.Request{
		Principal: who.principal(), Action: action, Workspace: workspace, Resource: policy.Named(urn.URN{}, workspace),
	}, byRole)
	return constant(v.Allowed), nil
}

// Fields of events that a condition compares.
var (
	actorField   = filter.Field{Entity: "attribute", Key: "actor"}
	subjectField = filter.Field{Entity: "attribute", Key: "subject"}
)

// subjects are the beginnings of the subjects of events, with the kinds that have
// such a URN.
var subjects = []struct {
	prefix string
	kinds  []string
}{
	{"tacit:experiment/", []string{"experiment"}}, {"tacit:run/", []string{"run"}},
	{"tacit:logged-model/", []string{"logged-model"}}, {"tacit:model/", []string{"model", "version"}},
}

// events is the condition over events: who may not read everything sees what
// they did themselves, and what happened to experiments, runs, logged models,
// models and versions that they may read, as far as those are still there.
func (s *Service) events(ctx context.Context, who standing, action string) (filter.Node, error) {
	all, err := s.whole(ctx, who, action)
	if err != nil || !who.bound || all != (filter.Node)(filter.True{}) || s.added() == nil && who.grants == nil {
		return all, err
	}
	if everything, err := s.readsAll(ctx, who); err != nil || everything {
		return filter.True{}, err
	}
	seen := []filter.Node{filter.Compare{Field: actorField, Op: filter.Eq, Values: []any{who.actor.String()}}}
	for _, of := range subjects {
		n, err := s.subjectsOf(ctx, who, of.kinds)
		if err != nil {
			return nil, err
		}
		seen = append(seen, policy.And(begins(of.prefix), n))
	}
	return policy.Or(seen...), nil
}

// subjectsOf is the condition over events about things of kinds that who may read.
func (s *Service) subjectsOf(ctx context.Context, who standing, kinds []string) (filter.Node, error) {
	conditions, whole := make([]filter.Node, len(kinds)), true
	for i, kind := range kinds {
		n := filter.Node(filter.False{})
		if read := kind + ".read"; who.scope.lets(read) {
			var err error
			if n, err = s.conditionOn(ctx, who, read, kind); err != nil {
				return nil, err
			}
		}
		conditions[i], whole = n, whole && n == (filter.Node)(filter.True{})
	}
	if whole {
		return filter.True{}, nil
	}
	for i, n := range conditions {
		if n == (filter.Node)(filter.False{}) || s.Subjects == nil {
			conditions[i] = filter.False{}
			continue
		}
		var err error
		if conditions[i], err = s.Subjects(ctx, kinds[i], n); err != nil {
			return nil, err
		}
	}
	return policy.Or(conditions...), nil
}

// begins is the condition that an event's subject begins so; the text ends with
// a slash, behind which comes the digit 0.
func begins(prefix string) filter.Node {
	end := prefix[:len(prefix)-1] + "0"
	return filter.And{
		filter.Compare{Field: subjectField, Op: filter.Ge, Values: []any{prefix}}, filter.Compare{Field: subjectField, Op: filter.Lt, Values: []any{end}},
	}
}
