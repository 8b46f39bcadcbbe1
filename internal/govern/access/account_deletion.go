package access

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// left are the statements that take away all that is kept of a principal, in
// their order: tokens before the sessions they are found by.
var left = []string{deleteCookiesOf, deleteBearersOf, deleteRefreshesOf, deleteSessionsOf, deleteTokensOf, deleteRolesOf, deleteMappedOf, deleteAllGrantsOf, deleteMemberships}

// leftOfUser are those of what is kept by the name of a user: what providers
// call the person, and invitations.
var leftOfUser = []string{deleteIdentitiesOf, deleteInvitations}

// Delete takes a user or a service out: its sessions and tokens end, and the tokens
// that it made for others; its roles and grants are gone, a user's links to providers and invitations as well, and its
// name may be given again, to somebody who gets nothing of what it had. What it did stays told by its events. fault.NotFound.
func (s *Service) Delete(ctx context.Context, p urn.URN) (err error) {
	defer fault.Wrap(&err, "access.Delete(%s)", p)
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		a, err := find(ctx, tx, p)
		if err != nil {
			return err
		}
		if err := s.revokeAll(ctx, tx, selectTokensForOthers, p.String()); err != nil {
			return err
		}
		for _, statement := range left {
			if _, err := tx.Exec(ctx, statement, p.String()); err != nil {
				return err
			}
		}
		if Kind(p.Kind) == KindUser {
			for _, statement := range leftOfUser {
				if _, err := tx.Exec(ctx, statement, a.name); err != nil {
					return err
				}
			}
		}
		if _, err := tx.Exec(ctx, statementOf(Kind(p.Kind)).remove, a.name); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, event.Event{Verb: "access." + p.Kind + ".deleted", Subject: p, Before: event.Hash(a.name)})
	})
}
