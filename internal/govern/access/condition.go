package access

import (
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// lists are the kinds whose lists have the fields of package policy.
var lists = []string{"experiment", "run", "logged-model", "model", "version"}

// isList reports whether an action asks for a list when it is asked on the workspace.
func isList(action string) bool {
	return slices.Contains([]string{"list", "search", "read"}, roles.VerbOf(action)) && slices.Contains(lists, listed(action))
}

// listed is the kind of what a list holds that an action asks for.
func listed(action string) string {
	if noun := roles.NounOf(action); noun != "metric" {
		return noun
	}
	return "run"
}

// condition is what who may see of the list that an action asks for. A list
// whose things no policy can tell apart is seen whole or not at all.
func (s *Service) condition(ctx context.Context, who participant, action string) (filter.Node, error) {
	kind := listed(action)
	if slices.Contains(lists, kind) {
		return s.conditionOn(ctx, who, action, kind)
	}
	if roles.NounOf(action) == "event" {
		return s.events(ctx, who, action)
	}
	if roles.NounOf(action) == "lineage" {
		return s.lineage(ctx, who, action)
	}
	all, err := s.whole(ctx, who, action)
	if err != nil || action != readAudit || !who.bound {
		return all, err
	}
	people, err := s.people(ctx, who)
	return policy.And(all, people), err
}

// conditionOn is what who may do an action on, of the things of a kind. It says
// what decide says of each that is there.
func (s *Service) conditionOn(ctx context.Context, who participant, action, kind string) (filter.Node, error) {
	if !who.scope.Lets(action) {
		return nil, fault.New(fault.Denied, "The scope of the token does not let %s through.", action)
	}
	if !who.bound {
		return filter.True{}, nil
	}
	role := s.shipped.Decide(roles.Question{Action: action, Here: who.role(), Everywhere: who.everywhere}).Allowed
	n := policy.Constant(role)
	if level, ok := grant.LevelOf(action); ok && who.role() != roles.Admin && !(role && !who.lesser) {
		g, err := who.granted()
		if err != nil {
			return nil, err
		}
		n = g.Node(kind, level, n)
	}
	if added := s.added(); added != nil {
		c := added.Condition(who.principal(), action, caller.Workspace(ctx), kind)
		n = policy.And(policy.Not(c.Forbid), policy.Or(c.Permit, n))
	}
	return n, nil
}
