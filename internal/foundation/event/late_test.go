package event

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Writers commit out of order; nothing may be skipped, and each writer's own
// events come in its order.
func TestLateCommitsAreNotSkipped(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		const writers, each = 8, 40
		l := newLog(db)
		var group sync.WaitGroup
		for w := range writers {
			group.Go(func() {
				ctx := as("default")
				for i := range each {
					err := db.WriteAt(ctx, rows.ReadCommitted, func(tx *rows.Tx) error {
						if db.Dialect() == rows.Postgres && i%5 == w%5 {
							// Take the transaction's number long before the position, so that
							// the two orders differ.
							var number string
							if err := tx.QueryRow(ctx, "SELECT pg_current_xact_id()::text").Scan(&number); err != nil {
								return err
							}
							time.Sleep(10 * time.Millisecond)
						}
						if err := l.Append(ctx, tx, Event{Verb: "a.b.made", Subject: urn.New("thing", fmt.Sprintf("%d-%d", w, i))}); err != nil {
							return err
						}
						if db.Dialect() == rows.Postgres && i%7 == w%7 {
							time.Sleep(30 * time.Millisecond) // this commit comes after its successors'
						}
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		seen, last := map[string]bool{}, map[int]int{}
		reader := newLog(db)
		distinct := 0
		ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
		defer stop()
		reader.Subscribe("reader", func(_ context.Context, e Event) error {
			name := e.Subject.Name()
			if seen[name] {
				return nil
			}
			seen[name] = true
			var w, i int
			if _, err := fmt.Sscanf(name, "%d-%d", &w, &i); err != nil {
				return err
			}
			if before, ok := last[w]; ok && i < before {
				t.Errorf("writer %d: event %d came after %d", w, i, before)
			}
			last[w] = i
			if distinct++; distinct == writers*each {
				stop()
			}
			return nil
		})
		if err := reader.Run(ctx); err != nil {
			t.Fatal(err)
		}
		group.Wait()
		if distinct != writers*each {
			t.Errorf("%d of %d events came", distinct, writers*each)
		}
	})
}

// A reader that goes on behind the last event it got misses none that commits
// late, whichever way transactions and positions are ordered.
func TestAFollowedListSkipsNothing(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		l, ctx := newLog(db), as("default")
		add := func(tx *rows.Tx, name string) error {
			return l.Append(ctx, tx, Event{Verb: "a.b.made", Subject: urn.New("thing", name)})
		}
		undo := errors.New("undo")
		if err := db.Write(ctx, func(tx *rows.Tx) error { return errors.Join(add(tx, "lost"), undo) }); !errors.Is(err, undo) {
			t.Fatal(err)
		}
		announce(t, l, ctx, Event{Verb: "a.b.made", Subject: urn.New("thing", "first")})
		newest, err := l.List(ctx, Query{Workspace: "default"})
		if err != nil || len(newest) != 1 {
			t.Fatalf("%v, %v", verbs(newest), err)
		}
		first := newest[0].Position
		if db.Dialect() == rows.Postgres {
			// "late" takes its position first and commits last; "old" takes its
			// transaction first and its position last.
			err := db.WriteAt(ctx, rows.ReadCommitted, func(old *rows.Tx) error {
				var number string
				if err := old.QueryRow(ctx, "SELECT pg_current_xact_id()::text").Scan(&number); err != nil {
					return err
				}
				err := db.WriteAt(ctx, rows.ReadCommitted, func(late *rows.Tx) error {
					if err := add(late, "late"); err != nil {
						return err
					}
					announce(t, l, ctx, Event{Verb: "a.b.made", Subject: urn.New("thing", "quick")})
					return none(t, l, first, "before the late one has committed")
				})
				if err != nil {
					return err
				}
				if err := none(t, l, first, "before the old one has committed"); err != nil {
					return err
				}
				return add(old, "old")
			})
			if err != nil {
				t.Fatal(err)
			}
		} else {
			for _, name := range []string{"old", "late", "quick"} {
				announce(t, l, ctx, Event{Verb: "a.b.made", Subject: urn.New("thing", name)})
			}
		}
		settle(t, l, 4)
		for narrowed, q := range map[string]Query{"": {}, " by verb": {VerbPrefix: "a.b."}, " by action": {Actor: "tacit:user/local"}} {
			if diff := cmp.Diff([]string{"old", "late", "quick"}, followed(t, l, q, first)); diff != "" {
				t.Errorf("followed event by event%s (-want +got):\n%s", narrowed, diff)
			}
		}
		if first > 1 { // PostgreSQL gives no position twice
			if all, err := l.List(ctx, Query{Workspace: "default", After: first - 1}); err != nil || len(all) != 4 {
				t.Errorf("behind a position that was lost there are %v, %v, want 4", verbs(all), err)
			}
		}
	})
}

// none says that nothing may be listed behind a position.
func none(t *testing.T, l *Log, after int64, when string) error {
	t.Helper()
	var failed error
	for _, q := range []Query{{}, {VerbPrefix: "a.b."}, {Subject: "tacit:thing/quick"}} {
		q.Workspace, q.After = "default", after
		all, err := l.List(as("default"), q)
		if len(all) > 0 {
			t.Errorf("%s %d events are listed by %+v", when, len(all), q)
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// followed are the names of the subjects behind a position, asked one by one.
func followed(t *testing.T, l *Log, q Query, after int64) (names []string) {
	t.Helper()
	q.Workspace, q.Limit = "default", 1
	for q.After = after; ; {
		page, err := l.List(as("default"), q)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return names
		}
		names, q.After = append(names, page[0].Subject.Name()), page[0].Position
	}
}
