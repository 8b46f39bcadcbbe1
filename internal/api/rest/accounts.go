package rest

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// Accounts are users and services, their roles and tokens.
type Accounts interface {
	RoleOf(ctx context.Context) (roles.Role, roles.Scope, error)
	Principals(ctx context.Context, kind access.Kind) ([]access.Principal, error)
	CreateUser(ctx context.Context, name, password, workspace string, role roles.Role) (access.Principal, error)
	CreateInvited(ctx context.Context, name, workspace string, role roles.Role) (p access.Principal, secret string, err error)
	Invite(ctx context.Context, user string) (secret string, err error)
	CreateService(ctx context.Context, name, workspace string, role roles.Role) (p access.Principal, secret string, err error)
	RotateSecret(ctx context.Context, service string, keep time.Duration) (secret string, until time.Time, err error)
	SetDisabled(ctx context.Context, p urn.URN, disabled bool) error
	Delete(ctx context.Context, p urn.URN) error
	SetPassword(ctx context.Context, user, old, password string) error
	SetRole(ctx context.Context, p urn.URN, workspace string, role roles.Role) error
	CreateToken(ctx context.Context, of urn.URN, name string, scope roles.Scope, expires time.Time) (t access.Token, secret string, err error)
	Tokens(ctx context.Context, of urn.URN) ([]access.Token, error)
	RevokeToken(ctx context.Context, of urn.URN, name string) error
}

// withSecrets are the operations whose message or answer holds a secret: of
// these nothing is kept for who asks again.
var withSecrets = []string{"create-user", "set-password", "create-service", "rotate-secret", "create-token", "invite-user"}

// secret reports whether message or answer holds a secret.
func (o operation) secret() bool { return slices.Contains(withSecrets, o.id) }

// MeBody is what the server takes the caller for.
type MeBody struct {
	Actor     string `json:"actor" doc:"who asks, as a URN"`
	Workspace string `json:"workspace"`
	Role      string `json:"role" doc:"in the workspace"`
	Scope     string `json:"scope,omitempty" doc:"of the token that came with the request; absent when it lets all through"`
}

// GrantBody is a role in a workspace.
type GrantBody struct {
	Workspace string `json:"workspace" doc:"* for all"`
	Role      string `json:"role" enum:"viewer,contributor,maintainer,admin"`
}

// AccountBody is a user or a service.
type AccountBody struct {
	Name     string      `json:"name"`
	Disabled bool        `json:"disabled"`
	Created  time.Time   `json:"created"`
	Roles    []GrantBody `json:"roles" nullable:"false"`
	Secret   string      `json:"secret,omitempty" doc:"of a service, shown when it is made and never again"`
	Link     string      `json:"link,omitempty" doc:"of a user made without a password: where one is set, once, within a day; never shown again"`
}

// InvitationBody is a link by which a user sets a password.
type InvitationBody struct {
	Name    string    `json:"name"`
	Link    string    `json:"link" doc:"shown when it is made and never again; those made before end"`
	Expires time.Time `json:"expires"`
}

// RoleBody gives a role in the request's workspace, or in all.
type RoleBody struct {
	Role       string `json:"role" enum:",viewer,contributor,maintainer,admin" doc:"empty to take it away"`
	Everywhere bool   `json:"everywhere,omitempty" doc:"in all workspaces, instead of the request's"`
}

// NewUserBody is what a new user is made of.
type NewUserBody struct {
	Name     string `json:"name"`
	Password string `json:"password,omitempty" minLength:"8" maxLength:"1024" doc:"without one the answer has a link by which the user sets it"`
	RoleBody
}

// NewServiceBody is what a new service is made of.
type NewServiceBody struct {
	Name string `json:"name"`
	RoleBody
}

// RotationBody says how long the secret before is kept.
type RotationBody struct {
	KeepSeconds *int64 `json:"keep_seconds,omitempty" minimum:"0" maximum:"2592000" doc:"how long the secret before holds, 0 to end it at once with the service's sessions; a day when absent"`
}

