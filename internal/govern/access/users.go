package access

import (
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/hashing"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// statements are those of one kind of principal.
type statements struct{ insert, find, list, disable, remove string }

func statementOf(kind Kind) statements {
	if kind == KindService {
		return statements{insertService, selectService, selectServices, disableService, deleteService}
	}
	return statements{insertUser, selectUser, selectUsers, disableUser, deleteUser}
}

// CreateUser makes a user with a password and, unless it is None, a role in
// the given workspace, which may be Everywhere. fault.Exists, fault.Invalid.
func (s *Service) CreateUser(ctx context.Context, name, password, workspace string, role roles.Role) (_ Principal, err error) {
	defer fault.Wrap(&err, "access.CreateUser(%s)", name)
	if err := hashing.CheckPassword(password); err != nil {
		return Principal{}, err
	}
	return s.create(ctx, Principal{Kind: KindUser, Name: name}, s.Hashing.Hash(password, s.IDs.Bytes(hashing.SaltSize)), workspace, role)
}

// CreateFirst makes a user as CreateUser does, with the role of the settings in
// the caller's workspace. fault.Exists, fault.Invalid.
func (s *Service) CreateFirst(ctx context.Context, name, password string) (Principal, error) {
	return s.CreateUser(ctx, name, password, caller.Workspace(ctx), s.firstRole())
}

// SetAdmin makes a user an administrator everywhere, or takes that away; who
// then has no role in the caller's workspace gets that of a new user.
// fault.NotFound.
func (s *Service) SetAdmin(ctx context.Context, user string, admin bool) (err error) {
	defer fault.Wrap(&err, "access.SetAdmin(%s)", user)
	p := urn.New(string(KindUser), user)
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		if _, err := find(ctx, tx, p); err != nil {
			return err
		}
		have, err := rows.Collect(ctx, tx, scanRoleIn, selectRolesHere, caller.Workspace(ctx), p.String())
		if err != nil {
			return err
		}
		was := slices.Contains(have, RoleIn{roles.Everywhere, roles.Admin})
		switch {
		case admin == was:
			return nil
		case admin:
			return s.grant(ctx, tx, p, RoleIn{roles.Everywhere, roles.Admin})
		case len(have) == 1:
			if err := s.grant(ctx, tx, p, RoleIn{caller.Workspace(ctx), s.firstRole()}); err != nil {
				return err
			}
		}
		return s.grant(ctx, tx, p, RoleIn{roles.Everywhere, roles.None})
	})
}

// CreateService makes a service and, unless it is None, gives it a role. The
// secret is told here and never again. fault.Exists, fault.Invalid.
func (s *Service) CreateService(ctx context.Context, name, workspace string, role roles.Role) (_ Principal, secret string, err error) {
	defer fault.Wrap(&err, "access.CreateService(%s)", name)
	secret, hash := s.newSecret(servicePrefix)
	p, err := s.create(ctx, Principal{Kind: KindService, Name: name}, hash, workspace, role)
	return p, secret, err
}

func (s *Service) create(ctx context.Context, p Principal, secret, workspace string, role roles.Role) (Principal, error) {
	if err := checkNew(p, role); err != nil {
		return p, err
	}
	err := s.DB.Write(ctx, func(tx *rows.Tx) (err error) {
		p, err = s.createIn(ctx, tx, p, secret, workspace, role)
		return err
	})
	return p, err
}

// checkNew refuses what no new principal may be. fault.Invalid.
func checkNew(p Principal, role roles.Role) error {
	if err := checkName(p.Name); err != nil || role == roles.None {
		return err
	}
	return roles.CheckRole(role)
}

