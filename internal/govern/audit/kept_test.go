package audit

import (
	"os"
	"runtime"
	"strings"
	"testing"

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
				if _, err := next.Checkpoint(local()); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.HintOf(err), h.kept) {
					t.Errorf("it is signed: %v, %s", err, fault.HintOf(err))
				}
				if err := os.Remove(h.kept); err != nil { // as an operator accepts it
					t.Fatal(err)
				}
				if _, err := h.restarted(t).Checkpoint(local()); err != nil {
					t.Errorf("it was accepted: %v", err)
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

// After a restore the file says what the restored store says.
func TestARestoredLogIsKept(t *testing.T) {
	t.Parallel()
	h := open(t, rowstest.SQLite(t, schemas()))
	h.announce(t, 5)
	h.settle(t, 5)
	h.checkpoint(t)
	older := open(t, rowstest.SQLite(t, schemas()))
	older.kept = h.kept
	for range 2 { // without a checkpoint first, then with one
		if err := KeepRestored(local(), older.DB.Read(), h.kept); err != nil {
			t.Fatal(err)
		}
		next := older.restarted(t)
		next.announce(t, 1)
		if err := next.Settle(local()); err != nil {
			t.Error(err)
		}
		if v := next.verify(t, ""); !v.OK {
			t.Errorf("%+v", v)
		}
	}
}
