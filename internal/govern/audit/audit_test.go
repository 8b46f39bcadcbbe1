package audit

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
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
	targets []Target
	file    string // of the master key
	kept    string // file of the newest checkpoint
}

func open(t testing.TB, db *rows.DB) *house {
	t.Helper()
	return (&house{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), file: t.TempDir() + "/master.key", kept: t.TempDir() + "/" + KeptName}).open(t, db)
}

// again is another process over the same store, with the same master key and a
// folder of its own.
func (h *house) again(t testing.TB) *house {
	t.Helper()
	return (&house{now: h.now, file: h.file, kept: t.TempDir() + "/" + KeptName}).open(t, h.DB)
}

// restarted is the next process in the same folder.
func (h *house) restarted(t testing.TB) *house {
	t.Helper()
	return (&house{now: h.now, file: h.file, kept: h.kept}).open(t, h.DB)
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
	if _, err := box.Key(t.Context(), KeyName); err != nil {
		t.Fatal(err)
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

// announce writes n events, an hour apart.
func (h *house) announce(t testing.TB, n int) {
	t.Helper()
	ctx := local()
	err := h.DB.Write(ctx, func(tx *rows.Tx) error {
		for i := range n {
			h.now = h.now.Add(time.Hour)
			e := event.Event{
				Verb: "tracking.run.tagged", Subject: urn.New("run", fmt.Sprint(i)), After: event.Hash(i), Data: map[string]string{"key": fmt.Sprint("k", i)},
				Links: []event.Link{{Relation: event.Used, To: urn.New("data", "d")}},
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

// TestTheLogIsProved has a log over several tiles, by batches of several
// processes, equal the tree that the library makes of its leaves.
func TestTheLogIsProved(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 300)
		h.settle(t, 300)
		early := h.checkpoint(t)
		if again := h.checkpoint(t); again.Note != early.Note {
			t.Error("a log that did not grow was signed again")
		}
		h.announce(t, 500)
		h.settle(t, 800)
		c := h.checkpoint(t)

		leaves, err := rows.Collect(local(), db.Read(), scanLeaf, selectLeavesByIndex, -1, 1000)
		if err != nil {
			t.Fatal(err)
		}
		var stored []tlog.Hash
		read := tlog.HashReaderFunc(func(places []int64) ([]tlog.Hash, error) {
			var all []tlog.Hash
			for _, p := range places {
				all = append(all, stored[p])
			}
			return all, nil
		})
		for i, l := range leaves {
			more, err := tlog.StoredHashesForRecordHash(int64(i), l.hash, read)
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, more...)
		}
		if want, err := tlog.TreeHash(800, read); err != nil || c.Root != want || c.Size != 800 {
			t.Errorf("signed %d entries, root %s; the library has %s, %v", c.Size, c.Root, want, err)
		}

		v := h.verify(t, early.Note)
		if !v.OK || v.Size != 800 || v.Root != c.Root || v.Checkpoints != 2 || v.Pending != 0 || !v.Signed.Equal(c.Time) {
			t.Errorf("a sound log: %+v", v)
		}
		all, err := h.List(local(), Query{Oldest: true, Limit: 1000})
		if err != nil || len(all) < 800 {
			t.Fatalf("%d entries, %v", len(all), err)
		}
		for _, i := range []int{0, 255, 256, 511, 700, 799} {
			p, err := h.Prove(local(), all[i].ID)
			if err != nil || p.Fault != "" || p.Entry.Index != int64(i) || !strings.Contains(p.Text, all[i].ID) {
				t.Errorf("entry %d: %+v, %v", i, p, err)
			}
			if tlog.CheckRecord(p.Path, p.Checkpoint.Size, p.Checkpoint.Root, p.Entry.Index, tlog.RecordHash([]byte(p.Text))) != nil {
				t.Errorf("entry %d: the proof does not hold by itself", i)
			}
		}
		if _, err := h.Prove(local(), "none"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an entry that is not there: %v", err)
		}
		if _, err := h.Prove(caller.With(t.Context(), caller.Local("team")), all[0].ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("an entry of another workspace: %v", err)
		}
	})
}

// TestTamperingIsFoundAndNamed changes one thing of a log in every way and has
// the verification say which.
func TestTamperingIsFoundAndNamed(t *testing.T) {
	t.Parallel()
	insert := `INSERT INTO event_log (position, id, time, workspace, actor, verb, subject, links, cause, request, address, client, outcome, before, after, data)
%s SELECT %d, 'forged', time, workspace, actor, verb, subject, links, cause, request, address, client, outcome, before, after, data FROM event_log WHERE position = 150`
	for _, c := range []struct {
		name     string
		tamper   func(override string) []string
		what     string
		position int64
	}{
		{"who did it", one("UPDATE event_log SET actor = 'tacit:user/eve' WHERE position = 42"), Changed, 42},
		{"when it was", one("UPDATE event_log SET time = time + 1 WHERE position = 42"), Changed, 42},
		{"the action", one("UPDATE event_log SET action = 'run.read' WHERE position = 42"), Changed, 42},
		{"the data", one("UPDATE event_log SET data = '{}' WHERE position = 300"), Changed, 300},
		{"the links", one("UPDATE event_log SET links = '[]' WHERE position = 300"), Changed, 300},
		{"to what cannot be read", one("UPDATE event_log SET subject = 'x' WHERE position = 300"), Changed, 300},
		{"an entry is gone", one("DELETE FROM event_log WHERE position = 7"), Removed, 7},
		{"an entry and its leaf are gone", one("DELETE FROM event_log WHERE position = 7", "DELETE FROM audit_leaf WHERE position = 7"), Removed, 0},
		{"the last are gone", one("DELETE FROM event_log WHERE position > 290", "DELETE FROM audit_leaf WHERE position > 290"), Removed, 0},
		{"an entry is put in", func(o string) []string {
			return []string{"DELETE FROM event_log WHERE position = 150", "UPDATE event_log SET position = 150 WHERE position = 149", fmt.Sprintf(insert, o, 149)}
		}, Reordered, 150},
		{"a leaf is gone", one("DELETE FROM audit_leaf WHERE tree_index = 99"), Inserted, 100},
		{"two are swapped", one("UPDATE event_log SET position = -1 WHERE position = 10", "UPDATE event_log SET position = 10 WHERE position = 11", "UPDATE event_log SET position = 11 WHERE position = -1"), Reordered, 10},
		{"emptied by hand", one("UPDATE event_log SET actor = '', request = '', address = '', client = '', data = '' WHERE position = 20", "UPDATE audit_leaf SET emptied = 1 WHERE position = 20"), Unentitled, 20},
		{"the workspace of a leaf", one("UPDATE audit_leaf SET workspace = 'team' WHERE position = 42"), Changed, 42},
		{"the tree", one("UPDATE audit_hash SET hash = (SELECT hash FROM audit_leaf WHERE tree_index = 1)"), Tree, 0},
		{"a leaf with its entry", one("UPDATE event_log SET time = time + 1 WHERE position = 280", "UPDATE audit_leaf SET hash = part WHERE position = 280"), Tree, 0},
		{"a checkpoint", one("UPDATE audit_checkpoint SET note = replace(note, 'time 2', 'time 3')"), Signature, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
				h := open(t, db)
				h.announce(t, 300)
				h.settle(t, 300)
				h.checkpoint(t)
				override, identity := "", ""
				if db.Dialect() == rows.Postgres {
					override, identity = "OVERRIDING SYSTEM VALUE", "ALTER TABLE event_log ALTER COLUMN position SET GENERATED BY DEFAULT"
				}
				ctx := local()
				err := db.Write(ctx, func(tx *rows.Tx) error {
					if identity != "" {
						if _, err := tx.Exec(ctx, identity); err != nil {
							return err
						}
					}
					for _, s := range c.tamper(override) {
						if n, err := tx.Exec(ctx, s); err != nil || n == 0 {
							return fmt.Errorf("%s: %d records, %w", s, n, err)
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				v := h.verify(t, "")
				for _, p := range v.Problems {
					if p.What == c.what && (c.position == 0 || p.Position == c.position && p.ID != "" && strings.Contains(p.Text, p.ID)) {
						return
					}
				}
				t.Errorf("want %s at %d, found %+v", c.what, c.position, v)
			})
		})
	}
}

func one(statements ...string) func(string) []string {
	return func(string) []string { return statements }
}

// TestACheckpointKeptElsewhere: whoever has the store and the key makes the log
// anew, and what somebody kept gives it away.
func TestACheckpointKeptElsewhere(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 20)
		h.settle(t, 20)
		kept := h.checkpoint(t)
		h.announce(t, 20)
		h.settle(t, 40)
		if v := h.verify(t, kept.Note); !v.OK {
			t.Fatalf("a log that grew: %+v", v)
		}
		// Whoever has the key seals what they write.
		h.exec(t, "DELETE FROM event_log WHERE position = 5", "DELETE FROM audit_leaf", "DELETE FROM audit_checkpoint", "DELETE FROM event_cursor")
		eve := h.again(t)
		eve.announce(t, 1)
		eve.settle(t, 40)
		eve.checkpoint(t)
		if v := eve.verify(t, ""); !v.OK {
			t.Errorf("a log made anew is at odds with itself: %+v", v)
		}
		if _, err := h.Checkpoint(local()); !fault.Is(err, fault.Conflict) {
			t.Errorf("a server signs what is not the log that it signed: %v", err)
		}
		v := eve.verify(t, kept.Note)
		if v.OK || v.Problems[0].What != Tree || !strings.Contains(v.Problems[0].Text, "The checkpoint given") {
			t.Errorf("a log made anew beside a checkpoint that was kept: %+v", v)
		}
		for _, text := range []string{"x", kept.body(), strings.Replace(kept.Note, "\n20\n", "\n-2\n", 1)} {
			if _, err := h.Verify(local(), text); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v, want invalid", text, err)
			}
		}
		forged := strings.Replace(kept.Note, "\n20\n", "\n21\n", 1)
		if v := eve.verify(t, forged); v.OK || v.Problems[0].What != Signature {
			t.Errorf("a checkpoint that was changed: %+v", v)
		}
	})
}