// SecretBody is another secret of a service.
type SecretBody struct {
	Name        string     `json:"name"`
	Secret      string     `json:"secret" doc:"shown when it is made and never again"`
	FormerUntil *time.Time `json:"former_until,omitempty" doc:"until when the secret before holds; absent when it has ended"`
}

// DisabledBody keeps somebody out, or lets them in again.
type DisabledBody struct {
	Disabled bool `json:"disabled"`
}

// PasswordBody is another password.
type PasswordBody struct {
	Password string `json:"password" minLength:"8" maxLength:"1024"`
	Old      string `json:"old,omitempty" maxLength:"1024" doc:"the one before, for who changes their own"`
}

// NewTokenBody is what a personal access token is made of.
type NewTokenBody struct {
	Name    string     `json:"name"`
	Scope   string     `json:"scope,omitempty" maxLength:"5000" doc:"roles and actions apart by spaces, as in: viewer run.*; all that its owner may do when empty"`
	Expires *time.Time `json:"expires,omitempty" doc:"never when absent"`
}

// TokenBody is a personal access token.
type TokenBody struct {
	Name    string     `json:"name"`
	Scope   string     `json:"scope,omitempty"`
	Created time.Time  `json:"created"`
	Expires *time.Time `json:"expires,omitempty"`
	Used    *time.Time `json:"used,omitempty" doc:"the last time, to the minute"`
	Revoked *time.Time `json:"revoked,omitempty"`
	Token   string     `json:"token,omitempty" doc:"shown when it is made and never again"`
}

// AccountPath names a user or a service.
type AccountPath struct {
	Name string `path:"name" maxLength:"128"`
}

// TokenPath names a token of a user.
type TokenPath struct {
	AccountPath
	Token string `path:"token" maxLength:"128"`
}

func (f *face) accounts() {
	user, service := object("user", "name"), object("service", "name")
	add(f, operation{"GET", "/me", "get-me", "Who you are to this server, and what you may do here", "server.read", whole, 0}, f.getMe)
	add(f, operation{"GET", "/users", "list-users", "Users with a role in the workspace, by name", "user.list", listed, 0}, f.listUsers)
	add(f, operation{"POST", "/users", "create-user", "Make a user", "user.create", whole, http.StatusCreated}, f.createUser)
	add(f, operation{"PATCH", "/users/{name}", "update-user", "Keep a user out, or let one in again", "user.update", user, 0}, f.updateUser)
	add(f, operation{"DELETE", "/users/{name}", "delete-user", "Delete a user, with sessions, tokens, roles, grants and links to providers", "user.delete", user, 0}, f.deleteUser)
	add(f, operation{"PUT", "/users/{name}/password", "set-password", "Give a user another password", "password.update", user, 0}, f.setPassword)
	add(f, operation{"POST", "/users/{name}/invitation", "invite-user", "Make a link by which a user sets a password", "user.update", user, http.StatusCreated}, f.inviteUser)
	add(f, operation{"PUT", "/users/{name}/role", "set-user-role", "Give a user a role", "role.update", naming(user, everywhere), 0}, f.setUserRole)
	add(f, operation{"GET", "/users/{name}/tokens", "list-tokens", "Personal access tokens of a user", "token.read", user, 0}, f.listTokens)
	add(f, operation{"POST", "/users/{name}/tokens", "create-token", "Make a personal access token", "token.create", user, http.StatusCreated}, f.createToken)
	add(f, operation{"DELETE", "/users/{name}/tokens/{token}", "revoke-token", "End a personal access token", "token.revoke", user, 0}, f.revokeToken)
	add(f, operation{"GET", "/services", "list-services", "Services with a role in the workspace, by name", "service.list", listed, 0}, f.listServices)
	add(f, operation{"POST", "/services", "create-service", "Make a service", "service.create", whole, http.StatusCreated}, f.createService)
	add(f, operation{"PATCH", "/services/{name}", "update-service", "Keep a service out, or let one in again", "service.update", service, 0}, f.updateService)
	add(f, operation{"DELETE", "/services/{name}", "delete-service", "Delete a service, with its sessions, tokens, roles and grants", "service.delete", service, 0}, f.deleteService)
	add(f, operation{"POST", "/services/{name}/secret", "rotate-secret", "Give a service another secret", "service.update", service, http.StatusCreated}, f.rotateSecret)
	add(f, operation{"PUT", "/services/{name}/role", "set-service-role", "Give a service a role", "role.update", naming(service, everywhere), 0}, f.setServiceRole)
}

