package event

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// batch is how many events a subscriber reads at once.
	batch = 256
	// poll is how long a subscriber waits before it looks for events that
	// another process wrote; this process's own wake it at once.
	poll = 2 * time.Second
	// quietMost bounds that pause on SQLite, where it doubles while nothing
	// comes: there no other process writes.
	quietMost = 32 * time.Second
	// settling is how long who catches up waits before it looks again for
	// events that are held back.
	settling = 10 * time.Millisecond
	// pauseMost bounds the pause after failures, which doubles from poll/4.
	pauseMost = time.Minute
)

// Handler takes one event. It may get one again after a crash and must be
// idempotent by Event.ID. An error has the same event brought again later;
// those after it wait, so that order holds.
type Handler func(ctx context.Context, e Event) error

// BatchHandler takes events in order, all of them or, with an error, none. It
// is idempotent as a Handler is.
type BatchHandler func(ctx context.Context, all []Event) error

type subscriber struct {
	name    string
	handle  func(ctx context.Context, all []settled) (taken int, err error)
	remains Remains
	woke    chan struct{} // holds one token when something was committed
	mu      sync.Mutex    // held while a batch is brought
}

// Subscribe names a handler for every event there is and will be; a name that
// was subscribed before goes on where it stopped. All subscribers are named
// before Run. Where replicas run the same name, each may get an event, and only
// the cursor of the one that was first moves on.
func (l *Log) Subscribe(name string, h Handler) {
	l.subscribe(name, func(ctx context.Context, all []settled) (taken int, err error) {
		for _, e := range all {
			if err := ctx.Err(); err != nil {
				return taken, err
			}
			if err := h(ctx, e.Event); err != nil {
				return taken, err
			}
			taken++
		}
		return taken, nil
	})
}

// SubscribeBatch is Subscribe for a handler that does better with many events
// at once: one transaction instead of one for each.
func (l *Log) SubscribeBatch(name string, h BatchHandler) {
	l.subscribe(name, func(ctx context.Context, all []settled) (int, error) {
		events := make([]Event, len(all))
		for i, e := range all {
			events[i] = e.Event
		}
		if err := h(ctx, events); err != nil {
			return 0, err
		}
		return len(all), nil
	})
}

func (l *Log) subscribe(name string, handle func(context.Context, []settled) (int, error)) {
	l.subscribers = append(l.subscribers, &subscriber{name: name, handle: handle, woke: make(chan struct{}, 1)})
}

// CatchUp brings to a subscriber what was committed before now, without waiting
// for Run: who reads what a subscriber made sees then what was written before.
// An event that is held back for a transaction that began before it is waited
// for. CatchUp ends early, with the error of ctx, when ctx ends.
func (l *Log) CatchUp(ctx context.Context, name string) error {
	s, err := l.named(name)
	if err != nil {
		return err
	}
	last := selectLastSQLite
	if l.db.Dialect() == rows.Postgres {
		last = selectLastPostgres
	}
	target, err := rows.One(ctx, l.db.Read(), scanCursor, last)
	if rows.IsNone(err) {
		return nil
	}
	for err == nil {
		var at cursor
		taken := 0
		if at, taken, err = l.step(ctx, s); err != nil || !at.before(target) {
			return err
		}
		if taken == 0 {
			wait(ctx, nil, settling)
		}
		err = ctx.Err()
	}
	return err
}

// Rewind has a subscriber begin again at the first event. In the same
// transaction clear removes what the subscriber made.
func (l *Log) Rewind(ctx context.Context, name string, clear func(*rows.Tx) error) error {
	return l.put(ctx, name, cursor{}, clear)
}

// Hold brings nothing more to a subscriber, of what there is and will be, until
// Rewind: so it is measured what a server costs without it.
func (l *Log) Hold(ctx context.Context, name string) error {
	behind := cursor{position: math.MaxInt64}
	if l.db.Dialect() == rows.Postgres {
		behind.xact = math.MaxInt64
	}
	return l.put(ctx, name, behind, func(*rows.Tx) error { return nil })
}

// put moves a subscriber's cursor, in one transaction with what goes along.
func (l *Log) put(ctx context.Context, name string, to cursor, along func(*rows.Tx) error) error {
	s, err := l.named(name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return l.db.Write(ctx, func(tx *rows.Tx) error {
		if err := along(tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, putCursor, s.name, to.xact, to.position, l.now().UnixMicro())
		return err
	})
}

func (l *Log) named(name string) (*subscriber, error) {
	for _, s := range l.subscribers {
		if s.name == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("event: nobody subscribed as %q", name)
}

// Run brings events to the subscribers until ctx ends.
func (l *Log) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, s := range l.subscribers {
		group.Go(func() error {
			l.bring(ctx, s)
			return nil
		})
	}
	return group.Wait()
}

// bring hands events to one subscriber until ctx ends.
func (l *Log) bring(ctx context.Context, s *subscriber) {
	pause, quiet := poll/4, poll
	for ctx.Err() == nil {
		_, n, err := l.step(ctx, s)
		switch {
		case err != nil && ctx.Err() == nil:
			l.log.Error("a subscriber of events failed", "subscriber", s.name, "error", err, "remedy", fault.HintOf(err))
			wait(ctx, nil, pause)
			pause = min(pause*2, pauseMost)
		case n < batch:
			pause, quiet = poll/4, l.quiet(quiet, n)
			wait(ctx, s.woke, quiet)
		default:
			pause, quiet = poll/4, poll
		}
	}
}

// quiet is how long a subscriber waits that waited before and then got n events.
func (l *Log) quiet(before time.Duration, n int) time.Duration {
	if n > 0 || l.db.Dialect() == rows.Postgres {
		return poll
	}
	return min(2*before, quietMost)
}

func wait(ctx context.Context, woke <-chan struct{}, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-woke:
	case <-timer.C:
	}
}

// step brings one batch and moves the cursor past what was taken, to at.
func (l *Log) step(ctx context.Context, s *subscriber) (at cursor, taken int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, err = rows.One(ctx, l.db.Read(), scanCursor, selectCursor, s.name)
	if rows.IsNone(err) {
		err = l.db.Write(ctx, func(tx *rows.Tx) error {
			_, err := tx.Exec(ctx, insertCursor, s.name, l.now().UnixMicro())
			return err
		})
	}
	if err != nil {
		return at, 0, err
	}
	from := at
	next := selectNextSQLite
	if l.db.Dialect() == rows.Postgres {
		next = selectNextPostgres
	}
	events, err := rows.Collect(ctx, l.db.Read(), l.scanSettled, next, at.xact, at.position, batch)
	if err == nil {
		err = l.date(ctx, l.db.Read(), len(events), func(i int) *Event { return &events[i].Event })
	}
	if err != nil || len(events) == 0 {
		return at, 0, err
	}
	taken, err = s.handle(ctx, events)
	if taken > 0 {
		at = events[taken-1].cursor
		ctx := context.WithoutCancel(ctx) // what was taken is taken, also on the way down
		moved := l.db.Write(ctx, func(tx *rows.Tx) error {
			_, err := tx.Exec(ctx, moveCursor, s.name, at.xact, at.position, l.now().UnixMicro(), from.xact, from.position)
			return err
		})
		if err == nil {
			err = moved
		}
	}
	return at, taken, err
}
