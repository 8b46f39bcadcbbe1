package access

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

const (
	// BrowserTime is how long a browser's session holds at most; one that is not
	// used for idleTime ends before.
	BrowserTime = 7 * 24 * time.Hour
	idleTime    = 12 * time.Hour
	// freshTime is how long after a sign-in its session may make what outlives it.
	freshTime = time.Hour
)

// browserSession is the kind of sessions that a browser keeps by a cookie.
const browserSession = "browser"

// Session is one sign-in that goes on.
type Session struct {
	ID      string
	Browser bool // else a program's, by OAuth 2
	Began   time.Time
	Expires time.Time
	Used    time.Time // by a browser, to the minute; zero for a program's
	Client  string    // what the browser says of itself
	Address string    // where it began
	Here    bool      // the request itself came by it
}

// SignInBrowser begins a session of a user by the password and gives the value
// that the browser is to keep. The session that it came with, if any, ends: a
// value that was there before a sign-in never stands for who signed in.
// fault.Unauthenticated, fault.Limit.
func (s *Service) SignInBrowser(ctx context.Context, user, password, before string) (value string, err error) {
	defer fault.Wrap(&err, "access.SignInBrowser")
	p, err := s.provePassword(ctx, user, password, "")
	if err != nil {
		return "", err
	}
	return s.browse(ctx, p.actor, byPage, before)
}

// browse begins a session of a browser, and ends the one that it came with.
func (s *Service) browse(ctx context.Context, actor urn.URN, way, before string) (value string, err error) {
	err = s.DB.Write(as(ctx, actor), func(tx *rows.Tx) error {
		value, err = s.browseIn(ctx, tx, actor, way, before)
		return err
	})
	return value, err
}

// browseIn is browse in a change that does more.
func (s *Service) browseIn(ctx context.Context, tx *rows.Tx, actor urn.URN, way, before string) (string, error) {
	ctx = as(ctx, actor)
	if err := s.endCookie(ctx, tx, before, "another sign-in took its place"); err != nil {
		return "", err
	}
	session, now := s.IDs.UUID(), s.Now()
	value, hash := s.newSecret(cookiePrefix)
	_, err := tx.Exec(ctx, insertSession, session, browserSession, actor.String(), "", now.UnixMilli(), now.Add(BrowserTime).UnixMilli())
	if err != nil {
		return "", err
	}
	from := caller.From(ctx).Origin
	if _, err = tx.Exec(ctx, insertCookie, hash, session, now.UnixMilli(), from.Client, from.Address); err != nil {
		return "", err
	}
	return value, s.Events.Append(ctx, tx, sessionBegun(actor, way))
}

// proveBrowser proves who a browser's session belongs to.
func (s *Service) proveBrowser(ctx context.Context, value string) (proof, error) {
	if !isSecret(value, cookiePrefix) {
		return proof{}, signInAgain()
	}
	found, err := rows.One(ctx, s.DB.Read(), scanSession, selectCookie, hashOf(value))
	if rows.IsNone(err) {
		return proof{}, signInAgain()
	}
	if err != nil {
		return proof{}, err
	}
	actor, err := urn.Parse(found.principal)
	if err != nil {
		return proof{}, err
	}
	now := s.Now()
	switch {
	case found.ended != 0:
		return proof{}, s.refuse(ctx, actor, found.id, "The session has ended.")
	case now.UnixMilli() >= found.expires || now.Sub(at(found.tokenUsed)) >= idleTime:
		return proof{}, signInAgain()
	}
	if err := s.enabled(ctx, actor, found.id); err != nil {
		return proof{}, err
	}
	if now.Sub(at(found.tokenUsed)) >= usedPause {
		s.noteUse(ctx, useCookie, hashOf(value), now)
	}
	c := credential{session: found.id}
	if now.Sub(at(found.began)) >= freshTime {
		c.until, c.maker = at(found.expires), found.id
	}
	return proof{actor, c}, nil
}

// SignOut ends the session that a browser keeps; a value that is none ends
// nothing.
func (s *Service) SignOut(ctx context.Context, value string) (err error) {
	defer fault.Wrap(&err, "access.SignOut")
	return s.DB.Write(ctx, func(tx *rows.Tx) error { return s.endCookie(ctx, tx, value, "signed out") })
}

// endCookie ends the session of a cookie's value.
func (s *Service) endCookie(ctx context.Context, tx *rows.Tx, value, why string) error {
	if !isSecret(value, cookiePrefix) {
		return nil
	}
	found, err := rows.One(ctx, tx, scanSession, selectCookie, hashOf(value))
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
	return s.end(ctx, tx, found.id, actor, why)
}

// Sessions gives the sessions of a principal that go on, the newest first.
// fault.NotFound.
func (s *Service) Sessions(ctx context.Context, of urn.URN) (all []Session, err error) {
	defer fault.Wrap(&err, "access.Sessions(%s)", of)
	who, err := s.participantOf(ctx)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	err = s.DB.Snapshot(ctx, func(r rows.Reader) error {
		if _, err := find(ctx, r, of); err != nil {
			return err
		}
		all, err = rows.Collect(ctx, r, scanListed, selectSessions, of.String(), now.UnixMilli(), now.Add(-idleTime).UnixMilli())
		return err
	})
	for i := range all {
		all[i].Here = all[i].ID == who.session
	}
	return all, err
}

// EndSession ends a session of a principal by its id. fault.NotFound.
func (s *Service) EndSession(ctx context.Context, of urn.URN, id string) (err error) {
	defer fault.Wrap(&err, "access.EndSession(%s)", of)
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		n, err := tx.Exec(ctx, endSessionOf, id, of.String(), s.Now().UnixMilli())
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "%s has no such session that goes on.", of.Name())
		}
		if err := s.revokeAll(ctx, tx, selectTokensBy, id); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, sessionEnded(of, "it was ended from elsewhere"))
	})
}

// SignOutEverywhere ends all sessions of a principal, browsers' and programs',
// with all their tokens and those that these made. Other personal access tokens
// stay. fault.NotFound.
func (s *Service) SignOutEverywhere(ctx context.Context, of urn.URN) (err error) {
	defer fault.Wrap(&err, "access.SignOutEverywhere(%s)", of)
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		if _, err := find(ctx, tx, of); err != nil {
			return err
		}
		n, err := s.endAll(ctx, tx, of)
		if err != nil || n == 0 {
			return err
		}
		return s.Events.Append(ctx, tx, sessionEnded(of, "signed out everywhere"))
	})
}

func signInAgain() error {
	return fault.New(fault.Unauthenticated, "The session is over. Sign in again.")
}
