package tracking

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/tracking/points"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/page"
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
	return room.Description{Name: "tracking", Wing: "develop", Migrations: files, Events: Events()}
}

// Visibility is the condition under which the caller may see a listed object.
type Visibility interface {
	Visible(ctx context.Context, action string) (filter.Node, error)
}

// EventLog takes the events of changes.
type EventLog interface {
	Append(ctx context.Context, tx *rows.Tx, e event.Event) error
}

// ModelMetrics keeps the points that belong to a logged model as well.
type ModelMetrics interface {
	// LogModelMetrics stores points that all have a ModelID, inside the
	// transaction that stores them for the run. A point that is there already
	// is left as it is.
	LogModelMetrics(ctx context.Context, tx *rows.Tx, run, experiment string, points []Metric) error
}

// Grants keeps what was granted on experiments.
type Grants interface {
	// Made gives whoever makes an experiment what they may do with it, inside the
	// transaction.
	Made(ctx context.Context, tx *rows.Tx, kind, object string) error
}

// Roots tells where the experiments of a workspace keep their files.
type Roots interface {
	// ArtifactRoot is the URI above the experiments that are made in the caller's
	// workspace, "" for the artifact proxy.
	ArtifactRoot(ctx context.Context, r rows.Reader) (string, error)
}

// Data keeps versions of data.
type Data interface {
	// Used notes that a run used data, where an input says which version that is, and
	// gives their names in lineage.
	Used(ctx context.Context, tx *rows.Tx, run string, d DatasetInput) ([]urn.URN, error)
}

// Config is what the service is made of.
type Config struct {
	DB      *rows.DB
	Events  EventLog
	Access  Visibility
	Grants  Grants // nil where nothing is granted
	Roots   Roots  // nil where all files go through the artifact proxy
	IDs     *id.Source
	Now     func() time.Time
	PageKey page.Signer  // seals page tokens; the same on all replicas
	Log     *slog.Logger // for the background loop; nil discards
	// Data is told of what runs used; nil where no versions of data are kept.
	Data Data
	// Models is told of points with a ModelID; nil when nothing keeps them.
	Models ModelMetrics
}

// Service holds the use cases.
type Service struct {
	Config
	points *points.Store
}

// New gives the service over tables that are there.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{c, points.New(points.Config{
		DB: c.DB, Runs: runs{c.Events}, IDs: c.IDs, Now: c.Now, PageKey: c.PageKey, Log: c.Log,
	})}
}

// write runs fn in a serialisable transaction.
func (s *Service) write(ctx context.Context, fn func(*rows.Tx) error) error {
	return s.DB.Write(ctx, fn)
}

// guarded runs fn where its statements guard themselves against others that
// write to the same run: inserts that let the first win, upserts that let the
// greater win.
func (s *Service) guarded(ctx context.Context, fn func(*rows.Tx) error) error {
	return s.DB.WriteAt(ctx, rows.ReadCommitted, fn)
}
