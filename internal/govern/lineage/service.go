package lineage

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

//go:embed migrations
var migrations embed.FS

// Room describes the room to the house.
func Room() room.Description {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return room.Description{Name: "lineage", Wing: "govern", Migrations: files, Events: Events()}
}

// Visibility says what the caller may see.
type Visibility interface {
	// Visible is the condition under which the caller may see a node.
	Visible(ctx context.Context, action string) (filter.Node, error)
	// Reader tells whether the caller may read a thing of the workspace; nil
	// where they may read everything.
	Reader(ctx context.Context) (func(urn.URN) (bool, error), error)
}

// Stream is the log that the graph is made of.
type Stream interface {
	Append(ctx context.Context, tx *rows.Tx, e event.Event) error
	List(ctx context.Context, q event.Query) ([]event.Event, error)
	SubscribeBatch(name string, h event.BatchHandler)
	CatchUp(ctx context.Context, name string) error
	Rewind(ctx context.Context, name string, clear func(*rows.Tx) error) error
	Remain(subscriber string, r event.Remains) error
	AsLeft(ctx context.Context, tx *rows.Tx, all []event.Event) ([]event.Event, error)
}

// Config is what the service is made of.
type Config struct {
	DB     *rows.DB
	Events Stream
	Access Visibility
}

// subscriber is the name under which the room reads the stream.
const subscriber = "lineage"

// Service holds the use cases.
type Service struct{ Config }

// New gives the service over tables that are there, and subscribes it.
func New(c Config) *Service {
	s := &Service{c}
	c.Events.SubscribeBatch(subscriber, s.Take)
	if err := c.Events.Remain(subscriber, event.Remains{Keep: keep, Forget: forget}); err != nil {
		panic(err) // it is subscribed
	}
	return s
}

// rebuildTime is how long one call builds: who asks is told how far it came.
const rebuildTime = 20 * time.Second

// Built tells how large the graph is, over all workspaces.
type Built struct {
	Nodes, Edges int64
	Behind       bool // there are events that are not yet in it
}

// Rebuild builds the graph of all workspaces anew from the event log. It
// returns when the graph is whole, or after some time with Behind; asked to go
// on it begins where it stopped. Walks meanwhile see a part, and say so.
func (s *Service) Rebuild(ctx context.Context, goOn bool) (_ Built, err error) {
	defer fault.Wrap(&err, "lineage.Rebuild")
	if !goOn {
		err = s.Events.Rewind(ctx, subscriber, func(tx *rows.Tx) error { return clearGraph(ctx, tx) })
		if err != nil {
			return Built{}, err
		}
	}
	// What is taken is no part of the request's own change.
	apart, cancel := context.WithTimeout(context.Background(), rebuildTime)
	defer context.AfterFunc(ctx, cancel)()
	defer cancel()
	err = s.Events.CatchUp(apart, subscriber)
	behind := errors.Is(apart.Err(), context.DeadlineExceeded)
	if err != nil && !behind {
		return Built{}, err
	}
	b, err := rows.One(ctx, s.DB.Read(), func(row rows.Scanner) (b Built, err error) { return b, row.Scan(&b.Nodes, &b.Edges) }, countGraph)
	b.Behind = behind
	return b, err
}
