package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

// Workspaces are made, described and, when empty, taken away.
type Workspaces interface {
	Workspaces(context.Context) ([]access.Workspace, error)
	Workspace(ctx context.Context, name string) (access.Workspace, error)
	MakeWorkspace(context.Context, access.WorkspaceSpec) (access.Workspace, error)
	ChangeWorkspace(ctx context.Context, name string, change access.WorkspaceChange) (access.Workspace, error)
	DeleteWorkspace(ctx context.Context, name string, how access.Deletion) error
}

// WorkspaceBody is a workspace.
type WorkspaceBody struct {
	Name         string     `json:"name"`
	Description  string     `json:"description,omitempty"`
	ArtifactRoot string     `json:"artifact_root,omitempty" doc:"URI above the files of the experiments that are made in it; absent for tacit's own store"`
	Created      *time.Time `json:"created,omitempty" doc:"absent where it was not made, but is only used"`
	Updated      *time.Time `json:"updated,omitempty"`
}

// NewWorkspaceBody is what a workspace is made of.
type NewWorkspaceBody struct {
	Name         string `json:"name"`
	Description  string `json:"description,omitempty" doc:"4096 bytes at most"`
	ArtifactRoot string `json:"artifact_root,omitempty" doc:"URI above the files of the experiments that are made in it, as s3://bucket/team; tacit's own store when empty"`
}

// WorkspaceChangeBody is what changes of a workspace; what is absent stays.
type WorkspaceChangeBody struct {
	Description  *string `json:"description,omitempty"`
	ArtifactRoot *string `json:"artifact_root,omitempty" doc:"for experiments that are made from now on; empty for tacit's own store"`
}

// WorkspacePath names a workspace.
type WorkspacePath struct {
	Name string `path:"name"`
}

func (f *face) workspaces() {
	const one = "/workspaces/{name}"
	self := target{anywhere: true, objects: func(r *http.Request, _ []byte) []route.Object { return route.On(caller.From(r.Context()).Actor) }}
	making := target{anywhere: true, scope: route.Whole}
	add(f, operation{"GET", "/workspaces", "list-workspaces", "Workspaces in which you have a part, by name", "account.read", self, 0}, f.listWorkspaces)
	add(f, operation{"POST", "/workspaces", "create-workspace", "Make a workspace", "workspace.create", making, http.StatusCreated}, f.createWorkspace)
	add(f, operation{"GET", one, "get-workspace", "A workspace", "workspace.read", inNamed(whole), 0}, f.getWorkspace)
	add(f, operation{"PATCH", one, "update-workspace", "Give a workspace another description or artifact root", "workspace.update", inNamed(object(access.WorkspaceURNKind, "name")), 0}, f.updateWorkspace)
	add(f, operation{"DELETE", one, "delete-workspace", "Take away a workspace, with its roles, groups and grants", "workspace.delete", inNamed(object(access.WorkspaceURNKind, "name")), 0}, f.deleteWorkspace)
}

// inNamed makes a target one of the workspace that the path names: who has no
// part in it is answered as if there were none.
func inNamed(t target) target {
	t.workspace = func(r *http.Request) string { return r.PathValue("name") }
	return t
}

func (f *face) listWorkspaces(ctx context.Context, _ *struct{}) (*output[Page[WorkspaceBody]], error) {
	found, err := f.Workspaces.Workspaces(ctx)
	return pageOf(found, "", workspaceBody), err
}

func (f *face) createWorkspace(ctx context.Context, in *struct{ Body NewWorkspaceBody }) (*made[WorkspaceBody], error) {
	w, err := f.Workspaces.MakeWorkspace(ctx, access.WorkspaceSpec(in.Body))
	return &made[WorkspaceBody]{route.Link(ctx, root+"/workspaces/"+w.Name), workspaceBody(w)}, err
}

func (f *face) getWorkspace(ctx context.Context, in *WorkspacePath) (*output[WorkspaceBody], error) {
	w, err := f.Workspaces.Workspace(ctx, in.Name)
	return &output[WorkspaceBody]{workspaceBody(w)}, err
}

func (f *face) updateWorkspace(ctx context.Context, in *struct {
	WorkspacePath
	Body WorkspaceChangeBody
}) (*output[WorkspaceBody], error) {
	w, err := f.Workspaces.ChangeWorkspace(ctx, in.Name, access.WorkspaceChange(in.Body))
	return &output[WorkspaceBody]{workspaceBody(w)}, err
}

func (f *face) deleteWorkspace(ctx context.Context, in *struct {
	WorkspacePath
	Contents string `query:"contents" enum:"keep,delete,move" default:"keep" doc:"keep refuses a workspace that holds anything; delete removes all of it for good; move gives all of it to the default workspace"`
}) (*changed, error) {
	how := map[string]access.Deletion{"keep": access.Restrict, "delete": access.Cascade, "move": access.SetDefault}
	return &changed{}, f.Workspaces.DeleteWorkspace(ctx, in.Name, how[in.Contents])
}

func workspaceBody(w access.Workspace) WorkspaceBody {
	return WorkspaceBody{Name: w.Name, Description: w.Description, ArtifactRoot: w.ArtifactRoot, Created: timeOrNone(w.Created), Updated: timeOrNone(w.Updated)}
}
