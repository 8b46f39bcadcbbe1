package mlflow

import (
	"context"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
)

type rolePermission struct {
	ID         int64  `json:"id"`
	RoleID     int64  `json:"role_id"`
	Type       string `json:"resource_type"`
	Pattern    string `json:"resource_pattern"`
	Permission string `json:"permission"`
}

func rolePermissionOf(role int64, g grant.Grant) rolePermission {
	return rolePermission{rolePermissionID(g), role, resourceType(g.Kind), g.Object, permissionOf(g.Level)}
}

// rolePermissionID is the number of a group's grant: whose and on what it is,
// which never changes.
func rolePermissionID(g grant.Grant) int64 {
	return numberOf(strings.Join([]string{g.Principal.String(), g.Kind, g.Object}, " "))
}

type rolePermissionResponse struct {
	Permission rolePermission `json:"role_permission"`
}

type rolePermissionsResponse struct {
	Permissions []rolePermission `json:"role_permissions"`
}

func (f *face) addRolePermission(ctx context.Context, m *roleRequest) (*rolePermissionResponse, error) {
	ctx, group, err := f.at(ctx, m)
	if err == nil {
		err = required("resource_type", m.Type, "resource_pattern", m.Pattern, "permission", m.Permission)
	}
	if err != nil {
		return nil, err
	}
	g := grant.Grant{Principal: group.URN()}
	if g.Kind, g.Object, err = pattern(m.Type, m.Pattern); err != nil {
		return nil, err
	}
	if g.Level, err = level(m.Permission, m.Type); err != nil {
		return nil, err
	}
	_, err = f.Grants.GrantOf(ctx, g.Principal, g.Kind, g.Object)
	if err == nil {
		return nil, fault.New(fault.Exists, "Role permission (role_id=%d, resource_type=%s, resource_pattern=%s) already exists.", group.ID, m.Type, m.Pattern)
	}
	if !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	return &rolePermissionResponse{rolePermissionOf(group.ID, g)}, f.Grants.SetGrant(ctx, g)
}

func (f *face) listRolePermissions(ctx context.Context, m *roleRequest) (*rolePermissionsResponse, error) {
	ctx, g, err := f.at(ctx, m)
	if err != nil {
		return nil, err
	}
	r, err := f.roleOf(ctx, g)
	return &rolePermissionsResponse{r.Permissions}, err
}

// numbered finds the permission of a role that a message names by its number,
// among those that the caller may know of, with the context of its workspace.
func (f *face) numbered(ctx context.Context, m *roleRequest) (_ context.Context, role int64, g grant.Grant, err error) {
	if m.PermissionID == nil {
		return ctx, 0, g, missing("role_permission_id")
	}
	all, err := f.Groups.AllGroupGrants(ctx)
	if err != nil {
		return ctx, 0, g, err
	}
	for _, one := range all {
		if rolePermissionID(one.Grant) != int64(*m.PermissionID) {
			continue
		}
		if role, err = strconv.ParseInt(one.Principal.Name(), 10, 64); err != nil {
			return ctx, 0, g, err
		}
		ctx, err = f.Groups.Within(ctx, one.Workspace)
		return ctx, role, one.Grant, err
	}
	return ctx, 0, g, fault.New(fault.NotFound, "Role permission with id=%d not found", *m.PermissionID)
}

func (f *face) updateRolePermission(ctx context.Context, m *roleRequest) (*rolePermissionResponse, error) {
	ctx, role, g, err := f.numbered(ctx, m)
	if err == nil {
		err = required("permission", m.Permission)
	}
	if err != nil {
		return nil, err
	}
	if g.Level, err = level(m.Permission, resourceType(g.Kind)); err != nil {
		return nil, err
	}
	return &rolePermissionResponse{rolePermissionOf(role, g)}, f.Grants.SetGrant(ctx, g)
}

func (f *face) removeRolePermission(ctx context.Context, m *roleRequest) (*empty, error) {
	ctx, _, g, err := f.numbered(ctx, m)
	if err != nil {
		return nil, err
	}
	return &empty{}, f.Grants.RemoveGrant(ctx, g.Principal, g.Kind, g.Object)
}
