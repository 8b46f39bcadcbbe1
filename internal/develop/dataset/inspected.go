package dataset

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/inspection"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Inspected is what the last inspection of a remote found, as a repository told it.
type Inspected struct {
	Told  time.Time
	Actor string // the URN of who told it
	inspection.Outcome
}

const (
	upsertInspection = `
INSERT INTO dataset_inspection (workspace, remote, told, actor, objects, lost, unsent, mended) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (workspace, remote) DO UPDATE SET told = excluded.told, actor = excluded.actor, objects = excluded.objects,
lost = excluded.lost, unsent = excluded.unsent, mended = excluded.mended`

	selectInspection = `SELECT told, actor, objects, lost, unsent, mended FROM dataset_inspection WHERE workspace = $1 AND remote = $2`

	clearInspections = `DELETE FROM dataset_inspection WHERE workspace = $1`
	moveInspections  = `UPDATE dataset_inspection SET workspace = $2 WHERE workspace = $1`
)

func scanInspected(s rows.Scanner) (i Inspected, err error) {
	var told int64
	err = s.Scan(&told, &i.Actor, &i.Objects, &i.Lost, &i.Unsent, &i.Mended)
	i.Told = time.UnixMicro(told).UTC()
	return i, err
}

// NoteInspection keeps what a repository's inspection of a remote found, in the place of
// what the one before did. fault.NotFound where there is no such remote.
func (s *Service) NoteInspection(ctx context.Context, remote string, o inspection.Outcome) (err error) {
	defer fault.Wrap(&err, "dataset.NoteInspection(%s)", remote)
	if err := o.Check(); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		if _, err := rows.One(ctx, tx, scanRemote, selectRemote, caller.Workspace(ctx), remote); rows.IsNone(err) {
			return noRemote(remote)
		} else if err != nil {
			return err
		}
		_, err := tx.Exec(ctx, upsertInspection, caller.Workspace(ctx), remote, s.Now().UnixMicro(), caller.From(ctx).Actor.String(), o.Objects, o.Lost, o.Unsent, o.Mended)
		if err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, remoteInspected(remote, o))
	})
}

// Inspected is what the last inspection of a remote found, nil where nobody told of one.
func (s *Service) Inspected(ctx context.Context, remote string) (_ *Inspected, err error) {
	defer fault.Wrap(&err, "dataset.Inspected(%s)", remote)
	i, err := rows.One(ctx, s.DB.Read(), scanInspected, selectInspection, caller.Workspace(ctx), remote)
	if rows.IsNone(err) {
		return nil, nil
	}
	return &i, err
}
