package rows

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	// maxGroup and maxGroupTime bound one group: the first waits for the last.
	maxGroup     = 512
	maxGroupTime = 20 * time.Millisecond
	// queueLength is how many writes may wait before a caller blocks.
	queueLength = 4096
)

// errClosed answers a write that came after Close.
var errClosed = errors.New("rows: the store is closed")

// writer is the one goroutine that writes to SQLite.
type writer struct {
	db    *sql.DB
	cache *statements
	log   *slog.Logger
	now   func() time.Time
	queue chan *write
	quit  chan struct{}
	done  chan struct{}
	once  sync.Once
}

// write is one caller's transaction on its way through the writer.
type write struct {
	ctx      context.Context
	fn       func(*Tx) error
	err      error
	panicked any
	after    []func()
	finished chan struct{}
}

func startWriter(db *sql.DB, log *slog.Logger, now func() time.Time) *writer {
	w := &writer{
		db: db, cache: newStatements(db), log: log, now: now,
		queue: make(chan *write, queueLength), quit: make(chan struct{}), done: make(chan struct{}),
	}
	go w.run()
	return w
}

// do hands fn to the writer and waits until it is durable or undone. A caller
// that goes away after its write was taken up does not stop it.
func (w *writer) do(ctx context.Context, fn func(*Tx) error) error {
	r := &write{ctx: ctx, fn: fn, finished: make(chan struct{})}
	select {
	case <-w.quit:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	case w.queue <- r:
	}
	select {
	case <-r.finished:
	case <-w.done:
		select {
		case <-r.finished:
		default:
			return errClosed
		}
	}
	if r.panicked != nil {
		panic(r.panicked)
	}
	return r.err
}

func (w *writer) stop() {
	w.once.Do(func() { close(w.quit) })
	<-w.done
	w.cache.close()
}

func (w *writer) run() {
	defer close(w.done)
	for {
		select {
		case r := <-w.queue:
			w.group(r)
		case <-w.quit:
			for {
				select {
				case r := <-w.queue:
					w.group(r)
				default:
					return
				}
			}
		}
	}
}

// group runs first and all that wait behind it in one transaction.
func (w *writer) group(first *write) {
	ctx := context.Background()
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		first.end(fmt.Errorf("rows: begin: %w", err))
		return
	}
	members := make([]*write, 0, 16)
	start := w.now()
	for r := first; r != nil; {
		members = append(members, r)
		if err := w.run1(ctx, tx, r); err != nil {
			// The transaction itself is lost: nobody in it may be told "done".
			_ = tx.Rollback()
			w.fail(members, err)
			return
		}
		r = nil
		if len(members) < maxGroup && w.now().Sub(start) < maxGroupTime {
			select {
			case r = <-w.queue:
			default:
			}
		}
	}
	if err := tx.Commit(); err != nil {
		_ = tx.Rollback()
		w.fail(members, fmt.Errorf("rows: commit: %w", err))
		return
	}
	for _, r := range members {
		if r.err == nil {
			for _, fn := range r.after {
				fn()
			}
		}
		close(r.finished)
	}
	w.cache.prepareWanted(ctx)
}

// run1 runs one member in a savepoint. Its own failure is kept in r; the error
// returned is one of the shared transaction.
func (w *writer) run1(ctx context.Context, tx *sql.Tx, r *write) error {
	if r.err = r.ctx.Err(); r.err != nil {
		return nil
	}
	t := &Tx{tx: tx, dialect: SQLite, cache: w.cache, detached: true}
	if _, err := t.Exec(ctx, "SAVEPOINT member"); err != nil {
		return fmt.Errorf("rows: savepoint: %w", err)
	}
	r.call(t)
	if r.err != nil || r.panicked != nil {
		if full, failing := unwritten(r.err); full || failing {
			return r.err // SQLite has ended the whole transaction
		}
		if _, err := t.Exec(ctx, "ROLLBACK TO member"); err != nil {
			return fmt.Errorf("rows: roll back to savepoint: %w", err)
		}
	}
	if _, err := t.Exec(ctx, "RELEASE member"); err != nil {
		return fmt.Errorf("rows: release savepoint: %w", err)
	}
	return nil
}

func (r *write) call(t *Tx) {
	defer func() {
		if p := recover(); p != nil {
			r.panicked = p
			r.err = fmt.Errorf("rows: a write panicked: %v", p)
		}
	}()
	r.err = r.fn(t)
	r.after = t.after
}

func (r *write) end(err error) {
	if r.err == nil {
		r.err = err
	}
	close(r.finished)
}

func (w *writer) fail(members []*write, err error) {
	w.log.Error("a group of writes failed", "members", len(members), "error", err)
	for _, r := range members {
		r.end(err)
	}
}
