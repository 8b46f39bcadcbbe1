package audit

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// An older state is put in place under two servers with a folder each. One
// accepts it, by an entry that says who and what was signed before and is now, and
// that holds for the other too: for what it remembers, and for its file. What is
// changed after that is found again.
func TestAnOlderStateIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		one := open(t, db)
		one.announce(t, 40)
		one.settle(t, 40)
		one.checkpoint(t)
		other := one.again(t)
		one.announce(t, 20)
		one.settle(t, 60)
		before := one.checkpoint(t)
		if other.checkpoint(t).Note != before.Note {
			t.Fatal("the servers do not know the same")
		}
		asOf40 := []string{"DELETE FROM audit_checkpoint WHERE size > 40", "DELETE FROM audit_leaf WHERE tree_index >= 40", "DELETE FROM event_log WHERE position > 40", "DELETE FROM event_cursor"}
		one.exec(t, asOf40...)
		for _, h := range []*house{one, other, one.restarted(t), other.restarted(t)} {
			if _, err := h.Checkpoint(local()); !fault.Is(err, fault.Conflict) || h.verify(t, "").OK {
				t.Fatalf("it was taken: %v", err)
			}
		}
		one.now = one.now.Add(time.Minute)
		ada := caller.With(local(), caller.Caller{Workspace: "team", Actor: urn.New("user", "ada")})
		after, err := one.Accept(ada)
		if err != nil {
			t.Fatal(err)
		}
		e, err := one.Events.List(local(), event.Query{Workspace: "default", Verb: acceptedVerb})
		if err != nil || len(e) != 1 || e[0].Actor.String() != "tacit:user/ada" {
			t.Fatalf("told: %+v, %v", e, err)
		}
		told := string(e[0].Data.(json.RawMessage))
		for _, want := range []string{before.Root.String(), after.Root.String(), `"size":60`} {
			if !strings.Contains(told, want) {
				t.Errorf("%s does not tell %s", told, want)
			}
		}
		other.now = one.now
		for name, h := range map[string]*house{"who accepted": one, "the other": other, "who accepted, started again": one.restarted(t), "the other, started again": other.restarted(t)} {
			if err := h.Settle(local()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if v := h.verify(t, ""); !v.OK {
				t.Errorf("%s: %+v", name, v)
			}
		}
		one.now = one.now.Add(time.Minute)
		one.announce(t, 10)
		if err := one.Settle(local()); err != nil {
			t.Fatal(err)
		}
		one.exec(t, asOf40...)
		if v := one.restarted(t).verify(t, ""); v.OK {
			t.Error("what was accepted once is accepted for ever")
		}
	})
}

// Who writes the store cannot accept a log.
func TestAForgedAcceptanceIsNone(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 20)
		h.settle(t, 20)
		h.checkpoint(t)
		h.now = h.now.Add(time.Minute)
		if _, err := h.Accept(local()); err != nil {
			t.Fatal(err)
		}
		h.announce(t, 5)
		if err := h.Settle(local()); err != nil {
			t.Fatal(err)
		}
		h.exec(t, "DELETE FROM audit_checkpoint WHERE size > 20", "DELETE FROM audit_leaf WHERE tree_index >= 22", "DELETE FROM event_log WHERE position > 22",
			"UPDATE event_log SET time = time + 3600000000 WHERE verb = 'audit.checkpoint.accepted'")
		next := h.restarted(t)
		if _, err := next.Checkpoint(local()); !fault.Is(err, fault.Conflict) {
			t.Errorf("it was signed: %v", err)
		}
		if v := next.verify(t, ""); v.OK {
			t.Errorf("%+v", v)
		}
	})
}

// A store at odds with itself is not accepted.
func TestWhatTheStoreSignedIsNotAcceptedAway(t *testing.T) {
	t.Parallel()
	h := open(t, rowstest.SQLite(t, schemas()))
	h.announce(t, 20)
	h.settle(t, 20)
	h.checkpoint(t)
	h.exec(t, "DELETE FROM audit_leaf WHERE tree_index >= 10", "DELETE FROM event_log WHERE position > 10")
	if _, err := h.Accept(local()); !fault.Is(err, fault.Conflict) {
		t.Errorf("accepted: %v", err)
	}
}
