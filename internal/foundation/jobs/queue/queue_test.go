package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// patience is how long a test waits for what must happen; no test measures it.
const patience = time.Minute

func newQueue(db *rows.DB) *Queue {
	return New(Config{
		DB: db, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Poll: 20 * time.Millisecond, Backoff: func(int) time.Duration { return time.Millisecond },
	})
}

func start(t *testing.T, q *Queue) {
	t.Helper()
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, q) })
}

func stop(t *testing.T, q *Queue) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := q.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// untold announces a change to nobody.
func untold(context.Context, *rows.Tx, string) error { return nil }

func asked() context.Context {
	c := caller.Local("team")
	c.Origin.Request = "request-7"
	return caller.With(context.Background(), c)
}

func enqueue(t *testing.T, q *Queue, job jobs.Job) (id int64) {
	t.Helper()
	ctx := asked()
	err := q.DB.Write(ctx, func(tx *rows.Tx) (err error) {
		id, err = q.Enqueue(ctx, tx, job)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// until waits for a job's state.
func until(t *testing.T, q *Queue, id int64, want jobs.State) jobs.Status {
	t.Helper()
	var s jobs.Status
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		var err error
		if s, err = q.Status(asked(), id); err != nil {
			t.Fatal(err)
		}
		if s.State == want {
			return s
		}
	}
	t.Fatalf("the job is %+v, want %s", s, want)
	return s
}

func TestAJobIsThereIfItsChangeIs(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, Schemas(), func(t *testing.T, db *rows.DB) {
		q := newQueue(db)
		worked := make(chan jobs.Work, 10)
		var who atomic.Value
		q.Handle("test.work", jobs.Settings{}, func(ctx context.Context, w jobs.Work) error {
			who.Store(caller.From(ctx))
			worked <- w
			return nil
		})
		start(t, q)
		ctx, failed := asked(), errors.New("the change failed")
		err := db.Write(ctx, func(tx *rows.Tx) error {
			if _, err := q.Enqueue(ctx, tx, jobs.Job{Kind: "test.work", Workspace: "team"}); err != nil {
				return err
			}
			return failed
		})
		if !errors.Is(err, failed) {
			t.Fatalf("got %v", err)
		}
		id := enqueue(t, q, jobs.Job{Kind: "test.work", Workspace: "team", Args: json.RawMessage(`{"n":9007199254740993}`)})
		w := <-worked
		if w.ID != id || w.Kind != "test.work" || w.Workspace != "team" || w.Attempt != 1 {
			t.Errorf("worked %+v", w)
		}
		var args struct{ N int64 }
		if err := json.Unmarshal(w.Args, &args); err != nil || args.N != 9007199254740993 {
			t.Errorf("arguments %s, %v", w.Args, err)
		}
		if c := who.Load().(caller.Caller); c.Actor.String() != "tacit:system/test.work" || c.Workspace != "team" || c.Cause != "request-7" {
			t.Errorf("the handler's caller is %+v", c)
		}
		until(t, q, id, jobs.Succeeded)
		all, err := q.List(ctx, jobs.Query{Kind: "test.work", Limit: 10})
		if err != nil || len(all) != 1 || all[0].ID != id {
			t.Errorf("jobs: %+v, %v; the undone change left one", all, err)
		}
		if _, err := q.Status(ctx, id+1000); !fault.Is(err, fault.NotFound) {
			t.Errorf("status of no job: %v", err)
		}
	})
}

func TestRetriesAndRefusals(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, Schemas(), func(t *testing.T, db *rows.DB) {
		q := newQueue(db)
		q.Handle("test.flaky", jobs.Settings{}, func(_ context.Context, w jobs.Work) error {
			if w.Attempt < 3 {
				return fmt.Errorf("attempt %d failed", w.Attempt)
			}
			return nil
		})
		q.Handle("test.hopeless", jobs.Settings{Attempts: 2}, func(context.Context, jobs.Work) error { return errors.New("never") })
		q.Handle("test.wrong", jobs.Settings{}, func(context.Context, jobs.Work) error { return fault.New(fault.Invalid, "These arguments are wrong.") })
		q.Handle("test.panics", jobs.Settings{Attempts: 1}, func(context.Context, jobs.Work) error { panic("a mistake") })
		start(t, q)
		for _, c := range []struct {
			kind string
			want jobs.Status
		}{
			{"test.flaky", jobs.Status{State: jobs.Succeeded, Attempt: 3}},
			{"test.hopeless", jobs.Status{State: jobs.Failed, Attempt: 2, Error: "never"}},
			{"test.wrong", jobs.Status{State: jobs.Failed, Attempt: 1, Error: "These arguments are wrong."}},
			{"test.panics", jobs.Status{State: jobs.Failed, Attempt: 1, Error: "a mistake"}},
		} {
			got := until(t, q, enqueue(t, q, jobs.Job{Kind: c.kind, Workspace: "team"}), c.want.State)
			if !strings.Contains(got.Error, c.want.Error) || got.Finished.IsZero() {
				t.Errorf("%s: %+v", c.kind, got)
			}
			c.want.Kind, c.want.Workspace = c.kind, "team"
			if diff := cmp.Diff(c.want, got, cmpopts.IgnoreFields(jobs.Status{}, "ID", "Created", "Finished", "Error")); diff != "" {
				t.Errorf("%s:\n%s", c.kind, diff)
			}
		}
	})
}

