package access

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// Made gives whoever makes an object MANAGE on it, inside the transaction that
// makes it, as MLflow does: they may delete it, and grant it to others. Nothing
// is granted where all of that is theirs already, by the role admin or by a grant
// on all of the kind or on the workspace; nor where nobody signed in.
func (s *Service) Made(ctx context.Context, tx *rows.Tx, kind, object string) error {
	who, err := s.participantOf(ctx)
	if err != nil || !who.bound || who.role() == roles.Admin {
		return err
	}
	g, err := who.granted()
	if err != nil {
		return err
	}
	if near, ok := g.Nearest(policy.Resource{Kind: kind, ID: object}); ok && near.Level == grant.Manage {
		return nil
	}
	return s.keepGrant(ctx, tx, grant.Grant{Principal: who.actor, Kind: kind, Object: object, Level: grant.Manage})
}
