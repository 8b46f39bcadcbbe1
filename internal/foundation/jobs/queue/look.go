package queue

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"github.com/riverqueue/river/riverdriver"
)

// idleTime is how long SQLite is not looked into when nobody has enqueued
// anything: what River's own parts make available, a retry or a job for later,
// waits as long at most.
const idleTime = 5 * time.Second

// lookout knows whether there may be a job. On SQLite all jobs are of this
// process, so that it need not look for them, which costs a write, when it has
// enqueued none.
type lookout struct {
	now func() time.Time

	mu    sync.Mutex
	may   bool // there may be a job
	after time.Time
}

// wake says that there may be a job.
func (l *lookout) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.may = true
}

// look reports whether it is worth looking, and takes it that somebody does.
func (l *lookout) look() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if !l.may && now.Before(l.after) {
		return false
	}
	l.may, l.after = false, now.Add(idleTime)
	return true
}

// watchful is River's driver, whose executor looks for jobs when there may be
// some.
type watchful struct {
	riverdriver.Driver[*sql.Tx]
	lookout *lookout
}

// GetExecutor gives the executor outside of transactions.
func (w watchful) GetExecutor() riverdriver.Executor {
	return executor{w.Driver.GetExecutor(), w.lookout}
}

type executor struct {
	riverdriver.Executor
	lookout *lookout
}

// JobGetAvailable takes jobs to work. Where some were taken there may be more.
func (e executor) JobGetAvailable(ctx context.Context, params *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	if !e.lookout.look() {
		return &riverdriver.JobGetAvailableResult{}, nil
	}
	found, err := e.Executor.JobGetAvailable(ctx, params)
	if found != nil && len(found.Jobs)+len(found.DecodeErrors) > 0 {
		e.lookout.wake()
	}
	return found, err
}
