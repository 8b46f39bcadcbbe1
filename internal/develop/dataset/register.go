package dataset

import (
	"context"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/registration"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// MostPlaces is how many places of a version are kept: who may push may tell of any.
const MostPlaces = 1_000

// MostPaths is at how many paths of repositories a version may be: each is a data set, and
// who may push may tell of any.
const MostPaths = 100

// Register notes where a repository has versions of a remote, all or none of them, and
// tells how many of these places were not known. A file that was pushed alone is a
// version then. Of a version's places the newest MostPlaces are kept.
// fault.NotFound where the remote has no such version, fault.Limit where it is at MostPaths.
func (s *Service) Register(ctx context.Context, remote string, all []registration.Registration) (n int, err error) {
	defer fault.Wrap(&err, "dataset.Register(%s)", remote)
	if err := CheckName(remote); err != nil {
		return 0, err
	}
	if len(all) > registration.Most {
		return 0, fault.New(fault.Limit, "A request registers at most %d versions.", registration.Most)
	}
	for _, r := range all {
		if _, err := r.ID(); err != nil {
			return 0, err
		}
	}
	err = s.DB.Write(ctx, func(tx *rows.Tx) error {
		n = 0 // the transaction may be another try
		for _, r := range all {
			isNew, err := s.register(ctx, tx, remote, r)
			if err != nil {
				return err
			}
			if isNew {
				n++
			}
		}
		return nil
	})
	return n, err
}

func (s *Service) register(ctx context.Context, tx *rows.Tx, remote string, r registration.Registration) (isNew bool, err error) {
	id, err := r.ID()
	if err != nil {
		return false, err
	}
	layout := object.Current
	if r.Legacy {
		layout = object.Legacy
	}
	pushed, err := s.pushedAt(ctx, tx, remote, layout, id)
	if err != nil {
		return false, err
	}
	r.Repository = registration.Address(r.Repository)
	workspace, name := caller.Workspace(ctx), id.String()
	paths, err := rows.One(ctx, tx, rows.Column[int64], countOtherPaths, workspace, remote, int64(layout), name, r.Path)
	if err != nil {
		return false, err
	}
	if paths >= MostPaths {
		return false, fault.WithHint(fault.New(fault.Limit, "The data version %s is registered at %d paths in the remote %q, which is as many as there may be.", id, paths, remote), "the data are there all the same, and are found by their md5")
	}
	count, err := tx.Exec(ctx, insertPlace, workspace, remote, int64(layout), name, r.Path, r.Repository, r.Commit, s.Now().UnixMicro(), caller.From(ctx).Actor.String())
	if err != nil || count == 0 {
		return false, err
	}
	if _, err := tx.Exec(ctx, insertMember, workspace, remote, r.Path, int64(layout), name, pushed); err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, deleteUnplaced, workspace, remote, int64(layout), name); err != nil {
		return false, err
	}
	if err := s.keepNewest(ctx, tx, remote, layout, name); err != nil {
		return false, err
	}
	// The name may say what a file is that did not look like a table.
	if _, err := tx.Exec(ctx, markDueAgain, workspace, remote, int64(layout), name); err != nil {
		return false, err
	}
	return true, s.Events.Append(ctx, tx, versionRegistered(remote, id, r))
}

// keepNewest forgets the oldest places of a version that has too many, and at which paths
// it was in these alone.
func (s *Service) keepNewest(ctx context.Context, tx *rows.Tx, remote string, layout object.Layout, name string) error {
	n, err := tx.Exec(ctx, deleteOldPlaces, caller.Workspace(ctx), remote, int64(layout), name, MostPlaces, registration.Most)
	if err != nil || n == 0 {
		return err
	}
	_, err = tx.Exec(ctx, deletePlaceless, caller.Workspace(ctx), remote, int64(layout), name)
	return err
}

// pushedAt is when a version came to a remote, which a file becomes that is there. It is
// in microseconds since 1970.
func (s *Service) pushedAt(ctx context.Context, tx *rows.Tx, remote string, layout object.Layout, id object.ID) (int64, error) {
	workspace := caller.Workspace(ctx)
	pushed, err := rows.One(ctx, tx, rows.Column[int64], selectPushed, workspace, remote, int64(layout), id.String())
	if !rows.IsNone(err) {
		return pushed, err
	}
	h, err := rows.One(ctx, tx, scanHeld, selectObject, workspace, remote, int64(layout), id.String())
	if rows.IsNone(err) || err == nil && id.Dir {
		return 0, fault.WithHint(fault.New(fault.NotFound, "There is no data version %s in the remote %q.", id, remote), "push it first: tacit data push")
	}
	if err != nil {
		return 0, err
	}
	if err := s.announce(ctx, tx, remote, Version{ID: id, Layout: layout, Files: 1, Bytes: h.size}); err != nil {
		return 0, err
	}
	return s.Now().UnixMicro(), s.listed(ctx, tx, remote, layout, []string{id.String()})
}
