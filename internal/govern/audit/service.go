package audit

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/secret"
)

//go:embed migrations
var migrations embed.FS

// Room describes the room to the house.
func Room() room.Description {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return room.Description{Name: "audit", Wing: "govern", Migrations: files, Events: Events(), Settings: func() any { return &Settings{} }}
}

// subscriber names the room among those that follow the stream.
const subscriber = "audit"

// checkpointEvery is how often a log that grew is signed.
const checkpointEvery = 5 * time.Second

// EventLog is the stream, as the room reads and empties it.
type EventLog interface {
	Append(ctx context.Context, tx *rows.Tx, e event.Event) error
	SubscribeBatch(name string, h event.BatchHandler)
	CatchUp(ctx context.Context, name string) error
	List(ctx context.Context, q event.Query) ([]event.Event, error)
	Get(ctx context.Context, workspace, id string, visible filter.Node) (event.Event, error)
	Stored(ctx context.Context, r rows.Reader, subscriber string, after int64, limit int) ([]event.Stored, error)
	Brought(ctx context.Context, r rows.Reader, subscriber string, positions []int64) (map[int64]bool, error)
	PositionOf(ctx context.Context, r rows.Reader, id string) (position int64, there bool, err error)
	Count(ctx context.Context, r rows.Reader) (int64, error)
	Until(ctx context.Context, r rows.Reader, before time.Time) (position int64, err error)
	Empty(ctx context.Context, positions []int64, vouched func(event.Event) bool, along func(*rows.Tx) error) error
	SealedUntil(ctx context.Context, r rows.Reader, position int64) (bool, error)
	SealLeft(ctx context.Context, tx *rows.Tx, positions []int64, left func(event.Event) bool) error
	Remain(subscriber string, r event.Remains) error
}

// Keys keeps the key that checkpoints are signed with, KeyName.
type Keys interface {
	Keys(ctx context.Context, name string) ([]secret.Key, error)
	// Key gives the newest version, and makes the first.
	Key(ctx context.Context, name string) ([]byte, error)
	// Derived gives 32 bytes for a purpose that nobody finds without the master key.
	Derived(purpose string) ([]byte, error)
}

// Access says which entries somebody may see.
type Access interface {
	Visible(ctx context.Context, action string) (filter.Node, error)
}

// Config is what the service is made of.
type Config struct {
	DB       *rows.DB
	Events   EventLog
	Keys     Keys
	Access   Access
	Jobs     Jobs
	IDs      *id.Source
	Now      func() time.Time
	Log      *slog.Logger
	Settings func() Settings // as they are now
	// Kept is the file that keeps the newest checkpoint beside the store; "" for
	// none. Only one process at a time may have it.
	Kept string
	// Text is an entry as exports send it: a JSON object on one line.
	Text func(Entry) ([]byte, error)
}

// Service holds the use cases.
type Service struct {
	Config

	kept *keeper

	mu   sync.Mutex
	edge edge // of the tree, as this process left it

	failing atomic.Pointer[failing] // nil while the log can be signed
}

// failing is since when a log cannot be signed, and why.
type failing struct {
	since  time.Time
	times  int
	reason error
}

// New gives the service and has it follow the stream. Begin is called before
// anything is written.
func New(c Config) *Service {
	s := &Service{Config: c, kept: openKeeper(c.Kept)}
	c.Events.SubscribeBatch(subscriber, s.append)
	if err := c.Events.Remain(subscriber, event.Remains{Keep: keep}); err != nil {
		panic(err) // it is subscribed
	}
	return s
}

// Work signs a checkpoint every few seconds while the log grows, until ctx
// ends.
func (s *Service) Work(ctx context.Context) error {
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		_, err := s.Checkpoint(ctx)
		if ctx.Err() != nil {
			return nil
		}
		s.signedOrNot(err)
	}
}

// signedOrNot remembers since when the log cannot be signed.
func (s *Service) signedOrNot(err error) {
	if err == nil {
		s.failing.Store(nil)
		return
	}
	s.Log.Error("the audit log could not be signed", "error", err, "remedy", fault.HintOf(err))
	f := failing{since: s.Now(), reason: err}
	if before := s.failing.Load(); before != nil {
		f.since, f.times = before.since, before.times
	}
	f.times++
	s.failing.Store(&f)
}