func TestCancelAndProgress(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, Schemas(), func(t *testing.T, db *rows.DB) {
		q := newQueue(db)
		reached, told := make(chan struct{}), make(chan error, 1)
		q.Handle("test.long", jobs.Settings{Timeout: time.Hour}, func(ctx context.Context, w jobs.Work) error {
			if err := w.Progress(ctx, 3, 10, "three of ten"); err != nil {
				return err
			}
			close(reached)
			<-ctx.Done()
			err := w.Progress(ctx, 4, 10, "four")
			told <- err
			return err
		})
		q.Handle("test.quick", jobs.Settings{}, func(ctx context.Context, w jobs.Work) error {
			for i := range int64(1000) {
				if err := w.Progress(ctx, i+1, 1000, "counting"); err != nil {
					return err
				}
			}
			return nil
		})
		start(t, q)
		id := enqueue(t, q, jobs.Job{Kind: "test.long", Workspace: "team"})
		<-reached
		if s := until(t, q, id, jobs.Running); s.Done != 3 || s.Total != 10 || s.Note != "three of ten" {
			t.Errorf("while it runs: %+v", s)
		}
		later := enqueue(t, q, jobs.Job{Kind: "test.quick", Workspace: "team", At: time.Now().Add(time.Hour)})
		for _, id := range []int64{id, later} {
			if err := q.Cancel(asked(), id, untold); err != nil {
				t.Fatal(err)
			}
			until(t, q, id, jobs.Cancelled)
		}
		if err := <-told; err == nil {
			t.Error("progress did not tell of the cancellation")
		}
		if s := until(t, q, enqueue(t, q, jobs.Job{Kind: "test.quick", Workspace: "team"}), jobs.Succeeded); s.Done != 1000 {
			t.Errorf("at the end: %+v", s)
		}
		if err := q.Cancel(asked(), 1<<40, untold); !fault.Is(err, fault.NotFound) {
			t.Errorf("cancel of no job: %v", err)
		}
	})
}

