package queue

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

func TestStopReleasesRunningJobs(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, Schemas(), func(t *testing.T, db *rows.DB) {
		attempts := make(chan int, 10)
		open := func(wait bool) *Queue {
			q := newQueue(db)
			q.Handle("test.slow", jobs.Settings{Timeout: time.Hour, Attempts: 1}, func(ctx context.Context, w jobs.Work) error {
				attempts <- w.Attempt
				if !wait {
					return nil
				}
				<-ctx.Done()
				return ctx.Err()
			})
			return q
		}
		first := open(true)
		if err := first.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		id := enqueue(t, first, jobs.Job{Kind: "test.slow", Workspace: "team"})
		<-attempts
		stop(t, first)
		second := open(false)
		start(t, second)
		<-attempts
		until(t, second, id, jobs.Succeeded)
	})
}

// TestKilledWorkerLosesNothing runs a worker in another process, kills it in
// the middle of a job, and has a new one finish. On PostgreSQL it waits for
// the dead leader's lease, 15 seconds.
func TestKilledWorkerLosesNothing(t *testing.T) {
	if address := os.Getenv("TACIT_TEST_QUEUE_WORKER"); address != "" {
		beKilled(t, address)
		return
	}
	if testing.Short() {
		t.Skip("waits for a lease to end")
	}
	t.Parallel()
	addresses := map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return t.TempDir() + "/tacit.db" },
		"postgres": func(t *testing.T) string { return rowstest.PostgresAddress(t) },
	}
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := address(t)
			db := openStore(t, at)
			_ = db.Close()
			worker := exec.Command(os.Args[0], "-test.run=^TestKilledWorkerLosesNothing$")
			worker.Env = append(os.Environ(), "TACIT_TEST_QUEUE_WORKER="+at)
			out, err := worker.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := worker.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			for lines.Scan() && !strings.HasPrefix(lines.Text(), "working") {
			}
			if err := worker.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = worker.Wait()

			db = openStore(t, at)
			t.Cleanup(func() { _ = db.Close() })
			q := newQueue(db)
			q.Handle("test.killed", jobs.Settings{Timeout: 2 * time.Second}, func(context.Context, jobs.Work) error { return nil })
			start(t, q)
			all, err := q.List(asked(), jobs.Query{Kind: "test.killed", Limit: 100})
			if err != nil || len(all) != 20 {
				t.Fatalf("%d jobs, %v, want 20", len(all), err)
			}
			for _, s := range all {
				until(t, q, s.ID, jobs.Succeeded)
			}
		})
	}
}

func openStore(t *testing.T, address string) *rows.DB {
	t.Helper()
	db, err := rows.Open(t.Context(), address, rows.Options{Now: time.Now, Spread: id.NewSource(time.Now, rand.Reader).Spread, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context(), Schemas()); err != nil {
		t.Fatal(err)
	}
	return db
}

// beKilled works jobs that never end until it is killed.
func beKilled(t *testing.T, address string) {
	q := newQueue(openStore(t, address))
	var began atomic.Int64
	q.Handle("test.killed", jobs.Settings{Timeout: time.Hour}, func(context.Context, jobs.Work) error {
		if began.Add(1) == int64(q.Workers) {
			fmt.Println("working")
		}
		select {}
	})
	for range 20 {
		enqueue(t, q, jobs.Job{Kind: "test.killed", Workspace: "team"})
	}
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {}
}
