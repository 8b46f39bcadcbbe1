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

// events is the condition over events: who may not read everything sees what
// they did themselves, and what happened to things they may read: to all of a
// kind that they may read all of, and to those that a grant names.
func (s *Service) events(ctx context.Context, who standing, action string) (filter.Node, error) {
	all, err := s.whole(ctx, who, action)
	if err != nil || !who.bound || all != (filter.Node)(filter.True{}) || s.added() == nil && who.grants == nil {
		return all, err
	}
	g, err := who.granted()
	if err != nil {
		return nil, err
	}
	seen := []filter.Node{filter.Compare{Field: actorField, Op: filter.Eq, Values: []any{who.actor.String()}}}
	everything := true
	for subject, kinds := range map[string][]string{
		"tacit:experiment/": {"experiment"}, "tacit:run/": {"run"}, "tacit:logged-model/": {"logged-model"}, "tacit:model/": {"model", "version"},
	} {
		whole := true
		for _, kind := range kinds {
			n, err := s.conditionOn(ctx, who, kind+".read", kind)
			if err != nil {
				return nil, err
			}
			whole = whole && n == (filter.Node)(filter.True{})
		}
		if everything = everything && whole; whole {
			seen = append(seen, begins(subject))
		}
	}
	if everything {
		return filter.True{}, nil
	}
	return policy.Or(append(seen, s.grantedSubjects(ctx, who, g)...)...), nil
}

// grantedSubjects are the events about the things that grants name.
func (s *Service) grantedSubjects(ctx context.Context, who standing, g grants) []filter.Node {
	var exact []string
	var seen []filter.Node
	for key := range g {
		if key.object == AnyObject || s.Facts == nil {
			continue
		}
		subject := urn.New(key.kind, key.object)
		v, err := s.decide(ctx, who, key.kind+".read", subject)
		if err != nil || !v.Allowed {
			continue
		}
		if exact = append(exact, subject.String()); key.kind == "model" {
			seen = append(seen, begins(subject.String()+"/"))
		}
	}
	return append(seen, among(subjectField, exact))
}

// begins is the condition that an event's subject begins so; the text ends with
// a slash, behind which comes the digit 0.
func begins(prefix string) filter.Node {
	end := prefix[:len(prefix)-1] + "0"
	return filter.And{
		filter.Compare{Field: subjectField, Op: filter.Ge, Values: []any{prefix}}, filter.Compare{Field: subjectField, Op: filter.Lt, Values: []any{end}},
	}
}
