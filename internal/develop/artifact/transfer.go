package artifact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// MoveKind is the job that brings the files of a workspace to the one that its
	// records were moved to.
	MoveKind = "artifact.move"
	// MoveTime bounds one attempt at it.
	MoveTime = 24 * time.Hour
)

// moveTold is what a job of MoveKind is told.
type moveTold struct {
	Folder string `json:"folder"`
}

// lockPostgres keeps others from beginning and ending moves; readers go on.
const lockPostgres = `LOCK TABLE artifact_move IN EXCLUSIVE MODE`

// Hold keeps others from beginning and ending moves until tx ends. It comes before
// all that tx reads.
func (s *Service) Hold(ctx context.Context, tx *rows.Tx) (err error) {
	defer fault.Wrap(&err, "artifact.Hold")
	return rows.Lock(ctx, tx, lockPostgres)
}

// Taken are none: the files of a moved workspace get a folder of their own.
func (s *Service) Taken(context.Context, rows.Reader, *room.Move) ([]string, error) { return nil, nil }

// Move has the files of the workspace m.From lie in m.Folder of m.To. They are
// there when the transaction is committed, and a job brings the bytes.
func (s *Service) Move(ctx context.Context, tx *rows.Tx, m *room.Move) (err error) {
	defer fault.Wrap(&err, "artifact.Move(%s)", m.From)
	if _, err := tx.Exec(ctx, insertMove, m.To, m.Folder, m.From, s.Now().UnixMicro()); err != nil {
		return err
	}
	args, err := json.Marshal(moveTold{m.Folder})
	if err != nil {
		return err
	}
	_, err = s.Jobs.Enqueue(ctx, tx, jobs.Job{Kind: MoveKind, Workspace: m.To, Args: args})
	return err
}

// WorkMove brings the files of a moved workspace to their new place, as a job, and
// tells how many those were. What it did stays done when it is begun again.
func (s *Service) WorkMove(ctx context.Context, w jobs.Work) (err error) {
	defer fault.Wrap(&err, "artifact.WorkMove(%s)", w.Workspace)
	var told moveTold
	if err := json.Unmarshal(w.Args, &told); err != nil {
		return fault.Because(err, fault.Invalid, "The job does not say which folder.")
	}
	one, err := rows.One(ctx, s.DB.Read(), scanMove, selectMove, w.Workspace, told.Folder)
	if rows.IsNone(err) {
		return nil // an attempt before did it all
	}
	if err != nil {
		return err
	}
	store, n := s.Blobs.(moving).Store, 0
	from, to := root+one.origin+"/", root+w.Workspace+"/"+one.folder+"/"
	origin := caller.With(ctx, caller.System("artifact", one.origin))
	err = s.each(origin, "", true, func(e blobs.Entry) error {
		if e.Modified.After(one.until) {
			return nil
		}
		if err := bring(ctx, store, from+e.Key, to+e.Key); err != nil {
			return err
		}
		if n++; n%pageSize != 0 {
			return nil
		}
		return w.Progress(ctx, int64(n), 0, fmt.Sprintf("%d files moved", n))
	})
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		if _, err := tx.Exec(ctx, deleteMove, w.Workspace, one.folder); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, spaceMoved(one, n))
	})
}

// bring moves bytes from one key to another. What somebody stored at the other
// meanwhile stays, and what they deleted stays deleted.
func bring(ctx context.Context, store blobs.Store, from, to string) error {
	_, err := store.Stat(ctx, to)
	if err == nil {
		return store.Delete(ctx, from)
	}
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	r, info, err := store.Get(ctx, from, blobs.Range{})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = store.Put(ctx, to, r, info.Size)
	if err = errors.Join(err, r.Close()); err != nil {
		return err
	}
	if _, err := store.Stat(ctx, from); fault.Is(err, fault.NotFound) {
		return store.Delete(ctx, to)
	}
	return store.Delete(ctx, from)
}
