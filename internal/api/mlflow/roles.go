package mlflow

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

// Groups are the use cases that MLflow's roles call: its role is a group of
// principals with grants of its own.
type Groups interface {
	MakeGroup(ctx context.Context, name, description string) (access.Group, error)
	ChangeGroup(ctx context.Context, id int64, name, description string) (access.Group, error)
	DeleteGroup(ctx context.Context, id int64) error
	AtGroup(ctx context.Context, id int64) (context.Context, access.PlacedGroup, error)
	AllGroups(ctx context.Context) ([]access.PlacedGroup, error)
	AllGroupsOf(ctx context.Context, principal urn.URN) ([]access.PlacedGroup, error)
	AllGroupGrants(ctx context.Context) ([]access.PlacedGrant, error)
	Within(ctx context.Context, workspace string) (context.Context, error)
	Members(ctx context.Context, id int64) ([]urn.URN, error)
	Join(ctx context.Context, id int64, principal urn.URN) error
	Leave(ctx context.Context, id int64, principal urn.URN) error
}

func (f *face) roles() []route.Route {
	const at = "/3.0/mlflow/roles/"
	return anywhere(slices.Concat(
		scoped(route.Whole, rpc("POST", at+"create", "group.create", nil, f.createRole)),
		rpc("GET", at+"get", "group.read", roleObject, f.getRole),
		scoped(route.Listed, rpc("GET", at+"list", "group.list", nil, f.listRoles)),
		rpc("PATCH", at+"update", "group.update", roleObject, f.updateRole),
		rpc("DELETE", at+"delete", "group.delete", roleObject, f.deleteRole),
		rpc("POST", at+"permissions/add", "grant.update", roleObject, f.addRolePermission),
		rpc("GET", at+"permissions/list", "group.read", roleObject, f.listRolePermissions),
		rpc("PATCH", at+"permissions/update", "grant.update", roleObject, f.updateRolePermission),
		rpc("DELETE", at+"permissions/remove", "grant.update", roleObject, f.removeRolePermission),
		rpc("POST", at+"assign", "member.update", roleObject, f.assignRole),
		rpc("DELETE", at+"unassign", "member.update", roleObject, f.unassignRole),
		rpc("GET", at+"users/list", "member.read", roleObject, f.listRoleUsers),
		rpc("GET", "/3.0/mlflow/users/roles/list", "permission.read", userObject, f.listUserRoles),
	))
}

// roleRequest is the message of all that act on one role.
type roleRequest struct {
	ID           *integer `json:"role_id"`
	PermissionID *integer `json:"role_permission_id"`
	Username     string   `json:"username"`
	Name         *string  `json:"name"`
	Workspace    *string  `json:"workspace"`
	Description  *string  `json:"description"`
	Type         string   `json:"resource_type"`
	Pattern      string   `json:"resource_pattern"`
	Permission   string   `json:"permission"`
}

// roleObject names the role; a permission of one that the message names by its
// number alone is asked for on the workspace itself.
func roleObject(m *roleRequest) []route.Object {
	if m.ID == nil {
		return nil
	}
	return route.On(access.Group{ID: int64(*m.ID)}.URN())
}

type roleMessage struct {
	ID          int64            `json:"id"`
	Name        string           `json:"name"`
	Workspace   string           `json:"workspace"`
	Description *string          `json:"description"`
	Permissions []rolePermission `json:"permissions"`
}

type roleResponse struct {
	Role roleMessage `json:"role"`
}

type rolesResponse struct {
	Roles []roleMessage `json:"roles"`
}

// roleOf is a group with its grants, as MLflow tells it.
func (f *face) roleOf(ctx context.Context, g access.PlacedGroup) (roleMessage, error) {
	m := roleMessage{ID: g.ID, Name: g.Name, Workspace: g.Workspace, Permissions: []rolePermission{}}
	if g.Description != "" {
		m.Description = &g.Description
	}
	in := caller.From(ctx)
	in.Workspace = g.Workspace
	granted, err := f.Grants.GrantsOf(caller.With(ctx, in), g.URN())
	for _, one := range granted {
		m.Permissions = append(m.Permissions, rolePermissionOf(g.ID, one))
	}
	return m, err
}

