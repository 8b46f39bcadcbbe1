package access

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
)

// LetsIn reports whether the caller in ctx may do an action on an object of a
// workspace, theirs or another, "" for one that is in none. It tells nobody of what
// it refuses, and takes the same statements whatever the caller is there and whether
// the object is there or not, unless nothing binds the caller.
func (s *Service) LetsIn(ctx context.Context, workspace, action string, object urn.URN) (bool, error) {
	who, err := s.participantOf(ctx)
	if err != nil {
		return false, err
	}
	if !who.scope.Lets(action) {
		return false, nil
	}
	if !who.bound {
		return workspace != "", nil
	}
	ctx = within(ctx, workspace)
	there, err := s.participantElsewhere(ctx, who)
	if err != nil {
		return false, err
	}
	given, err := rows.Collect(ctx, s.DB.Read(), scanGrant, selectGrantsHere, workspace, who.actor.String())
	if err != nil {
		return false, err
	}
	there.grants = func() (grant.Set, error) { return grant.Gather(given), nil }
	v, err := s.decideAbout(ctx, there, action, object, s.byRole(there, action, object))
	return workspace != "" && v.Allowed, err
}
