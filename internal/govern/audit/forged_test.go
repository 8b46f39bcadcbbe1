package audit

import (
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// forge writes a copy of the entry at position 3 behind the last, done by eve,
// with or without a seal that was copied along.
func (h *house) forge(t testing.TB, id, seal string) {
	t.Helper()
	h.exec(t, `INSERT INTO event_log (id, time, workspace, actor, verb, subject, links, cause, request, address, client, outcome, before, after, data, action, seal)
SELECT '`+id+`', time, workspace, 'tacit:user/eve', verb, subject, links, cause, request, address, client, outcome, before, after, data, action, `+seal+`
FROM event_log WHERE position = 3`)
}

// What somebody who writes the store puts behind the last entry gets no leaf,
// whether tacit has come by it or not, and is named.
func TestWhatTacitDidNotWriteGetsNoLeaf(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 20)
		h.settle(t, 20)
		h.checkpoint(t)
		h.forge(t, "forged-1", "seal")
		h.forge(t, "forged-2", map[rows.Dialect]string{rows.SQLite: "x''", rows.Postgres: "''::bytea"}[db.Dialect()])
		listed, err := h.List(local(), Query{Limit: 100})
		if err != nil || len(listed) != 22 {
			t.Fatal(len(listed), err)
		}
		for _, e := range listed {
			if (e.Mark == event.Forged) != strings.HasPrefix(e.ID, "forged-") {
				t.Errorf("the list says of %s: %q", e.ID, e.Mark)
			}
		}
		named := func(v Verification) (ids string) {
			for _, p := range v.Problems {
				if p.What != Inserted || !strings.Contains(p.Text, "was not written by tacit") {
					t.Errorf("found %+v", p)
				}
				ids += p.ID + " "
			}
			return ids
		}
		if got := named(h.verify(t, "")); got != "forged-1 forged-2 " {
			t.Errorf("named: %q", got)
		}
		h.announce(t, 10)
		h.settle(t, 31) // and the verification's own entry
		c := h.checkpoint(t)
		if got := named(h.again(t).verify(t, c.Note)); got != "forged-1 forged-2 " {
			t.Errorf("named after others were added: %q", got)
		}
		if n, err := rows.One(local(), db.Read(), rows.Column[int], "SELECT count(*) FROM audit_leaf WHERE event LIKE 'forged-%'"); err != nil || n != 0 {
			t.Errorf("%d forged entries have a leaf: %v", n, err)
		}
	})
}

// An entry that was rewritten together with its leaf is named where no
// checkpoint covers it yet.
func TestTheUnsignedTailIsSealed(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 20)
		h.settle(t, 20)
		h.checkpoint(t)
		h.announce(t, 5)
		h.settle(t, 25)
		if v := h.verify(t, ""); !v.OK || v.Unsigned != 5 {
			t.Errorf("a sound log with a tail: %+v", v)
		}
		h.exec(t, "UPDATE event_log SET actor = 'tacit:user/eve' WHERE position = 23", "DELETE FROM audit_leaf WHERE tree_index >= 20", "DELETE FROM event_cursor")
		// The sequence as a tacit without seals would make it.
		eve := h.again(t)
		all, err := eve.Events.Stored(local(), db.Read(), subscriber, 20, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range all {
			one.Mark = ""
			if err := eve.append(local(), []event.Event{one.Event}); err != nil {
				t.Fatal(err)
			}
		}
		v := eve.verify(t, "")
		if v.Found != 1 || v.Problems[0].What != Inserted || v.Problems[0].Position != 23 {
			t.Errorf("found %+v", v.Problems)
		}
		// No server signs it, so that it is found later too.
		if _, err := h.Checkpoint(local()); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "at position 23") {
			t.Errorf("it was signed: %v", err)
		}
	})
}

