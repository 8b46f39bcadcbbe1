package audit

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// written is how much lies in each table that a verification could write.
func (h *house) written(t *testing.T) (all []string) {
	t.Helper()
	for _, statement := range []string{
		"SELECT 'events ' || CAST(count(*) AS TEXT) || ' ' || CAST(max(position) AS TEXT) FROM event_log", "SELECT 'leaves ' || CAST(count(*) AS TEXT) FROM audit_leaf",
		"SELECT 'checkpoints ' || CAST(count(*) AS TEXT) FROM audit_checkpoint", "SELECT subscriber || ' ' || CAST(position AS TEXT) FROM event_cursor ORDER BY subscriber",
	} {
		some, err := rows.Collect(local(), h.DB.Read(), rows.Column[string], statement)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	return all
}

// A log that no server uses is judged as it lies: nothing is written, what was done to
// it is named for what it is, and entries without a leaf alone are no fault.
func TestALogIsJudgedAsItLies(t *testing.T) {
	t.Parallel()
	behind := "DELETE FROM audit_leaf WHERE tree_index >= 38" // the tail of a server that was killed
	for _, c := range []struct {
		name     string
		tamper   []string
		problems string // of each the kind and the position
		text     string // in the first of them
		pending  int64
	}{
		{"whole", nil, "", "", 5},
		{"changed", []string{"UPDATE event_log SET actor = 'tacit:user/eve' WHERE position = 12"}, "changed 12", "was changed", 5},
		{"changed, not yet sealed", []string{"UPDATE event_log SET actor = 'tacit:user/eve' WHERE position = 43"}, "inserted 43", "was not written by tacit", 4},
		{"removed", []string{"DELETE FROM event_log WHERE position = 12"}, "removed 12", "is gone", 5},
		{"moved far away", []string{"UPDATE event_log SET position = 9999 WHERE position = 12"}, "reordered 9999", "lies at position 9999, and was at 12", 5},
		{"moved before all", []string{"UPDATE event_log SET position = -3 WHERE position = 12"}, "reordered -3, removed 0", "lies at position -3, and was at 12", 5},
		{"moved behind a server that went on", []string{
			"UPDATE event_log SET position = 9999 WHERE position = 12",
			"INSERT INTO audit_leaf (tree_index, position, event, workspace, hash, part, emptied) SELECT 40, 9999, event, workspace, hash, part, emptied FROM audit_leaf WHERE position = 12",
		}, "reordered 9999, inserted 9999", "lies at position 9999, and was at 12", 5},
		{"moved before all, with a copy of its leaf", []string{
			"UPDATE event_log SET position = -3 WHERE position = 12",
			"INSERT INTO audit_leaf (tree_index, position, event, workspace, hash, part, emptied) SELECT 40, -3, event, workspace, hash, part, emptied FROM audit_leaf WHERE position = 12",
		}, "inserted -3, reordered -3, removed 0", "has a second leaf, 40 of the tree", 5},
		{"a second leaf", []string{
			"INSERT INTO audit_leaf (tree_index, position, event, workspace, hash, part, emptied) SELECT 40, 98, event, workspace, hash, part, emptied FROM audit_leaf WHERE position = 10",
		}, "inserted 10", "at position 10 has a second leaf, 40 of the tree and for position 98", 5},
		{"a second leaf before all, with a hole", []string{
			"INSERT INTO audit_leaf (tree_index, position, event, workspace, hash, part, emptied) SELECT 41, -7, event, workspace, hash, part, emptied FROM audit_leaf WHERE position = 10",
		}, "removed 0, inserted 10", "Leaf 40 is gone from the tree, between those of the entry ", 5},
		{"removed with its leaf", []string{"DELETE FROM event_log WHERE position = 12", "DELETE FROM audit_leaf WHERE position = 12"}, "removed 12", "; the checkpoint of 40 entries covers it.", 5},
		{"its checkpoints removed", []string{"DELETE FROM audit_checkpoint"}, "checkpoint 0", "The store has no checkpoint of the 40 entries that were signed 2026-01-01T00:00:04Z", 5},
		{"put in", []string{`INSERT INTO event_log (position, id, time, workspace, actor, verb, subject, links, cause, request, address, client, outcome, before, after, data, action, seal)
SELECT 9999, 'forged', time, workspace, actor, verb, subject, links, cause, request, address, client, outcome, before, after, data, action, seal FROM event_log WHERE position = 12`}, "inserted 9999", "was not written by tacit", 5},
		{"cut", []string{"DELETE FROM event_log WHERE position > 30", "DELETE FROM audit_leaf WHERE tree_index >= 30"}, "removed 0, removed 0", "covers 10 entries that are gone", 0},
		{"two swapped", []string{"UPDATE event_log SET position = -1 WHERE position = 10", "UPDATE event_log SET position = 10 WHERE position = 11", "UPDATE event_log SET position = 11 WHERE position = -1"},
			"reordered 10, reordered 11", "lies the entry", 5},
		{"the tail's leaves cut", []string{behind, "DELETE FROM event_cursor"}, "removed 0, removed 0", "covers 2 entries that are gone", 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
				h := open(t, db)
				h.announce(t, 40)
				h.settle(t, 40)
				h.checkpoint(t)
				h.announce(t, 5)
				if db.Dialect() == rows.Postgres {
					h.write(t, "ALTER TABLE event_log ALTER COLUMN position SET GENERATED BY DEFAULT")
				}
				h.exec(t, c.tamper...)
				before := h.written(t)
				v, err := h.restarted(t).Judge(local(), "")
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(before, h.written(t)); diff != "" {
					t.Errorf("it wrote:\n%s", diff)
				}
				var found []string
				for _, p := range v.Problems {
					found = append(found, fmt.Sprint(p.What, " ", p.Position))
				}
				if got := strings.Join(found, ", "); got != c.problems || v.Pending != c.pending || v.OK != (c.problems == "") {
					t.Errorf("found %q of %d, %d not sealed; want %q and %d: %+v", got, v.Found, v.Pending, c.problems, c.pending, v.Problems)
				}
				if len(v.Problems) > 0 && !strings.Contains(v.Problems[0].Text, c.text) {
					t.Errorf("said %q, want %q", v.Problems[0].Text, c.text)
				}
			})
		})
	}
}

