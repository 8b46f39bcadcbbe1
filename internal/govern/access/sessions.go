package access

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

const (
	// BearerTime is how long a bearer token holds.
	BearerTime = time.Hour
	// sessionTime is how long a session can be carried on by refresh tokens.
	sessionTime = 30 * 24 * time.Hour
	// keptOver is how long a session that is over is remembered.
	keptOver = 24 * time.Hour
)

// oauthSession is the kind of sessions that OAuth 2 begins.
const oauthSession = "oauth"

// The ways of a sign-in, as events tell them.
const (
	byPassword    = "password"
	byPage        = "sign-in page"
	byInvitation  = "invitation"
	byGrant       = "oauth2 password"
	byCredentials = "oauth2 client credentials"
)

// Bearer is what a sign-in by OAuth 2 gives.
type Bearer struct {
	Token   string
	Refresh string // "" where a service signs in by its secret again
	Expires time.Duration
	Scope   roles.Scope
}

// SignIn begins a session of a user by the password. fault.Unauthenticated,
// fault.Limit.
func (s *Service) SignIn(ctx context.Context, user, password string, scope roles.Scope) (_ Bearer, err error) {
	defer fault.Wrap(&err, "access.SignIn")
	p, err := s.provePassword(ctx, user, password, "")
	if err != nil {
		return Bearer{}, err
	}
	return s.begin(ctx, p.actor, scope, byGrant)
}

// SignInService begins a session of a service by its secret.
// fault.Unauthenticated.
func (s *Service) SignInService(ctx context.Context, name, secret string, scope roles.Scope) (_ Bearer, err error) {
	defer fault.Wrap(&err, "access.SignInService")
	p, err := s.proveService(ctx, name, secret)
	if err != nil {
		return Bearer{}, err
	}
	return s.begin(ctx, p.actor, scope, byCredentials)
}

// begin makes a session with its first tokens.
func (s *Service) begin(ctx context.Context, actor urn.URN, scope roles.Scope, way string) (Bearer, error) {
	session, now := s.IDs.UUID(), s.Now()
	expires := now.Add(sessionTime)
	if Kind(actor.Kind) == KindService {
		expires = now.Add(BearerTime) // it signs in anew by its secret
	}
	ctx = as(ctx, actor)
	var b Bearer
	err := s.DB.Write(ctx, func(tx *rows.Tx) error {
		_, err := tx.Exec(ctx, insertSession, session, oauthSession, actor.String(), scope.String(), now.UnixMilli(), expires.UnixMilli())
		if err != nil {
			return err
		}
		if b, err = s.issue(ctx, tx, session, scope, now, expires, Kind(actor.Kind) == KindUser); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, sessionBegun(actor, way))
	})
	return b, err
}

// issue makes the next tokens of a session.
func (s *Service) issue(ctx context.Context, tx *rows.Tx, session string, scope roles.Scope, now, end time.Time, refreshed bool) (Bearer, error) {
	until := now.Add(BearerTime)
	if end.Before(until) {
		until = end
	}
	token, hash := s.newSecret(bearerPrefix)
	b := Bearer{Token: token, Expires: until.Sub(now), Scope: scope}
	if _, err := tx.Exec(ctx, insertBearer, hash, session, until.UnixMilli()); err != nil || !refreshed {
		return b, err
	}
	b.Refresh, hash = s.newSecret(refreshPrefix)
	_, err := tx.Exec(ctx, insertRefresh, hash, session, end.UnixMilli())
	return b, err
}

// Refresh carries a session on: the refresh token is used up, and another comes
// with the new bearer token. One that comes a second time has been stolen, from
// the client or by it: the session ends. fault.Unauthenticated.
func (s *Service) Refresh(ctx context.Context, token string) (b Bearer, err error) {
	defer fault.Wrap(&err, "access.Refresh")
	if !isSecret(token, refreshPrefix) {
		return b, over()
	}
	stolen := false
	err = s.DB.Write(ctx, func(tx *rows.Tx) (err error) {
		b, stolen, err = s.carryOn(ctx, tx, token)
		return err
	})
	if err == nil && stolen {
		err = over()
	}
	if err != nil {
		b = Bearer{}
	}
	return b, err
}

