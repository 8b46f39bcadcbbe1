package dataset

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// SettleKind is the job that tells of files that are versions by themselves.
	SettleKind = "dataset.settle"
	// SettleTime bounds one attempt at it.
	SettleTime = 10 * time.Minute
	// SettleEvery is how often it is done.
	SettleEvery = time.Minute

	// quiet is how long nothing was pushed to a remote before its files that no
	// listing names are taken for versions: a listing comes behind its files.
	quiet = 2 * time.Minute
	// mostAlone is how many of them are. More are files of a folder whose push did
	// not end: nobody tracks so many one by one.
	mostAlone = 1_000
)

// WorkSettle tells of files that are versions by themselves, as a job.
func (s *Service) WorkSettle(ctx context.Context, _ jobs.Work) (err error) {
	defer fault.Wrap(&err, "dataset.WorkSettle")
	all, err := rows.Collect(ctx, s.DB.Read(), scanUnlisted, selectUnlistedRemotes)
	if err != nil {
		return err
	}
	for _, u := range all {
		if s.Now().Sub(u.last) < quiet {
			continue
		}
		if err := s.settle(caller.With(ctx, caller.System("dataset", u.workspace)), u.remote); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) settle(ctx context.Context, remote string) error {
	workspace := caller.Workspace(ctx)
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		files, err := rows.Collect(ctx, tx, scanFile, selectUnlisted, workspace, remote, mostAlone+1)
		if err != nil || len(files) > mostAlone {
			return err
		}
		for _, v := range files {
			if err := s.announce(ctx, tx, remote, v); err != nil {
				return err
			}
			if err := s.listed(ctx, tx, remote, v.Layout, []string{v.ID.String()}); err != nil {
				return err
			}
		}
		return nil
	})
}

// listed notes that objects are told of.
func (s *Service) listed(ctx context.Context, tx *rows.Tx, remote string, layout object.Layout, names []string) error {
	_, err := tx.Exec(ctx, markListed+rows.Listed[string](tx.Dialect(), 4), caller.Workspace(ctx), remote, int64(layout), rows.List(tx.Dialect(), names))
	return err
}
