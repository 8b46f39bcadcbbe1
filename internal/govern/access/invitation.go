package access

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/hashing"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// InviteTime is how long the link of an invitation holds.
const InviteTime = 24 * time.Hour

// CreateInvited makes a user without a password, who enters by an invitation.
// fault.Exists, fault.Invalid.
func (s *Service) CreateInvited(ctx context.Context, name, workspace string, role roles.Role) (p Principal, secret string, err error) {
	defer fault.Wrap(&err, "access.CreateInvited(%s)", name)
	p = Principal{Kind: KindUser, Name: name}
	if err := checkNew(p, role); err != nil {
		return p, "", err
	}
	err = s.DB.Write(ctx, func(tx *rows.Tx) (err error) {
		if p, err = s.createIn(ctx, tx, p, "", workspace, role); err == nil {
			secret, err = s.invite(ctx, tx, p.URN())
		}
		return err
	})
	return p, secret, err
}

// Invite makes the secret by which a user sets a password, once, within
// InviteTime. It is told here and never again, and ends those before.
// fault.NotFound, fault.Conflict.
func (s *Service) Invite(ctx context.Context, user string) (secret string, err error) {
	defer fault.Wrap(&err, "access.Invite(%s)", user)
	err = s.DB.Write(ctx, func(tx *rows.Tx) error {
		of := urn.New(string(KindUser), user)
		a, err := find(ctx, tx, of)
		if err != nil {
			return err
		}
		if a.disabled {
			return fault.WithHint(fault.New(fault.Conflict, "The user %s is kept out.", user), "let the user in again first")
		}
		secret, err = s.invite(ctx, tx, of)
		return err
	})
	return secret, err
}

func (s *Service) invite(ctx context.Context, tx *rows.Tx, of urn.URN) (string, error) {
	secret, until, err := s.link(ctx, tx, of.Name())
	if err != nil {
		return "", err
	}
	return secret, s.Events.Append(ctx, tx, event.Event{Verb: "access.user.invited", Subject: of, Data: inviting{until.Format(time.RFC3339)}})
}

// link makes the only invitation of a name that holds.
func (s *Service) link(ctx context.Context, tx *rows.Tx, name string) (secret string, until time.Time, err error) {
	now := s.Now().UTC()
	until = now.Add(InviteTime)
	if _, err := tx.Exec(ctx, deleteInvitations, name); err != nil {
		return "", until, err
	}
	secret, hash := s.newSecret(invitePrefix)
	_, err = tx.Exec(ctx, insertInvitation, hash, name, now.UnixMilli(), until.UnixMilli())
	return secret, until, err
}

// InviteFirst makes the secret by which the first administrator enters; "" where
// there is one.
func (s *Service) InviteFirst(ctx context.Context) (secret string, err error) {
	defer fault.Wrap(&err, "access.InviteFirst")
	err = s.DB.Write(ctx, func(tx *rows.Tx) error {
		secret = ""
		there, err := anyAdmin(ctx, tx)
		if err != nil || there {
			return err
		}
		secret, _, err = s.link(ctx, tx, "")
		return err
	})
	return secret, err
}

// closeFirst ends the first administrator's link once somebody is administrator
// everywhere: it must not come alive when that one is kept out.
func (s *Service) closeFirst(ctx context.Context, tx *rows.Tx, g RoleIn) error {
	if g.Workspace != roles.Everywhere || g.Role != roles.Admin {
		return nil
	}
	_, err := tx.Exec(ctx, deleteInvitations, "")
	return err
}

func anyAdmin(ctx context.Context, r rows.Reader) (bool, error) {
	_, err := rows.One(ctx, r, rows.Column[string], selectAnyAdmin)
	if rows.IsNone(err) {
		return false, nil
	}
	return err == nil, err
}

// Invited says whom an invitation is for, "" where it is for the first
// administrator, who chooses a name. It uses nothing up: what looks at links on
// their way looks at this. fault.Unauthenticated.
func (s *Service) Invited(ctx context.Context, secret string) (name string, err error) {
	defer fault.Wrap(&err, "access.Invited")
	err = s.DB.Snapshot(ctx, func(r rows.Reader) error {
		i, err := s.open(ctx, r, secret)
		name = i.name
		return err
	})
	return name, err
}

// open gives an invitation that holds. Whatever is wrong with one is told the
// same.
func (s *Service) open(ctx context.Context, r rows.Reader, secret string) (invitation, error) {
	if !isSecret(secret, invitePrefix) {
		return invitation{}, noInvitation()
	}
	i, err := rows.One(ctx, r, scanInvitation, selectInvitation, hashOf(secret))
	if err != nil && !rows.IsNone(err) {
		return i, err
	}
	if err != nil || s.Now().UnixMilli() >= i.expires {
		return i, noInvitation()
	}
	if i.name == "" {
		there, err := anyAdmin(ctx, r)
		if there {
			return i, noInvitation()
		}
		return i, err
	}
	a, err := find(ctx, r, urn.New(string(KindUser), i.name))
	if fault.Is(err, fault.NotFound) || err == nil && a.disabled {
		return i, noInvitation()
	}
	return i, err
}

// Accept uses an invitation up: it gives its user the password, or makes the
// first administrator by the given name, and begins a session of the browser,
// which ends the one that it came with. fault.Unauthenticated, fault.Invalid,
// fault.Exists.
func (s *Service) Accept(ctx context.Context, secret, name, password, before string) (who urn.URN, value string, err error) {
	defer fault.Wrap(&err, "access.Accept")
	if err := hashing.CheckPassword(password); err != nil {
		return who, "", err
	}
	if _, err := s.Invited(ctx, secret); err != nil { // before a password is hashed for a stranger
		return who, "", err
	}
	hash := s.Hashing.Hash(password, s.IDs.Bytes(hashing.SaltSize))
	err = s.DB.Write(ctx, func(tx *rows.Tx) error {
		i, err := s.open(ctx, tx, secret)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, useInvitation, hashOf(secret))
		if err != nil {
			return err
		}
		if n == 0 {
			return noInvitation()
		}
		if who, err = s.admit(ctx, tx, i, name, hash); err != nil {
			return err
		}
		value, err = s.browseIn(ctx, tx, who, byInvitation, before)
		return err
	})
	return who, value, err
}

// admit gives whom an invitation is for the password.
func (s *Service) admit(ctx context.Context, tx *rows.Tx, i invitation, name, hash string) (urn.URN, error) {
	if i.name != "" {
		who := urn.New(string(KindUser), i.name)
		return who, s.replacePassword(as(ctx, who), tx, who, hash)
	}
	p := Principal{Kind: KindUser, Name: name}
	if err := checkNew(p, roles.Admin); err != nil {
		return urn.URN{}, err
	}
	p, err := s.createIn(as(ctx, p.URN()), tx, p, hash, roles.Everywhere, roles.Admin)
	return p.URN(), err
}

func noInvitation() error {
	return fault.WithHint(fault.New(fault.Unauthenticated, "The link was used, has expired, or is none of this tacit."), "ask an administrator for another")
}
