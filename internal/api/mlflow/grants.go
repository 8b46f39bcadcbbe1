package mlflow

import (
	"context"
	"slices"
	"strconv"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
)

// Grants are the use cases that permissions and roles call.
type Grants interface {
	SetGrant(context.Context, grant.Grant) error
	RemoveGrant(ctx context.Context, principal urn.URN, kind, object string) error
	GrantOf(ctx context.Context, principal urn.URN, kind, object string) (grant.Grant, error)
	GrantsOf(ctx context.Context, principal urn.URN) ([]grant.Grant, error)
	AllGrantsOf(ctx context.Context, principal urn.URN) ([]access.PlacedGrant, error)
	Effective(ctx context.Context, principal urn.URN, kind, object string) (grant.Level, error)
}

// grants are the permissions on one experiment or model, as clients before 3.13
// ask for them.
func (f *face) grants() []route.Route {
	const experiments, models = "/2.0/mlflow/experiments/permissions/", "/2.0/mlflow/registered-models/permissions/"
	return slices.Concat(
		rpc("POST", experiments+"create", "grant.update", grantObject, f.createGrant),
		rpc("GET", experiments+"get", "grant.read", grantObject, f.getGrant),
		rpc("PATCH", experiments+"update", "grant.update", grantObject, f.updateGrant),
		rpc("DELETE", experiments+"delete", "grant.update", grantObject, f.deleteGrant),
		rpc("POST", models+"create", "grant.update", grantObject, f.createGrant),
		rpc("GET", models+"get", "grant.read", grantObject, f.getGrant),
		rpc("PATCH", models+"update", "grant.update", grantObject, f.updateGrant),
		rpc("DELETE", models+"delete", "grant.update", grantObject, f.deleteGrant),
	)
}

// grantRequest is the message about one permission: it names an experiment or,
// at the other path, a model.
type grantRequest struct {
	ExperimentID string `json:"experiment_id"`
	Name         string `json:"name"`
	Username     string `json:"username"`
	Permission   string `json:"permission"`
}

// on is the kind and the object that the message names.
func (m *grantRequest) on() (kind, object string) {
	if m.ExperimentID != "" {
		return "experiment", plainID(m.ExperimentID)
	}
	return "model", m.Name
}

// plainID is the number of an experiment as it is written usually; what is none
// stays as it is, and names nothing.
func plainID(id string) string {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil {
		return strconv.FormatInt(n, 10)
	}
	return id
}

func grantObject(m *grantRequest) []route.Object {
	kind, object := m.on()
	return grantedOn(kind, object)
}

// grantedOn names what a grant is on: a thing that may be granted by who manages
// it, or else the workspace, which takes its administrator.
func grantedOn(kind, object string) []route.Object {
	if kind != "experiment" && kind != "model" || object == "" || object == grant.AnyObject {
		return nil
	}
	return []route.Object{route.For(kind+".grant", urn.New(kind, object))}
}

func (m *grantRequest) check(permission bool) error {
	if _, object := m.on(); object == "" {
		return missing("experiment_id or name")
	}
	if err := required("username", m.Username); err != nil || !permission {
		return err
	}
	if err := required("permission", m.Permission); err != nil {
		return err
	}
	if grant.CheckLevel(grant.Level(m.Permission)) != nil {
		return fault.New(fault.Invalid, "Invalid permission '%s'. Valid permissions are: ('READ', 'USE', 'EDIT', 'MANAGE', 'NO_PERMISSIONS')", m.Permission)
	}
	return nil
}

func (m *grantRequest) grant() grant.Grant {
	kind, object := m.on()
	return grant.Grant{Principal: userURN(m.Username), Kind: kind, Object: object, Level: grant.Level(m.Permission)}
}

// grantMessage is a permission; it names what the request named.
type grantMessage struct {
	ExperimentID string `json:"experiment_id,omitempty"`
	Name         string `json:"name,omitempty"`
	UserID       int64  `json:"user_id"`
	Permission   string `json:"permission"`
}

type grantResponse struct {
	Experiment *grantMessage `json:"experiment_permission,omitempty"`
	Model      *grantMessage `json:"registered_model_permission,omitempty"`
}

func grantOf(g grant.Grant) grantMessage {
	m := grantMessage{UserID: numberOf(g.Principal.String()), Permission: string(g.Level)}
	if g.Kind == "experiment" {
		m.ExperimentID = g.Object
	} else {
		m.Name = g.Object
	}
	return m
}

func answerGrant(g grant.Grant) *grantResponse {
	m := grantOf(g)
	if g.Kind == "experiment" {
		return &grantResponse{Experiment: &m}
	}
	return &grantResponse{Model: &m}
}

// makeGrant gives a permission to who has none on the object.
func (f *face) makeGrant(ctx context.Context, g grant.Grant) error {
	_, err := f.Grants.GrantOf(ctx, g.Principal, g.Kind, g.Object)
	if err == nil {
		return fault.New(fault.Exists, "Permission for user=%s on resource_type=%s, resource_id=%s already exists.", g.Principal.Name(), resourceType(g.Kind), g.Object)
	}
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	return f.Grants.SetGrant(ctx, g)
}

func (f *face) createGrant(ctx context.Context, m *grantRequest) (*grantResponse, error) {
	if err := m.check(true); err != nil {
		return nil, err
	}
	g := m.grant()
	return answerGrant(g), f.makeGrant(ctx, g)
}

func (f *face) getGrant(ctx context.Context, m *grantRequest) (*grantResponse, error) {
	if err := m.check(false); err != nil {
		return nil, err
	}
	g := m.grant()
	g, err := f.Grants.GrantOf(ctx, g.Principal, g.Kind, g.Object)
	return answerGrant(g), err
}

func (f *face) updateGrant(ctx context.Context, m *grantRequest) (*empty, error) {
	if err := m.check(true); err != nil {
		return nil, err
	}
	g := m.grant()
	if _, err := f.Grants.GrantOf(ctx, g.Principal, g.Kind, g.Object); err != nil {
		return nil, err
	}
	return &empty{}, f.Grants.SetGrant(ctx, g)
}

func (f *face) deleteGrant(ctx context.Context, m *grantRequest) (*empty, error) {
	if err := m.check(false); err != nil {
		return nil, err
	}
	g := m.grant()
	return &empty{}, f.Grants.RemoveGrant(ctx, g.Principal, g.Kind, g.Object)
}
