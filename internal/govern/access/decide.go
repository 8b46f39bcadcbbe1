package access

import (
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// By says what a verdict rests on.
type By string

// What decides, in the order in which it does.
const (
	ByOwner   By = "owner"   // nothing binds the owner of the folder and tacit itself
	ByScope   By = "scope"   // the token lets it not through
	ByForbid  By = "forbid"  // a policy forbids it
	ByPermit  By = "permit"  // a policy of tacit.yaml permits it
	ByGrant   By = "grant"   // the nearest grant decides
	ByRole    By = "role"    // a shipped policy permits it to the role
	ByNothing By = "nothing" // nothing permits it
)

// Verdict is what was decided, and why.
type Verdict struct {
	Allowed  bool
	By       By
	Policies []policy.Policy // that decided, where policies did
	Grant    grant.Grant     // that decided, where a grant did
	plain    bool            // the role alone was looked at
	above    bool            // it takes the right to all files, and not all are let through
}

// decide says whether who may do an action on an object, or on the workspace
// where it is zero.
//
// What forbids wins. Then a policy of tacit.yaml may permit; then, unless the
// role is admin, the nearest grant decides; and where there is none, the role.
func (s *Service) decide(ctx context.Context, who participant, action string, object urn.URN) (Verdict, error) {
	if !who.scope.Lets(action) {
		return Verdict{By: ByScope, plain: true}, nil
	}
	if !who.bound {
		return Verdict{Allowed: true, By: ByOwner, plain: true}, nil
	}
	byRole := s.byRole(who, action, object)
	if s.added() == nil && (who.grants == nil || byRole.Allowed && !who.lesser) {
		// Grants of MANAGE alone take nothing from what a role lets through: who made
		// much asks for none of it.
		byRole.plain = true
		return byRole, nil
	}
	if object.IsZero() && isList(action) {
		return s.decideList(ctx, who, action, byRole)
	}
	return s.decideAbout(ctx, who, action, object, byRole)
}

// decideAbout says the same by what is known of the object.
func (s *Service) decideAbout(ctx context.Context, who participant, action string, object urn.URN, byRole Verdict) (Verdict, error) {
	g, err := who.granted()
	if err != nil {
		return Verdict{}, err
	}
	resource, there, err := s.about(ctx, object)
	if err != nil {
		return Verdict{}, err
	}
	r := policy.Request{Principal: who.principal(), Action: action, Workspace: caller.Workspace(ctx), Resource: resource}
	v := decideOn(s.added(), g, r, byRole)
	if v.Allowed && roles.NounOf(action) == "artifact" {
		if v, err = s.decideFile(ctx, who, r, v); err != nil {
			return Verdict{}, err
		}
	}
	if v.Allowed && roles.NounOf(action) == "lineage" && !object.IsZero() && isRead(resource.Kind) {
		return s.decide(ctx, who, resource.Kind+".read", object) // it is told to whoever may read the thing
	}
	if !v.Allowed || there || action == resource.Kind+".create" {
		return v, nil
	}
	return s.decideAbsent(ctx, who, resource, v)
}

// decideAbsent is the verdict on an action that v allows on what is not there: it
// is answered as what may not be read, whatever a token's scope lets through.
func (s *Service) decideAbsent(ctx context.Context, who participant, resource policy.Resource, v Verdict) (Verdict, error) {
	who.scope = nil
	kind := resource.Kind
	if owner := ownerOf(&resource); owner != nil { // a file is as much there as what it lies in
		kind = owner.Kind
	}
	all, err := s.conditionOn(ctx, who, kind+".read", kind)
	if err == nil && all != (filter.Node)(filter.True{}) {
		v = Verdict{By: ByNothing}
	}
	return v, err
}

// isRead reports whether reading things of a kind is decided of each.
func isRead(kind string) bool { return kind == "artifact" || slices.Contains(lists, kind) }

// entered are what everybody may do in a workspace who may read anything in it.
var entered = []string{"workspace.read", "server.read", "event.list", "event.read", "lineage.list", "lineage.read"}

// decideOn decides on one resource, by what the role gives and what there is beside.
func decideOn(added *policy.Set, g grant.Set, r policy.Request, byRole Verdict) Verdict {
	if added != nil {
		switch d := added.Decide(r); {
		case d.Forbidden():
			return Verdict{By: ByForbid, Policies: d.Policies}
		case d.Allowed:
			return Verdict{Allowed: true, By: ByPermit, Policies: d.Policies}
		}
	}
	if roles.Role(r.Principal.Role) == roles.Admin {
		return byRole
	}
	if slices.Contains(entered, r.Action) && g.Any() {
		return Verdict{Allowed: true, By: ByGrant}
	}
	if level, ok := grant.LevelOf(r.Action); ok {
		if one, ok := g.Nearest(r.Resource); ok {
			return Verdict{Allowed: one.Lets(level), By: ByGrant, Grant: one}
		}
	}
	return byRole
}

// byRole is what the shipped policies say.
func (s *Service) byRole(who participant, action string, object urn.URN) Verdict {
	own := roles.Needs(action).Own && !object.IsZero() && object.String() == who.actor.String()
	d := s.shipped.Decide(roles.Question{Action: action, Here: who.role(), Everywhere: who.everywhere, Own: own})
	if d.Allowed {
		return Verdict{Allowed: true, By: ByRole, Policies: d.Policies}
	}
	return Verdict{By: ByNothing}
}

// decideList says whether a list could show anything.
func (s *Service) decideList(ctx context.Context, who participant, action string, byRole Verdict) (Verdict, error) {
	n, err := s.condition(ctx, who, action)
	switch {
	case err != nil:
		return Verdict{}, err
	case n == (filter.Node)(filter.False{}):
		return Verdict{By: ByNothing}, nil
	case byRole.Allowed:
		return byRole, nil
	}
	return Verdict{Allowed: true, By: ByGrant}, nil
}

// about gives what is known of an object, false when it is not there.
func (s *Service) about(ctx context.Context, object urn.URN) (policy.Resource, bool, error) {
	if object.IsZero() || s.Facts == nil {
		return policy.Named(object, caller.Workspace(ctx)), true, nil
	}
	return s.Facts(ctx, object)
}

// refusal tells a verdict that denies. Where more than the role was looked at it
// tells the same of whatever object, there or not, and does not name it: a name
// may have led to its id.
func (v Verdict) refusal(workspace, action string, object urn.URN) error {
	if v.By == ByScope {
		return fault.New(fault.Denied, "The scope of the token does not let %s through.", action)
	}
	if v.plain || object.IsZero() {
		n := roles.Needs(action)
		where := "in the workspace " + workspace
		if n.Everywhere {
			where = "in all workspaces"
		}
		return fault.WithHint(fault.New(fault.Denied, "You may not do this: %s takes the role %s %s.", action, n.Role, where),
			"ask an administrator for the role")
	}
	return fault.WithHint(fault.New(fault.Denied, "You may not do this, or it is not there: %s.", action),
		"ask an administrator; tacit access explain tells what it takes")
}
