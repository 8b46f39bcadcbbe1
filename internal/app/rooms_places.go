package app

import (
	"context"
	"path"

	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/develop/tracking/loggedmodel"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

// places says where a file lies that is asked for by its path.
type places struct {
	tracking  *tracking.Service
	models    *loggedmodel.Service
	access    *access.Service
	artifacts *artifact.Service
}

// Place is where a file lies whose path names a run or logged model: below its
// root, in the workspace that it is in, to who may do an action there. All else lies
// at its path in the caller's own workspace, also where there is such a run and the
// caller may not: to them it is as one that is not there, and takes as long.
// fault.Denied for who has no part in their own and may not.
func (p places) Place(ctx context.Context, action, asked string) (workspace, at string, err error) {
	own := caller.Workspace(ctx)
	owner, below := artifact.Rooted(asked)
	if owner.IsZero() {
		return own, asked, p.access.Enter(ctx)
	}
	find := p.tracking.RunPlace
	if owner.Kind == "logged-model" {
		find = p.models.Place
	}
	workspace, root, err := find(ctx, owner.Name())
	if err != nil {
		return own, asked, err
	}
	folder, here := artifact.Folder(root)
	if at = path.Join(folder, below); !here { // its files are in another store, or it is nowhere
		workspace, at = "", asked
	}
	lets, err := p.access.LetsIn(ctx, workspace, action, artifact.URN(at))
	if err != nil {
		return own, asked, err
	}
	if !lets {
		return own, asked, p.access.Enter(ctx)
	}
	if workspace == own && at == asked || action == "artifact.write" {
		return workspace, at, nil
	}
	before, err := p.before(ctx, action, asked, workspace, at)
	if before {
		workspace, at = own, asked
	}
	return workspace, at, err
}

// before reports whether nothing is at the place of a file with its run, and something
// at its path in the caller's own workspace, on which they may do an action: somebody
// put it there who had no part in the run, or before the run was moved. It is no file of
// the run, since who put it may not have been let write there, and is not lost either.
func (p places) before(ctx context.Context, action, asked, workspace, at string) (bool, error) {
	own := caller.From(ctx)
	lets, err := p.access.LetsIn(ctx, own.Workspace, action, artifact.URN(asked))
	if err != nil || !lets {
		return false, err
	}
	there := own
	there.Workspace = workspace
	if is, err := p.holds(caller.With(ctx, there), at); err != nil || is {
		return false, err
	}
	return p.holds(ctx, asked)
}

// holds reports whether there is a file or a folder at a path.
func (p places) holds(ctx context.Context, at string) (bool, error) {
	_, err := p.artifacts.Stat(ctx, at)
	switch {
	case fault.Is(err, fault.NotFound):
		return false, nil
	case fault.Is(err, fault.Invalid): // a folder, or a path that is refused where it is used
		return true, nil
	}
	return err == nil, err
}
