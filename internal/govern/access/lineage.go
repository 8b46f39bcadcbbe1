package access

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
)

// Fields of nodes of lineage that a condition compares.
var (
	nodeField = filter.Field{Entity: "attribute", Key: "urn"}
	kindField = filter.Field{Entity: "attribute", Key: "kind"}
)

// lineage is the condition over nodes of lineage: people and services are things of
// it for who may list the people of the workspace, and each for themselves. To others
// they are told as the actors of what they made, and by no way of their own.
func (s *Service) lineage(ctx context.Context, who participant, action string) (filter.Node, error) {
	all, err := s.whole(ctx, who, action)
	if err != nil || !who.bound {
		return all, err
	}
	if may, err := s.may(ctx, who, "user.list"); err != nil || may {
		return all, err
	}
	is := func(f filter.Field, value string) filter.Node {
		return filter.Compare{Field: f, Op: filter.Eq, Values: []any{value}}
	}
	seen := []filter.Node{policy.Not(policy.Or(is(kindField, "user"), is(kindField, "service")))}
	if who.scope.Lets("account.read") {
		seen = append(seen, is(nodeField, who.actor.String()))
	}
	return policy.And(all, policy.Or(seen...)), nil
}
