package artifact

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// ClearKind is the job that deletes the files of a workspace that is gone.
	ClearKind = "artifact.clear"
	// ClearTime bounds one attempt at it.
	ClearTime = 6 * time.Hour
)

// Workspaces are none: files belong to runs and models, which say where there are some.
func (s *Service) Workspaces(context.Context) ([]string, error) { return nil, nil }

// Holds counts none, for the same reason.
func (s *Service) Holds(context.Context, rows.Reader, string) (int64, error) { return 0, nil }

// Each gives the path of each file of the caller's workspace.
func (s *Service) Each(ctx context.Context, do func(path string) error) (err error) {
	defer fault.Wrap(&err, "artifact.Each")
	return s.each(ctx, "", true, func(e blobs.Entry) error { return do(e.Key) })
}

// clearing is what a job of ClearKind is told.
type clearing struct {
	Until time.Time `json:"until"` // what was stored later belongs to another workspace of the name
}

// Empty has all files of the caller's workspace deleted, by a job that begins
// when the transaction is committed.
func (s *Service) Empty(ctx context.Context, tx *rows.Tx) (err error) {
	defer fault.Wrap(&err, "artifact.Empty")
	args, err := json.Marshal(clearing{s.Now().UTC()})
	if err != nil {
		return err
	}
	_, err = s.Jobs.Enqueue(ctx, tx, jobs.Job{Kind: ClearKind, Workspace: caller.Workspace(ctx), Args: args})
	return err
}

// WorkClear deletes the files of a workspace that was emptied, as a job, and
// tells how many those were.
func (s *Service) WorkClear(ctx context.Context, w jobs.Work) (err error) {
	defer fault.Wrap(&err, "artifact.WorkClear(%s)", w.Workspace)
	var c clearing
	if err := json.Unmarshal(w.Args, &c); err != nil {
		return fault.Because(err, fault.Invalid, "The job does not say until when.")
	}
	moves, err := rows.Collect(ctx, s.DB.Read(), scanMove, selectMovesFrom, w.Workspace)
	if err != nil {
		return err
	}
	n := 0
	err = s.each(ctx, "", true, func(e blobs.Entry) error {
		if e.Modified.After(c.Until) || slices.ContainsFunc(moves, func(m move) bool { return !e.Modified.After(m.until) }) {
			return nil
		}
		if err := s.Blobs.Delete(ctx, space(ctx)+e.Key); err != nil {
			return err
		}
		if n++; n%pageSize != 0 {
			return nil
		}
		return w.Progress(ctx, int64(n), 0, fmt.Sprintf("%d files deleted", n))
	})
	if n == 0 {
		return err
	}
	// What is gone is told also when the rest could not be deleted.
	if told := s.announce(ctx, spaceCleared(w.Workspace, n)); err == nil {
		err = told
	}
	return err
}
