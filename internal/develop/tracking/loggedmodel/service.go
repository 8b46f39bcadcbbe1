package loggedmodel

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

//go:embed migrations
var migrations embed.FS

// Part describes what this package adds to the room tracking.
func Part() room.Part {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return room.Part{Name: "tracking_logged_model", Migrations: files, Events: Events()}
}

// Experiments finds experiments.
type Experiments interface {
	// Used finds the active experiment that a model is made in, inside the
	// transaction that makes it. fault.NotFound; fault.Invalid for a deleted one.
	Used(ctx context.Context, tx *rows.Tx, id string) (tracking.Experiment, error)
}

// Config is what the service is made of.
type Config struct {
	DB          *rows.DB
	Events      tracking.EventLog
	Access      tracking.Visibility
	Experiments Experiments
	IDs         *id.Source
	Now         func() time.Time
	PageKey     page.Signer // seals page tokens; the same on all replicas
}

// Service holds the use cases.
type Service struct{ Config }

// New gives the service over tables that are there.
func New(c Config) *Service { return &Service{c} }
