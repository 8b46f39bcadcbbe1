package audit

import (
	"encoding/json"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// What somebody takes out of the store while no server runs is named by the next
// one, which signs nothing of it.
func TestTheFolderKeepsTheNewestCheckpoint(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string][]string{
		"one in the middle, with its checkpoint": {"DELETE FROM audit_checkpoint WHERE size > 40", "DELETE FROM audit_leaf WHERE tree_index >= 49",
			"DELETE FROM event_log WHERE position = 50", "DELETE FROM event_cursor"},
		"the last, with their checkpoint": {"DELETE FROM audit_checkpoint WHERE size > 40", "DELETE FROM audit_leaf WHERE tree_index >= 49", "DELETE FROM event_log WHERE position >= 50"},
		"all":                             {"DELETE FROM audit_checkpoint", "DELETE FROM audit_leaf", "DELETE FROM event_log", "DELETE FROM event_cursor"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
				h := open(t, db)
				h.announce(t, 40)
				h.settle(t, 40)
				h.checkpoint(t)
				h.announce(t, 20)
				h.settle(t, 60)
				kept := h.checkpoint(t)
				if info, err := os.Stat(h.kept); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
					t.Errorf("the file: %v, %v", info, err)
				}
				if next := h.restarted(t); next.checkpoint(t).Note != kept.Note || !next.verify(t, "").OK {
					t.Error("a sound log is none to the next server")
				}
				h.exec(t, cut...)
				next := h.restarted(t)
				if v := next.verify(t, ""); v.OK || !strings.Contains(v.Problems[0].Text, "The checkpoint in the file audit.checkpoint") {
					t.Errorf("found %+v", v)
				}
				if _, err := next.Checkpoint(local()); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.HintOf(err), "tacit audit checkpoint --accept") {
					t.Errorf("it is signed: %v, %s", err, fault.HintOf(err))
				}
			})
		})
	}
}

// A file that holds no checkpoint is a finding, and one of a key that was retired
// goes on to hold.
func TestAKeptFileThatHoldsNoCheckpoint(t *testing.T) {
	t.Parallel()
	h := open(t, rowstest.SQLite(t, schemas()))
	h.announce(t, 5)
	h.settle(t, 5)
	note := h.checkpoint(t).Note
	for _, text := range []string{"", "x", strings.Repeat("x", MaxCheckpoint+1)} {
		if err := os.WriteFile(h.kept, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		next := h.restarted(t)
		if v := next.verify(t, ""); v.Found != 1 || v.Problems[0].What != Signature {
			t.Errorf("%.10q: %+v", text, v)
		}
		if _, err := next.Checkpoint(local()); !fault.Is(err, fault.Conflict) {
			t.Errorf("%.10q: signed, %v", text, err)
		}
	}
	retired := note[:strings.Index(note, "— ")] + "— tacit/audit AAAAAAAA\n"
	if err := os.WriteFile(h.kept, []byte(retired), 0o600); err != nil {
		t.Fatal(err)
	}
	if next := h.restarted(t); !next.verify(t, "").OK {
		t.Error("signed with a key that is gone")
	}
}

// After a restore the file says what the restored store says, and the log of the
// next server tells that it was another.
func TestARestoredLogIsKept(t *testing.T) {
	t.Parallel()
	h := open(t, rowstest.SQLite(t, schemas()))
	h.announce(t, 5)
	h.settle(t, 5)
	before := h.checkpoint(t)
	older := open(t, rowstest.SQLite(t, schemas()))
	older.announce(t, 3)
	older.settle(t, 3)
	for range 2 { // without a checkpoint first, then with one
		if err := KeepRestored(local(), older.DB.Read(), h.kept); err != nil {
			t.Fatal(err)
		}
		next := (&house{now: older.now, apart: older.apart, began: true, file: older.file, kept: h.kept}).open(t, older.DB)
		if err := next.Begin(local()); err != nil {
			t.Fatal(err)
		}
		e, err := next.Events.List(local(), event.Query{Workspace: "default", Verb: acceptedVerb, Limit: 1})
		if err != nil || len(e) != 1 || e[0].Actor.String() != "tacit:system/audit" || !strings.Contains(string(e[0].Data.(json.RawMessage)), `{"before":{"size":5,"root":"`+before.Root.String()) {
			t.Errorf("the log tells %+v, %v", e, err)
		}
		if v := next.verify(t, ""); !v.OK {
			t.Errorf("%+v", v)
		}
		if err := os.WriteFile(h.kept, []byte(before.Note), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
