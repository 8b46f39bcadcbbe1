// Package jobs is durable work and schedules, behind a small port; River
// (github.com/riverqueue/river) works it on both engines.
//
// Words. A job is enqueued in the transaction of the change that wants it; a
// handler works it at least once and is idempotent; a job whose worker died is
// taken up again after its kind's timeout. A schedule enqueues a job again and
// again.
//
// It is not a message bus: what happened is told by package event.
package jobs

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Job is work to enqueue.
type Job struct {
	Kind      string          // two or more letters: "tracking.compact"
	Workspace string          // the handler's caller is System(kind) in it
	Args      json.RawMessage // an object
	Unique    string          // not empty: at most one waiting job of this kind and workspace has it
	At        time.Time       // not before; zero means now
}

// Work is a job being worked.
type Work struct {
	ID        int64
	Kind      string
	Workspace string
	Args      json.RawMessage
	Attempt   int // from 1
	// Progress tells how far the work is; it is durable and cheap, and may be
	// called often. It answers an error when the job was cancelled.
	Progress func(ctx context.Context, done, total int64, note string) error
}

// Handler works one job. An error has it tried again, up to Settings.Attempts;
// fault.Invalid ends it at once.
type Handler func(ctx context.Context, w Work) error

// Settings of a kind of job.
type Settings struct {
	Timeout  time.Duration // one attempt at most; a dead worker's job is rescued after it
	Attempts int           // 0 means 10
}

// State says where a job stands.
type State string

// The states.
const (
	Waiting   State = "waiting"
	Running   State = "running"
	Retrying  State = "retrying"
	Succeeded State = "succeeded"
	Cancelled State = "cancelled"
	Failed    State = "failed" // all attempts used up
)

// Status is what is known of a job.
type Status struct {
	ID          int64
	Kind        string
	Workspace   string
	State       State
	Attempt     int
	Done, Total int64
	Note        string
	Error       string // of the last attempt
	Created     time.Time
	Finished    time.Time
}

// Query says which jobs List gives.
type Query struct {
	Kind   string // "" for all
	Before int64  // ids below it, 0 for all
	Limit  int    // 0 means 100
}

// Told announces, in tx, what happened to a job of a kind.
type Told func(ctx context.Context, tx *rows.Tx, kind string) error

// Port is what rooms see of the jobs.
type Port interface {
	// Handle names the handler of a kind. All handlers and schedules are named
	// before Start.
	Handle(kind string, s Settings, h Handler)
	// Every enqueues the job again and again, once in the whole installation
	// for each interval.
	Every(interval time.Duration, job Job)
	// Enqueue writes the job in tx: it is there if and only if tx commits.
	Enqueue(ctx context.Context, tx *rows.Tx, job Job) (id int64, err error)
	// Status, List and Cancel see the jobs of the caller's workspace alone.
	// Status answers fault.NotFound for an unknown job.
	Status(ctx context.Context, id int64) (Status, error)
	// List gives the newest jobs first.
	List(ctx context.Context, q Query) ([]Status, error)
	// Cancel keeps a waiting job from starting and tells a running one; told, with
	// the job's kind, is part of that change. One that has ended stays as it is, and
	// is not told of. fault.NotFound for an unknown job.
	Cancel(ctx context.Context, id int64, told Told) error
}
