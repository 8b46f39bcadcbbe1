package app

import (
	"context"
	"path"

	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/develop/tracking/loggedmodel"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

// places says where a file lies that is asked for by its path.
type places struct {
	tracking *tracking.Service
	models   *loggedmodel.Service
	access   *access.Service
}

// Place is where a file lies whose path names a run or logged model: below its
// root, in the workspace that it is in, to who may do an action there. All else lies
// at its path in the caller's own workspace, also where there is such a run and the
// caller may not: to them it is as one that is not there, and takes as long.
func (p places) Place(ctx context.Context, action, asked string) (workspace, at string, err error) {
	own := caller.Workspace(ctx)
	owner, below := artifact.Rooted(asked)
	if owner.IsZero() {
		return own, asked, nil
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
	if err != nil || !lets {
		return own, asked, err
	}
	return workspace, at, nil
}
