package access

import (
	"context"
	"sync"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// participant is what the actor of a request is in the request's workspace.
type participant struct {
	here, everywhere roles.Role
	credential

	actor     urn.URN
	workspace string   // in which all this holds
	bound     bool     // grants and policies look at it; not at the owner of the folder, nor at tacit itself
	groups    []string // names
	lesser    bool     // one of them lets less through than MANAGE
	outside   bool     // it has no part in the workspace, and was let enter all the same
	lets      bool     // it is known, without reading them, that one lets something through

	grants func() (grant.Set, error) // read when first asked for; nil for none
}

type participantKey struct{}

// owner may do all.
func owner() participant { return participant{here: roles.Admin, everywhere: roles.Admin} }

// Local gives a context in which the caller is the owner of the folder, who may
// do all: whoever reaches the folder's socket could read the folder as well.
func Local(ctx context.Context) context.Context {
	return context.WithValue(ctx, participantKey{}, owner())
}

// participantOf is what the caller in ctx is. fault.Unauthenticated when nobody
// stands behind the request.
func (s *Service) participantOf(ctx context.Context) (participant, error) {
	if who, ok := ctx.Value(participantKey{}).(participant); ok {
		if who.bound && who.workspace != caller.Workspace(ctx) {
			return s.participantElsewhere(ctx, who)
		}
		return who, nil
	}
	if !s.Required || caller.From(ctx).Actor.Kind == "system" {
		return owner(), nil
	}
	return participant{}, unauthenticated("Sign in first.")
}

// participantElsewhere is what the actor of a request is in another workspace than
// the request's, which ctx names: by the same proof, with the roles of there.
func (s *Service) participantElsewhere(ctx context.Context, here participant) (participant, error) {
	who, err := s.participantIn(ctx, here.actor)
	who.credential = here.credential
	return who, err
}

// participantIn reads what a user or service is in the workspace of ctx.
func (s *Service) participantIn(ctx context.Context, actor urn.URN) (participant, error) {
	who := participant{actor: actor, workspace: caller.Workspace(ctx), bound: true}
	all, err := rows.Collect(ctx, s.DB.Read(), scanHeld, selectHeld, who.workspace, actor.String())
	if err != nil {
		return who, err
	}
	for _, h := range all {
		s.hold(ctx, &who, h)
	}
	return who, nil
}

// hold adds to a participant something that the actor holds in its workspace.
func (s *Service) hold(ctx context.Context, who *participant, h held) {
	workspace, actor := who.workspace, who.actor
	switch {
	case h.what == "group":
		who.groups = append(who.groups, h.name)
	case h.what == "lesser":
		who.lesser = true
	case h.what == "lets":
		who.lets = true
	case h.what == "grant":
		who.grants = sync.OnceValues(func() (grant.Set, error) {
			all, err := rows.Collect(ctx, s.DB.Read(), scanGrant, selectGrantsHere, workspace, actor.String())
			return grant.Gather(all), err
		})
	case h.name == roles.Everywhere:
		who.everywhere = roles.Greater(who.everywhere, roles.Role(h.role))
	default:
		who.here = roles.Greater(who.here, roles.Role(h.role))
	}
}

// role is the one that holds in the workspace.
func (w participant) role() roles.Role { return roles.Greater(w.here, w.everywhere) }

// granted are the grants to the actor and its groups.
func (w participant) granted() (grant.Set, error) {
	if w.grants == nil {
		return nil, nil
	}
	return w.grants()
}

func (w participant) principal() policy.Principal {
	return policy.Principal{URN: w.actor, Role: string(w.role()), Everywhere: string(w.everywhere), Groups: w.groups}
}

// hasPart reports whether the actor may do anything at all in the workspace of
// ctx: by a role, by a grant, or by a policy that permits something.
func (s *Service) hasPart(ctx context.Context, who participant) (bool, error) {
	if who.here != roles.None || who.everywhere == roles.Admin {
		return true, nil
	}
	if who.everywhere != roles.None {
		// A role in all workspaces is one in those that there are.
		return s.isWorkspace(ctx, s.DB.Read(), caller.Workspace(ctx))
	}
	g, err := who.granted()
	if err != nil || who.lets || g.Any() {
		return err == nil, err
	}
	added := s.added()
	if added == nil {
		return false, nil
	}
	for action := range roles.Actions() {
		c := added.Condition(who.principal(), action, caller.Workspace(ctx), listed(action))
		if c.Node() != (filter.Node)(filter.False{}) {
			return true, nil
		}
	}
	return false, nil
}

// firstRole is that of a new user whose maker names none.
func (s *Service) firstRole() roles.Role {
	if s.Settings == nil {
		return roles.Viewer
	}
	switch r := s.Settings().DefaultRole; r {
	case "":
		return roles.Viewer
	case NoRole:
		return roles.None
	default:
		return r
	}
}

// added are the policies beside the shipped ones, nil for none.
func (s *Service) added() *policy.Set {
	if s.Settings == nil {
		return nil
	}
	if set := s.Settings().Added(); set != nil && len(set.Policies) > 0 {
		return set
	}
	return nil
}
