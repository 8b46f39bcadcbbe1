package installation

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Room describes the room to the house.
func Room() room.Description {
	return room.Description{Name: "installation", Wing: "govern", Events: Events()}
}

// EventLog takes the events of changes.
type EventLog interface {
	Append(ctx context.Context, tx *rows.Tx, e event.Event) error
}

// Service cancels jobs, and tells of it and of archives.
type Service struct {
	jobs.Port
	DB     *rows.DB
	Events EventLog
}

// Cancel keeps a waiting job from starting and tells a running one. One that has
// ended stays as it is, and is told of by nothing. fault.NotFound for an unknown job.
func (s *Service) Cancel(ctx context.Context, id int64) (err error) {
	defer fault.Wrap(&err, "installation.Cancel(%d)", id)
	return s.Port.Cancel(ctx, id, func(ctx context.Context, tx *rows.Tx, kind string) error {
		return s.Events.Append(ctx, tx, jobCancelled(id, kind))
	})
}

// KeyRotated announces, in the transaction that makes it, another version of a key.
func KeyRotated(ctx context.Context, tx *rows.Tx, events EventLog, name string, version int64) error {
	return events.Append(ctx, tx, keyRotated(name, version))
}

// KeyRetired announces, in the transaction that removes them, that the versions of a
// key before the newest are gone.
func KeyRetired(ctx context.Context, tx *rows.Tx, events EventLog, name string, version int64) error {
	return events.Append(ctx, tx, keyRetired(name, version))
}
