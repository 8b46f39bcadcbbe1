package access

import (
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
)

// whole is all or nothing: what a policy, the role or a part in the workspace
// says of the list itself.
func (s *Service) whole(ctx context.Context, who participant, action string) (filter.Node, error) {
	g, err := who.granted()
	if err != nil {
		return nil, err
	}
	byRole := s.byRole(who, action, urn.URN{})
	if !who.scope.Lets(action) {
		return filter.False{}, nil
	}
	if !who.bound {
		return filter.True{}, nil
	}
	workspace := caller.Workspace(ctx)
	v := decideOn(s.added(), g, policy.Request{
		Principal: who.principal(), Action: action, Workspace: workspace, Resource: policy.Named(urn.URN{}, workspace),
	}, byRole)
	return policy.Constant(v.Allowed), nil
}

// Fields of events that a condition compares.
var (
	verbField    = filter.Field{Entity: "attribute", Key: "verb"}
	actorField   = filter.Field{Entity: "attribute", Key: "actor"}
	subjectField = filter.Field{Entity: "attribute", Key: "subject"}
)

// subjectsOfKinds is how the subjects of events about things of kinds begin.
type subjectsOfKinds struct {
	prefix string
	kinds  []string
}

// subjects are the beginnings of the subjects of events, with the kinds that have
// such a URN.
var subjects = []subjectsOfKinds{
	{"tacit:experiment/", []string{"experiment"}}, {"tacit:run/", []string{"run"}},
	{"tacit:logged-model/", []string{"logged-model"}}, {"tacit:model/", []string{"model", "version"}},
}

// events is the condition over events: who may not read everything sees what
// they did themselves, and what happened to experiments, runs, logged models,
// models and versions that they may read, as far as those are still there. Of
// people only those are told of that concern the reader.
func (s *Service) events(ctx context.Context, who participant, action string) (filter.Node, error) {
	all, err := s.whole(ctx, who, action)
	if err != nil || !who.bound || all != (filter.Node)(filter.True{}) {
		return all, err
	}
	things, err := s.things(ctx, who)
	if err != nil {
		return nil, err
	}
	people, err := s.people(ctx, who)
	return policy.And(things, people), err
}

// things is the condition over events that they are the reader's own, or about
// what the reader may read.
func (s *Service) things(ctx context.Context, who participant) (filter.Node, error) {
	if everything, err := s.readsAll(ctx, who); err != nil || everything {
		return filter.True{}, err
	}
	own, err := s.own(ctx, who)
	if err != nil {
		return nil, err
	}
	seen := []filter.Node{own}
	for _, of := range subjects {
		n, err := s.subjectsOf(ctx, who, of.kinds)
		if err != nil {
			return nil, err
		}
		seen = append(seen, policy.And(begins(subjectField, of.prefix), n))
	}
	if who.scope.Lets("account.read") {
		// What a grant is on may be what it hides.
		aboutOne, err := s.ofAccount(ctx, who, subjectField)
		if err != nil {
			return nil, err
		}
		grants := filter.Compare{Field: verbField, Op: filter.Eq, Values: []any{"access.grant.changed"}}
		seen = append(seen, policy.And(aboutOne, policy.Not(grants)))
	}
	return policy.Or(seen...), nil
}

// own is the condition over events that who did them, to things whose reading the
// scope lets through.
func (s *Service) own(ctx context.Context, who participant) (filter.Node, error) {
	did, err := s.ofAccount(ctx, who, actorField)
	if err != nil {
		return nil, err
	}
	seen := []filter.Node{did}
	for _, of := range append(slices.Clone(subjects), subjectsOfKinds{"tacit:artifact/", []string{"artifact"}}) {
		if !slices.ContainsFunc(of.kinds, func(kind string) bool { return who.scope.Lets(kind + ".read") }) {
			seen = append(seen, policy.Not(begins(subjectField, of.prefix)))
		}
	}
	return policy.And(seen...), nil
}

// subjectsOf is the condition over events about things of kinds that who may read.
func (s *Service) subjectsOf(ctx context.Context, who participant, kinds []string) (filter.Node, error) {
	conditions, whole := make([]filter.Node, len(kinds)), true
	for i, kind := range kinds {
		n := filter.Node(filter.False{})
		if read := kind + ".read"; who.scope.Lets(read) {
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

// begins is the condition that a field begins so. The text ends with an ASCII
// sign, and what stands below the sign that follows it begins so.
func begins(field filter.Field, prefix string) filter.Node {
	last := len(prefix) - 1
	end := prefix[:last] + string(prefix[last]+1)
	return filter.And{
		filter.Compare{Field: field, Op: filter.Ge, Values: []any{prefix}}, filter.Compare{Field: field, Op: filter.Lt, Values: []any{end}},
	}
}
