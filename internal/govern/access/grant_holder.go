package access

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// bringsIn is the action of whoever may give somebody a part in the workspace.
const bringsIn = "role.update"

// checkGrantee refuses a principal or group that the giver of a grant may not give
// it to: one that is not there and, to whoever may not bring anybody in, one without
// a part in the workspace, by the same answer after the same work; and one above the
// giver who would have less by it than by the role. fault.NotFound, fault.Denied.
func (s *Service) checkGrantee(ctx context.Context, r rows.Reader, giver participant, brings bool, g grant.Grant) error {
	if kind := Kind(g.Principal.Kind); brings || kind != KindUser && kind != KindService {
		if err := s.exists(ctx, r, g.Principal); err != nil || brings {
			return err
		}
		return s.checkMembers(ctx, r, giver, g)
	}
	held, err := rows.Collect(ctx, r, scanHeld, selectPart, caller.Workspace(ctx), g.Principal.String())
	if err != nil {
		return err
	}
	if len(held) == 0 {
		return fault.WithHint(fault.New(fault.NotFound, "There is no %s %s in the workspace.", g.Principal.Kind, g.Principal.Name()),
			"who has a role, a group or a grant in it can be granted more; an administrator brings others in")
	}
	return checkAbove(giver, roleOf(held), g)
}

// checkMembers refuses a grant to a group by which one of its members who is above
// the giver would have less than by the role. fault.NotFound, fault.Denied.
func (s *Service) checkMembers(ctx context.Context, r rows.Reader, giver participant, g grant.Grant) error {
	group, err := findGroup(ctx, r, g.Principal)
	if err != nil {
		return err
	}
	members, err := rows.Collect(ctx, r, scanHeld, selectMemberRoles, caller.Workspace(ctx), group.ID)
	if err != nil {
		return err
	}
	return checkAbove(giver, roleOf(members), g)
}

// checkAbove refuses a grant to whose role is greater than the giver's and lets
// more through than the grant does. fault.Denied.
func checkAbove(giver participant, role roles.Role, g grant.Grant) error {
	if by := levelBy(role, g.Kind); role.Rank() > giver.role().Rank() && g.Level.Rank() < by.Rank() {
		return fault.WithHint(fault.New(fault.Denied, "You may not take from %s what a role above yours lets through.", g.Principal),
			"grant at least %s, or ask an administrator", by)
	}
	return nil
}

// roleOf is the greatest role among what somebody has in a workspace.
func roleOf(all []held) (role roles.Role) {
	for _, h := range all {
		if h.what == "role" {
			role = roles.Greater(role, roles.Role(h.role))
		}
	}
	return role
}

// levelBy is the greatest level that a role alone gives on things of a kind.
func levelBy(role roles.Role, kind string) grant.Level {
	by, _ := grant.Greatest(func(verb string) (bool, error) { // it fails by what may alone
		action := kind + "." + verb
		return roles.Known(action) && role.Rank() >= roles.Needs(action).Role.Rank(), nil
	})
	return by
}
