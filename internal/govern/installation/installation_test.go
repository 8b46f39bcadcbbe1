package installation

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/jobs/queue"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// house is the room on a store.
type house struct {
	*Service
	log *event.Log
}

// each runs a test over both engines, with a queue that nobody works at.
func each(t *testing.T, test func(*testing.T, house)) {
	t.Helper()
	t.Parallel()
	rowstest.Each(t, append(queue.Schemas(), event.Schema()), func(t *testing.T, db *rows.DB) {
		ids := id.NewSource(time.Now, rand.Reader)
		quiet := slog.New(slog.DiscardHandler)
		q := queue.New(queue.Config{DB: db, Now: time.Now, Spread: ids.Spread, Log: quiet})
		q.Handle("audit.verify", jobs.Settings{}, func(context.Context, jobs.Work) error { return nil })
		log := event.NewLog(db, ids, time.Now, quiet)
		test(t, house{&Service{Port: q, DB: db, Events: log}, log})
	})
}

// ada is who asks.
func ada(workspace string) context.Context {
	c := caller.Caller{Workspace: workspace, Actor: urn.New("user", "ada"), Action: "installation.update", Origin: caller.Origin{Address: "192.0.2.7"}}
	return caller.With(context.Background(), c)
}

// told are the events of all workspaces as lines, the oldest first.
func (h house) told(t *testing.T) []string {
	t.Helper()
	all, err := h.log.List(context.Background(), event.Query{Everywhere: true})
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{}
	for _, e := range all {
		text, _ := e.Data.(json.RawMessage)
		lines = append([]string{e.Workspace + " " + e.Actor.Name() + " " + e.Verb + " " + e.Subject.String() + " " + string(text)}, lines...)
	}
	return lines
}

func (h house) enqueue(t *testing.T, workspace string) (id int64) {
	t.Helper()
	err := h.DB.Write(ada(workspace), func(tx *rows.Tx) (err error) {
		id, err = h.Enqueue(ada(workspace), tx, jobs.Job{Kind: "audit.verify", Workspace: workspace})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// A job that is cancelled is told of once, by who did it; one that has ended, one of
// another workspace and one that there is not, by nothing.
func TestCancelledJobsAreTold(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		job := h.enqueue(t, "team")
		if err := h.Cancel(ada("default"), job); !fault.Is(err, fault.NotFound) {
			t.Errorf("a job of another workspace: %v", err)
		}
		if err := h.Cancel(ada("team"), job+1); !fault.Is(err, fault.NotFound) {
			t.Errorf("a job that there is not: %v", err)
		}
		for range 2 {
			if err := h.Cancel(ada("team"), job); err != nil {
				t.Fatal(err)
			}
		}
		if s, err := h.Status(ada("team"), job); err != nil || s.State != jobs.Cancelled {
			t.Errorf("the job is %+v, %v", s, err)
		}
		want := []string{`team ada installation.job.cancelled tacit:job/` + strconv.FormatInt(job, 10) + ` {"kind":"audit.verify"}`}
		if diff := cmp.Diff(want, h.told(t)); diff != "" {
			t.Error(diff)
		}
	})
}

// What cannot be told does not happen.
func TestAJobIsNotCancelledUntold(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		job := h.enqueue(t, "team")
		h.Events = deaf{}
		if err := h.Cancel(ada("team"), job); !errors.Is(err, errDeaf) {
			t.Errorf("%v", err)
		}
		if s, err := h.Status(ada("team"), job); err != nil || s.State != jobs.Waiting {
			t.Errorf("the job is %+v, %v", s, err)
		}
	})
}

// deaf is a log that takes nothing.
type deaf struct{}

var errDeaf = errors.New("the log takes nothing")

func (deaf) Append(context.Context, *rows.Tx, event.Event) error { return errDeaf }

// Keys are told of with hashes of their versions that follow one another.
func TestKeysAreTold(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := ada("default")
		err := h.DB.Write(ctx, func(tx *rows.Tx) error {
			for version := range int64(2) {
				if err := KeyRotated(ctx, tx, h.Events, "page", version+1); err != nil {
					return err
				}
			}
			return KeyRetired(ctx, tx, h.Events, "page", 2)
		})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			`default ada installation.key.rotated tacit:key/page {"version":1}`,
			`default ada installation.key.rotated tacit:key/page {"version":2}`,
			`default ada installation.key.retired tacit:key/page {"version":2}`,
		}
		if diff := cmp.Diff(want, h.told(t)); diff != "" {
			t.Error(diff)
		}
		all, err := h.log.List(ctx, event.Query{Workspace: "default"}) // the newest first
		if err != nil || len(all) != 3 || all[2].Before != "" || all[1].Before != all[2].After || all[0].After != all[1].After {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// Archives are told of by the time that stands in them; what is none is refused.
func TestArchivesAreTold(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := ada("default")
		a := Archive{Made: time.Date(2026, 1, 31, 10, 0, 0, 0, time.FixedZone("CET", 3600)), File: "monday.tar.zst", Host: "ml-1", User: "root", Tables: 52, Records: 4800, Blobs: 1, Bytes: 15}
		if err := h.BackedUp(ctx, a); err != nil {
			t.Fatal(err)
		}
		if err := Restored(ctx, h.DB, h.Events, a); err != nil {
			t.Fatal(err)
		}
		const data = ` tacit:backup/2026-01-31T09:00:00Z {"made":"2026-01-31T10:00:00+01:00","file":"monday.tar.zst","host":"ml-1","user":"root","tables":52,"records":4800,"blobs":1,"bytes":15}`
		want := []string{"default ada installation.backup.written" + data, "default ada installation.backup.restored" + data}
		if diff := cmp.Diff(want, h.told(t)); diff != "" {
			t.Error(diff)
		}
		for name, wrong := range map[string]func(*Archive){
			"no time": func(a *Archive) { a.Made = time.Time{} }, "no file": func(a *Archive) { a.File = "" },
			"fewer than none": func(a *Archive) { a.Records = -1 }, "a long name": func(a *Archive) { a.Host = strings.Repeat("x", maxWord+1) },
		} {
			bad := a
			wrong(&bad)
			if err := h.BackedUp(ctx, bad); !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Limit) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got := len(h.told(t)); got != 2 {
			t.Errorf("%d events", got)
		}
	})
}
