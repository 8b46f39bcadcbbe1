package mlflow

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

// Users are the use cases that this resource calls.
type Users interface {
	CreateFirst(ctx context.Context, name, password string) (access.Principal, error)
	Account(ctx context.Context, of urn.URN) (access.Principal, error)
	Principals(ctx context.Context, kind access.Kind) ([]access.Principal, error)
	SetPassword(ctx context.Context, user, old, password string) error
	SetAdmin(ctx context.Context, user string, admin bool) error
	Delete(ctx context.Context, p urn.URN) error
	Administers(ctx context.Context) (bool, error)
}

func (f *face) users() []route.Route {
	const at = "/2.0/mlflow/users/"
	return anywhere(slices.Concat(
		scoped(route.Whole, rpc("POST", at+"create", "user.create", nil, f.createUser)),
		rpc("GET", at+"get", "user.read", userObject, f.getUser),
		scoped(route.Listed, rpc("GET", at+"list", "user.list", nil, f.listUsers)),
		ofCaller(rpc("GET", at+"current", "account.read", nil, f.currentUser)),
		rpc("PATCH", at+"update-password", "password.update", userObject, f.updateUserPassword),
		rpc("PATCH", at+"update-admin", "installation.update", userObject, f.updateUserAdmin),
		rpc("DELETE", at+"delete", "user.delete", userObject, f.deleteUser),
	))
}

// userRequest is the message of all that act on one user.
type userRequest struct {
	Username        string `json:"username"`
	Password        string `json:"password"`
	CurrentPassword string `json:"current_password"`
	IsAdmin         *bool  `json:"is_admin"`
}

func userURN(name string) urn.URN { return urn.New(string(access.KindUser), name) }

func userObject(m *userRequest) []route.Object {
	if m.Username == "" {
		return nil
	}
	return route.On(userURN(m.Username))
}

// numberOf is the number by which MLflow's clients know what tacit knows by
// name: of its hash, so that it is the same wherever it is told, and exact as
// a double. Clients compare it.
func numberOf(name string) int64 {
	sum := sha256.Sum256([]byte(name))
	return int64(binary.BigEndian.Uint64(sum[:]) >> 11)
}

// userMessage is a user. The permissions, those in the workspace of the request,
// are where clients before 3.13 read them.
type userMessage struct {
	ID          int64          `json:"id"`
	Username    string         `json:"username"`
	IsAdmin     bool           `json:"is_admin"`
	Experiments []grantMessage `json:"experiment_permissions"`
	Models      []grantMessage `json:"registered_model_permissions"`
}

func (f *face) userOf(ctx context.Context, p access.Principal) (*userResponse, error) {
	m := userMessage{numberOf(p.URN().String()), p.Name, p.IsAdmin(), []grantMessage{}, []grantMessage{}}
	granted, err := f.Grants.GrantsOf(ctx, p.URN())
	for _, g := range granted {
		switch g.Kind {
		case "experiment":
			m.Experiments = append(m.Experiments, grantOf(g))
		case "model":
			m.Models = append(m.Models, grantOf(g))
		}
	}
	return &userResponse{m}, err
}

type userResponse struct {
	User userMessage `json:"user"`
}

func (f *face) createUser(ctx context.Context, m *userRequest) (*userResponse, error) {
	if m.Username == "" || m.Password == "" {
		return nil, fault.New(fault.Invalid, "Username and password cannot be empty.")
	}
	p, err := f.Users.CreateFirst(ctx, m.Username, m.Password)
	if err != nil {
		return nil, err
	}
	return f.userOf(ctx, p)
}

func (f *face) getUser(ctx context.Context, m *userRequest) (*userResponse, error) {
	if err := required("username", m.Username); err != nil {
		return nil, err
	}
	p, err := f.Users.Account(ctx, userURN(m.Username))
	if err != nil {
		return nil, err
	}
	return f.userOf(ctx, p)
}

type listedUser struct {
	ID       int64         `json:"id"`
	Username string        `json:"username"`
	IsAdmin  bool          `json:"is_admin"`
	Roles    []roleMessage `json:"roles"`
}

type listUsersResponse struct {
	Users []listedUser `json:"users"`
}

func (f *face) listUsers(ctx context.Context, _ *empty) (*listUsersResponse, error) {
	found, err := f.Users.Principals(ctx, access.KindUser)
	if err != nil {
		return nil, err
	}
	answer := listUsersResponse{make([]listedUser, len(found))}
	for i, p := range found {
		groups, err := f.Groups.AllGroupsOf(ctx, p.URN())
		if err != nil {
			return nil, err
		}
		roles, err := f.rolesOf(ctx, groups)
		if err != nil {
			return nil, err
		}
		answer.Users[i] = listedUser{numberOf(p.URN().String()), p.Name, p.IsAdmin(), roles}
	}
	return &answer, nil
}

type currentUserResponse struct {
	User struct {
		ID       int64  `json:"id"`
		Username string `json:"username"`
		IsAdmin  bool   `json:"is_admin"`
	} `json:"user"`
	IsBasicAuth bool `json:"is_basic_auth"`
}

func (f *face) currentUser(ctx context.Context, _ *empty) (*currentUserResponse, error) {
	actor := caller.From(ctx).Actor
	answer := currentUserResponse{IsBasicAuth: true}
	answer.User.ID, answer.User.Username = numberOf(actor.String()), actor.Name()
	var err error
	answer.User.IsAdmin, err = f.Users.Administers(ctx)
	return &answer, err
}

// updateUserPassword lets who changes their own leave current_password away
// where the request itself came with it: clients before 3.13 know no such field.
func (f *face) updateUserPassword(ctx context.Context, m *userRequest) (*empty, error) {
	if err := required("username", m.Username, "password", m.Password); err != nil {
		return nil, err
	}
	err := f.Users.SetPassword(ctx, m.Username, m.CurrentPassword, m.Password)
	switch {
	case fault.Is(err, fault.Denied) && m.CurrentPassword == "":
		err = fault.Because(err, fault.Invalid, "Current password is required when changing your own password.")
	case fault.Is(err, fault.Denied):
		err = fault.Because(err, fault.Invalid, "Current password does not match.")
	}
	return &empty{}, err
}

func (f *face) updateUserAdmin(ctx context.Context, m *userRequest) (*empty, error) {
	if err := required("username", m.Username); err != nil {
		return nil, err
	}
	if m.IsAdmin == nil {
		return nil, missing("is_admin")
	}
	return &empty{}, f.Users.SetAdmin(ctx, m.Username, *m.IsAdmin)
}

func (f *face) deleteUser(ctx context.Context, m *userRequest) (*empty, error) {
	if err := required("username", m.Username); err != nil {
		return nil, err
	}
	p := userURN(m.Username)
	if p.String() == caller.From(ctx).Actor.String() {
		err := fault.New(fault.Invalid, "Users cannot delete their own account. Ask another admin to delete this user instead.")
		return nil, &coded{error: err, status: http.StatusBadRequest, code: BadRequest}
	}
	return &empty{}, f.Users.Delete(ctx, p)
}

// ofCaller makes routes about who asks.
func ofCaller(routes []route.Route) []route.Route {
	for i := range routes {
		routes[i].Objects = func(r *http.Request, _ any) []route.Object { return route.On(caller.From(r.Context()).Actor) }
	}
	return routes
}

// anywhere marks routes that concern the installation.
func anywhere(routes []route.Route) []route.Route {
	for i := range routes {
		routes[i].Anywhere = true
	}
	return routes
}