// TestRetention empties old entries, and all proofs hold.
func TestRetention(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 100)
		h.settle(t, 100)
		kept := h.checkpoint(t)
		h.now = h.now.Add(30*24*time.Hour - 49*time.Hour - time.Minute)
		for range 2 { // the second time there is nothing to do
			if err := h.Retain(local()); err != nil {
				t.Fatal(err)
			}
		}
		h.settle(t, 101)
		v := h.verify(t, kept.Note)
		if !v.OK || v.Emptied != 50 || v.Size != 101 {
			t.Errorf("after emptying: %+v", v)
		}
		all, err := h.List(local(), Query{Oldest: true})
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range all[:100] {
			gone := i < 50
			if e.Emptied != gone || e.Actor.IsZero() != gone || (e.Data == nil) != gone || e.Subject.IsZero() || e.Verb == "" || len(e.Links) != 1 {
				t.Errorf("entry %d: %+v", i, e)
			}
		}
		if p, err := h.Prove(local(), all[10].ID); err != nil || p.Fault != "" {
			t.Errorf("the proof of an emptied entry: %+v, %v", p, err)
		}
		h.exec(t, "UPDATE event_log SET actor = 'tacit:user/eve' WHERE position = 11")
		if v := h.verify(t, ""); v.OK || v.Problems[0].What != Changed || v.Problems[0].Position != 11 {
			t.Errorf("an emptied entry that tells something again: %+v", v)
		}
		if p, err := h.Prove(local(), all[60].ID); err != nil || p.Fault != "" {
			t.Errorf("the proof of a sound entry beside it: %+v, %v", p, err)
		}
	})
}