// A log whose checkpoints are all gone says so; the server that signed them
// knows as well that what it signed was made anew.
func TestMissingCheckpointsAreFound(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 1)
		h.settle(t, 1)
		if v := h.verify(t, ""); !v.OK || v.Unsigned != 1 {
			t.Errorf("a log of this moment: %+v", v)
		}
		h.now = h.now.Add(2 * time.Minute)
		h.announce(t, 20)
		h.settle(t, 21)
		if v := h.verify(t, ""); v.Found != 1 || v.Problems[0].What != Signature || !strings.Contains(v.Problems[0].Text, "no checkpoint") {
			t.Errorf("an older log without a checkpoint: %+v", v)
		}
		h.checkpoint(t)
		if v := h.verify(t, ""); !v.OK {
			t.Errorf("a signed log: %+v", v)
		}
		h.exec(t, "DELETE FROM audit_checkpoint", "DELETE FROM audit_leaf WHERE tree_index >= 10", "DELETE FROM event_log WHERE position > 10")
		if v := h.verify(t, ""); v.OK || !strings.Contains(v.Problems[0].Text, "The checkpoint that this server remembers") {
			t.Errorf("a log cut short with its checkpoints: %+v", v)
		}
	})
}

// An entry that was made up as if retention had emptied it is none of the log.
func TestAnEmptyEntryIsNotMadeUp(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 20)
		h.settle(t, 20)
		h.checkpoint(t)
		h.now = h.now.Add(31 * 24 * time.Hour)
		if err := h.Retain(local()); err != nil {
			t.Fatal(err)
		}
		if err := h.Settle(local()); err != nil {
			t.Fatal(err)
		}
		h.forge(t, "forged", "seal")
		eve := h.again(t)
		all, err := eve.Events.Stored(local(), db.Read(), subscriber, 21, 10)
		if err != nil || len(all) != 1 {
			t.Fatal(len(all), err)
		}
		all[0].Mark = ""
		if err := eve.append(local(), []event.Event{all[0].Event}); err != nil {
			t.Fatal(err)
		}
		h.exec(t, "UPDATE event_log SET actor = '', request = '', address = '', client = '', data = '' WHERE id = 'forged'", "UPDATE audit_leaf SET emptied = 1 WHERE event = 'forged'")
		if v := h.verify(t, ""); v.Found != 1 || v.Problems[0].ID != "forged" || v.Problems[0].What != Inserted {
			t.Errorf("found %+v", v)
		}
		if _, err := h.Checkpoint(local()); !fault.Is(err, fault.Conflict) {
			t.Errorf("it was signed: %v", err)
		}
	})
}

// That the log was verified is believed of tacit alone.
func TestAForgedVerificationIsNotBelieved(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 20)
		h.settle(t, 20)
		h.checkpoint(t)
		h.exec(t, "UPDATE event_log SET subject = 'tacit:run/other' WHERE position = 7")
		h.verify(t, "")
		h.exec(t, `INSERT INTO event_log (id, time, workspace, actor, verb, subject, links, cause, request, address, client, outcome, before, after, data, action, seal)
SELECT 'forged', time + 1, workspace, actor, verb, subject, links, cause, request, address, client, 'done', before, after, '{"entries":20,"problems":0}', action, seal FROM event_log WHERE verb = 'audit.log.verified'`)
		if v, err := h.LastVerified(local()); err != nil || v.OK || v.Problems != 1 || v.Event == "forged" {
			t.Errorf("%+v, %v", v, err)
		}
		all, err := h.List(local(), Query{Workspace: "default", Oldest: true, Limit: 8})
		if err != nil || !all[6].Changed || all[5].Changed {
			t.Errorf("the list tells %+v, %v", all, err)
		}
	})
}

// Somebody takes the last entries with their leaves and checkpoints out of the log of a
// running server. What is named is what is gone; what came later is settled as ever.
func TestWhatCameAfterACutIsNotNamed(t *testing.T) {
	t.Parallel()
	for name, later := range map[string]int{"fewer than were cut": 5, "more than were cut": 30} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
				h := open(t, db)
				h.announce(t, 20)
				h.settle(t, 20)
				h.checkpoint(t)
				h.announce(t, 20)
				h.settle(t, 40)
				h.checkpoint(t)
				h.exec(t, "DELETE FROM event_log WHERE position > 30", "DELETE FROM audit_leaf WHERE tree_index >= 30", "DELETE FROM audit_checkpoint WHERE size > 20")
				h.announce(t, later)
				h.settle(t, int64(30+later))
				v := h.verify(t, "")
				want := "covers 5 entries that are gone"
				if later > 10 {
					want = "among the entries 20 to 39 of it, behind those that the checkpoint of 20 covers, one was changed, removed"
				}
				if v.Found != 1 || !strings.Contains(v.Problems[0].Text, "The checkpoint that this server remembers") || !strings.Contains(v.Problems[0].Text, want) || v.Pending != 0 {
					t.Errorf("found %+v", v)
				}
			})
		})
	}
}

