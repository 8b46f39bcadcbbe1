package audit

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// emptyUnsealed empties the entries up to a position as a tacit did that sealed what it
// wrote, and left the seal of the whole on what it emptied.
func (h *house) emptyUnsealed(t *testing.T, last int) {
	t.Helper()
	h.now = h.now.Add(31 * 24 * time.Hour)
	err := h.DB.Write(local(), func(tx *rows.Tx) error {
		if err := h.events.Append(local(), tx, event.Event{Verb: emptiedVerb, Subject: LogURN(), Data: map[string]int64{"before": h.now.UnixMicro()}}); err != nil {
			return err
		}
		for _, statement := range []string{
			"UPDATE event_log SET actor = '', request = '', address = '', client = '', data = '' WHERE position <= $1",
			"UPDATE audit_leaf SET emptied = 1 WHERE position <= $1",
		} {
			if _, err := tx.Exec(local(), statement, last); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Settle(local()); err != nil {
		t.Fatal(err)
	}
}

// What a tacit emptied that sealed entries, and did not seal what it left of them, is
// told until its log is taken, and changed by nobody from then on.
func TestWhatATacitEmptiedThatSealedEntries(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 5)
		h.settle(t, 5)
		h.checkpoint(t)
		h.emptyUnsealed(t, 5)
		h.announce(t, 3)
		h.settle(t, 9)
		h.retain(t) // as it is done today: the newest emptying is another
		var log strings.Builder
		next := h.again(t)
		next.Log = slog.New(slog.NewTextHandler(&log, nil))
		if err := next.Begin(local()); err != nil || !strings.Contains(log.String(), emptiedEarlier) {
			t.Errorf("the start tells %q, %v", log.String(), err)
		}
		if v := next.verify(t, ""); v.Found != 1 || v.Problems[0].What != Unentitled || !strings.Contains(v.Problems[0].Text, "5 emptied entries: "+emptiedEarlier) {
			t.Errorf("found %+v", v.Problems)
		}
		if e, p := next.at(t, 3); e.Changed || e.Mark != event.Emptied || p.Fault != "" {
			t.Errorf("%+v, %q", e, p.Fault)
		}
		next.now = next.now.Add(time.Minute)
		if _, err := next.Accept(local()); err != nil {
			t.Fatal(err)
		}
		if v := next.verify(t, ""); !v.OK || v.Emptied != 9 {
			t.Errorf("after it was taken: %+v", v)
		}
		if all := next.examineUntaken(local()); len(all) > 0 {
			t.Errorf("after it was taken doctor tells %v", all)
		}
		next.exec(t, "UPDATE event_log SET seal = (SELECT seal FROM event_log WHERE position = 2) WHERE position = 3")
		next.foundChanged(t, 3)
	})
}

// What was emptied by hand is not taken for what an earlier tacit emptied, however much
// of it there is: no such tacit has told of it.
func TestNobodyEmptiesAsAnEarlierTacit(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 5)
		h.settle(t, 5)
		h.checkpoint(t)
		h.retain(t)
		h.exec(t, "UPDATE event_log SET seal = (SELECT seal FROM event_log WHERE position = 6) WHERE position <= 5",
			`UPDATE event_log SET data = replace(data, ',"sealed":true', '') WHERE position = 6`)
		next := h.again(t)
		for range 2 {
			if v := next.verify(t, ""); v.Found != 7 || v.Problems[0].What != Changed || v.Problems[0].Position != 1 || v.Problems[5].Position != 6 {
				t.Errorf("found %+v", v.Problems)
			}
			next.now = next.now.Add(time.Minute)
			if _, err := next.Accept(local()); err != nil {
				t.Fatal(err)
			}
		}
	})
}
