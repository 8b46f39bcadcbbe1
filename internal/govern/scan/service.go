package scan

import (
	"context"
	"embed"
	"io"
	"io/fs"
	"log/slog"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
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
	return room.Description{Name: "scan", Wing: "govern", Migrations: files, Events: Events(), Settings: func() any { return &Settings{} }}
}

// Stream is the log that says what is there to judge, and takes what was judged.
type Stream interface {
	Append(ctx context.Context, tx *rows.Tx, e event.Event) error
	SubscribeBatch(name string, h event.BatchHandler)
}

// Entry is one line of a listing of files.
type Entry struct {
	Path   string // from the workspace
	Folder bool
	Size   int64
	ETag   string // changes with the bytes
}

// Files are the artifacts of the caller's workspace.
type Files interface {
	// List gives what lies directly below a folder, in the order of paths.
	List(ctx context.Context, folder string) ([]Entry, error)
	// Open opens a part of a file, and gives the tag of the bytes; the caller closes.
	// fault.NotFound.
	Open(ctx context.Context, path string, part blobs.Range) (_ io.ReadCloser, etag string, err error)
	// Put stores a file, replacing what was there.
	Put(ctx context.Context, path string, text []byte) error
}

// Origin is where a version comes from.
type Origin struct {
	Run    string // "" for none, or one that is gone
	Source string // the program of the run, as a client names it
	Inputs int    // data that the run names
}

// Tag is the tag of a version that is not clean, with what there is to say against
// it, which clients of MLflow show.
const Tag = "tacit.scan"

// Models say where the files of models lie.
type Models interface {
	// OfVersion is the folder of a version's files in the artifacts of the caller's
	// workspace; elsewhere is where they lie when tacit does not keep them, and both
	// are empty for a version that has no files, as a prompt. fault.NotFound.
	OfVersion(ctx context.Context, name string, number int64) (folder, elsewhere string, err error)
	// OfLoggedModel is that of a logged model's.
	OfLoggedModel(ctx context.Context, id string) (folder, elsewhere string, err error)
	// Uses are what a version is used as, as a transaction sees it: none of one that is
	// not there.
	Uses(ctx context.Context, r rows.Reader, name string, number int64) ([]Target, error)
	// Used are the versions of the caller's workspace that are used as something.
	Used(ctx context.Context) ([]VersionRef, error)
	// Workspaces are those that have versions.
	Workspaces(ctx context.Context) ([]string, error)
	// Warn writes what there is to say against a version where clients see it; ""
	// takes that away. fault.NotFound.
	Warn(ctx context.Context, name string, number int64, text string) error
	// Origin is where a version comes from. fault.NotFound.
	Origin(ctx context.Context, name string, number int64) (Origin, error)
}

// Jobs takes work that is done after a change.
type Jobs interface {
	Enqueue(ctx context.Context, tx *rows.Tx, job jobs.Job) (id int64, err error)
}

// Config is what the service is made of.
type Config struct {
	DB       *rows.DB
	Events   Stream
	Jobs     Jobs
	Files    Files
	Models   Models
	Now      func() time.Time
	Log      *slog.Logger
	Engine   string // tacit and its version
	Settings func() *Settings
}

// Service judges the models of an installation and keeps what was said.
type Service struct {
	Config
	underway underway
}

// subscriber is the name under which the room reads the stream.
const subscriber = "scan"

// New gives the service over tables that are there, and subscribes it.
func New(c Config) *Service {
	s := &Service{Config: c}
	c.Events.SubscribeBatch(subscriber, s.Take)
	return s
}

// scanner is one that judges by the policy that holds now.
func (s *Service) scanner() (*Scanner, error) {
	return NewScanner(ScannerConfig{Engine: s.Engine, Now: s.Now, Vetted: s.Settings().vetted(), Budget: s.Settings().budget()})
}
