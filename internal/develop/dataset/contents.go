package dataset

import (
	"context"
	"fmt"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// ClearKind is the job that deletes the bytes that nothing is found by any more.
	ClearKind = "dataset.clear"
	// ClearTime bounds one attempt at it.
	ClearTime = 6 * time.Hour
)

// Workspaces are those that have remotes.
func (s *Service) Workspaces(ctx context.Context) (_ []string, err error) {
	defer fault.Wrap(&err, "dataset.Workspaces")
	return rows.Collect(ctx, s.DB.Read(), rows.Column[string], selectWorkspaces)
}

// Holds counts the remotes of a workspace.
func (s *Service) Holds(ctx context.Context, r rows.Reader, workspace string) (int64, error) {
	return rows.One(ctx, r, rows.Column[int64], countRemotes, workspace)
}

// Hold keeps others from writing to remotes until tx ends. It comes before all that
// tx reads.
func (s *Service) Hold(ctx context.Context, tx *rows.Tx) (err error) {
	defer fault.Wrap(&err, "dataset.Hold")
	return rows.Lock(ctx, tx, lockPostgres)
}

// Empty removes the remotes of the caller's workspace and tells it. A job deletes
// the bytes.
func (s *Service) Empty(ctx context.Context, tx *rows.Tx) (err error) {
	defer fault.Wrap(&err, "dataset.Empty")
	workspace := caller.Workspace(ctx)
	all, err := rows.Collect(ctx, tx, scanRemote, selectRemotes, workspace)
	if err != nil || len(all) == 0 {
		return err
	}
	if _, err := tx.Exec(ctx, insertTrashOfWorkspace, workspace, s.Now().UnixMicro()); err != nil {
		return err
	}
	for _, statement := range []string{clearRemotes, clearObjects, clearPacks, clearVersions, clearMembers, clearPlaces, clearProfiles, clearUses, clearBegun, clearInspections} {
		if _, err := tx.Exec(ctx, statement, workspace); err != nil {
			return err
		}
	}
	for _, r := range all {
		if err := s.Events.Append(ctx, tx, remoteDeleted(r.Name)); err != nil {
			return err
		}
	}
	_, err = s.Jobs.Enqueue(ctx, tx, jobs.Job{Kind: ClearKind, Workspace: workspace})
	return err
}

// Taken names the remotes of m.From that m.To has as well.
func (s *Service) Taken(ctx context.Context, r rows.Reader, m *room.Move) (_ []string, err error) {
	defer fault.Wrap(&err, "dataset.Taken(%s)", m.From)
	names, err := rows.Collect(ctx, r, rows.Column[string], selectTaken, m.From, m.To)
	for i, name := range names {
		names[i] = fmt.Sprintf("remote %s", name)
	}
	return names, err
}

// Move gives the remotes of m.From to m.To and tells it there. The bytes stay where
// they are.
func (s *Service) Move(ctx context.Context, tx *rows.Tx, m *room.Move) (err error) {
	defer fault.Wrap(&err, "dataset.Move(%s)", m.From)
	all, err := rows.Collect(ctx, tx, scanRemote, selectRemotes, m.From)
	if err != nil {
		return err
	}
	for _, statement := range []string{moveRemotes, moveObjects, movePacks, moveVersions, moveTrash, moveMembers, movePlaces, moveProfiles, moveUses, moveBegun, moveInspections} {
		if _, err := tx.Exec(ctx, statement, m.From, m.To); err != nil {
			return err
		}
	}
	for _, statement := range []string{clearProfiles, clearUses} { // what both have stays once
		if _, err := tx.Exec(ctx, statement, m.From); err != nil {
			return err
		}
	}
	there := m.There(ctx)
	for _, r := range all {
		if err := s.Events.Append(there, tx, remoteMoved(r.Name, m.From)); err != nil {
			return err
		}
	}
	return nil
}

// someTrash is how many blobs are deleted between two records of it.
const someTrash = 1_000

// WorkClear deletes the blobs of the job's workspace that nothing is found by any
// more, and tells how many those were.
func (s *Service) WorkClear(ctx context.Context, w jobs.Work) (err error) {
	defer fault.Wrap(&err, "dataset.WorkClear(%s)", w.Workspace)
	n, until := 0, s.Now().UnixMicro()
	for {
		some, err := rows.Collect(ctx, s.DB.Read(), rows.Column[string], selectTrash, w.Workspace, until, someTrash)
		if err != nil {
			return err
		}
		if len(some) == 0 {
			break
		}
		for _, blob := range some {
			if err := s.Blobs.Delete(ctx, blob); err != nil {
				return err
			}
		}
		err = s.DB.Write(ctx, func(tx *rows.Tx) error {
			_, err := tx.Exec(ctx, deleteTrash+rows.Listed[string](tx.Dialect(), 2), w.Workspace, rows.List(tx.Dialect(), some))
			return err
		})
		if err != nil {
			return err
		}
		n += len(some)
		if err := w.Progress(ctx, int64(n), 0, fmt.Sprintf("%d blobs deleted", n)); err != nil {
			return err
		}
	}
	if n == 0 {
		return nil
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error { return s.Events.Append(ctx, tx, blobsCleared(w.Workspace, n)) })
}