// createIn is create in a change that does more. fault.Exists.
func (s *Service) createIn(ctx context.Context, tx *rows.Tx, p Principal, secret, workspace string, role roles.Role) (Principal, error) {
	p.Created, p.Roles = s.Now().UTC(), nil
	n, err := tx.Exec(ctx, statementOf(p.Kind).insert, p.Name, secret, bit(false), p.Created.UnixMilli())
	if err != nil {
		return p, err
	}
	if n == 0 {
		return p, fault.New(fault.Exists, "There is a %s %s already.", p.Kind, p.Name)
	}
	if err := s.Events.Append(ctx, tx, principalCreated(p)); err != nil || role == roles.None {
		return p, err
	}
	p.Roles = []RoleIn{{workspace, role}}
	return p, s.grant(ctx, tx, p.URN(), p.Roles[0])
}

// bit is a truth value as a column holds it: SQLite's strict tables have none.
func bit(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// Principals gives all of a kind, by name, whose roles hold in the caller's
// workspace; all that there are to who is an administrator everywhere.
func (s *Service) Principals(ctx context.Context, kind Kind) (_ []Principal, err error) {
	defer fault.Wrap(&err, "access.Principals(%s)", kind)
	who, err := s.participantOf(ctx)
	if err != nil {
		return nil, err
	}
	var accounts []account
	var granted []roleRecord
	err = s.DB.Snapshot(ctx, func(r rows.Reader) error {
		if accounts, err = rows.Collect(ctx, r, scanAccount, statementOf(kind).list); err != nil {
			return err
		}
		granted, err = rows.Collect(ctx, r, scanRole, selectRoles)
		return err
	})
	if err != nil {
		return nil, err
	}
	held := map[string][]RoleIn{}
	for _, g := range granted {
		if who.everywhere == roles.Admin || g.Workspace == caller.Workspace(ctx) || g.Workspace == roles.Everywhere {
			held[g.principal] = append(held[g.principal], g.RoleIn)
		}
	}
	var all []Principal
	for _, a := range accounts {
		p := Principal{Kind: kind, Name: a.name, Disabled: a.disabled, Created: at(a.created)}
		if p.Roles = held[p.URN().String()]; who.everywhere == roles.Admin || len(p.Roles) > 0 {
			all = append(all, p)
		}
	}
	return all, nil
}

// Account gives one principal with all its roles. fault.NotFound.
func (s *Service) Account(ctx context.Context, of urn.URN) (p Principal, err error) {
	defer fault.Wrap(&err, "access.Account(%s)", of)
	err = s.DB.Snapshot(ctx, func(r rows.Reader) error {
		a, err := find(ctx, r, of)
		if err != nil {
			return err
		}
		p = Principal{Kind: Kind(of.Kind), Name: a.name, Disabled: a.disabled, Created: at(a.created)}
		p.Roles, err = rows.Collect(ctx, r, scanRoleIn, selectRolesOf, of.String())
		return err
	})
	return p, err
}

func scanRoleIn(s rows.Scanner) (r RoleIn, err error) { return r, s.Scan(&r.Workspace, &r.Role) }

// find reads a principal's account. fault.NotFound.
func find(ctx context.Context, r rows.Reader, p urn.URN) (account, error) {
	a, err := rows.One(ctx, r, scanAccount, statementOf(Kind(p.Kind)).find, p.Name())
	if rows.IsNone(err) {
		return a, fault.New(fault.NotFound, "There is no %s %s.", p.Kind, p.Name())
	}
	return a, err
}

// SetDisabled keeps a principal out, which ends its sessions and the tokens that
// it made for others, or lets it in again. fault.NotFound.
func (s *Service) SetDisabled(ctx context.Context, p urn.URN, disabled bool) (err error) {
	defer fault.Wrap(&err, "access.SetDisabled(%s)", p)
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		a, err := find(ctx, tx, p)
		if err != nil || a.disabled == disabled {
			return err
		}
		now := s.Now().UnixMilli()
		if _, err := tx.Exec(ctx, statementOf(Kind(p.Kind)).disable, a.name, bit(disabled), now); err != nil {
			return err
		}
		if disabled {
			if _, err := s.endAll(ctx, tx, p); err != nil {
				return err
			}
			if err := s.revokeAll(ctx, tx, selectTokensForOthers, p.String()); err != nil {
				return err
			}
		}
		return s.Events.Append(ctx, tx, principalDisabled(p, disabled))
	})
}

