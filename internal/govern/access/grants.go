package access

import (
	"context"
	"math"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
)

// SetGrant gives the grant in the caller's workspace, in place of the one that
// the principal has on the object. Who may not give roles there grants to those
// alone who have a part in the workspace, and takes nothing from who has a greater
// role. fault.NotFound when there is no such principal or no such object: what
// somebody makes later begins without grants. fault.Invalid, fault.Denied.
func (s *Service) SetGrant(ctx context.Context, g grant.Grant) (err error) {
	defer fault.Wrap(&err, "access.SetGrant(%s, %s, %s)", g.Principal, g.Kind, g.Object)
	if err := g.Check(); err != nil {
		return err
	}
	if g.Object != grant.AnyObject {
		if _, there, err := s.about(ctx, grant.ObjectNamed(g.Kind, g.Object)); err != nil {
			return err
		} else if !there {
			return fault.WithHint(fault.New(fault.NotFound, "There is no %s %s to grant anything on.", g.Kind, g.Object), "make it first, or grant on all of the kind: %s", grant.AnyObject)
		}
	}
	giver, err := s.participantOf(ctx)
	if err != nil {
		return err
	}
	brings, err := s.may(ctx, giver, bringsIn)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		if err := s.checkGrantee(ctx, tx, giver, brings, g); err != nil {
			return err
		}
		return s.keepGrant(ctx, tx, g)
	})
}

// keepGrant gives a grant that was checked, in place of the one that there is.
func (s *Service) keepGrant(ctx context.Context, tx *rows.Tx, g grant.Grant) error {
	before, err := level(ctx, tx, g)
	if err != nil || before == g.Level {
		return err
	}
	if _, err := tx.Exec(ctx, upsertGrant, caller.Workspace(ctx), g.Principal.String(), g.Kind, g.Object, g.Level); err != nil {
		return err
	}
	return s.Events.Append(ctx, tx, grantChanged(g, before, g.Level))
}

// RemoveGrant takes the principal's grant on the object. fault.NotFound when
// there is none.
func (s *Service) RemoveGrant(ctx context.Context, principal urn.URN, kind, object string) (err error) {
	defer fault.Wrap(&err, "access.RemoveGrant(%s, %s, %s)", principal, kind, object)
	g := grant.Grant{Principal: principal, Kind: kind, Object: object}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		before, err := level(ctx, tx, g)
		if err != nil {
			return err
		}
		if before == "" {
			return noGrant(g)
		}
		if _, err := tx.Exec(ctx, deleteGrant, caller.Workspace(ctx), principal.String(), kind, object); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, grantChanged(g, before, ""))
	})
}

// GrantOf gives the principal's own grant on exactly this object, without those
// of its groups. fault.NotFound when there is none.
func (s *Service) GrantOf(ctx context.Context, principal urn.URN, kind, object string) (g grant.Grant, err error) {
	defer fault.Wrap(&err, "access.GrantOf(%s, %s, %s)", principal, kind, object)
	g = grant.Grant{Principal: principal, Kind: kind, Object: object}
	if g.Level, err = level(ctx, s.DB.Read(), g); err == nil && g.Level == "" {
		err = noGrant(g)
	}
	return g, err
}

// GrantsOf gives the principal's own grants in the caller's workspace, by kind
// and object.
func (s *Service) GrantsOf(ctx context.Context, principal urn.URN) (_ []grant.Grant, err error) {
	defer fault.Wrap(&err, "access.GrantsOf(%s)", principal)
	return rows.Collect(ctx, s.DB.Read(), scanGrant, selectGrantsOf, caller.Workspace(ctx), principal.String())
}

// GrantsOn gives the grants on exactly this object in the caller's workspace, by
// principal.
func (s *Service) GrantsOn(ctx context.Context, kind, object string) (_ []grant.Grant, err error) {
	defer fault.Wrap(&err, "access.GrantsOn(%s, %s)", kind, object)
	return rows.Collect(ctx, s.DB.Read(), scanGrant, selectGrantsOn, caller.Workspace(ctx), kind, object)
}

// GrantQuery chooses grants of the caller's workspace. What is zero chooses all.
type GrantQuery struct {
	Principal    urn.URN // a user, a service or a group
	Kind, Object string
	After        grant.Grant // the last one of the page before
	Limit        int         // 0 for none
}

// Grants gives those that a query chooses, by kind, object and principal.
func (s *Service) Grants(ctx context.Context, q GrantQuery) (_ []grant.Grant, err error) {
	defer fault.Wrap(&err, "access.Grants")
	if q.Limit == 0 {
		q.Limit = math.MaxInt32
	}
	return rows.Collect(ctx, s.DB.Read(), scanGrant, selectGrants, caller.Workspace(ctx), q.Principal.String(), q.Kind, q.Object,
		q.After.Kind, q.After.Object, q.After.Principal.String(), q.Limit)
}

// level is that of a principal's own grant on an object, "" for none.
func level(ctx context.Context, r rows.Reader, g grant.Grant) (grant.Level, error) {
	l, err := rows.One(ctx, r, rows.Column[grant.Level], selectGrant, caller.Workspace(ctx), g.Principal.String(), g.Kind, g.Object)
	if rows.IsNone(err) {
		return "", nil
	}
	return l, err
}

func noGrant(g grant.Grant) error {
	return fault.New(fault.NotFound, "%s has no grant on %s %s.", g.Principal, g.Kind, g.Object)
}

// exists refuses a principal or group that is not there. fault.NotFound.
func (s *Service) exists(ctx context.Context, r rows.Reader, p urn.URN) error {
	switch Kind(p.Kind) {
	case KindUser, KindService:
		_, err := find(ctx, r, p)
		return err
	case KindGroup:
		_, err := findGroup(ctx, r, p)
		return err
	}
	return fault.New(fault.Invalid, "%s is no user, service or group.", p)
}

// grantData is the data of access.grant.changed.
type grantData struct {
	Kind   string      `json:"kind"`
	Object string      `json:"object"`         // * for all of the kind
	From   grant.Level `json:"from,omitempty"` // absent for none
	To     grant.Level `json:"to,omitempty"`   // absent for none
}

func grantChanged(g grant.Grant, before, after grant.Level) event.Event {
	e := event.Event{Verb: "access.grant.changed", Subject: g.Principal, Data: grantData{g.Kind, g.Object, before, after}}
	if before != "" {
		e.Before = event.Hash(before)
	}
	if after != "" {
		e.After = event.Hash(after)
	}
	return e
}
