package access

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// MaxHold is the longest that a token with an end holds.
const MaxHold = 3650 * 24 * time.Hour

// checkEnd refuses an end of a token that is before now, or hardly meant; zero is
// none. fault.Invalid.
func checkEnd(expires, now time.Time) error {
	switch {
	case expires.IsZero():
		return nil
	case !expires.After(now):
		return fault.New(fault.Invalid, "A token cannot expire before it is made.")
	case expires.After(now.Add(MaxHold + time.Hour)): // clocks differ
		return fault.WithHint(fault.New(fault.Invalid, "A token that expires holds %d days at most, and this one would hold until %s.", MaxHold/(24*time.Hour), expires.UTC().Format(time.DateTime)),
			"let it end earlier, or give no end: it holds until it is revoked")
	}
	return nil
}

// CreateToken makes a personal access token of a principal; zero expires is
// never. The secret is told here and never again. What a request came by makes
// none that lets more through or holds longer than itself, unless that is a
// password, or a browser's session whose sign-in is not older than freshTime. One
// that was made by a token or an older session ends with it, at once and whatever
// ends it. fault.Exists, fault.NotFound, fault.Denied, fault.Invalid.
func (s *Service) CreateToken(ctx context.Context, of urn.URN, name string, scope roles.Scope, expires time.Time) (t Token, secret string, err error) {
	defer fault.Wrap(&err, "access.CreateToken(%s, %s)", of, name)
	if err := checkTokenName(name); err != nil {
		return t, "", err
	}
	now := s.Now().UTC()
	if err := checkEnd(expires, now); err != nil {
		return t, "", err
	}
	who, err := s.participantOf(ctx)
	if err != nil {
		return t, "", err
	}
	if !scope.Within(who.scope) {
		return t, "", fault.New(fault.Denied, "A token cannot make one of a wider scope than its own: %s.", who.scope)
	}
	if !who.until.IsZero() && (expires.IsZero() || expires.After(who.until)) {
		return t, "", outlives(who)
	}
	secret, hash := s.newSecret(personalPrefix)
	t = Token{ID: s.IDs.UUID(), Name: name, Scope: scope, Created: now, Expires: expires.UTC()}
	err = s.DB.Write(ctx, func(tx *rows.Tx) error {
		if _, err := find(ctx, tx, of); err != nil {
			return err
		}
		if _, err := rows.One(ctx, tx, scanToken, selectTokenByName, of.String(), name); err == nil {
			return fault.WithHint(fault.New(fault.Exists, "%s has a token %s already.", of.Name(), name), "revoke it, or choose another name")
		} else if !rows.IsNone(err) {
			return err
		}
		n, err := tx.Exec(ctx, insertToken, t.ID, hash, of.String(), name, scope.String(), now.UnixMilli(), millis(expires), who.maker)
		if err != nil {
			return err
		}
		if n == 0 {
			return unauthenticated("What the request came by has ended.")
		}
		return s.Events.Append(ctx, tx, tokenCreated(of, t))
	})
	return t, secret, err
}

// outlives refuses a token that would hold longer than what the request came by.
func outlives(who participant) error {
	if who.session != "" {
		return fault.WithHint(fault.New(fault.Denied, "You signed in too long ago for a token that holds longer than this session, which ends %s.", who.until.UTC().Format(time.DateTime)),
			"sign in again, or let the token expire before that")
	}
	return fault.WithHint(fault.New(fault.Denied, "A token cannot make one that holds longer than itself, until %s.", who.until.UTC().Format(time.DateTime)),
		"sign in by your password, or let the token expire before that")
}

// Tokens gives the personal access tokens of a principal, the oldest first,
// revoked ones as well. fault.NotFound.
func (s *Service) Tokens(ctx context.Context, of urn.URN) (all []Token, err error) {
	defer fault.Wrap(&err, "access.Tokens(%s)", of)
	err = s.DB.Snapshot(ctx, func(r rows.Reader) error {
		if _, err := find(ctx, r, of); err != nil {
			return err
		}
		found, err := rows.Collect(ctx, r, scanToken, selectTokens, of.String())
		for _, t := range found {
			all = append(all, t.Token)
		}
		return err
	})
	return all, err
}

// RevokeToken ends a personal access token by its name, and those that were made
// by it. fault.NotFound.
func (s *Service) RevokeToken(ctx context.Context, of urn.URN, name string) (err error) {
	defer fault.Wrap(&err, "access.RevokeToken(%s, %s)", of, name)
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		t, err := rows.One(ctx, tx, scanToken, selectTokenByName, of.String(), name)
		if rows.IsNone(err) {
			return fault.New(fault.NotFound, "%s has no token %s in use.", of.Name(), name)
		}
		if err != nil {
			return err
		}
		return s.revoke(ctx, tx, t)
	})
}

// revoke ends a token that is in use, and those that were made by it.
func (s *Service) revoke(ctx context.Context, tx *rows.Tx, t tokenRecord) error {
	if n, err := tx.Exec(ctx, revokeToken, t.ID, s.Now().UnixMilli()); err != nil || n == 0 {
		return err
	}
	of, err := urn.Parse(t.principal)
	if err != nil {
		return err
	}
	if err := s.Events.Append(ctx, tx, tokenRevoked(of, t.Token)); err != nil {
		return err
	}
	return s.revokeAll(ctx, tx, selectTokensBy, t.ID)
}

// revokeAll ends the tokens in use that a statement selects.
func (s *Service) revokeAll(ctx context.Context, tx *rows.Tx, statement, arg string) error {
	all, err := rows.Collect(ctx, tx, scanToken, statement, arg)
	if err != nil {
		return err
	}
	for _, one := range all {
		if err := s.revoke(ctx, tx, one); err != nil {
			return err
		}
	}
	return nil
}
