package queue

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	defaultTimeout  = time.Minute
	defaultAttempts = 10
	defaultWorkers  = 8
	defaultPoll     = time.Second // on SQLite a look into memory: see lookout
	// cooldown is the least time between two fetches: short, since River fetches
	// no more than its free workers can take.
	cooldown = 20 * time.Millisecond
	// kept is how long finished jobs are kept, and so the longest interval of a
	// schedule: the last job of one is what keeps it from running twice.
	kept = 7 * 24 * time.Hour
	// mostPause bounds the pause before an attempt.
	mostPause = time.Hour
	// stopTime is how long handlers have to end once they are told to.
	stopTime = 10 * time.Second
	// tidyKind is the queue's own job.
	tidyKind = "jobs.tidy"
)

// Config is what New needs. Zero values of the last three are their defaults.
type Config struct {
	DB     *rows.DB
	Now    func() time.Time
	Spread func(most time.Duration) time.Duration // gives from nothing to less than most
	Log    *slog.Logger

	Workers int                             // jobs worked at a time, 0 means 8
	Poll    time.Duration                   // how often new jobs are looked for, 0 means a second
	Backoff func(attempt int) time.Duration // pause after a failed attempt, from 1; nil means attempt⁴ seconds, an hour at most
}

// Queue works jobs. It is a jobs.Port.
type Queue struct {
	Config
	kinds     map[string]*kind
	schedules []schedule

	lookout *lookout

	once   sync.Once // makes client
	client *river.Client[*sql.Tx]
	err    error

	mu       sync.Mutex
	running  map[int64]context.CancelCauseFunc
	stopping bool
}

type kind struct {
	jobs.Settings
	handler jobs.Handler
}

type schedule struct {
	interval time.Duration
	job      jobs.Job
}

var _ jobs.Port = (*Queue)(nil)

// New gives a queue over a store that has its Schemas.
func New(c Config) *Queue {
	if c.Workers == 0 {
		c.Workers = defaultWorkers
	}
	if c.Poll == 0 {
		c.Poll = defaultPoll
	}
	if c.Backoff == nil {
		c.Backoff = c.backoff
	}
	q := &Queue{Config: c, kinds: map[string]*kind{}, running: map[int64]context.CancelCauseFunc{}, lookout: &lookout{now: c.Now}}
	q.Handle(tidyKind, jobs.Settings{}, func(ctx context.Context, _ jobs.Work) error {
		return q.DB.Write(ctx, func(tx *rows.Tx) error {
			if _, err := tx.Exec(ctx, deleteForgottenProgress); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, deleteForgottenUnique)
			return err
		})
	})
	q.Every(24*time.Hour, jobs.Job{Kind: tidyKind, Workspace: caller.DefaultWorkspace})
	return q
}

// backoff grows with the fourth power of the attempt, as River's own does, and
// is spread by a tenth.
func (c Config) backoff(attempt int) time.Duration {
	a := time.Duration(min(attempt, 8))
	pause := min(a*a*a*a*time.Second, mostPause)
	return pause - pause/20 + c.Spread(pause/10)
}

// Handle names the handler of a kind. A second one for a kind is a mistake of
// the program, and panics.
func (q *Queue) Handle(name string, s jobs.Settings, h jobs.Handler) {
	if q.kinds[name] != nil {
		panic(fmt.Sprintf("queue: %s has a handler already", name))
	}
	if s.Timeout == 0 {
		s.Timeout = defaultTimeout
	}
	if s.Attempts == 0 {
		s.Attempts = defaultAttempts
	}
	q.kinds[name] = &kind{s, h}
}

// Every enqueues the job once in each interval, which turns at its multiples in
// UTC, a week's on Monday: a restart neither repeats nor delays it. Intervals of more than a week, or of
// less than a second, are a mistake of the program, and panic.
func (q *Queue) Every(interval time.Duration, job jobs.Job) {
	if interval > kept || interval < time.Second {
		panic(fmt.Sprintf("queue: %s every %s: an interval is between a second and %s", job.Kind, interval, kept))
	}
	q.schedules = append(q.schedules, schedule{interval, job})
}

// open makes River's client once, when all handlers are named.
func (q *Queue) open() (*river.Client[*sql.Tx], error) {
	q.once.Do(func() {
		workers, shortest := river.NewWorkers(), kept
		for name, k := range q.kinds {
			river.AddWorkerArgs(workers, envelope{kind: name}, &worker{queue: q, kind: k})
			shortest = min(shortest, k.Timeout)
		}
		periodic := make([]*river.PeriodicJob, len(q.schedules))
		for i, s := range q.schedules {
			periodic[i] = q.periodic(s)
		}
		q.client, q.err = river.NewClient(q.driver(), &river.Config{
			Logger:  slog.New(atLeastWarn{q.Log.With("part", "jobs").Handler()}),
			Workers: workers,
			Queues:  map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: q.Workers}},
			// On SQLite the listener would ask the one writing connection twenty
			// times a second; on PostgreSQL it would need a connection of its own.
			PollOnly:          true,
			FetchCooldown:     min(cooldown, q.Poll),
			FetchPollInterval: q.Poll,
			// Each kind has its own timeout; River asks for it before it rescues.
			JobTimeout:                  shortest,
			RescueStuckJobsAfter:        shortest,
			RetryPolicy:                 retries{q},
			PeriodicJobs:                periodic,
			CancelledJobRetentionPeriod: kept,
			CompletedJobRetentionPeriod: kept,
			DiscardedJobRetentionPeriod: kept,
		})
	})
	return q.client, q.err
}

