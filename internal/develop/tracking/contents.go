package tracking

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Workspaces are those that have experiments, deleted ones included.
func (s *Service) Workspaces(ctx context.Context) (_ []string, err error) {
	defer fault.Wrap(&err, "tracking.Workspaces")
	return rows.Collect(ctx, s.DB.Read(), rows.Column[string], selectWorkspaces)
}

// Holds counts the experiments of a workspace, and runs of the experiment "Default", deleted ones included.
func (s *Service) Holds(ctx context.Context, r rows.Reader, workspace string) (_ int64, err error) {
	defer fault.Wrap(&err, "tracking.Holds(%s)", workspace)
	return rows.One(ctx, r, rows.Column[int64], countKept, workspace)
}

// AnyExperiment reports whether any experiment that Holds counts, or counts runs of, in the caller's workspace, deleted
// ones included, is one that a condition selects.
func (s *Service) AnyExperiment(ctx context.Context, r rows.Reader, where filter.Node) (_ bool, err error) {
	defer fault.Wrap(&err, "tracking.AnyExperiment")
	return filter.Any(ctx, r, s.DB.Dialect(), anyExperiment, caller.Workspace(ctx), experimentSchema{}, where)
}

// AnyRun reports whether any run in the caller's workspace, deleted
// ones included, is one that a condition selects.
func (s *Service) AnyRun(ctx context.Context, r rows.Reader, where filter.Node) (_ bool, err error) {
	defer fault.Wrap(&err, "tracking.AnyRun")
	return filter.Any(ctx, r, s.DB.Dialect(), anyRun, caller.Workspace(ctx), runSchema{}, where)
}

// emptied are the statements that remove what a workspace keeps, in their order.
var emptied = []string{
	emptyParams, emptyTags, emptyInputs, emptyDatasets, emptyModelInputs, emptyModelOutputs, emptyRuns, emptyExperimentTags, emptyExperiments,
}

// Empty removes all experiments of the caller's workspace for good, with their
// runs and points, and tells of each experiment. Numbers of experiments are not
// given again.
func (s *Service) Empty(ctx context.Context, tx *rows.Tx) (err error) {
	defer fault.Wrap(&err, "tracking.Empty")
	workspace := caller.Workspace(ctx)
	all, err := rows.Collect(ctx, tx, scanExperiment, selectExperiments, workspace)
	if err != nil {
		return err
	}
	for _, e := range all {
		id, err := experimentID(e.ID)
		if err != nil {
			return err
		}
		runs, err := rows.One(ctx, tx, rows.Column[int64], countRunsOf, workspace, id)
		if err != nil {
			return err
		}
		if err := s.Events.Append(ctx, tx, experimentPurged(e, runs)); err != nil {
			return err
		}
	}
	if err := s.points.Empty(ctx, tx); err != nil {
		return err
	}
	for _, statement := range emptied {
		if _, err := tx.Exec(ctx, statement, workspace); err != nil {
			return err
		}
	}
	return nil
}
