package mlflow

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

// Workspaces are the use cases that this resource calls.
type Workspaces interface {
	Workspaces(context.Context) ([]access.Workspace, error)
	Workspace(ctx context.Context, name string) (access.Workspace, error)
	MakeWorkspace(context.Context, access.WorkspaceSpec) (access.Workspace, error)
	ChangeWorkspace(ctx context.Context, name string, change access.WorkspaceChange) (access.Workspace, error)
	DeleteWorkspace(ctx context.Context, name string, how access.Deletion) error
}

func (f *face) workspaces() []route.Route {
	const at = "/3.0/mlflow/workspaces"
	one := at + "/{workspace_name}"
	return slices.Concat(
		anywhere(ofCaller(rpc("GET", at, "account.read", nil, f.listWorkspaces))),
		anywhere(answering(http.StatusCreated, scoped(route.Whole, rpc("POST", at, "workspace.create", nil, f.createWorkspace)))),
		named(scoped(route.Whole, rpc("GET", one, "workspace.read", nil, f.getWorkspace))),
		named(rpc("PATCH", one, "workspace.update", workspaceObject, f.updateWorkspace)),
		named(answering(http.StatusNoContent, rpc("DELETE", one, "workspace.delete", workspaceObject, f.deleteWorkspace))),
	)
}

// named makes routes about the workspace that their path names: who has no part
// in it is answered as if there were none.
func named(routes []route.Route) []route.Route {
	for i := range routes {
		routes[i].Workspace = func(r *http.Request) string { return r.PathValue("workspace_name") }
	}
	return routes
}

// answering makes routes answer with another status than 200.
func answering(status int, routes []route.Route) []route.Route {
	for i := range routes {
		serve := routes[i].Serve
		routes[i].Serve = func(w http.ResponseWriter, r *http.Request, m any) error {
			return serve(&statusWriter{ResponseWriter: w, status: status}, r, m)
		}
	}
	return routes
}

// statusWriter writes another status than 200, without a body where that has
// none.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// Write begins with the status.
func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == http.StatusNoContent {
		w.Header().Del("Content-Length")
		w.Header().Del("Content-Type")
		w.WriteHeader(w.status)
		return len(b), nil
	}
	w.WriteHeader(w.status)
	return w.ResponseWriter.Write(b)
}

type workspaceRequest struct {
	Name         string          `json:"name"`
	Path         string          `json:"workspace_name"`
	Mode         string          `json:"mode"`
	Description  *string         `json:"description"`
	ArtifactRoot *string         `json:"default_artifact_root"`
	Archival     *archivalConfig `json:"trace_archival_config"`
}

type archivalConfig struct {
	Location  *string `json:"location"`
	Retention *string `json:"retention"`
}

// kept refuses what tacit would not heed.
func (m *workspaceRequest) kept() error {
	if m.Archival != nil && (m.Archival.Location != nil && *m.Archival.Location != "" || m.Archival.Retention != nil && *m.Archival.Retention != "") {
		return fault.New(fault.Invalid, "tacit keeps no traces yet, and takes no trace_archival_config.")
	}
	return nil
}

func workspaceObject(m *workspaceRequest) []route.Object {
	return route.On(access.Workspace{Name: m.Path}.URN())
}

type workspaceMessage struct {
	Name         string `json:"name"`
	Description  string `json:"description,omitempty"`
	ArtifactRoot string `json:"default_artifact_root,omitempty"`
}

type workspaceResponse struct {
	Workspace workspaceMessage `json:"workspace"`
}

func workspaceOf(w access.Workspace) workspaceMessage {
	return workspaceMessage{w.Name, w.Description, w.ArtifactRoot}
}

type listWorkspacesResponse struct {
	Workspaces []workspaceMessage `json:"workspaces,omitempty"`
}

func (f *face) listWorkspaces(ctx context.Context, _ *empty) (*listWorkspacesResponse, error) {
	found, err := f.Workspaces.Workspaces(ctx)
	var answer listWorkspacesResponse
	for _, w := range found {
		answer.Workspaces = append(answer.Workspaces, workspaceOf(w))
	}
	return &answer, err
}

func (f *face) createWorkspace(ctx context.Context, m *workspaceRequest) (*workspaceResponse, error) {
	if err := required("name", m.Name); err != nil {
		return nil, err
	}
	if err := m.kept(); err != nil {
		return nil, err
	}
	spec := access.WorkspaceSpec{Name: m.Name}
	if m.Description != nil {
		spec.Description = *m.Description
	}
	if m.ArtifactRoot != nil {
		spec.ArtifactRoot = strings.TrimSpace(*m.ArtifactRoot)
	}
	w, err := f.Workspaces.MakeWorkspace(ctx, spec)
	return &workspaceResponse{workspaceOf(w)}, err
}

func (f *face) getWorkspace(ctx context.Context, m *workspaceRequest) (*workspaceResponse, error) {
	w, err := f.Workspaces.Workspace(ctx, m.Path)
	return &workspaceResponse{workspaceOf(w)}, err
}

func (f *face) updateWorkspace(ctx context.Context, m *workspaceRequest) (*workspaceResponse, error) {
	if m.Description == nil && m.ArtifactRoot == nil && m.Archival == nil {
		return nil, fault.New(fault.Invalid, "Workspace update must have at least one key")
	}
	if err := m.kept(); err != nil {
		return nil, err
	}
	change := access.WorkspaceChange{Description: m.Description}
	if m.ArtifactRoot != nil {
		change.ArtifactRoot = new(strings.TrimSpace(*m.ArtifactRoot))
	}
	w, err := f.Workspaces.ChangeWorkspace(ctx, m.Path, change)
	return &workspaceResponse{workspaceOf(w)}, err
}

// deleteWorkspace deletes one that is empty, or deletes or moves what is inside as
// well.
func (f *face) deleteWorkspace(ctx context.Context, m *workspaceRequest) (*empty, error) {
	switch m.Mode {
	case "":
		m.Mode = string(access.Restrict)
	case string(access.Restrict), string(access.Cascade), string(access.SetDefault):
	default:
		return nil, fault.New(fault.Invalid, "Invalid deletion mode '%s'. Must be one of: SET_DEFAULT, CASCADE, RESTRICT", m.Mode)
	}
	err := f.Workspaces.DeleteWorkspace(ctx, m.Path, access.Deletion(m.Mode))
	if fault.Is(err, fault.Conflict) {
		err = &coded{error: err, status: http.StatusBadRequest, code: InvalidState}
	}
	return &empty{}, err
}
