package audit

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// rounds writes and signs, n times four entries with a pause before each. The beginning
// of the log is signed by itself.
func (h *house) rounds(t *testing.T, n int, pause time.Duration) {
	t.Helper()
	h.apart = pause
	if !h.began {
		h.announce(t, 1)
		if err := h.Settle(local()); err != nil {
			t.Fatal(err)
		}
	}
	for range n {
		h.announce(t, 4)
		if err := h.Settle(local()); err != nil {
			t.Fatal(err)
		}
	}
}

// fresh is the next server, in a folder that knows nothing.
func (h *house) fresh(t *testing.T) *house {
	t.Helper()
	next := h.again(t)
	if err := next.Begin(local()); err != nil {
		t.Fatal(err)
	}
	next.settle(t, 1)
	return next
}

// Somebody takes an entry out of a log whose server is down, with all leaves and
// checkpoints from it on, and no file knows better: the next server signs the rest
// at once, and that it was not signed when it was written tells.
func TestALogThatWasSignedTooLateIsFound(t *testing.T) {
	t.Parallel()
	for name, pause := range map[string]time.Duration{"at work": 59 * time.Second, "now and then": 5 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
				h := open(t, db)
				h.rounds(t, 28, pause)
				if v := h.verify(t, ""); !v.OK || v.Checkpoints != 29 {
					t.Fatalf("a sound log: %+v", v)
				}
				h.exec(t, "DELETE FROM audit_checkpoint WHERE size > 41", "DELETE FROM audit_leaf WHERE tree_index >= 41", "DELETE FROM event_log WHERE position = 44", "DELETE FROM event_cursor")
				next := h.fresh(t)
				for range 2 { // the second time more was written, and signed in time
					if v := next.verify(t, ""); v.Found != 1 || v.Problems[0].What != Signature || v.Problems[0].Index != 41 || !strings.Contains(v.Problems[0].Text, "tacit signs every few seconds") {
						t.Errorf("found %+v", v)
					}
					next.rounds(t, 2, pause)
				}
				next.now = next.now.Add(time.Minute)
				if _, err := next.Accept(local()); err != nil {
					t.Fatal(err)
				}
				if v := next.verify(t, ""); !v.OK {
					t.Errorf("it was accepted: %+v", v)
				}
			})
		})
	}
}

// What a killed server left unsigned is no finding, however old it is, when no
// other has run since; nor is it after the next one has signed it.
func TestWhatAKilledServerLeftIsNoFinding(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.rounds(t, 10, time.Hour)
		for range 12 {
			h.apart = time.Second
			h.announce(t, 4)
			h.settle(t, 1)
			h.now = h.now.Add(30 * 24 * time.Hour)
			if v := h.verify(t, ""); !v.OK || v.Unsigned == 0 {
				t.Errorf("before the next server: %+v", v)
			}
			h = h.fresh(t)
			if v := h.verify(t, ""); !v.OK {
				t.Errorf("after the next server: %+v", v)
			}
		}
	})
}

// A log that has a key and no entry, or does not begin as logs do, was emptied.
func TestAnEmptiedLogIsFound(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.rounds(t, 5, time.Minute)
		all := []string{"DELETE FROM audit_checkpoint", "DELETE FROM audit_leaf", "DELETE FROM event_log", "DELETE FROM event_cursor"}
		h.exec(t, all...)
		next := h.again(t)
		if v := next.verify(t, ""); v.Found != 1 || v.Problems[0].What != Removed || !strings.Contains(v.Problems[0].Text, "The log has no entry, and its key was made 2026-01-01") {
			t.Errorf("an empty log: %+v", v)
		}
		next.announce(t, 5)
		if err := next.Settle(local()); err != nil {
			t.Fatal(err)
		}
		if v := next.verify(t, ""); v.Found != 1 || v.Problems[0].What != Removed || !strings.Contains(v.Problems[0].Text, "The log begins with the entry ") {
			t.Errorf("a log that went on: %+v", v)
		}
	})
}

// Of a log nothing is left but its beginning.
func TestALogThatWasEmptiedAfterItsBeginningIsFound(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.rounds(t, 5, time.Hour)
		h.exec(t, "DELETE FROM audit_checkpoint", "DELETE FROM audit_leaf", "DELETE FROM event_log WHERE position > 1", "DELETE FROM event_cursor")
		next := h.fresh(t)
		if v := next.verify(t, ""); v.Found != 1 || v.Problems[0].What != Signature || !strings.Contains(v.Problems[0].Text, "The log was begun 2026-01-01") {
			t.Errorf("found %+v", v)
		}
	})
}

// A new log begins with its own entry, signed, before its key is made; the next
// start writes no other.
func TestBegin(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := (&house{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), keyless: true, file: t.TempDir() + "/master.key", kept: t.TempDir() + "/" + KeptName}).open(t, db)
		for range 2 {
			if err := h.Begin(local()); err != nil {
				t.Fatal(err)
			}
			h.settle(t, 1)
			h.checkpoint(t)
			all, err := h.Events.List(local(), event.Query{Workspace: caller.DefaultWorkspace})
			if err != nil || len(all) != 1 || all[0].Verb != begunVerb {
				t.Fatalf("%+v, %v", all, err)
			}
			h.now = h.now.Add(time.Hour)
			h = h.restarted(t)
		}
		if v := h.verify(t, ""); !v.OK || v.Size != 1 {
			t.Errorf("%+v", v)
		}
	})
}

// Checkpoints that say to be of keys that are no longer there part what was
// signed only as far as such keys can have signed.
func TestCheckpointsOfUnknownKeysAreOlderThanTheKnown(t *testing.T) {
	t.Parallel()
	h := open(t, rowstest.SQLite(t, schemas()))
	h.rounds(t, 20, 30*time.Second)
	h.exec(t, "UPDATE audit_checkpoint SET note = substr(note, 1, instr(note, '— ') - 1) || '— tacit/audit AAAAAAAA' || char(10) WHERE size = 41")
	if v := h.verify(t, ""); v.Found != 1 || v.Problems[0].What != Signature || !strings.Contains(v.Problems[0].Text, "with a key that tacit did not have then") {
		t.Errorf("found %+v", v)
	}
}

// A leaf before the first covers nothing.
func TestALeafBeforeTheFirstIsFound(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.rounds(t, 3, time.Minute)
		h.forge(t, "forged", "seal")
		eve := h.again(t)
		all, err := eve.Events.Stored(local(), db.Read(), subscriber, 13, 10)
		if err != nil {
			t.Fatal(err)
		}
		all[0].Mark = ""
		if err := eve.append(local(), []event.Event{all[0].Event}); err != nil {
			t.Fatal(err)
		}
		h.exec(t, "UPDATE audit_leaf SET tree_index = -5 WHERE event = 'forged'")
		if v := h.verify(t, ""); v.Found != 1 || v.Problems[0].What != Inserted || v.Problems[0].ID != "forged" {
			t.Errorf("found %+v", v)
		}
	})
}

// A server that cannot sign says so: to verify, and to doctor.
func TestALogThatCannotBeSignedIsToldOf(t *testing.T) {
	t.Parallel()
	h := open(t, rowstest.SQLite(t, schemas()))
	h.rounds(t, 2, time.Minute)
	for range manyFailures + 1 {
		h.signedOrNot(context.DeadlineExceeded)
	}
	if v := h.verify(t, ""); v.Found != 1 || !strings.Contains(v.Problems[0].Text, "cannot be signed since") {
		t.Errorf("found %+v", v)
	}
	h.signedOrNot(nil)
	if v := h.verify(t, ""); !v.OK {
		t.Errorf("found %+v", v)
	}
}
