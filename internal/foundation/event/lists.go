package event

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// listEvents is the beginning of a list's statement; conditions and an order
// complete it.
const listEvents = `SELECT ` + columns + ` FROM event_log`

// oneEvent is the beginning of the statement for one event; what its reader may
// see completes it.
const oneEvent = listEvents + ` WHERE id = `

// behindSQLite are the events that come behind a position, and inOrderSQLite the
// order in which they do: as they are brought to subscribers.
const (
	behindSQLite  = ` AND position > %[1]s`
	inOrderSQLite = ` ORDER BY position`
)

// behindPostgres goes by transaction, then position, and holds back what is not
// settled, as selectNextPostgres does: a reader that goes on behind the last
// event it got misses none that is committed late. A position that no event has
// stands behind the one before it.
const (
	behindPostgres = ` AND (xact, position) > (
  COALESCE((SELECT e.xact FROM event_log AS e WHERE e.position <= %[1]s ORDER BY e.position DESC LIMIT 1), '0'::xid8), %[1]s)
AND xact < pg_snapshot_xmin(pg_current_snapshot())`
	inOrderPostgres = ` ORDER BY xact, position`
)

// Query says which events List gives.
type Query struct {
	Workspace  string
	Before     int64       // positions below it, 0 for all
	After      int64       // positions above it; without Before, what is settled behind it
	Limit      int         // at most so many, 0 means 100
	VerbPrefix string      // verbs that begin so: "tracking.run."
	Verb       string      // this verb alone
	Subject    string      // URN of the subject
	Actor      string      // URN of who did it
	Action     string      // this permission alone; with "." at its end, all of a noun: "run."
	Outcome    Outcome     // this alone, "" for all
	Since      time.Time   // at it or later, zero for all
	Until      time.Time   // before it, zero for all
	Positions  []int64     // these alone, nil for any
	Everywhere bool        // of all workspaces, not of Workspace alone
	Oldest     bool        // the oldest first
	Visible    filter.Node // what the reader may see, over Attribute; nil for all
}

// Ascends says that the list goes from old to new, in the order of subscribers.
func (q Query) Ascends() bool {
	return q.Oldest || q.After > 0 && q.Before <= 0
}

// attributes are the entity of an event's own fields.
const attributes = "attribute"

// Attribute is a field of events that Query.Visible compares: verb, action,
// subject, actor, workspace, or time in µs.
func Attribute(key string) filter.Field { return filter.Field{Entity: attributes, Key: key} }

// schema places the fields of events.
type schema struct{}

// Place finds a field.
func (schema) Place(f filter.Field) (filter.Place, bool) {
	if f.Entity != attributes {
		return filter.Place{}, false
	}
	switch f.Key {
	case "verb", "action", "subject", "actor", "workspace":
		return filter.Place{Kind: filter.Text, Column: f.Key}, true
	case "time":
		return filter.Place{Kind: filter.Int, Column: f.Key}, true
	}
	return filter.Place{}, false
}

// List gives the events of a workspace that the reader may see, the newest
// first. The oldest first, or with After and no Before, it gives those that came
// behind After, in the order of subscribers and no sooner than they get them: who goes
// on with the position of the last event misses none. fault.Invalid when what
// is asked for cannot be text.
func (l *Log) List(ctx context.Context, q Query) (_ []Event, err error) {
	defer fault.Wrap(&err, "event.List")
	for name, value := range map[string]string{"verb": q.VerbPrefix + q.Verb, "subject": q.Subject, "actor": q.Actor, "action": q.Action} {
		if err := checkText(name, value); err != nil {
			return nil, err
		}
	}
	behind, order := behindSQLite, " ORDER BY position DESC"
	if q.Ascends() {
		order = inOrderSQLite
		if l.db.Dialect() == rows.Postgres {
			behind, order = behindPostgres, inOrderPostgres
		}
	}
	if q.Limit <= 0 {
		q.Limit = 100
	}
	if q.Before <= 0 {
		q.Before = math.MaxInt64
	}
	query := filter.Query{Dialect: l.db.Dialect()}
	var b strings.Builder
	b.WriteString(listEvents + " WHERE position < " + query.Arg(q.Before) + fmt.Sprintf(behind, query.Arg(q.After)))
	q.narrow(&query, &b)
	visible, err := filter.Render(&query, schema{}, q.Visible)
	if err != nil {
		return nil, err
	}
	b.WriteString(" AND " + visible + order + " LIMIT " + query.Arg(q.Limit))
	all, err := rows.Collect(ctx, l.db.Read(), l.scanEvent, b.String(), query.Args()...)
	if err != nil {
		return nil, err
	}
	return all, l.date(ctx, l.db.Read(), len(all), func(i int) *Event { return &all[i] })
}

// narrow adds the conditions that q has beside the positions.
func (q Query) narrow(query *filter.Query, b *strings.Builder) {
	if !q.Everywhere {
		b.WriteString(" AND workspace = " + query.Arg(q.Workspace))
	}
	prefix := func(column, value string) {
		b.WriteString(" AND " + column + " >= " + query.Arg(value) + " AND " + column + " < " + query.Arg(value+"\U0010ffff"))
	}
	if q.VerbPrefix != "" {
		prefix("verb", q.VerbPrefix)
	}
	action := q.Action
	if strings.HasSuffix(action, ".") {
		prefix("action", action)
		action = ""
	}
	for _, c := range [][2]string{{"verb", q.Verb}, {"subject", q.Subject}, {"actor", q.Actor}, {"action", action}, {"outcome", string(q.Outcome)}} {
		if c[1] != "" {
			b.WriteString(" AND " + c[0] + " = " + query.Arg(c[1]))
		}
	}
	if q.Positions != nil {
		query.Arg(rows.List(query.Dialect, q.Positions))
		b.WriteString(" AND position IN " + rows.Listed[int64](query.Dialect, len(query.Args())))
	}
	if !q.Since.IsZero() {
		b.WriteString(" AND time >= " + query.Arg(q.Since.UnixMicro()))
	}
	if !q.Until.IsZero() {
		b.WriteString(" AND time < " + query.Arg(q.Until.UnixMicro()))
	}
}

// checkText refuses what not every engine stores as text.
func checkText(name, value string) error {
	if strings.IndexByte(value, 0) >= 0 || !utf8.ValidString(value) {
		return fault.New(fault.Invalid, "The %s of an event is UTF-8 text without NUL bytes.", name)
	}
	return nil
}

// Get gives one event of a workspace that the reader may see, by the condition
// that Query.Visible is of a list. fault.NotFound of one that is hidden as of one
// that is not there, and fault.Invalid when id cannot be text.
func (l *Log) Get(ctx context.Context, workspace, id string, visible filter.Node) (_ Event, err error) {
	defer fault.Wrap(&err, "event.Get(%q)", id)
	if err := checkText("id", id); err != nil {
		return Event{}, err
	}
	query := filter.Query{Dialect: l.db.Dialect()}
	statement := oneEvent + query.Arg(id) + " AND workspace = " + query.Arg(workspace)
	seen, err := filter.Render(&query, schema{}, visible)
	if err != nil {
		return Event{}, err
	}
	e, err := rows.One(ctx, l.db.Read(), l.scanEvent, statement+" AND "+seen, query.Args()...)
	if rows.IsNone(err) {
		return e, fault.New(fault.NotFound, "There is no event %q.", id)
	}
	if err != nil {
		return e, err
	}
	return e, l.date(ctx, l.db.Read(), 1, func(int) *Event { return &e })
}
