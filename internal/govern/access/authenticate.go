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

// usedPause is how exactly it is kept when a token was last used.
const usedPause = time.Minute

// proof is what credentials prove.
type proof struct {
	actor urn.URN
	credential
}

// credential is what a request came by.
type credential struct {
	scope   roles.Scope
	until   time.Time // the end of what it may make to sign in by; zero for none
	session string    // the id of a browser's session, "" for none
	maker   string    // the id of the token or session with which what it makes ends; "" for none
	typed   bool      // a password came with the request
}

// Authenticate proves who asks, and gives the context in which they do, with
// what they are in its workspace. fault.Unauthenticated when the credentials
// prove nobody, fault.Denied, with the actor in the context, when who they prove
// has no part in the workspace, fault.Limit when too many were wrong. Where
// sign-in is not required, credentials are not looked at.
func (s *Service) Authenticate(ctx context.Context, c caller.Credentials) (_ context.Context, err error) {
	if !s.Required {
		return ctx, nil
	}
	defer fault.Wrap(&err, "access.Authenticate")
	p, err := s.prove(ctx, c)
	if err != nil {
		return ctx, err
	}
	who, err := s.participantIn(ctx, p.actor)
	if err != nil {
		return ctx, err
	}
	who.credential = p.credential
	part, err := s.hasPart(ctx, who)
	if err != nil {
		return ctx, err
	}
	if who.outside = !part; who.outside && !c.Own {
		return as(ctx, p.actor), noPart(caller.Workspace(ctx))
	}
	return context.WithValue(as(ctx, p.actor), participantKey{}, who), nil
}

// Enter refuses who has no part in the workspace of the request, where they were let
// ask without one. fault.Denied, as Authenticate refuses it.
func (s *Service) Enter(ctx context.Context) error {
	who, err := s.participantOf(ctx)
	if err == nil && who.outside {
		err = noPart(who.workspace)
	}
	return err
}

func noPart(workspace string) error {
	return fault.WithHint(fault.New(fault.Denied, "You have no part in the workspace %s.", workspace), "ask an administrator for a role in it")
}

// as is ctx with another actor.
func as(ctx context.Context, actor urn.URN) context.Context {
	c := caller.From(ctx)
	c.Actor = actor
	return caller.With(ctx, c)
}

// prove says who credentials prove.
func (s *Service) prove(ctx context.Context, c caller.Credentials) (proof, error) {
	switch {
	case c.Unreadable:
		return proof{}, s.refuse(ctx, unknown(), "unreadable", "The credentials of the request cannot be understood.")
	case c.Bearer != "":
		return s.proveToken(ctx, c.Bearer)
	case isSecret(c.Password, personalPrefix), isSecret(c.Password, bearerPrefix):
		p, err := s.proveToken(ctx, c.Password)
		if err == nil && p.actor.Name() != c.User {
			err = s.refuse(ctx, p.actor, "another's", "The token is another's.")
		}
		return p, err
	case isSecret(c.Password, servicePrefix):
		return s.proveService(ctx, c.User, c.Password)
	case c.User != "":
		p, err := s.provePassword(ctx, c.User, c.Password, byPassword)
		p.typed = true
		return p, err
	case c.Session != "":
		return s.proveBrowser(ctx, c.Session)
	}
	return proof{}, unauthenticated("Sign in first.")
}

// proveToken says whose a bearer's token is.
func (s *Service) proveToken(ctx context.Context, token string) (proof, error) {
	switch {
	case isSecret(token, personalPrefix):
		return s.provePersonal(ctx, token)
	case isSecret(token, bearerPrefix):
		return s.proveBearer(ctx, token)
	}
	return proof{}, s.refuse(ctx, unknown(), "none", "This is no token of this tacit.")
}

func (s *Service) provePersonal(ctx context.Context, token string) (proof, error) {
	t, err := rows.One(ctx, s.DB.Read(), scanToken, selectTokenByHash, hashOf(token))
	if rows.IsNone(err) {
		return proof{}, s.refuse(ctx, unknown(), "none", "This is no token of this tacit.")
	}
	if err != nil {
		return proof{}, err
	}
	actor, err := urn.Parse(t.principal)
	if err != nil {
		return proof{}, err
	}
	now := s.Now()
	switch {
	case !t.Revoked.IsZero():
		return proof{}, s.refuse(ctx, actor, t.ID, "The token %s has been revoked.", t.Name)
	case !t.Expires.IsZero() && !now.Before(t.Expires):
		return proof{}, s.refuse(ctx, actor, t.ID, "The token %s has expired.", t.Name)
	}
	if err := s.enabled(ctx, actor, t.ID); err != nil {
		return proof{}, err
	}
	if err := s.madeByNoneIdle(ctx, actor, t); err != nil {
		return proof{}, err
	}
	if now.Sub(t.Used) >= usedPause {
		s.noteUse(ctx, useToken, t.ID, now)
	}
	return proof{actor, credential{scope: t.Scope, until: t.Expires, maker: t.ID}}, nil
}

