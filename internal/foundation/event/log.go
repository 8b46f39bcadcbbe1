package event

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of the stream, by dialect.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

// Schema is the tables of the stream. Cursors are restored with the events, so
// that a subscriber goes on where it was: what it got before is not new to it.
func Schema() rows.Schema {
	return rows.Schema{
		Name: "event", Files: Migrations(),
		Archived: []rows.Archived{{Table: "event_cursor", Statements: map[rows.Dialect]string{rows.Postgres: selectCursorsPostgres}}},
		Restored: func(ctx context.Context, tx *rows.Tx) error {
			xact := 0
			if tx.Dialect() == rows.Postgres {
				xact = rows.RestoredBy
			}
			_, err := tx.Exec(ctx, restoreCursors, xact)
			return err
		},
	}
}

// Limits of one event. More is a mistake of the program.
const (
	MaxData  = 16 << 10 // bytes of Data as JSON
	MaxLinks = 256
)

// Log appends events and hands them to subscribers.
type Log struct {
	db          *rows.DB
	ids         *id.Source
	now         func() time.Time
	log         *slog.Logger
	key         []byte                // that events are sealed with, nil for none
	sealedFrom  atomic.Pointer[int64] // position of the first event whose seal holds, nil until it was asked for
	subscribers []*subscriber
}

// NewLog gives the log over db, whose tables are there.
func NewLog(db *rows.DB, ids *id.Source, now func() time.Time, log *slog.Logger) *Log {
	return NewSealedLog(db, ids, now, log, nil)
}

// NewSealedLog gives a log that seals each event with a key: what somebody who
// does not have it wrote into the store is known by that. All processes of one
// store have the same key; with nil none is sealed, and none is asked for a seal.
func NewSealedLog(db *rows.DB, ids *id.Source, now func() time.Time, log *slog.Logger, key []byte) *Log {
	return &Log{db: db, ids: ids, now: now, log: log, key: key}
}

// Append writes e inside the transaction of the change that it announces, with
// workspace, actor, action, origin and cause of the caller in ctx.
func (l *Log) Append(ctx context.Context, tx *rows.Tx, e Event) error {
	c := caller.From(ctx)
	links, data := "[]", ""
	if len(e.Links) > MaxLinks {
		return fmt.Errorf("event %s: %d links, at most %d", e.Verb, len(e.Links), MaxLinks)
	}
	if len(e.Links) > 0 {
		b, err := json.Marshal(e.Links)
		if err != nil {
			return fmt.Errorf("event %s: links: %w", e.Verb, err)
		}
		links = string(b)
	}
	if e.Data != nil {
		b, err := json.Marshal(e.Data)
		if err != nil {
			return fmt.Errorf("event %s: data: %w", e.Verb, err)
		}
		if len(b) > MaxData {
			return fmt.Errorf("event %s: %d bytes of data, at most %d", e.Verb, len(b), MaxData)
		}
		data = string(b)
	}
	if e.Outcome == "" {
		e.Outcome = Done
	}
	if e.Cause == "" {
		e.Cause = c.Cause
	}
	if e.Action == "" {
		e.Action = c.Action
	}
	e.ID, e.Time, e.Workspace, e.Origin = l.ids.UUID(), l.now(), c.Workspace, c.Origin
	stored := record{Event: e, actor: c.Actor.String(), subject: e.Subject.String(), links: links, data: data}.values()
	statement := appendEventSQLite
	if tx.Dialect() == rows.Postgres {
		statement = appendEventPostgres
	}
	if _, err := tx.Exec(ctx, statement, append(stored, l.seal(stored))...); err != nil {
		return fmt.Errorf("event %s: %w", e.Verb, err)
	}
	tx.AfterCommit(l.wake)
	return nil
}

// wake tells every subscriber that something was committed.
func (l *Log) wake() {
	for _, s := range l.subscribers {
		select {
		case s.woke <- struct{}{}:
		default:
		}
	}
}
