package registry

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

//go:embed migrations
var migrations embed.FS

// Room describes the room to the house.
func Room() room.Description {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return room.Description{Name: "registry", Wing: "deploy", Migrations: files, Events: Events()}
}

// Visibility is the condition under which the caller may see a listed object.
type Visibility interface {
	Visible(ctx context.Context, action string) (filter.Node, error)
}

// EventLog takes the events of changes.
type EventLog interface {
	Append(ctx context.Context, tx *rows.Tx, e event.Event) error
}

// Runs tells where runs keep their artifacts.
type Runs interface {
	// ArtifactRoot is the URI of a run's artifacts. fault.NotFound.
	ArtifactRoot(ctx context.Context, run string) (string, error)
}

// LoggedModels tells where logged models keep their artifacts.
type LoggedModels interface {
	// Source is the URI of a logged model's artifacts and the run that made it.
	// fault.NotFound.
	Source(ctx context.Context, id string) (location, run string, err error)
	// Registered notes that a logged model became a version, inside the
	// transaction that makes the version.
	Registered(ctx context.Context, tx *rows.Tx, id, model string, version int64) error
}

// Grants keeps what was granted on models by their names.
type Grants interface {
	// Made gives whoever makes a model what they may do with it, inside the
	// transaction.
	Made(ctx context.Context, tx *rows.Tx, kind, object string) error
	// Gone takes the grants on a model that is deleted, and those that the name of
	// a new one may have, inside the transaction.
	Gone(ctx context.Context, tx *rows.Tx, kind, object string) error
	// Renamed gives them to its new name, inside the transaction.
	Renamed(ctx context.Context, tx *rows.Tx, kind, from, to string) error
}

// Gate says which versions may serve.
type Gate interface {
	// Admit refuses, with the reason, that an alias points at a version or that it
	// moves to a model stage; one of the two is "". It is asked before the change,
	// for what it looks at may have to be read first.
	Admit(ctx context.Context, name string, number int64, alias string, stage Stage) (Admission, error)
}

// Admission is the answer of a gate that lets a version pass.
type Admission interface {
	// Holds reports, inside the transaction of the change, whether what the answer was
	// given by is as it was.
	Holds(ctx context.Context, tx *rows.Tx) (bool, error)
}

// Config is what the service is made of.
type Config struct {
	DB           *rows.DB
	Events       EventLog
	Access       Visibility
	Grants       Grants // nil where nothing is granted
	Runs         Runs
	LoggedModels LoggedModels // nil when there are none
	Gate         Gate         // nil where every version may serve
	Reserved     []string     // keys of versions' tags that Mark alone writes
	Now          func() time.Time
	PageKey      page.Signer // seals page tokens; the same on all replicas
}

// Service holds the use cases.
type Service struct{ Config }

// New gives the service over tables that are there.
func New(c Config) *Service {
	if c.LoggedModels == nil {
		c.LoggedModels = noLoggedModels{}
	}
	if c.Gate == nil {
		c.Gate = unguarded{}
	}
	return &Service{c}
}

// unguarded is a gate that lets every version pass, and the answer that it gives.
type unguarded struct{}

// Admit refuses nothing.
func (u unguarded) Admit(context.Context, string, int64, string, Stage) (Admission, error) {
	return u, nil
}

// Holds is always so.
func (unguarded) Holds(context.Context, *rows.Tx) (bool, error) { return true, nil }

// noLoggedModels stands where nothing keeps logged models.
type noLoggedModels struct{}

// Source finds nothing.
func (noLoggedModels) Source(_ context.Context, id string) (location, run string, err error) {
	return "", "", fault.New(fault.NotFound, "Logged model with ID '%s' not found.", id)
}

// Registered finds nothing.
func (noLoggedModels) Registered(_ context.Context, _ *rows.Tx, id, _ string, _ int64) error {
	return fault.New(fault.NotFound, "Logged model with ID '%s' not found.", id)
}

func invalid(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }
