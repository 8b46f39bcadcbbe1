package lineage_test

import (
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/secret"
	"github.com/tacit-ml/tacit/internal/govern/audit"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

// retaining opens the room over a sealed log beside the audit log, by a clock.
func retaining(t *testing.T, db *rows.DB, now *time.Time) (house, *audit.Service) {
	t.Helper()
	clock := func() time.Time { return *now }
	ids, quiet := id.NewSource(clock, rand.Reader), slog.New(slog.DiscardHandler)
	box := must[*secret.Box](t)(secret.Open(t.Context(), secret.Config{DB: db, Now: clock, Random: rand.Reader, File: t.TempDir() + "/master.key", Make: true}))
	h := house{db: db, sight: sight{}, events: event.NewSealedLog(db, ids, clock, quiet, must[[]byte](t)(box.Derived("events")))}
	h.Service = lineage.New(lineage.Config{DB: db, Events: h.events, Access: h.sight})
	log := audit.New(audit.Config{
		DB: db, Events: h.events, Keys: box, Access: h.sight, IDs: ids, Now: clock, Log: quiet,
		Settings: func() audit.Settings { return audit.Settings{Retention: "30d"} },
		Text:     func(e audit.Entry) ([]byte, error) { return json.Marshal(e.ID) },
	})
	ok(t, log.Begin(t.Context()))
	return h, log
}

// Retention empties what is old: every proof holds, nobody who is named in the old
// entries alone is named in the graph, and the log gives the same graph.
func TestRetentionKeepsProofsAndTheGraph(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, append(schemas(), secret.Schema(), rows.Schema{Name: "audit", Files: audit.Room().Migrations}), func(t *testing.T, db *rows.DB) {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		h, log := retaining(t, db, &now)
		as, random := caller.With(t.Context(), caller.System("test", "default")), draw.Rand(t)
		for _, by := range []string{"ada", "bob"} {
			h.happen(t, random, 80, by)
			h.settle(t)
			ok(t, log.Settle(as))
			now = now.Add(20 * 24 * time.Hour)
		}
		kept := must[audit.Checkpoint](t)(log.Checkpoint(as))
		ok(t, log.Retain(as), log.Settle(as))
		v := must[audit.Verification](t)(log.Verify(as, kept.Note))
		if !v.OK || v.Emptied < 81 || v.Emptied > 100 {
			t.Errorf("after retention: %+v", v)
		}
		h.settle(t)
		emptied := h.all(t)
		if text := strings.Join(emptied, "\n"); strings.Contains(text, "user/ada") || !strings.Contains(text, "user/bob") {
			t.Errorf("the graph names others than the log:\n%s", text)
		}
		h.rebuild(t)
		if diff := gocmp.Diff(emptied, h.all(t)); diff != "" {
			t.Errorf("built anew:\n%s", diff)
		}
		oldest := must[[]audit.Entry](t)(log.List(as, audit.Query{Everywhere: true, Limit: 300}))
		if slices.Reverse(oldest); !oldest[5].Emptied || oldest[5].Mark != event.Emptied || oldest[5].Changed || !oldest[5].Actor.IsZero() {
			t.Errorf("an old entry: %+v", oldest[5])
		}
		// What the graph is made of is not taken out unseen.
		var left int64
		ok(t, db.Write(as, func(tx *rows.Tx) (err error) {
			left, err = tx.Exec(as, "UPDATE event_log SET data = '' WHERE actor = '' AND data <> '' AND verb NOT LIKE 'audit.%'")
			return err
		}))
		if v := must[audit.Verification](t)(log.Verify(as, kept.Note)); left == 0 || v.Found != int(left) || v.Problems[0].What != audit.Changed {
			t.Errorf("%d entries were stripped, %+v", left, v)
		}
	})
}