// carryOn uses a refresh token up and makes the next tokens of its session. One that
// was used already ends the session, which is to be kept.
func (s *Service) carryOn(ctx context.Context, tx *rows.Tx, token string) (b Bearer, stolen bool, err error) {
	found, err := rows.One(ctx, tx, scanSession, selectRefresh, hashOf(token))
	if rows.IsNone(err) {
		return b, false, over()
	}
	if err != nil {
		return b, false, err
	}
	actor, err := urn.Parse(found.principal)
	if err != nil {
		return b, false, err
	}
	a, err := find(ctx, tx, actor)
	if err != nil {
		return b, false, err
	}
	now := s.Now()
	if a.disabled || found.ended != 0 || now.UnixMilli() >= found.expires {
		return b, false, over()
	}
	n, err := tx.Exec(ctx, useRefresh, hashOf(token), now.UnixMilli())
	if err != nil {
		return b, false, err
	}
	if n == 0 {
		return b, true, s.end(as(ctx, caller.Nobody()), tx, found.id, actor, "a refresh token came twice")
	}
	scope, err := roles.KeptScope(found.scope)
	if err != nil {
		return b, false, err
	}
	b, err = s.issue(ctx, tx, found.id, scope, now, at(found.expires), true)
	return b, false, err
}

// Revoke ends what a token belongs to: the session of a bearer or refresh
// token, or a personal access token. One that is not known is no error, as RFC
// 7009 wants.
func (s *Service) Revoke(ctx context.Context, token string) (err error) {
	defer fault.Wrap(&err, "access.Revoke")
	statement := ""
	switch {
	case isSecret(token, bearerPrefix):
		statement = selectBearer
	case isSecret(token, refreshPrefix):
		statement = selectRefresh
	case isSecret(token, personalPrefix):
		return s.revokeSecret(ctx, token)
	default:
		return nil
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		found, err := rows.One(ctx, tx, scanSession, statement, hashOf(token))
		if rows.IsNone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		actor, err := urn.Parse(found.principal)
		if err != nil {
			return err
		}
		return s.end(as(ctx, actor), tx, found.id, actor, "its token was revoked")
	})
}

func (s *Service) revokeSecret(ctx context.Context, token string) error {
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		t, err := rows.One(ctx, tx, scanToken, selectTokenByHash, hashOf(token))
		if rows.IsNone(err) || err == nil && !t.Revoked.IsZero() {
			return nil
		}
		if err != nil {
			return err
		}
		actor, err := urn.Parse(t.principal)
		if err != nil {
			return err
		}
		return s.revoke(as(ctx, actor), tx, t)
	})
}

// end ends a session that goes on, with the tokens that it made, and says why.
func (s *Service) end(ctx context.Context, tx *rows.Tx, session string, actor urn.URN, why string) error {
	n, err := tx.Exec(ctx, endSession, session, s.Now().UnixMilli())
	if err != nil || n == 0 {
		return err
	}
	if err := s.revokeAll(ctx, tx, selectTokensBy, session); err != nil {
		return err
	}
	return s.Events.Append(ctx, tx, sessionEnded(actor, why))
}

// endAll ends all sessions of a principal that go on, with the tokens that they
// made, and gives how many there were.
func (s *Service) endAll(ctx context.Context, tx *rows.Tx, of urn.URN) (n int64, err error) {
	if err := s.revokeAll(ctx, tx, selectTokensBySessions, of.String()); err != nil {
		return 0, err
	}
	return tx.Exec(ctx, endSessions, of.String(), s.Now().UnixMilli())
}

func over() error {
	return fault.New(fault.Unauthenticated, "The refresh token holds no longer, or is none of this tacit.")
}
