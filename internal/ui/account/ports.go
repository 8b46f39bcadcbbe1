package account

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// Sessions are what browsers sign in and out of.
type Sessions interface {
	SignInBrowser(ctx context.Context, user, password, before string) (value string, err error)
	SignOut(ctx context.Context, value string) error
	SignOutEverywhere(ctx context.Context, of urn.URN) error
	Sessions(ctx context.Context, of urn.URN) ([]access.Session, error)
	EndSession(ctx context.Context, of urn.URN, id string) error
	SignInIdentity(ctx context.Context, i access.Identity, before string) (who urn.URN, value string, err error)
	Invited(ctx context.Context, secret string) (name string, err error)
	Accept(ctx context.Context, secret, name, password, before string) (who urn.URN, value string, err error)
}

// Accounts are users and services, their roles and tokens.
type Accounts interface {
	Account(ctx context.Context, of urn.URN) (access.Principal, error)
	Principals(ctx context.Context, kind access.Kind) ([]access.Principal, error)
	CreateUser(ctx context.Context, name, password, workspace string, role roles.Role) (access.Principal, error)
	CreateInvited(ctx context.Context, name, workspace string, role roles.Role) (p access.Principal, secret string, err error)
	Invite(ctx context.Context, user string) (secret string, err error)
	CreateService(ctx context.Context, name, workspace string, role roles.Role) (p access.Principal, secret string, err error)
	RotateSecret(ctx context.Context, service string, keep time.Duration) (secret string, until time.Time, err error)
	Delete(ctx context.Context, p urn.URN) error
	SetDisabled(ctx context.Context, p urn.URN, disabled bool) error
	SetPassword(ctx context.Context, user, old, password string) error
	SetRole(ctx context.Context, p urn.URN, workspace string, role roles.Role) error
	CreateToken(ctx context.Context, of urn.URN, name string, scope roles.Scope, expires time.Time) (t access.Token, secret string, err error)
	Tokens(ctx context.Context, of urn.URN) ([]access.Token, error)
	RevokeToken(ctx context.Context, of urn.URN, name string) error
}

// Visibility is the condition under which the caller may see an object of a list.
type Visibility interface {
	Visible(ctx context.Context, action string) (filter.Node, error)
}
