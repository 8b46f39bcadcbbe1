package access

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
)

var timeField = filter.Field{Entity: "attribute", Key: "time"}

// ofAccount is the condition over events that one of fields names who, and that they
// happened since the account was made: the same name may have been another's before.
func (s *Service) ofAccount(ctx context.Context, who participant, fields ...filter.Field) (filter.Node, error) {
	account, err := find(ctx, s.DB.Read(), who.actor)
	if fault.Is(err, fault.NotFound) { // deleted since the request began
		return filter.False{}, nil
	}
	if err != nil {
		return nil, err
	}
	named := make([]filter.Node, len(fields))
	for i, f := range fields {
		named[i] = filter.Compare{Field: f, Op: filter.Eq, Values: []any{who.actor.String()}}
	}
	since := filter.Compare{Field: timeField, Op: filter.Ge, Values: []any{at(account.created).UnixMicro()}}
	return policy.And(since, policy.Or(named...)), nil
}
