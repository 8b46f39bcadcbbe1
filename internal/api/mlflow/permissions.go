package mlflow

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
)

// deny is MLflow's word, since 3.13, for grant.NoPermissions.
const deny = "DENY"

// resource is a type of things that MLflow grants permissions on.
type resource struct {
	kind  string // tacit's word for it
	whole bool   // grants are on all of the type alone
}

// resources are all types that there are. tacit keeps no prompts, scorers,
// gateways, traces, servers and skills yet: grants on them are kept, and bind
// once it does.
var resources = map[string]resource{
	"workspace": {grant.WorkspaceKind, true}, "experiment": {"experiment", false}, "registered_model": {"model", false},
	"prompt": {"prompt", false}, "scorer": {"scorer", false}, "gateway_secret": {"gateway-secret", false},
	"gateway_endpoint": {"gateway-endpoint", false}, "gateway_model_definition": {"gateway-model-definition", false},
	"mcp_server": {"mcp-server", false}, "skill": {"skill", false},
	"run": {"run", true}, "trace": {"trace", true}, "assessment": {"assessment", true}, "logged_model": {"logged-model", true},
	"review_queue": {"review-queue", true}, "registered_model_version": {"version", true}, "prompt_version": {"prompt-version", true},
	"scorer_version": {"scorer-version", true}, "mcp_server_version": {"mcp-server-version", true},
}

// resourceType is MLflow's word for a kind.
func resourceType(kind string) string {
	for word, r := range resources {
		if r.kind == kind {
			return word
		}
	}
	return kind
}

// permissionOf is MLflow's word for a level.
func permissionOf(l grant.Level) string {
	if l == grant.NoPermissions {
		return deny
	}
	return string(l)
}

// pattern reads what a grant is on: a type and an id, or * for all of the type.
func pattern(word, id string) (kind, object string, err error) {
	r, ok := resources[word]
	if !ok {
		var words []string
		for w := range resources {
			words = append(words, "'"+w+"'")
		}
		slices.Sort(words)
		return "", "", fault.New(fault.Invalid, "Invalid resource type '%s'. Valid resource types are: (%s)", word, strings.Join(words, ", "))
	}
	if id != grant.AnyObject && r.whole {
		return "", "", fault.New(fault.Invalid, "Invalid resource_pattern '%s' for resource_type='%s'. This resource type supports only wildcard ('*') grants.", id, word)
	}
	if _, err := strconv.ParseInt(id, 10, 64); word == "experiment" && id != grant.AnyObject && err != nil {
		return "", "", fault.New(fault.Invalid, "Invalid experiment ID '%s'. Experiment ID must be a valid integer.", id)
	}
	if word == "experiment" {
		id = plainID(id)
	}
	return r.kind, id, nil
}

// level reads a permission on a type.
func level(permission, word string) (grant.Level, error) {
	valid := []string{"READ", "USE", "EDIT", "MANAGE", deny}
	if word == "workspace" {
		valid = []string{"USE", "MANAGE"}
	}
	if !slices.Contains(valid, permission) {
		return "", fault.New(fault.Invalid, "Invalid permission '%s' for resource_type='%s'. Valid permissions are: ('%s')", permission, word, strings.Join(valid, "', '"))
	}
	if permission == deny {
		return grant.NoPermissions, nil
	}
	return grant.Level(permission), nil
}

// permissions are those of one user, as clients since 3.13 ask for them.
func (f *face) permissions() []route.Route {
	const at = "/3.0/mlflow/users/"
	return anywhere(slices.Concat(
		rpc("POST", at+"permissions/grant", "grant.update", permissionObject, f.grantPermission),
		rpc("POST", at+"permissions/revoke", "grant.update", permissionObject, f.revokePermission),
		rpc("GET", at+"permissions/get", "permission.read", permissionUser, f.getPermission),
		rpc("GET", at+"permissions/list", "permission.read", permissionUser, f.listPermissions),
		ofCaller(rpc("GET", at+"current/permissions", "account.read", nil, f.currentPermissions)),
	))
}

type permissionRequest struct {
	Username   string `json:"username"`
	Type       string `json:"resource_type"`
	ID         string `json:"resource_id"`
	Permission string `json:"permission"`
}

func permissionUser(m *permissionRequest) []route.Object {
	if m.Username == "" {
		return nil
	}
	return route.On(userURN(m.Username))
}