// TestReplicasAppendOnce: two processes follow the stream, and each event has
// one leaf.
func TestReplicasAppendOnce(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		first := open(t, db)
		second := first.again(t)
		for round := range 4 {
			first.announce(t, 150)
			var both sync.WaitGroup
			for _, h := range []*house{first, second} {
				both.Go(func() { h.settle(t, int64(150*(round+1))) })
			}
			both.Wait()
		}
		if v := first.verify(t, first.checkpoint(t).Note); !v.OK || v.Size != 600 {
			t.Errorf("%+v", v)
		}
	})
}

// TestLeavesAreCanonical holds the text of a leaf, which others hash as well.
func TestLeavesAreCanonical(t *testing.T) {
	t.Parallel()
	e := event.Event{
		Position: 7, ID: "e", Time: time.UnixMicro(12).UTC(), Workspace: "default", Actor: urn.New("user", "ada"), Verb: "a.b.made", Action: "b.create",
		Subject: urn.New("b", "ü/<x>"), Outcome: event.Done, Origin: caller.Origin{Client: "\"<&>\\\u2028\\u2028\n"}, Data: json.RawMessage(`{"n": 1}`),
	}
	part := `{"actor":"tacit:user/ada","address":"","client":"\"<&>\\` + "\u2028" + `\\u2028\n","data":"{\"n\": 1}","request":""}`
	if got := string(canonical(partOf(e))); got != part {
		t.Errorf("got  %s\nwant %s", got, part)
	}
	text := `{"action":"b.create","after":"","before":"","cause":"","id":"e","links":[],"outcome":"done","part":"0000000000000000000000000000000000000000000000000000000000000000",` +
		`"position":7,"subject":"tacit:b/%C3%BC%2F%3Cx%3E","time":12,"verb":"a.b.made","workspace":"default"}`
	if got := string(leafText(e, tlog.Hash{})); got != text {
		t.Errorf("got  %s\nwant %s", got, text)
	}
}