// Start takes up what a dead process left and works jobs until Stop.
func (q *Queue) Start(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "queue.Start")
	client, err := q.open()
	if err != nil {
		return err
	}
	if q.DB.Dialect() == rows.SQLite {
		err := q.DB.Write(ctx, func(tx *rows.Tx) error {
			n, err := tx.Exec(ctx, takeUpSQLite)
			if n > 0 {
				q.Log.Info("jobs of a process that ended are taken up again", "jobs", n)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return client.Start(context.WithoutCancel(ctx))
}

// Work works jobs until ctx ends, and then stops within stopTime.
func (q *Queue) Work(ctx context.Context) error {
	if err := q.Start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // told to stop before it began
		}
		return err
	}
	<-ctx.Done()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	return q.Stop(end)
}

// Stop tells running jobs to end and waits for them until ctx ends. What did
// not finish is available again, and no attempt is counted. It does nothing
// before Start.
func (q *Queue) Stop(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "queue.Stop")
	q.mu.Lock()
	q.stopping = true
	q.mu.Unlock()
	if q.client == nil {
		return nil
	}
	return q.client.StopAndCancel(ctx)
}

// Enqueue writes the job in tx. A unique job that waits already is answered
// with its id.
func (q *Queue) Enqueue(ctx context.Context, tx *rows.Tx, job jobs.Job) (id int64, err error) {
	defer fault.Wrap(&err, "queue.Enqueue(%s)", job.Kind)
	client, err := q.open()
	if err != nil {
		return 0, err
	}
	k := q.kinds[job.Kind]
	if k == nil {
		return 0, fmt.Errorf("no handler works jobs of the kind %q", job.Kind)
	}
	e, err := pack(ctx, job)
	if err != nil {
		return 0, err
	}
	if job.Unique != "" {
		id, err := q.waiting(ctx, tx, job)
		if err == nil || !rows.IsNone(err) {
			return id, err
		}
	}
	// River would end the statement, and with it SQLite's shared transaction,
	// when the caller goes away.
	result, err := client.InsertTx(context.WithoutCancel(ctx), tx.SQL(), e, &river.InsertOpts{MaxAttempts: k.Attempts, ScheduledAt: job.At})
	if err != nil {
		return 0, err
	}
	tx.AfterCommit(q.lookout.wake)
	if job.Unique != "" {
		_, err = tx.Exec(ctx, setUnique, job.Workspace, job.Kind, job.Unique, result.Job.ID)
	}
	return result.Job.ID, err
}

// waiting gives the id of the waiting job with the same unique text, or
// rows.ErrNone.
func (q *Queue) waiting(ctx context.Context, tx *rows.Tx, job jobs.Job) (int64, error) {
	last, err := rows.One(ctx, tx, rows.Column[int64], claimUnique, job.Workspace, job.Kind, job.Unique)
	if err != nil {
		return 0, err
	}
	return rows.One(ctx, tx, rows.Column[int64], holdWaiting, last)
}

// periodic is a schedule as River has it: the leader enqueues it at its start
// and at every turn of the interval, and an interval's second one is dropped.
func (q *Queue) periodic(s schedule) *river.PeriodicJob {
	k := q.kinds[s.job.Kind]
	if k == nil {
		panic(fmt.Sprintf("queue: a schedule for %s, which has no handler", s.job.Kind))
	}
	ctx := caller.With(context.Background(), caller.System(s.job.Kind, s.job.Workspace))
	return river.NewPeriodicJob(aligned(s.interval), func() (river.JobArgs, *river.InsertOpts) {
		e, err := pack(ctx, s.job)
		if err != nil {
			q.Log.Error("a schedule cannot be enqueued", "kind", s.job.Kind, "error", err)
			return nil, nil
		}
		return e, &river.InsertOpts{MaxAttempts: k.Attempts, UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: s.interval}}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

// aligned turns at the multiples of an interval.
type aligned time.Duration

// Next is the next turn after now.
func (a aligned) Next(now time.Time) time.Time {
	d := time.Duration(a)
	return now.UTC().Truncate(d).Add(d)
}

// retries asks the queue for the pause after a failed attempt.
type retries struct{ *Queue }

// NextRetry is when the next attempt may begin.
func (r retries) NextRetry(job *rivertype.JobRow) time.Time {
	return r.Now().Add(r.Backoff(len(job.Errors) + 1))
}

// envelope is a job's arguments as River keeps them. They are a text inside,
// since River does not keep all integers exact.
type envelope struct {
	kind      string
	Workspace string `json:"workspace"`
	Cause     string `json:"cause,omitempty"`
	Args      string `json:"args,omitempty"`
}

// Kind names the job's handler.
func (e envelope) Kind() string { return e.kind }

// pack makes the envelope of a job, which remembers what caused it.
func pack(ctx context.Context, job jobs.Job) (envelope, error) {
	if len(job.Args) > 0 && !json.Valid(job.Args) {
		return envelope{}, fmt.Errorf("the arguments of a job %s are no JSON", job.Kind)
	}
	c := caller.From(ctx)
	if c.Cause == "" {
		c.Cause = c.Origin.Request
	}
	return envelope{kind: job.Kind, Workspace: job.Workspace, Cause: c.Cause, Args: string(job.Args)}, nil
}