// permissionObject names the thing that the permission is on; all of a type is
// asked for on the workspace itself.
func permissionObject(m *permissionRequest) []route.Object {
	kind, object, err := pattern(m.Type, m.ID)
	if err != nil {
		return nil
	}
	return grantedOn(kind, object)
}

// on reads what the message is about. Grants on the workspace are a role's.
func (m *permissionRequest) on() (kind, object string, err error) {
	if err := required("username", m.Username, "resource_type", m.Type, "resource_id", m.ID); err != nil {
		return "", "", err
	}
	if m.Type == "workspace" {
		return "", "", fault.New(fault.Invalid, "resource_type 'workspace' is not supported by the per-user permission convenience APIs. Give the user a role in the workspace.")
	}
	return pattern(m.Type, m.ID)
}

func (f *face) grantPermission(ctx context.Context, m *permissionRequest) (*empty, error) {
	kind, object, err := m.on()
	if err == nil {
		err = required("permission", m.Permission)
	}
	if err != nil {
		return nil, err
	}
	l, err := level(m.Permission, m.Type)
	if err != nil {
		return nil, err
	}
	return &empty{}, f.makeGrant(ctx, grant.Grant{Principal: userURN(m.Username), Kind: kind, Object: object, Level: l})
}

func (f *face) revokePermission(ctx context.Context, m *permissionRequest) (*empty, error) {
	kind, object, err := m.on()
	if err != nil {
		return nil, err
	}
	return &empty{}, f.Grants.RemoveGrant(ctx, userURN(m.Username), kind, object)
}

type permissionResponse struct {
	Allowed    bool   `json:"allowed"`
	Permission string `json:"permission"`
}

// getPermission tells what the user may do by all that counts: grants, those of
// groups, and the role. Nothing at all is NO_PERMISSIONS, as MLflow has it.
func (f *face) getPermission(ctx context.Context, m *permissionRequest) (*permissionResponse, error) {
	kind, object, err := m.on()
	if err != nil {
		return nil, err
	}
	l, err := f.Grants.Effective(ctx, userURN(m.Username), kind, object)
	return &permissionResponse{l == grant.Use || l == grant.Edit || l == grant.Manage, string(l)}, err
}

// permissionRow is one grant of a user, by the role that it comes by; a grant of
// the user alone comes by a role of the user's own.
type permissionRow struct {
	RoleID     int64  `json:"role_id"`
	RoleName   string `json:"role_name"`
	Workspace  string `json:"workspace"`
	Type       string `json:"resource_type"`
	Pattern    string `json:"resource_pattern"`
	Permission string `json:"permission"`
}

type listPermissionsResponse struct {
	IsAdmin     bool            `json:"is_admin"`
	Permissions []permissionRow `json:"permissions"`
}

func (f *face) listPermissions(ctx context.Context, m *permissionRequest) (*listPermissionsResponse, error) {
	if err := required("username", m.Username); err != nil {
		return nil, err
	}
	p, err := f.Users.Account(ctx, userURN(m.Username))
	if err != nil {
		return nil, err
	}
	rows, err := f.permissionRows(ctx, p.URN())
	return &listPermissionsResponse{p.IsAdmin(), rows}, err
}

func (f *face) currentPermissions(ctx context.Context, _ *empty) (*listPermissionsResponse, error) {
	admin, err := f.Users.Administers(ctx)
	if err != nil {
		return nil, err
	}
	actor := caller.From(ctx).Actor
	if k := access.Kind(actor.Kind); k != access.KindUser && k != access.KindService || actor.Name() == "local" {
		return &listPermissionsResponse{admin, []permissionRow{}}, nil
	}
	rows, err := f.permissionRows(ctx, actor)
	return &listPermissionsResponse{admin, rows}, err
}

func (f *face) permissionRows(ctx context.Context, p urn.URN) ([]permissionRow, error) {
	own, err := f.Grants.AllGrantsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	found := []permissionRow{}
	number := numberOf(p.String())
	for _, g := range own {
		found = append(found, permissionRow{number, fmt.Sprintf("__user_%d__", number), g.Workspace, resourceType(g.Kind), g.Object, permissionOf(g.Level)})
	}
	groups, err := f.Groups.AllGroupsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	for _, group := range groups {
		r, err := f.roleOf(ctx, group)
		if err != nil {
			return nil, err
		}
		for _, g := range r.Permissions {
			found = append(found, permissionRow{r.ID, r.Name, r.Workspace, g.Type, g.Pattern, g.Permission})
		}
	}
	return found, nil
}