// everywhere asks for the installation where a role is to hold in all workspaces.
func everywhere(_ *http.Request, m RoleBody) []route.Object {
	if !m.Everywhere {
		return nil
	}
	return []route.Object{route.For("installation.update", urn.URN{})}
}

// where is the workspace in which a role is to hold.
func (b RoleBody) where(ctx context.Context) string {
	if b.Everywhere {
		return roles.Everywhere
	}
	return caller.Workspace(ctx)
}

func (f *face) getMe(ctx context.Context, _ *struct{}) (*output[MeBody], error) {
	c := caller.From(ctx)
	role, scope, err := f.Accounts.RoleOf(ctx)
	return &output[MeBody]{MeBody{c.Actor.String(), c.Workspace, string(role), scope.String()}}, err
}

func (f *face) listUsers(ctx context.Context, _ *struct{}) (*output[Page[AccountBody]], error) {
	found, err := f.Accounts.Principals(ctx, access.KindUser)
	return pageOf(found, "", accountBody), err
}

func (f *face) createUser(ctx context.Context, in *struct{ Body NewUserBody }) (*made[AccountBody], error) {
	b := in.Body
	if b.Password == "" {
		p, secret, err := f.Accounts.CreateInvited(ctx, b.Name, b.where(ctx), roles.Role(b.Role))
		body := accountBody(p)
		body.Link = welcome(ctx, secret)
		return &made[AccountBody]{route.Link(ctx, root+"/users"), body}, err
	}
	p, err := f.Accounts.CreateUser(ctx, b.Name, b.Password, b.where(ctx), roles.Role(b.Role))
	return &made[AccountBody]{route.Link(ctx, root+"/users"), accountBody(p)}, err
}

func (f *face) inviteUser(ctx context.Context, in *AccountPath) (*made[InvitationBody], error) {
	secret, err := f.Accounts.Invite(ctx, in.Name)
	body := InvitationBody{in.Name, welcome(ctx, secret), f.Now().Add(access.InviteTime).UTC().Truncate(time.Second)}
	return &made[InvitationBody]{route.Link(ctx, root+"/users"), body}, err
}

// welcome is the link of an invitation, as people reach it.
func welcome(ctx context.Context, secret string) string {
	m := route.MountOf(ctx)
	return m.Public + m.Prefix + "/welcome?token=" + secret
}

func (f *face) updateUser(ctx context.Context, in *struct {
	AccountPath
	Body DisabledBody
}) (*changed, error) {
	return &changed{}, f.Accounts.SetDisabled(ctx, userURN(in.Name), in.Body.Disabled)
}

func (f *face) deleteUser(ctx context.Context, in *AccountPath) (*changed, error) {
	return f.deleteAnother(ctx, userURN(in.Name), "Users")
}

func (f *face) deleteService(ctx context.Context, in *AccountPath) (*changed, error) {
	return f.deleteAnother(ctx, serviceURN(in.Name), "Services")
}

// deleteAnother deletes another principal than the caller: nobody ends as a slip
// what they sign in by.
func (f *face) deleteAnother(ctx context.Context, p urn.URN, all string) (*changed, error) {
	if p.String() == caller.From(ctx).Actor.String() {
		return nil, fault.WithHint(fault.New(fault.Invalid, "%s cannot delete their own account.", all), "ask another administrator")
	}
	return &changed{}, f.Accounts.Delete(ctx, p)
}

func (f *face) setPassword(ctx context.Context, in *struct {
	AccountPath
	Body PasswordBody
}) (*changed, error) {
	return &changed{}, f.Accounts.SetPassword(ctx, in.Name, in.Body.Old, in.Body.Password)
}

