package access

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// Effective is the greatest level all of whose actions a user or service may do
// on an object of the caller's workspace, by all that decides: policies, grants
// and the role. On kinds that nothing is kept of it is the level of the nearest
// grant. fault.NotFound when there is no such principal.
func (s *Service) Effective(ctx context.Context, principal urn.URN, kind, object string) (_ grant.Level, err error) {
	defer fault.Wrap(&err, "access.Effective(%s, %s, %s)", principal, kind, object)
	if _, err := find(ctx, s.DB.Read(), principal); err != nil {
		return grant.NoPermissions, err
	}
	who, err := s.participantIn(ctx, principal)
	if err != nil {
		return grant.NoPermissions, err
	}
	if who.role() == roles.Admin {
		return grant.Manage, nil
	}
	g, err := who.granted()
	if err != nil {
		return grant.NoPermissions, err
	}
	near, ok := g.Nearest(policy.Resource{Kind: kind, ID: object})
	if !grant.Decides(kind) {
		if !ok {
			return grant.NoPermissions, nil
		}
		return near.Level, nil
	}
	have, err := grant.Greatest(func(verb string) (bool, error) {
		v, err := s.decide(ctx, who, kind+"."+verb, grant.ObjectNamed(kind, object))
		return v.Allowed, err
	})
	return atLeast(have, near.Level), err
}

// atLeast is Use where that is granted and what Read may is what came out:
// there is no action between them.
func atLeast(have, granted grant.Level) grant.Level {
	if have == grant.Read && granted == grant.Use {
		return grant.Use
	}
	return have
}
