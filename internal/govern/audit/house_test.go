package audit

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/secret"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

func schemas() []rows.Schema {
	return []rows.Schema{event.Schema(), secret.Schema(), {Name: "audit", Files: Room().Migrations}}
}

// everybody sees all.
type everybody struct{}

func (everybody) Visible(context.Context, string) (filter.Node, error) { return filter.True{}, nil }

// house is one process on a store.
type house struct {
	*Service
	events  *event.Log
	now     time.Time
	apart   time.Duration // between two events
	began   bool          // the log has its first event
	keyless bool          // nobody has asked for the key yet
	targets []Target
	file    string // of the master key
	kept    string // file of the newest checkpoint
}

func open(t testing.TB, db *rows.DB) *house {
	t.Helper()
	return (&house{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), apart: 100 * time.Millisecond, file: t.TempDir() + "/master.key", kept: t.TempDir() + "/" + KeptName}).open(t, db)
}

// again is another process over the same store, with the same master key and a
// folder of its own.
func (h *house) again(t testing.TB) *house {
	t.Helper()
	return (&house{now: h.now, apart: h.apart, began: true, file: h.file, kept: t.TempDir() + "/" + KeptName}).open(t, h.DB)
}

// restarted is the next process in the same folder.
func (h *house) restarted(t testing.TB) *house {
	t.Helper()
	return (&house{now: h.now, apart: h.apart, began: true, file: h.file, kept: h.kept}).open(t, h.DB)
}

func (h *house) open(t testing.TB, db *rows.DB) *house {
	t.Helper()
	clock := func() time.Time { return h.now }
	ids := id.NewSource(clock, rand.Reader)
	box, err := secret.Open(t.Context(), secret.Config{DB: db, Now: clock, Random: rand.Reader, File: h.file, Make: true})
	if err != nil {
		t.Fatal(err)
	}
	seal, err := box.Derived("events")
	if err != nil {
		t.Fatal(err)
	}
	h.events = event.NewSealedLog(db, ids, clock, slog.New(slog.DiscardHandler), seal)
	if !h.keyless {
		if _, err := box.Key(t.Context(), KeyName); err != nil {
			t.Fatal(err)
		}
	}
	h.Service = New(Config{
		DB: db, Events: h.events, Keys: box, Access: everybody{}, IDs: ids, Now: clock, Log: slog.New(slog.DiscardHandler), Kept: h.kept,
		Settings: func() Settings { return Settings{Retention: "30d", Export: h.targets} },
		Text:     func(e Entry) ([]byte, error) { return json.Marshal(map[string]any{"id": e.ID, "index": e.Index}) },
	})
	return h
}

func local() context.Context {
	c := caller.Local("default")
	c.Action, c.Origin = "run.update", caller.Origin{Request: "r1", Address: "192.0.2.7", Client: "test <1> & more\u2028"}
	return caller.With(context.Background(), c)
}

// announce writes n events, the first of all the one by which a log begins.
func (h *house) announce(t testing.TB, n int) {
	t.Helper()
	ctx := local()
	err := h.DB.Write(ctx, func(tx *rows.Tx) error {
		for i := range n {
			h.now = h.now.Add(h.apart)
			e := event.Event{
				Verb: "tracking.run.tagged", Subject: urn.New("run", fmt.Sprint(i)), After: event.Hash(i), Data: map[string]string{"key": fmt.Sprint("k", i)},
				Links: []event.Link{{Relation: event.Used, To: urn.New("data", "d")}},
			}
			if !h.began {
				e.Verb, h.began = begunVerb, true
			}
			if err := h.events.Append(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// settle has all events get their leaves: on PostgreSQL they are held back while
// any older transaction of the server runs, be it another test's.
func (h *house) settle(t testing.TB, size int64) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if err := h.events.CatchUp(local(), subscriber); err != nil {
			t.Fatal(err)
		}
		n, err := rows.One(local(), h.DB.Read(), rows.Column[int64], selectSize)
		if err != nil {
			t.Fatal(err)
		}
		if n >= size {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d events got their leaf within a minute", n, size)
		}
	}
}

func (h *house) exec(t testing.TB, statements ...string) {
	t.Helper()
	err := h.DB.Write(local(), func(tx *rows.Tx) error {
		for _, s := range statements {
			if n, err := tx.Exec(local(), s); err != nil || n == 0 {
				return fmt.Errorf("%s: %d records, %w", s, n, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// write runs a statement that changes no record.
func (h *house) write(t testing.TB, statement string) {
	t.Helper()
	if err := h.DB.Write(local(), func(tx *rows.Tx) error { _, err := tx.Exec(local(), statement); return err }); err != nil {
		t.Fatal(err)
	}
}

func (h *house) verify(t testing.TB, checkpoint string) Verification {
	t.Helper()
	v, err := h.Verify(local(), checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	if v.OK != (v.Found == 0) || v.Found < len(v.Problems) {
		t.Errorf("a verification at odds with itself: %+v", v)
	}
	return v
}

func (h *house) checkpoint(t testing.TB) Checkpoint {
	t.Helper()
	c, err := h.Checkpoint(local())
	if err != nil {
		t.Fatal(err)
	}
	return c
}