func (f *face) setUserRole(ctx context.Context, in *struct {
	AccountPath
	Body RoleBody
}) (*changed, error) {
	return &changed{}, f.Accounts.SetRole(ctx, userURN(in.Name), in.Body.where(ctx), roles.Role(in.Body.Role))
}

func (f *face) listTokens(ctx context.Context, in *AccountPath) (*output[Page[TokenBody]], error) {
	found, err := f.Accounts.Tokens(ctx, userURN(in.Name))
	return pageOf(found, "", tokenBody), err
}

func (f *face) createToken(ctx context.Context, in *struct {
	AccountPath
	Body NewTokenBody
}) (*made[TokenBody], error) {
	scope, err := roles.ParseScope(in.Body.Scope)
	if err != nil {
		return nil, err
	}
	var expires time.Time
	if in.Body.Expires != nil {
		expires = *in.Body.Expires
	}
	t, secret, err := f.Accounts.CreateToken(ctx, userURN(in.Name), in.Body.Name, scope, expires)
	body := tokenBody(t)
	body.Token = secret
	return &made[TokenBody]{route.Link(ctx, root+"/users/"+in.Name+"/tokens"), body}, err
}

func (f *face) revokeToken(ctx context.Context, in *TokenPath) (*changed, error) {
	return &changed{}, f.Accounts.RevokeToken(ctx, userURN(in.Name), in.Token)
}

func (f *face) listServices(ctx context.Context, _ *struct{}) (*output[Page[AccountBody]], error) {
	found, err := f.Accounts.Principals(ctx, access.KindService)
	return pageOf(found, "", accountBody), err
}

func (f *face) createService(ctx context.Context, in *struct{ Body NewServiceBody }) (*made[AccountBody], error) {
	b := in.Body
	p, secret, err := f.Accounts.CreateService(ctx, b.Name, b.where(ctx), roles.Role(b.Role))
	body := accountBody(p)
	body.Secret = secret
	return &made[AccountBody]{route.Link(ctx, root+"/services"), body}, err
}

func (f *face) updateService(ctx context.Context, in *struct {
	AccountPath
	Body DisabledBody
}) (*changed, error) {
	return &changed{}, f.Accounts.SetDisabled(ctx, serviceURN(in.Name), in.Body.Disabled)
}

func (f *face) rotateSecret(ctx context.Context, in *struct {
	AccountPath
	Body RotationBody
}) (*made[SecretBody], error) {
	keep := access.KeepTime
	if in.Body.KeepSeconds != nil {
		keep = time.Duration(*in.Body.KeepSeconds) * time.Second
	}
	secret, until, err := f.Accounts.RotateSecret(ctx, in.Name, keep)
	return &made[SecretBody]{route.Link(ctx, root+"/services"), SecretBody{in.Name, secret, timeOrNone(until)}}, err
}

func (f *face) setServiceRole(ctx context.Context, in *struct {
	AccountPath
	Body RoleBody
}) (*changed, error) {
	return &changed{}, f.Accounts.SetRole(ctx, serviceURN(in.Name), in.Body.where(ctx), roles.Role(in.Body.Role))
}

func userURN(name string) urn.URN { return urn.New(string(access.KindUser), name) }

func serviceURN(name string) urn.URN { return urn.New(string(access.KindService), name) }

func accountBody(p access.Principal) AccountBody {
	b := AccountBody{Name: p.Name, Disabled: p.Disabled, Created: p.Created.UTC().Truncate(time.Millisecond), Roles: make([]GrantBody, len(p.Roles))}
	for i, g := range p.Roles {
		b.Roles[i] = GrantBody{g.Workspace, string(g.Role)}
	}
	return b
}

func tokenBody(t access.Token) TokenBody {
	return TokenBody{
		Name: t.Name, Scope: t.Scope.String(), Created: t.Created.UTC().Truncate(time.Millisecond),
		Expires: timeOrNone(t.Expires), Used: timeOrNone(t.Used), Revoked: timeOrNone(t.Revoked),
	}
}

// timeOrNone is nil for the zero time.
func timeOrNone(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Truncate(time.Millisecond))
}
