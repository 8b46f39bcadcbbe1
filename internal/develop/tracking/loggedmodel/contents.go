package loggedmodel

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Workspaces are those that have logged models, deleted ones included.
func (s *Service) Workspaces(ctx context.Context) (_ []string, err error) {
	defer fault.Wrap(&err, "loggedmodel.Workspaces")
	return rows.Collect(ctx, s.DB.Read(), rows.Column[string], selectWorkspaces)
}

// Holds counts the logged models of a workspace, deleted ones included.
func (s *Service) Holds(ctx context.Context, r rows.Reader, workspace string) (_ int64, err error) {
	defer fault.Wrap(&err, "loggedmodel.Holds(%s)", workspace)
	return rows.One(ctx, r, rows.Column[int64], countKept, workspace)
}

// Any reports whether any logged model in the caller's workspace, deleted
// ones included, is one that a condition selects.
func (s *Service) Any(ctx context.Context, r rows.Reader, where filter.Node) (_ bool, err error) {
	defer fault.Wrap(&err, "loggedmodel.Any")
	return filter.Any(ctx, r, s.DB.Dialect(), anyModel, caller.Workspace(ctx), schema{}, where)
}

// named is a logged model with its name.
type named struct{ id, name string }

func scanNamed(s rows.Scanner) (n named, err error) { return n, s.Scan(&n.id, &n.name) }

// Empty removes all logged models of the caller's workspace for good, and tells
// of each.
func (s *Service) Empty(ctx context.Context, tx *rows.Tx) (err error) {
	defer fault.Wrap(&err, "loggedmodel.Empty")
	workspace := caller.Workspace(ctx)
	all, err := rows.Collect(ctx, tx, scanNamed, selectAllModels, workspace)
	if err != nil {
		return err
	}
	for _, n := range all {
		if err := s.Events.Append(ctx, tx, modelPurged(n.id, n.name)); err != nil {
			return err
		}
	}
	for _, statement := range []string{emptyParams, emptyTags, emptyMetrics, emptyModels} {
		if _, err := tx.Exec(ctx, statement, workspace); err != nil {
			return err
		}
	}
	return nil
}