func TestUniqueIsAmongTheWaiting(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, Schemas(), func(t *testing.T, db *rows.DB) {
		q := newQueue(db)
		began, goOn := make(chan struct{}, 10), make(chan struct{})
		q.Handle("test.unique", jobs.Settings{}, func(context.Context, jobs.Work) error {
			began <- struct{}{}
			<-goOn
			return nil
		})
		job := jobs.Job{Kind: "test.unique", Workspace: "team", Unique: "run/1"}
		var group sync.WaitGroup
		ids := make([]int64, 12)
		for i := range ids {
			group.Go(func() {
				ctx := asked()
				err := db.WriteAt(ctx, rows.Isolation(i%2), func(tx *rows.Tx) (err error) {
					ids[i], err = q.Enqueue(ctx, tx, job)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("the same unique job has the ids %v", ids)
			}
		}
		job.Unique = "run/2"
		if id := enqueue(t, q, job); id == ids[0] {
			t.Error("another unique text was taken for the same")
		}
		start(t, q)
		<-began
		<-began
		// While one runs, what changed meanwhile still wants another one.
		if id := enqueue(t, q, job); id <= ids[0]+1 {
			t.Errorf("a running job kept a new one away: id %d", id)
		}
		close(goOn)
	})
}

// TestWorkspacesApart: neither a job nor its unique text is seen from another
// workspace.
func TestWorkspacesApart(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, Schemas(), func(t *testing.T, db *rows.DB) {
		q := newQueue(db)
		q.Handle("test.apart", jobs.Settings{}, func(context.Context, jobs.Work) error { return nil })
		job := jobs.Job{Kind: "test.apart", Workspace: "team", Unique: "run/1"}
		mine := enqueue(t, q, job)
		job.Workspace = "other"
		theirs := enqueue(t, q, job)
		if mine == theirs {
			t.Fatal("a unique text of one workspace kept another's job away")
		}
		for range 2 {
			job.Workspace = "team"
			if id := enqueue(t, q, job); id != mine {
				t.Errorf("the unique job is %d, then %d", mine, id)
			}
		}
		ctx := asked() // of team
		if _, err := q.Status(ctx, theirs); !fault.Is(err, fault.NotFound) {
			t.Errorf("status of another's job: %v, want not found", err)
		}
		if err := q.Cancel(ctx, theirs, untold); !fault.Is(err, fault.NotFound) {
			t.Errorf("cancel of another's job: %v, want not found", err)
		}
		for _, kind := range []string{"", "test.apart"} {
			if all, err := q.List(ctx, jobs.Query{Kind: kind, Limit: 10}); err != nil || len(all) != 1 || all[0].ID != mine {
				t.Errorf("jobs of the kind %q: %+v, %v, want one's own", kind, all, err)
			}
		}
		s, err := q.Status(caller.With(ctx, caller.Local("other")), theirs)
		if err != nil || s.State != jobs.Waiting {
			t.Errorf("another's job after all this: %+v, %v, want it waiting", s, err)
		}
	})
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, Schemas(), func(t *testing.T, db *rows.DB) {
		var worked [2]atomic.Int64
		const week = 7 * 24 * time.Hour
		begun := time.Now().Truncate(week)
		open := func() *Queue {
			q := newQueue(db)
			q.Handle("test.weekly", jobs.Settings{}, func(context.Context, jobs.Work) error { worked[0].Add(1); return nil })
			q.Handle("test.often", jobs.Settings{}, func(context.Context, jobs.Work) error { worked[1].Add(1); return nil })
			q.Every(week, jobs.Job{Kind: "test.weekly", Workspace: "team"})
			q.Every(week, jobs.Job{Kind: "test.weekly", Workspace: "other"})
			q.Every(time.Second, jobs.Job{Kind: "test.often", Workspace: "team"})
			return q
		}
		for range 2 { // the second is a restart
			q := open()
			if err := q.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			before := worked[1].Load()
			for end := time.Now().Add(patience); worked[1].Load() < before+2; time.Sleep(20 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatal("the schedule of a second does not turn")
				}
			}
			stop(t, q)
		}
		if n := worked[0].Load(); n != 2 && begun.Equal(time.Now().Truncate(week)) { // in one week
			t.Errorf("the weekly job of two workspaces ran %d times over a restart, want 2", n)
		}
	})
}
