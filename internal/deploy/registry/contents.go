package registry

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
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

// AnyModel reports whether any registered model in the caller's workspace, deleted
// ones included, is one that a condition selects.
func (s *Service) AnyModel(ctx context.Context, r rows.Reader, where filter.Node) (_ bool, err error) {
	defer fault.Wrap(&err, "registry.AnyModel")
	return filter.Any(ctx, r, s.DB.Dialect(), anyModel, caller.Workspace(ctx), modelSchema{}, where)
}

// AnyVersion reports whether any model version in the caller's workspace, deleted
// ones included, is one that a condition selects.
func (s *Service) AnyVersion(ctx context.Context, r rows.Reader, where filter.Node) (_ bool, err error) {
	defer fault.Wrap(&err, "registry.AnyVersion")
	return filter.Any(ctx, r, s.DB.Dialect(), anyVersion, caller.Workspace(ctx), versionSchema{}, where)
}

// Empty removes all registered models of the caller's workspace, as DeleteModel
// does one.
func (s *Service) Empty(ctx context.Context, tx *rows.Tx) (err error) {
	defer fault.Wrap(&err, "registry.Empty")
	all, err := rows.Collect(ctx, tx, scanModel, selectAllModels, caller.Workspace(ctx))
	if err != nil {
		return err
	}
	for _, m := range all {
		if err := s.remove(ctx, tx, m.Model); err != nil {
			return err
		}
	}
	return nil
}
