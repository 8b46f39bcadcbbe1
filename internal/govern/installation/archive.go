package installation

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// maxWord bounds the texts of an archive, in bytes.
const maxWord = 4096

// Archive is a backup that was written, or restored. It is named by the time that
// stands in it, which a restore tells as well.
type Archive struct {
	Made    time.Time `json:"made"`           // to the second
	File    string    `json:"file"`           // as it was named, "-" for a stream
	Host    string    `json:"host,omitempty"` // the machine on which the command ran, as it calls itself
	User    string    `json:"user,omitempty"` // its user there
	Tables  int       `json:"tables"`
	Records int64     `json:"records"`
	Blobs   int64     `json:"blobs"`
	Bytes   int64     `json:"bytes"` // of blobs
}

// Validate refuses what is no archive.
func (a Archive) Validate() error {
	for _, word := range []string{a.File, a.Host, a.User} {
		if len(word) > maxWord {
			return fault.New(fault.Limit, "A name in what is told of an archive has at most %d bytes.", maxWord)
		}
	}
	if a.Made.IsZero() || a.File == "" || a.Tables < 0 || a.Records < 0 || a.Blobs < 0 || a.Bytes < 0 {
		return fault.New(fault.Invalid, "An archive has a time, a file, and counts from 0 on.")
	}
	return nil
}

func (a Archive) urn() urn.URN { return urn.New("backup", a.Made.UTC().Format(time.RFC3339)) }

func (a Archive) event(verb string) event.Event {
	return event.Event{Verb: verb, Subject: a.urn(), Data: a}
}

// BackedUp announces that a command wrote an archive of the store. fault.Invalid,
// fault.Limit.
func (s *Service) BackedUp(ctx context.Context, a Archive) (err error) {
	defer fault.Wrap(&err, "installation.BackedUp")
	return BackedUp(ctx, s.DB, s.Events, a)
}

// BackedUp announces in the caller's name that an archive of a store was written.
func BackedUp(ctx context.Context, db *rows.DB, events EventLog, a Archive) error {
	return tell(ctx, db, events, a, backupWritten)
}

// Restored announces in the caller's name that a store is what an archive held.
func Restored(ctx context.Context, db *rows.DB, events EventLog, a Archive) error {
	return tell(ctx, db, events, a, backupRestored)
}

func tell(ctx context.Context, db *rows.DB, events EventLog, a Archive, verb string) error {
	if err := a.Validate(); err != nil {
		return err
	}
	return db.Write(ctx, func(tx *rows.Tx) error { return events.Append(ctx, tx, a.event(verb)) })
}
