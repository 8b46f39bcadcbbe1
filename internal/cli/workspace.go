package cli

import (
	"context"
	"net/url"
	"time"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
)

// workspaceCommand is about workspaces, which keep the things of teams apart.
type workspaceCommand struct {
	Add      workspaceAdd      `cmd:"" help:"Make a workspace."`
	List     workspaceList     `cmd:"" help:"List the workspaces in which you have a part."`
	Describe workspaceDescribe `cmd:"" help:"Print a workspace, or give it another description."`
	Remove   workspaceRemove   `cmd:"" help:"Take away a workspace, with its roles, groups and grants."`
}

type workspaceAdd struct {
	reaching
	Name         string `arg:"" help:"Name of the workspace."`
	Description  string `placeholder:"TEXT" help:"What it is for."`
	ArtifactRoot string `placeholder:"URI" help:"Above the files of its experiments, as s3://bucket/team; tacit's own store unless given."`
}

// Help teaches.
func (workspaceAdd) Help() string {
	return `A workspace has experiments, models, roles and grants of its own. It is the part /w/NAME of the addresses, and MLflow's
MLFLOW_WORKSPACE. Making one takes the role admin in all.

  tacit workspace add team --description 'who forecasts'
  tacit user role ada --role contributor --workspace team
` + accountHelp
}

// Run makes the workspace.
func (c workspaceAdd) Run(ctx context.Context, t *terminal) error {
	return c.askIn(ctx, t, "", func(server *client.Client) error {
		var made rest.WorkspaceBody
		if err := server.Send(ctx, "POST", "/workspaces", rest.NewWorkspaceBody{Name: c.Name, Description: c.Description, ArtifactRoot: c.ArtifactRoot}, &made); err != nil {
			return err
		}
		return t.result(made, "workspace %s", made.Name)
	})
}

type workspaceList struct{ reaching }

// Run prints a line a workspace.
func (c workspaceList) Run(ctx context.Context, t *terminal) error {
	return c.askIn(ctx, t, "", func(server *client.Client) error {
		page, err := client.Get[rest.Page[rest.WorkspaceBody]](ctx, server, "/workspaces", nil)
		if err != nil {
			return err
		}
		if t.json {
			return t.document(page.Items)
		}
		lines := make([][]string, len(page.Items))
		for i, w := range page.Items {
			lines[i] = []string{w.Name, w.Description}
		}
		t.columns(lines)
		return nil
	})
}

type workspaceDescribe struct {
	reaching
	Name         string  `arg:"" help:"Name of the workspace."`
	Description  *string `placeholder:"TEXT" help:"Give it this description."`
	ArtifactRoot *string `placeholder:"URI" help:"Keep the files of experiments that are made from now on below it; tacit's own store when empty."`
}

// Help teaches.
func (workspaceDescribe) Help() string {
	return `Without a flag it prints what there is. To change it takes the role admin in the workspace.

  tacit workspace describe team
  tacit workspace describe team --description 'who forecasts'
` + accountHelp
}

// Run prints the workspace, changed where that is asked.
func (c workspaceDescribe) Run(ctx context.Context, t *terminal) error {
	return c.askIn(ctx, t, "", func(server *client.Client) error {
		path := "/workspaces/" + url.PathEscape(c.Name)
		w, err := client.Get[rest.WorkspaceBody](ctx, server, path, nil)
		if err == nil && (c.Description != nil || c.ArtifactRoot != nil) {
			err = server.Send(ctx, "PATCH", path, rest.WorkspaceChangeBody{Description: c.Description, ArtifactRoot: c.ArtifactRoot}, &w)
		}
		if err != nil {
			return nothing(wrongUsage(err))
		}
		made := "not made, but used"
		if w.Created != nil {
			made = "since " + w.Created.Format(time.DateTime)
		}
		files := "tacit's own store"
		if w.ArtifactRoot != "" {
			files = w.ArtifactRoot
		}
		return t.result(w, "workspace %s  %s  files in %s  %s", w.Name, made, files, w.Description)
	})
}

type workspaceRemove struct {
	reaching
	Name   string `arg:"" help:"Name of the workspace."`
	Delete bool   `name:"with-contents" xor:"contents" help:"Remove for good what is in it, too: experiments, runs, models and files."`
	Move   bool   `name:"move-contents" xor:"contents" help:"Move what is in it to the default workspace first: experiments, runs, models and files."`
}

// Help teaches.
func (workspaceRemove) Help() string {
	return `A workspace that holds anything is refused, deleted experiments and runs included, unless --with-contents is given: then all of it
is removed for good, the files by a job of the server. With --move-contents all of it goes to the workspace default instead: experiments
get other numbers there, runs and models keep their names, and a name that is taken there is refused and nothing moves.
What happened stays told in the audit log.

  tacit workspace remove team
  tacit workspace remove team --with-contents
  tacit workspace remove team --move-contents
` + accountHelp
}

// Run takes the workspace away.
func (c workspaceRemove) Run(ctx context.Context, t *terminal) error {
	return c.askIn(ctx, t, "", func(server *client.Client) error {
		path := "/workspaces/" + url.PathEscape(c.Name)
		switch {
		case c.Delete:
			path += "?contents=delete"
		case c.Move:
			path += "?contents=move"
		}
		if err := server.Send(ctx, "DELETE", path, nil, nil); err != nil {
			return nothing(err)
		}
		return t.result(map[string]any{"name": c.Name, "removed": true}, "workspace %s is removed", c.Name)
	})
}