// A row that was moved while no server ran gets a second leaf by the next one, and is
// named as moved for ever.
func TestASecondLeaf(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 20)
		h.settle(t, 20)
		h.checkpoint(t)
		if db.Dialect() == rows.Postgres {
			h.write(t, "ALTER TABLE event_log ALTER COLUMN position SET GENERATED BY DEFAULT")
		}
		h.exec(t, "UPDATE event_log SET position = 9999 WHERE position = 12")
		next := h.restarted(t)
		next.announce(t, 1)
		for range 2 {
			v := next.verify(t, "")
			if v.Found != 1 || v.Problems[0].What != Reordered || v.Problems[0].Position != 9999 || !strings.Contains(v.Problems[0].Text, "was at 12") {
				t.Errorf("found %+v", v.Problems)
			}
		}
		all, err := next.List(local(), Query{Workspace: "default"})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if e.Moved != (e.Position == 9999) {
				t.Errorf("the list tells of the entry at %d that it was moved: %t", e.Position, e.Moved)
			}
			if p, err := next.Prove(local(), e.ID); err != nil || (p.Fault != "") != e.Moved {
				t.Errorf("the page of the entry at %d tells %q, %v", e.Position, p.Fault, err)
			}
		}
	})
}

// What doctor says of a log that no server uses.
func TestWhatIsSaidOfAnUnservedLog(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tamper  []string
		verdict string
		text    string
	}{
		"whole":         {nil, "ok", "45 entries, 40 of them sealed, the newest checkpoint of 40 entries, signed 2026-01-01T00:00:04Z; not verified here: tacit audit verify"},
		"no checkpoint": {[]string{"DELETE FROM audit_checkpoint"}, "fail", "The store has no checkpoint of the 40 entries that were signed: those that it had are gone."},
		"cut":           {[]string{"DELETE FROM audit_leaf WHERE tree_index >= 30"}, "fail", "The log has 30 entries, and a checkpoint was signed of 40."},
		"emptied":       {[]string{"DELETE FROM event_log WHERE position > 10"}, "fail", "The log has 10 entries, and 40 leaves: entries are gone, or leaves were put in."},
		"another one":   {[]string{"UPDATE audit_leaf SET hash = part WHERE tree_index = 7"}, "fail", "The log no longer holds the 40 entries that were signed 2026-01-01T00:00:04Z."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
				h := open(t, db)
				h.announce(t, 40)
				h.settle(t, 40)
				h.checkpoint(t)
				h.announce(t, 5)
				h.exec(t, c.tamper...)
				before := h.written(t)
				all := h.restarted(t).ExamineUnserved(local())
				if len(all) != 1 || all[0].Verdict != c.verdict || all[0].Text != c.text || (all[0].Remedy != "") != (c.verdict == "fail") {
					t.Errorf("%+v", all)
				}
				if diff := cmp.Diff(before, h.written(t)); diff != "" {
					t.Errorf("it wrote:\n%s", diff)
				}
			})
		})
	}
}

// A leaf that was put in behind the last one, with an index left free between, keeps the
// log from being signed: what is said then names the remedy.
func TestAHoleInTheTreeIsTold(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 28)
		h.settle(t, 28)
		h.checkpoint(t)
		h.exec(t, "INSERT INTO audit_leaf (tree_index, position, event, workspace, hash, part, emptied) SELECT 29, 98, event, workspace, hash, part, emptied FROM audit_leaf WHERE position = 10")
		h.announce(t, 1)
		_, err := h.Checkpoint(local())
		if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.HintOf(err), "tacit audit verify") {
			t.Errorf("it is signed: %v, %q", err, fault.HintOf(err))
		}
		if err := h.Settle(local()); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.HintOf(err), "audit_leaf") {
			t.Errorf("it is settled: %v, %q", err, fault.HintOf(err))
		}
		v, err := h.Judge(local(), "")
		if err != nil || v.Found != 2 || !strings.Contains(v.Problems[0].Text, "no checkpoint covers it") || v.Problems[1].Index != 29 || v.Problems[1].What != Inserted {
			t.Errorf("found %+v, %v", v.Problems, err)
		}
		h.exec(t, "DELETE FROM audit_leaf WHERE tree_index = 29") // as the remedy says
		if err := h.Settle(local()); err != nil {
			t.Error(err)
		}
		if v := h.verify(t, ""); !v.OK {
			t.Errorf("found %+v", v.Problems)
		}
	})
}

// What the last verification found is not told beside another line by which all is well.
func TestAnUnservedLogIsToldOnce(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 40)
		h.settle(t, 40)
		h.checkpoint(t)
		h.exec(t, "UPDATE event_log SET actor = 'tacit:user/eve' WHERE position = 12")
		h.verify(t, "")
		all := h.restarted(t).ExamineUnserved(local())
		if len(all) != 1 || all[0].Verdict != "fail" || !strings.Contains(all[0].Text, "1 problems among 40 entries") || !strings.Contains(all[0].Text, "41 entries, 40 of them sealed") {
			t.Errorf("%+v", all)
		}
	})
}
