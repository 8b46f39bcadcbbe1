package access

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// Clients that name no workspace ask here for what is in several of them. Who
// administers all sees all, who asks about themselves their own; others see what
// is in the workspace that they ask in.

// PlacedGroup is a group with the workspace that it is in.
type PlacedGroup struct {
	Workspace string
	Group
}

// PlacedGrant is a grant with the workspace that it is kept in.
type PlacedGrant struct {
	Workspace string
	grant.Grant
}

// AllGroups gives the groups that the caller may know of, by workspace and name.
func (s *Service) AllGroups(ctx context.Context) (_ []PlacedGroup, err error) {
	defer fault.Wrap(&err, "access.AllGroups")
	return s.groupsBy(ctx, urn.URN{}, selectAllGroups)
}

// AllGroupsOf gives the groups that a user or service is in, by workspace and
// name. fault.NotFound.
func (s *Service) AllGroupsOf(ctx context.Context, principal urn.URN) (_ []PlacedGroup, err error) {
	defer fault.Wrap(&err, "access.AllGroupsOf(%s)", principal)
	if _, err := find(ctx, s.DB.Read(), principal); err != nil {
		return nil, err
	}
	return s.groupsBy(ctx, principal, selectAllGroupsOf, principal.String())
}

func (s *Service) groupsBy(ctx context.Context, whose urn.URN, statement string, args ...any) ([]PlacedGroup, error) {
	found, err := rows.Collect(ctx, s.DB.Read(), scanPlacedGroup, statement, args...)
	if err != nil {
		return nil, err
	}
	seen, err := s.sees(ctx, whose)
	if err != nil {
		return nil, err
	}
	var kept []PlacedGroup
	for _, g := range found {
		if seen(g.Workspace) {
			kept = append(kept, g)
		}
	}
	return kept, nil
}

// AllGrantsOf gives the grants of a user, a service or a group itself, by
// workspace, kind and object.
func (s *Service) AllGrantsOf(ctx context.Context, principal urn.URN) (_ []PlacedGrant, err error) {
	defer fault.Wrap(&err, "access.AllGrantsOf(%s)", principal)
	return s.grantsBy(ctx, principal, selectAllGrantsOf, principal.String())
}

// AllGroupGrants gives the grants of groups, by workspace, group, kind and
// object.
func (s *Service) AllGroupGrants(ctx context.Context) (_ []PlacedGrant, err error) {
	defer fault.Wrap(&err, "access.AllGroupGrants")
	return s.grantsBy(ctx, urn.URN{}, selectAllGroupGrants)
}

func (s *Service) grantsBy(ctx context.Context, whose urn.URN, statement string, args ...any) ([]PlacedGrant, error) {
	found, err := rows.Collect(ctx, s.DB.Read(), scanPlacedGrant, statement, args...)
	if err != nil {
		return nil, err
	}
	seen, err := s.sees(ctx, whose)
	if err != nil {
		return nil, err
	}
	var kept []PlacedGrant
	for _, g := range found {
		if seen(g.Workspace) {
			kept = append(kept, g)
		}
	}
	return kept, nil
}

// sees says which workspaces the caller may know of where it asks about whose.
func (s *Service) sees(ctx context.Context, whose urn.URN) (func(workspace string) bool, error) {
	c := caller.From(ctx)
	all, err := s.Administers(ctx)
	if err != nil {
		return nil, err
	}
	all = all || whose.String() == c.Actor.String()
	return func(workspace string) bool { return all || workspace == c.Workspace }, nil
}

// AtGroup gives the context of the workspace that a group is in, to who
// administers all; others find it in their own alone. fault.NotFound.
func (s *Service) AtGroup(ctx context.Context, id int64) (_ context.Context, g PlacedGroup, err error) {
	defer fault.Wrap(&err, "access.AtGroup(%d)", id)
	seen, err := s.sees(ctx, urn.URN{})
	if err != nil {
		return ctx, g, err
	}
	g, err = rows.One(ctx, s.DB.Read(), scanPlacedGroup, selectPlacedGroup, id)
	if rows.IsNone(err) || err == nil && !seen(g.Workspace) {
		return ctx, PlacedGroup{}, fault.New(fault.NotFound, "There is no group %d in the workspace.", id)
	}
	return within(ctx, g.Workspace), g, err
}

// Within gives the context of another workspace, to who administers all.
// fault.Denied.
func (s *Service) Within(ctx context.Context, workspace string) (context.Context, error) {
	if workspace == caller.Workspace(ctx) {
		return ctx, nil
	}
	all, err := s.Administers(ctx)
	if err == nil && !all {
		err = fault.WithHint(fault.New(fault.Denied, "You have no part in the workspace %s from here.", workspace), "ask in it: name it in X-MLFLOW-WORKSPACE")
	}
	if err != nil {
		return ctx, err
	}
	return within(ctx, workspace), caller.CheckWorkspace(workspace)
}

func within(ctx context.Context, workspace string) context.Context {
	c := caller.From(ctx)
	c.Workspace = workspace
	return caller.With(ctx, c)
}

// where is the context in which a role is told of: that of its workspace, or the
// caller's for one that holds in all.
func where(ctx context.Context, workspace string) context.Context {
	if workspace == roles.Everywhere {
		return ctx
	}
	return within(ctx, workspace)
}