func (f *face) rolesOf(ctx context.Context, groups []access.PlacedGroup) ([]roleMessage, error) {
	all := []roleMessage{}
	for _, g := range groups {
		r, err := f.roleOf(ctx, g)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// at finds the role of a message, and the context of its workspace.
func (f *face) at(ctx context.Context, m *roleRequest) (context.Context, access.PlacedGroup, error) {
	if m.ID == nil {
		return ctx, access.PlacedGroup{}, missing("role_id")
	}
	in, g, err := f.Groups.AtGroup(ctx, int64(*m.ID))
	if fault.Is(err, fault.NotFound) {
		err = fault.Because(err, fault.NotFound, "Role with id=%d not found", *m.ID)
	}
	return in, g, err
}

func (f *face) createRole(ctx context.Context, m *roleRequest) (*roleResponse, error) {
	switch {
	case m.Name == nil:
		return nil, missing("name")
	case m.Workspace == nil:
		return nil, missing("workspace")
	case strings.TrimSpace(*m.Name) == "":
		return nil, fault.New(fault.Invalid, "Role name cannot be empty.")
	case strings.TrimSpace(*m.Workspace) == "":
		return nil, fault.New(fault.Invalid, "Workspace cannot be empty.")
	}
	ctx, err := f.Groups.Within(ctx, *m.Workspace)
	if err != nil {
		return nil, err
	}
	description := ""
	if m.Description != nil {
		description = *m.Description
	}
	g, err := f.Groups.MakeGroup(ctx, *m.Name, description)
	if fault.Is(err, fault.Exists) {
		err = fault.Because(err, fault.Exists, "Role (name=%s, workspace=%s) already exists.", *m.Name, *m.Workspace)
	}
	if err != nil {
		return nil, err
	}
	r, err := f.roleOf(ctx, access.PlacedGroup{Workspace: *m.Workspace, Group: g})
	return &roleResponse{r}, err
}

func (f *face) getRole(ctx context.Context, m *roleRequest) (*roleResponse, error) {
	ctx, g, err := f.at(ctx, m)
	if err != nil {
		return nil, err
	}
	r, err := f.roleOf(ctx, g)
	return &roleResponse{r}, err
}

type listRolesRequest struct {
	Workspace []string `json:"workspace"`
}

// listRoles gives the roles of the workspaces that are named, or of all that
// the caller may know of.
func (f *face) listRoles(ctx context.Context, m *listRolesRequest) (*rolesResponse, error) {
	groups, err := f.Groups.AllGroups(ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range m.Workspace {
		if strings.TrimSpace(w) == "" {
			return nil, fault.New(fault.Invalid, "Parameter 'workspace' must be a non-empty string when provided.")
		}
		if _, err := f.Groups.Within(ctx, w); err != nil {
			return nil, err
		}
	}
	if len(m.Workspace) > 0 {
		groups = slices.DeleteFunc(groups, func(g access.PlacedGroup) bool { return !slices.Contains(m.Workspace, g.Workspace) })
	}
	all, err := f.rolesOf(ctx, groups)
	return &rolesResponse{all}, err
}

func (f *face) updateRole(ctx context.Context, m *roleRequest) (*roleResponse, error) {
	ctx, g, err := f.at(ctx, m)
	if err != nil {
		return nil, err
	}
	if m.Name == nil && m.Description == nil {
		return nil, fault.New(fault.Invalid, "At least one of 'name' or 'description' must be provided to update a role.")
	}
	if m.Name != nil {
		g.Name = *m.Name
	}
	if m.Description != nil {
		g.Description = *m.Description
	}
	if g.Group, err = f.Groups.ChangeGroup(ctx, g.ID, g.Name, g.Description); err != nil {
		return nil, err
	}
	r, err := f.roleOf(ctx, g)
	return &roleResponse{r}, err
}

func (f *face) deleteRole(ctx context.Context, m *roleRequest) (*empty, error) {
	ctx, g, err := f.at(ctx, m)
	if err != nil {
		return nil, err
	}
	return &empty{}, f.Groups.DeleteGroup(ctx, g.ID)
}

type assignment struct {
	ID     int64 `json:"id"`
	UserID int64 `json:"user_id"`
	RoleID int64 `json:"role_id"`
}

func assignmentOf(role int64, p urn.URN) assignment {
	return assignment{numberOf(strconv.FormatInt(role, 10) + " " + p.String()), numberOf(p.String()), role}
}

// member finds the role and the user of a message, and whether the user has it.
func (f *face) member(ctx context.Context, m *roleRequest) (_ context.Context, role int64, p urn.URN, has bool, err error) {
	if err := required("username", m.Username); err != nil {
		return ctx, 0, p, false, err
	}
	ctx, g, err := f.at(ctx, m)
	if err != nil {
		return ctx, 0, p, false, err
	}
	p = userURN(m.Username)
	members, err := f.Groups.Members(ctx, g.ID)
	return ctx, g.ID, p, slices.ContainsFunc(members, func(u urn.URN) bool { return u.String() == p.String() }), err
}

type assignResponse struct {
	Assignment assignment `json:"assignment"`
}

func (f *face) assignRole(ctx context.Context, m *roleRequest) (*assignResponse, error) {
	ctx, role, p, has, err := f.member(ctx, m)
	if err == nil && has {
		err = fault.New(fault.Exists, "User role assignment (username=%s, role_id=%d) already exists", m.Username, role)
	}
	if err != nil {
		return nil, err
	}
	return &assignResponse{assignmentOf(role, p)}, f.Groups.Join(ctx, role, p)
}

func (f *face) unassignRole(ctx context.Context, m *roleRequest) (*empty, error) {
	ctx, role, p, has, err := f.member(ctx, m)
	if err == nil && !has {
		err = fault.New(fault.NotFound, "User role assignment (username=%s, role_id=%d) not found", m.Username, role)
	}
	if err != nil {
		return nil, err
	}
	return &empty{}, f.Groups.Leave(ctx, role, p)
}

type listRoleUsersResponse struct {
	Assignments []assignment `json:"assignments"`
}

func (f *face) listRoleUsers(ctx context.Context, m *roleRequest) (*listRoleUsersResponse, error) {
	ctx, g, err := f.at(ctx, m)
	if err != nil {
		return nil, err
	}
	members, err := f.Groups.Members(ctx, g.ID)
	answer := listRoleUsersResponse{[]assignment{}}
	for _, p := range members {
		answer.Assignments = append(answer.Assignments, assignmentOf(g.ID, p))
	}
	return &answer, err
}

func (f *face) listUserRoles(ctx context.Context, m *userRequest) (*rolesResponse, error) {
	if err := required("username", m.Username); err != nil {
		return nil, err
	}
	groups, err := f.Groups.AllGroupsOf(ctx, userURN(m.Username))
	if err != nil {
		return nil, err
	}
	all, err := f.rolesOf(ctx, groups)
	return &rolesResponse{all}, err
}
