package event

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const appendEventPostgres = `
INSERT INTO event_log (id, time, workspace, actor, verb, subject, links, cause, request, address, client, outcome, before, after, data, action, seal)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`

// appendEventSQLite gives out no position that a subscriber has come by: an event
// that follows others which somebody took away is brought as any.
const appendEventSQLite = `
INSERT INTO event_log (position, id, time, workspace, actor, verb, subject, links, cause, request, address, client, outcome, before, after, data, action, seal)
VALUES ((SELECT max(p) + 1 FROM (
    SELECT max(position) AS p FROM event_log
    UNION ALL SELECT max(position) FROM event_cursor WHERE position < 9223372036854775807
    UNION ALL SELECT 0)),
  $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`

const columns = `position, id, time, workspace, actor, verb, subject, links, cause, request, address, client, outcome, before, after, data, action, seal`

// selectNextSQLite: one writer commits in the order of positions; xact is 0.
const selectNextSQLite = `SELECT ` + columns + `, 0 FROM event_log WHERE $1 = 0 AND position > $2 ORDER BY position LIMIT $3`

// selectNextPostgres goes by transaction, then position. Positions are given
// out before the commit, so a later one may be seen first; but no transaction
// below the oldest that still runs can bring another event, and every one to
// come is above it.
const selectNextPostgres = `
SELECT ` + columns + `, xact::text::bigint FROM event_log
WHERE (xact, position) > ($1::bigint::text::xid8, $2::bigint) AND xact < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY xact, position LIMIT $3`

// selectLastSQLite and selectLastPostgres give the last event in the order of
// subscribers.
const selectLastSQLite = `SELECT 0, position FROM event_log ORDER BY position DESC LIMIT 1`

const selectLastPostgres = `SELECT xact::text::bigint, position FROM event_log ORDER BY xact DESC, position DESC LIMIT 1`

const selectCursor = `SELECT xact, position FROM event_cursor WHERE subscriber = $1`

const insertCursor = `INSERT INTO event_cursor (subscriber, xact, position, moved) VALUES ($1, 0, 0, $2) ON CONFLICT (subscriber) DO NOTHING`

// moveCursor moves on only from where the batch was read: a replica that was
// slower does not move it back.
const moveCursor = `UPDATE event_cursor SET xact = $2, position = $3, moved = $4 WHERE subscriber = $1 AND xact = $5 AND position = $6`

// putCursor moves a subscriber anywhere, also one that never began.
const putCursor = `
INSERT INTO event_cursor (subscriber, xact, position, moved) VALUES ($1, $2, $3, $4)
ON CONFLICT (subscriber) DO UPDATE SET xact = excluded.xact, position = excluded.position, moved = excluded.moved`

// selectCursorsPostgres tells how far subscribers have come by positions alone,
// since transactions are one cluster's: what lies before the first event that is
// to come was brought. A few later ones may have been as well, and are brought
// again.
const selectCursorsPostgres = `
SELECT subscriber, 0::bigint AS xact, COALESCE(
  (SELECT min(e.position) - 1 FROM event_log AS e WHERE (e.xact, e.position) > (c.xact::text::xid8, c.position)),
  (SELECT max(e.position) FROM event_log AS e),
  c.position) AS position, moved
FROM event_cursor AS c`

// restoreCursors has cursors stand among restored events.
const restoreCursors = `UPDATE event_cursor SET xact = $1`

// selectStoredSQLite and selectStoredPostgres read the stream as it lies in the
// store, in the order of positions.
const selectStoredSQLite = `SELECT ` + columns + `, 0 FROM event_log WHERE position > $1 ORDER BY position LIMIT $2`

const selectStoredPostgres = `SELECT ` + columns + `, xact::text::bigint FROM event_log WHERE position > $1 ORDER BY position LIMIT $2`

// selectWithSeal are events that have a seal, whether it holds or not.
const selectWithSeal = `SELECT ` + columns + ` FROM event_log WHERE length(seal) > 0 AND position > $1 ORDER BY position LIMIT $2`

const selectUntil = `
SELECT COALESCE((SELECT min(position) - 1 FROM event_log WHERE time >= $1), (SELECT max(position) FROM event_log), 0)`

// cursor is how far a subscriber has come.
type cursor struct{ xact, position int64 }

func scanCursor(s rows.Scanner) (c cursor, err error) { return c, s.Scan(&c.xact, &c.position) }

// settled is an event with its place in the order of subscribers.
type settled struct {
	Event
	cursor
}

func (l *Log) scanSettled(s rows.Scanner) (e settled, err error) {
	raw, err := scanRecord(scanner(func(dest ...any) error { return s.Scan(append(dest, &e.xact)...) }))
	if err != nil {
		return e, err
	}
	e.Event, err = raw.read()
	e.Mark = l.markOf(raw)
	e.position = e.Position
	return e, err
}

// scanner lets a scan read more columns than it knows.
type scanner func(dest ...any) error

// Scan reads them.
func (s scanner) Scan(dest ...any) error { return s(dest...) }

func (l *Log) scanEvent(s rows.Scanner) (Event, error) {
	r, err := scanRecord(s)
	if err != nil {
		return r.Event, err
	}
	e, err := r.read()
	e.Mark = l.markOf(r)
	return e, err
}

// record is an event whose texts were not read yet.
type record struct {
	Event
	actor, subject, links, data string
	seal                        []byte
}

// values are all that is written of an event, in the order of columns, without
// its position and its seal.
func (r record) values() []any {
	return []any{r.ID, r.Time.UnixMicro(), r.Workspace, r.actor, r.Verb, r.subject, r.links, r.Cause,
		r.Origin.Request, r.Origin.Address, r.Origin.Client, string(r.Outcome), r.Before, r.After, r.data, r.Action}
}

func scanRecord(s rows.Scanner) (r record, err error) {
	var micros int64
	err = s.Scan(&r.Position, &r.ID, &micros, &r.Workspace, &r.actor, &r.Verb, &r.subject, &r.links, &r.Cause,
		&r.Origin.Request, &r.Origin.Address, &r.Origin.Client, &r.Outcome, &r.Before, &r.After, &r.data, &r.Action, &r.seal)
	r.Time = time.UnixMicro(micros).UTC()
	return r, err
}

// read reads the texts. Only an event that was emptied has no actor.
func (r record) read() (e Event, err error) {
	e = r.Event
	if err := e.Actor.UnmarshalText([]byte(r.actor)); err != nil {
		return e, fmt.Errorf("event %s: actor: %w", e.ID, err)
	}
	if err := e.Subject.UnmarshalText([]byte(r.subject)); err != nil {
		return e, fmt.Errorf("event %s: subject: %w", e.ID, err)
	}
	if err := json.Unmarshal([]byte(r.links), &e.Links); err != nil {
		return e, fmt.Errorf("event %s: links: %w", e.ID, err)
	}
	if r.data != "" {
		e.Data = json.RawMessage(r.data)
	}
	return e, nil
}
