package audit

import (
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// emptiedLog is a log of which retention emptied six entries and left the data of the
// last of them, at position 6.
func emptiedLog(t *testing.T, db *rows.DB) *house {
	t.Helper()
	h := open(t, db)
	h.announce(t, 5)
	h.settle(t, 5)
	h.checkpoint(t)
	if _, err := h.Accept(local()); err != nil {
		t.Fatal(err)
	}
	h.settle(t, 6)
	h.retain(t)
	return h
}

// retain has retention empty all that is there.
func (h *house) retain(t *testing.T) {
	t.Helper()
	h.now = h.now.Add(31 * 24 * time.Hour)
	if err := h.Retain(local()); err != nil {
		t.Fatal(err)
	}
	if err := h.Settle(local()); err != nil {
		t.Fatal(err)
	}
}

// noSeal is that of an event which was not sealed.
func noSeal(db *rows.DB) string {
	return map[rows.Dialect]string{rows.SQLite: "x''", rows.Postgres: "''::bytea"}[db.Dialect()]
}

// at is the entry at a position as a list and as its page tell it.
func (h *house) at(t *testing.T, position int64) (Entry, Proof) {
	t.Helper()
	all, err := h.List(local(), Query{Workspace: "default", Oldest: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.Position != position {
			continue
		}
		p, err := h.Prove(local(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		return e, p
	}
	t.Fatalf("no entry lies at %d", position)
	return Entry{}, Proof{}
}

// foundChanged has a verification, the list and the page say of one entry that it was
// changed, and of no other.
func (h *house) foundChanged(t *testing.T, position int64) {
	t.Helper()
	if v := h.verify(t, ""); v.Found != 1 || v.Problems[0].What != Changed || v.Problems[0].Position != position {
		t.Errorf("found %+v", v.Problems)
	}
	if e, p := h.at(t, position); !e.Changed || e.Mark != "" || p.Fault == "" {
		t.Errorf("the list tells changed %t, mark %q; the page %q", e.Changed, e.Mark, p.Fault)
	}
}

// What retention left is as it was left: whoever takes it out, changes it or takes its
// seal is found.
func TestWhatIsLeftIsNotChanged(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"taken out":                           "data = ''",
		"taken out with its seal":             "data = '', seal = none",
		"another":                             `data = '{"before":1}'`,
		"with no seal":                        "seal = none",
		"with the seal of an entry beside it": "seal = (SELECT seal FROM event_log WHERE position = 5)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
				h := emptiedLog(t, db)
				if e, p := h.at(t, 6); e.Changed || e.Mark != event.Emptied || e.Data == nil || p.Fault != "" {
					t.Fatalf("as it was left: %+v, %q", e, p.Fault)
				}
				if v := h.verify(t, ""); !v.OK || v.Emptied != 6 {
					t.Fatalf("as it was left: %+v", v)
				}
				h.exec(t, "UPDATE event_log SET "+strings.ReplaceAll(change, "none", noSeal(db))+" WHERE position = 6")
				h.foundChanged(t, 6)
			})
		})
	}
}

// What an entry says that was changed stays a finding when retention takes it out.
func TestRetentionHidesNoChange(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 5)
		h.settle(t, 5)
		h.checkpoint(t)
		h.exec(t, "UPDATE event_log SET actor = 'tacit:user/eve' WHERE position = 3")
		h.retain(t)
		h.foundChanged(t, 3)
	})
}

// A log that goes on with a new key seals what is left anew, so that it is not changed
// from then on.
func TestWhatIsLeftIsSealedByANewKey(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := emptiedLog(t, db)
		h.exec(t, "DELETE FROM secret_key")
		h.now = h.now.Add(time.Minute)
		next := (&house{now: h.now, apart: h.apart, began: true, keyless: true, file: t.TempDir() + "/master.key", kept: t.TempDir() + "/" + KeptName}).open(t, db)
		for range 2 { // the second start goes on as any
			if err := next.Begin(local()); err != nil {
				t.Fatal(err)
			}
			if v := next.verify(t, ""); !v.OK || v.Emptied != 6 {
				t.Fatalf("with a new key: %+v", v)
			}
		}
		next.exec(t, "UPDATE event_log SET data = '', seal = "+noSeal(db)+" WHERE position = 6")
		next.foundChanged(t, 6)
		if err := next.restarted(t).Begin(local()); err != nil {
			t.Fatal(err)
		}
		next.foundChanged(t, 6)
	})
}

// The first entries of a log are not told to be from before seals by taking theirs, and
// whoever accepts the log does not seal them.
func TestTheFirstEntriesKeepTheirSeals(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := emptiedLog(t, db)
		h.exec(t, "UPDATE event_log SET data = '', seal = "+noSeal(db)+" WHERE position <= 5")
		next := h.again(t)
		for range 2 {
			if v := next.verify(t, ""); v.Found != 5 || v.Problems[4].What != Changed || v.Problems[4].Position != 5 {
				t.Errorf("found %+v", v.Problems)
			}
			next.now = next.now.Add(time.Minute)
			if _, err := next.Accept(local()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// What an earlier tacit emptied is as it should be, and sealed when its log is taken.
func TestWhatAnEarlierTacitEmptied(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 5)
		h.settle(t, 5)
		h.checkpoint(t)
		h.retain(t)
		h.exec(t, "UPDATE event_log SET seal = "+noSeal(db))
		next := h.again(t)
		if v := next.verify(t, ""); v.Found != 1 || !strings.Contains(v.Problems[0].Text, begunEarlier) {
			t.Errorf("found %+v", v.Problems)
		}
		if e, p := next.at(t, 3); e.Changed || e.Mark != event.Emptied || p.Fault != "" {
			t.Errorf("%+v, %q", e, p.Fault)
		}
		next.now = next.now.Add(time.Minute)
		if _, err := next.Accept(local()); err != nil {
			t.Fatal(err)
		}
		if v := next.verify(t, ""); !v.OK {
			t.Errorf("after it was taken: %+v", v.Problems)
		}
		next.exec(t, "UPDATE event_log SET seal = "+noSeal(db)+" WHERE position = 3")
		next = next.again(t)
		if v := next.verify(t, ""); v.Found != 1 || v.Problems[0].Position != 3 {
			t.Errorf("found %+v", v.Problems)
		}
	})
}

// Whoever takes the signing key out of the store has nothing sealed anew: the key that
// sealed what is left is there.
func TestNothingIsSealedAnewByTheSameKey(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := emptiedLog(t, db)
		h.exec(t, "DELETE FROM secret_key", "UPDATE event_log SET data = '' WHERE position = 6")
		h.now = h.now.Add(time.Minute)
		next := (&house{now: h.now, apart: h.apart, began: true, keyless: true, file: h.file, kept: t.TempDir() + "/" + KeptName}).open(t, db)
		if err := next.Begin(local()); err != nil {
			t.Fatal(err)
		}
		next.foundChanged(t, 6)
	})
}

// An entry that tacit did not write is told with its mark, and why it is not proved.
func TestAForgedEntryIsTold(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 5)
		h.settle(t, 5)
		h.forge(t, "forged", "seal")
		p, err := h.Prove(local(), "forged")
		if err != nil || p.Entry.Mark != event.Forged || p.Entry.Index != Pending || p.Entry.Actor.Name() != "eve" || p.Fault == "" || p.Checkpoint.Size != 5 {
			t.Errorf("%+v, %v", p, err)
		}
	})
}
