package access

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"runtime"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/hashing"
	"github.com/tacit-ml/tacit/internal/govern/access/limit"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
	"github.com/tacit-ml/tacit/internal/govern/access/refusal"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

//go:embed migrations
var migrations embed.FS

// Room describes the room to the house.
func Room() room.Description {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return room.Description{Name: "access", Wing: "govern", Migrations: files, Events: Events(), Settings: func() any { return &Settings{} }}
}

// EventLog takes the events of changes, and gives them.
type EventLog interface {
	Append(ctx context.Context, tx *rows.Tx, e event.Event) error
	List(ctx context.Context, q event.Query) ([]event.Event, error)
}

// Config is what the service is made of.
type Config struct {
	DB      *rows.DB
	Events  EventLog
	IDs     *id.Source
	Now     func() time.Time
	Log     *slog.Logger
	Hashing hashing.Parameters // zero for the usual parameters
	// Required is set where nobody enters without signing in. Else everybody is
	// the local user and may do all, and nothing else of Config is needed to
	// say so.
	Required bool
	// Facts gives what is known of an object: its name, its tags, what it is in.
	// False when there is none; nil where no grant and no policy will be.
	Facts func(ctx context.Context, object urn.URN) (policy.Resource, bool, error)
	// Mentioned reports whether there is a thing that no decision looks into, as far as the
	// caller may know; true for what nobody knows of, and nil where nobody asks.
	Mentioned func(ctx context.Context, object urn.URN) (bool, error)
	// Subjects is the condition over an event's subject that it is one of the things
	// of a kind that a condition selects, over the fields that package policy names;
	// nil where no grant and no policy will be.
	Subjects func(ctx context.Context, kind string, where filter.Node) (filter.Node, error)
	// Any reports whether there is anything of a kind in the caller's workspace,
	// deleted things as well, that a condition selects, over the fields that package
	// policy names; nil where nobody knows.
	Any func(ctx context.Context, r rows.Reader, kind string, where filter.Node) (bool, error)
	// Files gives the path of each file of the caller's workspace; nil where nobody
	// knows.
	Files func(ctx context.Context, do func(path string) error) error
	// CheckRoot refuses an artifact root that experiments cannot have; nil takes all.
	CheckRoot func(root string) error
	// Contents are what rooms keep in workspaces; nil for nothing.
	Contents func() []Contents
	// Usual is the workspace of a request that names none; nil means "default".
	Usual func() string
	// Settings are as they are now; nil for those of no file.
	Settings func() *Settings
}

// Service knows principals, and decides.
type Service struct {
	Config
	hashing  chan struct{} // a place for each password that is hashed at a time
	nobody   string        // the hash that passwords of unknown users are held against
	limits   *limit.Limiter
	refused  *refusal.Counter
	verified *hashing.Remembered
	shipped  *roles.Shipped
}

// New gives the service over tables that are there.
func New(c Config) *Service {
	if c.Hashing == (hashing.Parameters{}) {
		c.Hashing = hashing.Usual
	}
	s := &Service{Config: c, hashing: make(chan struct{}, runtime.GOMAXPROCS(0)), shipped: roles.NewShipped()}
	if c.IDs != nil {
		// Random bytes are the hash of no password, and save the start the memory of
		// making one.
		s.nobody = c.Hashing.Stored(c.IDs.Bytes(hashing.SaltSize), c.IDs.Bytes(hashing.KeySize))
		s.limits, s.refused = limit.New(c.Now), refusal.NewCounter(c.Now)
		s.verified = hashing.NewRemembered(c.Now, c.IDs.Bytes(hashing.KeySize))
	}
	return s
}

// Sweep deletes what is over: tokens of sessions at once, sessions and their
// refresh tokens after keptOver, so that the replay of one is still noticed.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.Now()
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		for _, statement := range []string{deleteBearersOver, deleteInvitationsOver, deleteAnswersOver} {
			if _, err := tx.Exec(ctx, statement, now.UnixMilli()); err != nil {
				return err
			}
		}
		over := now.Add(-keptOver).UnixMilli()
		for _, statement := range []string{deleteRefreshesOver, deleteCookiesOver, deleteSessionsOver} {
			if _, err := tx.Exec(ctx, statement, over); err != nil {
				return err
			}
		}
		return nil
	})
}