// TestEdgeIsTheTree: the root made at the right edge is the library's, whatever
// the leaves.
func TestEdgeIsTheTree(t *testing.T) {
	t.Parallel()
	draw.Check(t, func(t *rapid.T) {
		var e edge
		var stored []tlog.Hash
		read := tlog.HashReaderFunc(func(places []int64) ([]tlog.Hash, error) {
			var all []tlog.Hash
			for _, p := range places {
				all = append(all, stored[p])
			}
			return all, nil
		})
		for i := range rapid.Int64Range(0, 300).Draw(t, "size") {
			h := tlog.RecordHash(fmt.Append(nil, i))
			more, err := tlog.StoredHashesForRecordHash(i, h, read)
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, h)
			e.add(h, func(level int, n int64, h tlog.Hash) {
				if int64(len(stored)) != tlog.StoredHashIndex(level, n) {
					t.Fatalf("hash %d of level %d came at place %d", n, level, len(stored))
				}
				stored = append(stored, h)
			})
			if want := stored[len(stored)-1]; more[len(more)-1] != want {
				t.Fatalf("leaf %d", i)
			}
		}
		if want, err := tlog.TreeHash(e.size, read); err != nil || want != e.root() {
			t.Fatalf("%d leaves: %s, %s, %v", e.size, e.root(), want, err)
		}
	})
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{"": true, "400d": true, "1d": true, "0d": false, "-1d": false, "400": false, "1y": false, "99999d": false} {
		if err := (&Settings{Retention: text}).Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzCheckpoint: whatever somebody gives as a checkpoint is read or refused,
// and only what was signed is believed.
func FuzzCheckpoint(f *testing.F) {
	key, err := newSigner(make([]byte, 32))
	if err != nil {
		f.Fatal(err)
	}
	c := Checkpoint{Size: 20, Root: tlog.RecordHash(nil), Time: time.UnixMicro(1).UTC()}
	text, err := note.Sign(&note.Note{Text: c.body()}, key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(c.body())
	f.Add(origin + "\n-1\n\n\n— x y\n")
	f.Fuzz(func(t *testing.T, given string) {
		got, err := openCheckpoint(given, []signer{key})
		if err == nil && (got.Size != c.Size || got.Root != c.Root || got.Key != key.key) {
			t.Errorf("believed: %+v", got)
		}
		if read, err := parseBody(given); err == nil && read.Size < 0 {
			t.Errorf("a negative size: %+v", read)
		}
	})
}

// BenchmarkAppend is what an event costs the log, in batches as subscribers get
// them.
func BenchmarkAppend(b *testing.B) {
	h := open(b, rowstest.SQLite(b, schemas()))
	h.announce(b, 256)
	all, err := h.events.List(local(), event.Query{Workspace: "default", Oldest: true, Limit: 256})
	if err != nil {
		b.Fatal(err)
	}
	position := int64(1 << 32)
	for b.Loop() {
		for i := range all {
			position++
			all[i].Position = position
		}
		if err := h.append(local(), all); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(all)), "ns/event")
}
