package audit

import (
	"context"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// The job verifies the log, whatever workspace asked for it, and doctor tells
// how that ended: not yet, sound, not sound, or long ago.
func TestTheLogIsVerifiedByAJob(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		ctx := caller.With(context.Background(), caller.System(VerifyKind, "team"))
		note := ""
		work := func() {
			t.Helper()
			w := jobs.Work{Kind: VerifyKind, Progress: func(_ context.Context, _, _ int64, said string) error {
				note = said
				return nil
			}}
			if err := h.WorkVerify(ctx, w); err != nil {
				t.Fatal(err)
			}
		}
		verdict := func(want, text string) {
			t.Helper()
			found := h.Examine(local())
			if len(found) != 1 || found[0].What != "audit" || found[0].Verdict != want || (want != room.OK) != (found[0].Remedy != "") {
				t.Errorf("%s: %+v, want %s", text, found, want)
			}
		}
		verdict(room.OK, "not verified yet")
		h.announce(t, 20)
		h.settle(t, 20)
		work()
		v, err := h.LastVerified(local())
		if err != nil || !v.OK || v.Entries < 20 || v.Problems != 0 || note == "" {
			t.Errorf("a sound log: %+v, %q, %v", v, note, err)
		}
		verdict(room.OK, "sound")
		h.now = h.now.Add(3 * VerifyEvery)
		verdict(room.Warn, "long ago")
		h.exec(t, `UPDATE event_log SET subject = 'tacit:run/other' WHERE verb = 'tracking.run.tagged' AND subject = 'tacit:run/7'`)
		work()
		if v, err = h.LastVerified(local()); err != nil || v.OK || v.Problems != 1 || !v.Time.Equal(h.now.Truncate(time.Microsecond)) {
			t.Errorf("a changed entry: %+v, %v", v, err)
		}
		verdict(room.Fail, "changed")
	})
}