// madeByNoneIdle refuses a token whose maker, or that one's, is a browser's session
// that was not used for idleTime: it is over, though nobody ended it.
func (s *Service) madeByNoneIdle(ctx context.Context, actor urn.URN, t tokenRecord) error {
	if t.madeBy == "" {
		return nil
	}
	_, err := rows.One(ctx, s.DB.Read(), rows.Column[string], selectIdleMaker, t.ID, s.Now().Add(-idleTime).UnixMilli())
	if err == nil {
		return s.refuse(ctx, actor, t.ID, "The session that made the token %s is over.", t.Name)
	}
	if rows.IsNone(err) {
		return nil
	}
	return err
}

// noteUse keeps when a token or a cookie was last used. That it cannot be kept,
// as on a full disk, keeps nobody from reading.
func (s *Service) noteUse(ctx context.Context, statement, key string, now time.Time) {
	err := s.DB.Write(ctx, func(tx *rows.Tx) error {
		_, err := tx.Exec(ctx, statement, key, now.UnixMilli(), now.Add(-usedPause).UnixMilli())
		return err
	})
	if err != nil {
		s.Log.Warn("the use of a token or session could not be noted", "error", err)
	}
}

func (s *Service) proveBearer(ctx context.Context, token string) (proof, error) {
	found, err := rows.One(ctx, s.DB.Read(), scanSession, selectBearer, hashOf(token))
	if rows.IsNone(err) {
		return proof{}, s.refuse(ctx, unknown(), "none", "The token has expired, or is none of this tacit.")
	}
	if err != nil {
		return proof{}, err
	}
	actor, err := urn.Parse(found.principal)
	if err != nil {
		return proof{}, err
	}
	now := s.Now().UnixMilli()
	switch {
	case found.kind != oauthSession:
		return proof{}, s.refuse(ctx, unknown(), "none", "This is no token of this tacit.")
	case found.ended != 0:
		return proof{}, s.refuse(ctx, actor, found.id, "The session of the token has ended.")
	case now >= found.tokenExpires || now >= found.expires:
		return proof{}, s.refuse(ctx, actor, found.id, "The token has expired, or is none of this tacit.")
	}
	if err := s.enabled(ctx, actor, found.id); err != nil {
		return proof{}, err
	}
	scope, err := roles.KeptScope(found.scope)
	return proof{actor, credential{scope: scope, until: at(min(found.tokenExpires, found.expires)), maker: found.id}}, err
}

// enabled refuses an actor that is disabled or no longer there; by names the
// token that it came with.
func (s *Service) enabled(ctx context.Context, actor urn.URN, by string) error {
	a, err := rows.One(ctx, s.DB.Read(), scanAccount, statementOf(Kind(actor.Kind)).find, actor.Name())
	if err != nil && !rows.IsNone(err) {
		return err
	}
	if err != nil || a.disabled {
		return s.refuse(ctx, actor, by, "The account is disabled.")
	}
	return nil
}

// proveService proves a service by its secret, or by the one before while that
// is kept.
func (s *Service) proveService(ctx context.Context, name, secret string) (proof, error) {
	a, err := rows.One(ctx, s.DB.Read(), scanServiceSecrets, selectServiceSecrets, name)
	if err != nil && !rows.IsNone(err) {
		return proof{}, err
	}
	if err != nil || !a.holds(secret, s.Now()) {
		s.note(ctx, unknown(), "service", wrong())
		return proof{}, wrong()
	}
	actor := urn.New(string(KindService), name)
	if a.disabled {
		return proof{}, s.refuse(ctx, actor, name, "The account is disabled.")
	}
	return proof{actor: actor}, nil
}

// unknown stands for who is none: what was given as a name may be a password.
func unknown() urn.URN { return urn.New("user", "unknown") }

// refuse announces, counted by the minute for each token, that one was refused
// which did belong to actor, and gives the fault.
func (s *Service) refuse(ctx context.Context, actor urn.URN, token, format string, args ...any) error {
	err := unauthenticated(format, args...)
	s.note(ctx, actor, token, err)
	return err
}

// note announces that credentials of actor were refused.
func (s *Service) note(ctx context.Context, actor urn.URN, key string, reason error) {
	c := caller.From(ctx)
	c.Actor = caller.Nobody()
	s.noteRefusal(ctx, c, key, sessionRefused(actor), fault.Sentence(reason))
}

func wrong() error { return unauthenticated("The name or the password is wrong.") }

func tooMany(wait time.Duration) error {
	return fault.After(fault.New(fault.Limit, "Too many sign-ins were wrong."), wait)
}