// SetPassword gives a user another password and ends the user's sessions.
// Whoever changes their own must know the one before: as old, or, where old is
// "", as what the request itself came with. old is not looked at when another
// does it. fault.Denied, fault.NotFound, fault.Invalid.
func (s *Service) SetPassword(ctx context.Context, user, old, password string) (err error) {
	defer fault.Wrap(&err, "access.SetPassword(%s)", user)
	if err := hashing.CheckPassword(password); err != nil {
		return err
	}
	p := urn.New(string(KindUser), user)
	who, err := s.participantOf(ctx)
	if err != nil {
		return err
	}
	if caller.From(ctx).Actor.String() == p.String() && (old != "" || !who.typed) {
		if _, err := s.provePassword(ctx, user, old, ""); err != nil {
			if fault.Is(err, fault.Unauthenticated) {
				return fault.New(fault.Denied, "The password before is wrong.")
			}
			return err
		}
	}
	hash := s.Hashing.Hash(password, s.IDs.Bytes(hashing.SaltSize))
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		if _, err := find(ctx, tx, p); err != nil {
			return err
		}
		return s.replacePassword(ctx, tx, p, hash)
	})
}

// replacePassword keeps the hash of another password, and ends what the one
// before began.
func (s *Service) replacePassword(ctx context.Context, tx *rows.Tx, p urn.URN, hash string) error {
	now := s.Now().UnixMilli()
	if _, err := tx.Exec(ctx, setPassword, p.Name(), hash, now); err != nil {
		return err
	}
	if _, err := s.endAll(ctx, tx, p); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, deleteInvitations, p.Name()); err != nil {
		return err
	}
	return s.Events.Append(ctx, tx, event.Event{Verb: "access.password.changed", Subject: p})
}

// SetRole gives a principal a role in a workspace, which may be Everywhere, and
// takes the one before; None takes it away. fault.NotFound, fault.Invalid.
func (s *Service) SetRole(ctx context.Context, p urn.URN, workspace string, role roles.Role) (err error) {
	defer fault.Wrap(&err, "access.SetRole(%s, %s)", p, role)
	if role != roles.None {
		if err := roles.CheckRole(role); err != nil {
			return err
		}
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		if _, err := find(ctx, tx, p); err != nil {
			return err
		}
		return s.grant(ctx, tx, p, RoleIn{workspace, role})
	})
}

func (s *Service) grant(ctx context.Context, tx *rows.Tx, p urn.URN, g RoleIn) error {
	before, err := rows.One(ctx, tx, rows.Column[roles.Role], selectRole, g.Workspace, p.String())
	if err != nil && !rows.IsNone(err) {
		return err
	}
	if before == g.Role {
		return nil
	}
	if err := s.closeFirst(ctx, tx, g); err != nil {
		return err
	}
	if g.Role == roles.None {
		_, err = tx.Exec(ctx, deleteRole, g.Workspace, p.String())
	} else {
		_, err = tx.Exec(ctx, upsertRole, g.Workspace, p.String(), g.Role)
	}
	if err != nil {
		return err
	}
	return s.Events.Append(where(ctx, g.Workspace), tx, roleChanged(p, g.Workspace, before, g.Role))
}

// Administers reports whether the caller in ctx is an administrator everywhere.
func (s *Service) Administers(ctx context.Context) (bool, error) {
	who, err := s.participantOf(ctx)
	return who.everywhere == roles.Admin, err
}

// IsAdmin reports whether a principal is an administrator everywhere.
func (p Principal) IsAdmin() bool {
	return slices.Contains(p.Roles, RoleIn{roles.Everywhere, roles.Admin})
}

// RoleOf is what the caller in ctx is in the caller's workspace.
func (s *Service) RoleOf(ctx context.Context) (roles.Role, roles.Scope, error) {
	who, err := s.participantOf(ctx)
	return roles.Greater(who.here, who.everywhere), slices.Clone(who.scope), err
}