// A log of before entries were sealed says so, until somebody takes it as it stands.
func TestALogOfAnEarlierTacit(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.began = true
		h.announce(t, 20)
		h.settle(t, 20)
		h.checkpoint(t)
		h.exec(t, "UPDATE event_log SET seal = "+map[rows.Dialect]string{rows.SQLite: "x''", rows.Postgres: "''::bytea"}[db.Dialect()])
		next := h.again(t)
		told := func() (all string) {
			for _, f := range next.Examine(local()) {
				all += f.Text + "; " + f.Remedy
			}
			return all
		}
		if text := told(); !strings.Contains(text, begunEarlier) || !strings.Contains(text, "tacit audit checkpoint --accept") {
			t.Errorf("doctor says %s", text)
		}
		if v := next.verify(t, ""); v.Found != 1 || !strings.Contains(v.Problems[0].Text, begunEarlier) {
			t.Errorf("found %+v", v)
		}
		next.now = next.now.Add(time.Minute)
		if _, err := next.Accept(local()); err != nil {
			t.Fatal(err)
		}
		if v := next.verify(t, ""); !v.OK || strings.Contains(told(), begunEarlier) {
			t.Errorf("after it was accepted: %+v, %s", v, told())
		}
		all, err := next.List(local(), Query{Oldest: true, Limit: 1})
		if err != nil || all[0].Mark != "" {
			t.Errorf("an entry that its leaf vouches for: %+v, %v", all, err)
		}
	})
}

// An entry is taken as emptied by what is left of it, also after the key that sealed it
// is gone.
func TestWhatIsLeftAfterANewKey(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 5)
		h.settle(t, 5)
		h.checkpoint(t)
		if _, err := h.Accept(local()); err != nil { // its data stays
			t.Fatal(err)
		}
		h.settle(t, 6)
		h.now = h.now.Add(31 * 24 * time.Hour)
		if err := h.Retain(local()); err != nil {
			t.Fatal(err)
		}
		if err := h.Settle(local()); err != nil {
			t.Fatal(err)
		}
		left := func(of *house) Entry {
			all, err := of.List(local(), Query{Verb: acceptedVerb, Workspace: "default", Oldest: true, Limit: 1})
			if err != nil || len(all) != 1 {
				t.Fatalf("%+v, %v", all, err)
			}
			return all[0]
		}
		if e := left(h); e.Mark != event.Emptied || e.Changed || e.Data == nil {
			t.Errorf("%+v", e)
		}
		h.exec(t, "DELETE FROM secret_key")
		h.now = h.now.Add(time.Minute)
		next := (&house{now: h.now, apart: h.apart, began: true, keyless: true, file: t.TempDir() + "/master.key", kept: t.TempDir() + "/" + KeptName}).open(t, db)
		if err := next.Begin(local()); err != nil {
			t.Fatal(err)
		}
		if e := left(next); e.Mark != event.Emptied || e.Changed || e.Data == nil {
			t.Errorf("with a new key: %+v", e)
		}
		if v := next.verify(t, ""); !v.OK {
			t.Errorf("with a new key: %+v", v)
		}
	})
}

// An entry whose leaf was taken out is shown, with what does not hold, beside one whose
// leaf is only to come.
func TestAnEntryWithoutItsLeafIsShown(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 20)
		h.settle(t, 20)
		c := h.checkpoint(t)
		h.exec(t, "DELETE FROM audit_leaf WHERE position IN (7, 20)")
		for _, position := range []int64{7, 20} {
			e, p := h.at(t, position)
			if !e.Leafless || e.Changed || e.Mark != "" || e.Index != Pending || !strings.Contains(p.Fault, "The leaf of the entry is gone") || p.Path != nil || p.Text != "" || p.Checkpoint.Note != c.Note {
				t.Errorf("%+v, %+v", e, p)
			}
		}
		if e, p := h.at(t, 8); e.Leafless || p.Fault == "" || strings.Contains(p.Fault, "leaf of the entry is gone") {
			t.Errorf("beside it: %q", p.Fault)
		}
	})
}
