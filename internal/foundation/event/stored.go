package event

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Stored is an event as it lies in the store.
type Stored struct {
	Event
	Brought bool  // the subscriber asked for has got it, or will never: its place lies behind the cursor
	Broken  error // why it cannot be read, nil for a sound one; then Event has what could be
}

// Stored gives events as they lie in the store behind a position, in the order
// of positions and at most limit of them, and says of each whether a subscriber
// has got it. It reads what somebody may have changed: an event that cannot be
// read is told as broken and ends nothing.
func (l *Log) Stored(ctx context.Context, r rows.Reader, subscriber string, after int64, limit int) ([]Stored, error) {
	at, err := rows.One(ctx, r, scanCursor, selectCursor, subscriber)
	if err != nil && !rows.IsNone(err) {
		return nil, err
	}
	statement := selectStoredSQLite
	if r.Dialect() == rows.Postgres {
		statement = selectStoredPostgres
	}
	all, err := rows.Collect(ctx, r, func(s rows.Scanner) (Stored, error) {
		var place cursor
		raw, err := scanRecord(scanner(func(dest ...any) error { return s.Scan(append(dest, &place.xact)...) }))
		if err != nil {
			return Stored{}, err
		}
		place.position = raw.Position
		one := Stored{Brought: !at.before(place)}
		one.Event, one.Broken = raw.read()
		one.Mark = l.markOf(raw)
		return one, nil
	}, statement, after, limit)
	if err != nil {
		return nil, err
	}
	return all, l.date(ctx, r, len(all), func(i int) *Event { return &all[i].Event })
}

const selectPositionOf = `SELECT position FROM event_log WHERE id = $1`

// PositionOf is where an event lies, false for one that is not there.
func (l *Log) PositionOf(ctx context.Context, r rows.Reader, id string) (position int64, there bool, err error) {
	position, err = rows.One(ctx, r, rows.Column[int64], selectPositionOf, id)
	if rows.IsNone(err) {
		return 0, false, nil
	}
	return position, err == nil, err
}

const selectCount = `SELECT count(*) FROM event_log`

// Count is how many events there are, of all workspaces.
func (l *Log) Count(ctx context.Context, r rows.Reader) (int64, error) {
	return rows.One(ctx, r, rows.Column[int64], selectCount)
}

// selectBroughtPostgres are those of events that lie at a cursor or before it. A list of
// positions stands behind it.
const selectBroughtPostgres = `
SELECT position FROM event_log WHERE (xact, position) <= ($2::bigint::text::xid8, $3::bigint) AND position IN `

// Brought says of the events at positions which a subscriber has got, or will never.
func (l *Log) Brought(ctx context.Context, r rows.Reader, subscriber string, positions []int64) (map[int64]bool, error) {
	got := make(map[int64]bool, len(positions))
	at, err := rows.One(ctx, r, scanCursor, selectCursor, subscriber)
	if rows.IsNone(err) {
		return got, nil
	}
	if err != nil {
		return nil, err
	}
	if r.Dialect() != rows.Postgres {
		for _, position := range positions {
			got[position] = position <= at.position
		}
		return got, nil
	}
	found, err := rows.Collect(ctx, r, rows.Column[int64], selectBroughtPostgres+rows.Listed[int64](r.Dialect(), 1), rows.List(r.Dialect(), positions), at.xact, at.position)
	for _, position := range found {
		got[position] = true
	}
	return got, err
}

// before says that a subscriber at c has not got what has place p.
func (c cursor) before(p cursor) bool {
	return c.xact < p.xact || c.xact == p.xact && c.position < p.position
}

// Until is the last position before which, itself included, every event happened
// before a time; 0 when there is none.
func (l *Log) Until(ctx context.Context, r rows.Reader, before time.Time) (int64, error) {
	return rows.One(ctx, r, rows.Column[int64], selectUntil, before.UnixMicro())
}
