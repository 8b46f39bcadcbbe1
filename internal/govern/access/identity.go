package access

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// AnswerTime is how long a person may take at their provider. An answer that was
// used is remembered for as long, and cannot be used again.
const AnswerTime = 10 * time.Minute

// Identity is what a provider proved of a person.
type Identity struct {
	Provider Provider
	Subject  string   // what the provider calls the person, for ever
	Name     string   // what the person may be called here; looked at the first time alone
	Groups   []string // which the person is in now
	Answer   string   // what tells this answer of the provider from all others
}

// SignInIdentity begins a session of the browser of whom a provider knows. The
// first time it makes a user without a password; a user who is there already is
// never taken over. Roles that groups gave and no longer give are taken; those
// given by hand stay. The session that the browser came with ends.
// fault.Unauthenticated, fault.Denied, fault.Conflict.
func (s *Service) SignInIdentity(ctx context.Context, i Identity, before string) (who urn.URN, value string, err error) {
	defer fault.Wrap(&err, "access.SignInIdentity")
	if i.Subject == "" || i.Answer == "" {
		return who, "", unauthenticated("The provider did not say who you are.")
	}
	disabled := false
	err = s.DB.Write(ctx, func(tx *rows.Tx) error {
		n, err := tx.Exec(ctx, useAnswer, hashOf(i.Answer), s.Now().Add(AnswerTime).UnixMilli())
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.WithHint(fault.New(fault.Unauthenticated, "This answer of the provider was used already."), "sign in again")
		}
		if who, disabled, err = s.known(ctx, tx, i); err != nil || disabled {
			return err
		}
		if err := s.mapRoles(as(ctx, who), tx, who, i.Provider.given(i.Groups)); err != nil {
			return err
		}
		value, err = s.browseIn(ctx, tx, who, "provider "+i.Provider.Name, before)
		return err
	})
	if err == nil && disabled {
		err = s.refuse(ctx, who, "provider "+who.String(), "The account is disabled.")
	}
	return who, value, err
}

// known gives the user that an identity is linked to, made now where there is
// none yet.
func (s *Service) known(ctx context.Context, tx *rows.Tx, i Identity) (who urn.URN, disabled bool, err error) {
	name, err := rows.One(ctx, tx, rows.Column[string], selectIdentity, i.Provider.Issuer, i.Subject)
	if err == nil {
		who = urn.New(string(KindUser), name)
		a, err := find(ctx, tx, who)
		return who, a.disabled, err
	}
	if !rows.IsNone(err) {
		return who, false, err
	}
	p := Principal{Kind: KindUser, Name: i.Name}
	if err := checkName(i.Name); err != nil {
		return who, false, fault.WithHint(fault.New(fault.Denied, "%s says that you are called %q, which cannot be a user's name here.", i.Provider.Title, i.Name),
			"an administrator can choose another name_claim")
	}
	p, err = s.createIn(as(ctx, p.URN()), tx, p, "", "", roles.None)
	if fault.Is(err, fault.Exists) {
		return who, false, fault.WithHint(fault.New(fault.Conflict, "There is a user %s already, whom %s does not know.", i.Name, i.Provider.Title),
			"sign in by the password, or ask an administrator")
	}
	if err != nil {
		return who, false, err
	}
	_, err = tx.Exec(ctx, insertIdentity, i.Provider.Issuer, i.Subject, i.Name, s.Now().UnixMilli())
	return p.URN(), false, err
}

// mapRoles makes the roles that groups give a user those of now.
func (s *Service) mapRoles(ctx context.Context, tx *rows.Tx, who urn.URN, now map[string]roles.Role) error {
	there, err := rows.Collect(ctx, tx, scanRoleIn, selectMapped, who.String())
	if err != nil {
		return err
	}
	before := map[string]roles.Role{}
	for _, r := range there {
		if before[r.Workspace] = r.Role; now[r.Workspace] != roles.None {
			continue
		}
		if _, err := tx.Exec(ctx, deleteMapped, r.Workspace, who.String()); err != nil {
			return err
		}
		if err := s.Events.Append(where(ctx, r.Workspace), tx, roleMapped(who, r.Workspace, r.Role, roles.None)); err != nil {
			return err
		}
	}
	for _, workspace := range slices.Sorted(maps.Keys(now)) {
		if before[workspace] == now[workspace] {
			continue
		}
		if _, err := tx.Exec(ctx, upsertMapped, workspace, who.String(), now[workspace]); err != nil {
			return err
		}
		if err := s.closeFirst(ctx, tx, RoleIn{workspace, now[workspace]}); err != nil {
			return err
		}
		if err := s.Events.Append(where(ctx, workspace), tx, roleMapped(who, workspace, before[workspace], now[workspace])); err != nil {
			return err
		}
	}
	return nil
}
