package registry

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Workspaces are those that have registered models, deleted ones included.
func (s *Service) Workspaces(ctx context.Context) (_ []string, err error) {
	defer fault.Wrap(&err, "registry.Workspaces")
	return rows.Collect(ctx, s.DB.Read(), rows.Column[string], selectWorkspaces)
}

// Holds counts the registered models of a workspace, deleted ones included.
func (s *Service) Holds(ctx context.Context, r rows.Reader, workspace string) (_ int64, err error) {
	defer fault.Wrap(&err, "registry.Holds(%s)", workspace)
	return rows.One(ctx, r, rows.Column[int64], countKept, workspace)
}
