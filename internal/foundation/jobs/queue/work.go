package queue

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// progressPause is the least time between two writes of one job's progress;
// what comes between is kept back, the last of it not lost.
const progressPause = 500 * time.Millisecond

// errCancelled is why a cancelled job's context ended.
var errCancelled = errors.New("the job was cancelled")

// worker works the jobs of one kind.
type worker struct {
	river.WorkerDefaults[envelope]
	queue *Queue
	kind  *kind
}

// Timeout bounds one attempt.
func (w *worker) Timeout(*river.Job[envelope]) time.Duration { return w.kind.Timeout }

// Work runs the handler as the system in the job's workspace.
func (w *worker) Work(ctx context.Context, job *river.Job[envelope]) error {
	q := w.queue
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	q.mu.Lock()
	q.running[job.ID] = cancel
	q.mu.Unlock()
	defer func() {
		q.mu.Lock()
		delete(q.running, job.ID)
		q.mu.Unlock()
	}()

	c := caller.System(job.Kind, job.Args.Workspace)
	c.Cause = job.Args.Cause
	ctx = caller.With(ctx, c)
	p := &reporter{queue: q, job: job.ID}
	err := w.kind.handler(ctx, jobs.Work{
		ID: job.ID, Kind: job.Kind, Workspace: job.Args.Workspace, Args: json.RawMessage(job.Args.Args), Attempt: job.Attempt, Progress: p.report,
	})
	if e := p.flush(ctx); e != nil {
		q.Log.Error("a job's progress was not kept", "job", job.ID, "error", e)
	}
	return q.verdict(ctx, job, err)
}

// verdict tells River what a handler's error means.
func (q *Queue) verdict(ctx context.Context, job *river.Job[envelope], err error) error {
	if err == nil {
		return nil
	}
	q.mu.Lock()
	stopping := q.stopping
	q.mu.Unlock()
	switch {
	case errors.Is(context.Cause(ctx), errCancelled):
		return river.JobCancel(errCancelled)
	case stopping && ctx.Err() != nil:
		return river.JobSnooze(0) // released: not the job's fault, no attempt is counted
	case fault.Is(err, fault.Invalid):
		return river.JobCancel(err)
	}
	q.Log.Warn("a job failed", "kind", job.Kind, "job", job.ID, "attempt", job.Attempt, "error", err)
	return err
}

// reporter keeps the progress of one attempt.
type reporter struct {
	queue *Queue
	job   int64

	mu      sync.Mutex
	last    progress
	written time.Time
	dirty   bool
}

// report is jobs.Work.Progress.
func (r *reporter) report(ctx context.Context, done, total int64, note string) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last, r.dirty = progress{done, total, note}, true
	if r.queue.Now().Sub(r.written) < progressPause {
		return nil
	}
	return r.write(ctx)
}

// flush writes what report kept back.
func (r *reporter) flush(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.dirty {
		return nil
	}
	return r.write(context.WithoutCancel(ctx))
}

func (r *reporter) write(ctx context.Context) error {
	now := r.queue.Now()
	err := r.queue.DB.WriteAt(ctx, rows.ReadCommitted, func(tx *rows.Tx) error {
		_, err := tx.Exec(ctx, upsertProgress, r.job, r.last.done, r.last.total, r.last.note, now.UnixMicro())
		return err
	})
	if err == nil {
		r.written, r.dirty = now, false
	}
	return err
}

// atLeastWarn keeps River's talk about its own parts out of the log.
type atLeastWarn struct{ slog.Handler }

// Enabled is for warnings and errors.
func (h atLeastWarn) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && h.Handler.Enabled(ctx, l)
}

// WithAttrs keeps the rule.
func (h atLeastWarn) WithAttrs(a []slog.Attr) slog.Handler {
	return atLeastWarn{h.Handler.WithAttrs(a)}
}

// WithGroup keeps the rule.
func (h atLeastWarn) WithGroup(name string) slog.Handler {
	return atLeastWarn{h.Handler.WithGroup(name)}
}
