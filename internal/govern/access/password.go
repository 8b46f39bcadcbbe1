package access

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/hashing"
	"github.com/tacit-ml/tacit/internal/govern/access/limit"
)

const (
	// accountTries may fail in a row for one name, and one more each
	// accountPause; the same for an address.
	accountTries = 10
	accountPause = 30 * time.Second
	addressTries = 50
	addressPause = 6 * time.Second
)

// provePassword proves a user by the password, and announces it as a sign-in in
// the given way, "" for none. Unknown and disabled users cost the same and are
// told the same as a wrong password.
func (s *Service) provePassword(ctx context.Context, user, password, way string) (p proof, err error) {
	if !name.MatchString(user) || len(password) > hashing.MaxPassword {
		return p, wrong()
	}
	a, err := rows.One(ctx, s.DB.Read(), scanAccount, selectUser, user)
	known := err == nil
	if err != nil && !rows.IsNone(err) {
		return p, err
	}
	actor := urn.New(string(KindUser), user)
	from := limit.Network(caller.From(ctx).Origin.Address)
	t := try{address: "address " + from, name: "name " + user, subject: unknown()}
	if known {
		t.subject, t.held = actor, "held "+user+" "+from
	}
	if known && !a.disabled && s.verified.Knows(user, a.secret, password, from) && !s.limits.Full(t.held, addressTries, addressPause) {
		return proof{actor: actor}, nil
	}
	if err := s.take(ctx, t); err != nil {
		return p, err
	}
	right, err := s.verify(ctx, a.secret, password)
	if err != nil {
		return p, err
	}
	if !right || a.disabled {
		s.tell(as(ctx, caller.Nobody()), sessionRefused(t.subject))
		return p, wrong()
	}
	s.limits.Give(t.address, addressPause)
	s.limits.Give(t.name, accountPause)
	s.verified.Learn(user, a.secret, password, from)
	return proof{actor: actor}, s.signedIn(ctx, actor, a.secret, password, way)
}

// try is a password that is held against a name, with the keys by which it counts.
type try struct {
	address, name string
	held          string  // of what was held back for the name at the address; "" where nobody has the name
	subject       urn.URN // who is told of
}

// take counts a try. fault.Limit where too many were wrong, which is told, once a
// minute for each name and address.
//
// What is held back is counted as well: a password that is remembered passes where
// wrong ones are held back, and would else be found by trying them all.
func (s *Service) take(ctx context.Context, t try) error {
	wait := s.limits.Take(t.address, addressTries, addressPause)
	if wait == 0 {
		if wait = s.limits.Take(t.name, accountTries, accountPause); wait == 0 {
			return nil
		}
		s.limits.Give(t.address, addressPause)
	}
	if t.held != "" {
		s.limits.Take(t.held, addressTries, addressPause)
	}
	err := tooMany(wait)
	c := caller.From(ctx)
	c.Actor = caller.Nobody()
	s.noteRefusal(ctx, c, t.subject.String(), sessionLimited(t.subject), fault.Sentence(err))
	return err
}

// verify reports whether password is the one of the stored hash. An empty hash
// matches nothing, and costs what a real one costs.
func (s *Service) verify(ctx context.Context, stored, password string) (bool, error) {
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	known := stored != ""
	if !known {
		stored = s.nobody
	}
	p, err := hashing.Parse(stored)
	if err != nil {
		return false, err
	}
	return p.Matches(password) && known, nil
}

// signedIn announces a sign-in, and hashes the password anew where it was
// hashed with other parameters.
func (s *Service) signedIn(ctx context.Context, actor urn.URN, stored, password, way string) error {
	anew := ""
	if p, err := hashing.Parse(stored); err == nil && p.Parameters != s.Hashing {
		anew = s.Hashing.Hash(password, s.IDs.Bytes(hashing.SaltSize))
	}
	if anew == "" && way == "" {
		return nil
	}
	ctx = as(ctx, actor)
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		if anew != "" {
			if _, err := tx.Exec(ctx, rehashPassword, actor.Name(), stored, anew); err != nil {
				return err
			}
		}
		if way == "" {
			return nil
		}
		return s.Events.Append(ctx, tx, sessionBegun(actor, way))
	})
}
