package audit

import (
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// TestTheLogIsProved has a log over several tiles, by batches of several
// processes, equal the tree that the library makes of its leaves.
func TestTheLogIsProved(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 300)
		h.settle(t, 300)
		early := h.checkpoint(t)
		if again := h.checkpoint(t); again.Note != early.Note {
			t.Error("a log that did not grow was signed again")
		}
		h.announce(t, 500)
		h.settle(t, 800)
		c := h.checkpoint(t)

		leaves, err := rows.Collect(local(), db.Read(), scanLeaf, selectLeavesByIndex, -1, 1000)
		if err != nil {
			t.Fatal(err)
		}
		var stored []tlog.Hash
		read := tlog.HashReaderFunc(func(places []int64) ([]tlog.Hash, error) {
			var all []tlog.Hash
			for _, p := range places {
				all = append(all, stored[p])
			}
			return all, nil
		})
		for i, l := range leaves {
			more, err := tlog.StoredHashesForRecordHash(int64(i), l.hash, read)
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, more...)
		}
		if want, err := tlog.TreeHash(800, read); err != nil || c.Root != want || c.Size != 800 {
			t.Errorf("signed %d entries, root %s; the library has %s, %v", c.Size, c.Root, want, err)
		}

		v := h.verify(t, early.Note)
		if !v.OK || v.Size != 800 || v.Root != c.Root || v.Checkpoints != 2 || v.Pending != 0 || !v.Signed.Equal(c.Time) {
			t.Errorf("a sound log: %+v", v)
		}
		all, err := h.List(local(), Query{Oldest: true, Limit: 1000})
		if err != nil || len(all) < 800 {
			t.Fatalf("%d entries, %v", len(all), err)
		}
		for _, i := range []int{0, 255, 256, 511, 700, 799} {
			p, err := h.Prove(local(), all[i].ID)
			if err != nil || p.Fault != "" || p.Entry.Index != int64(i) || !strings.Contains(p.Text, all[i].ID) {
				t.Errorf("entry %d: %+v, %v", i, p, err)
			}
			if tlog.CheckRecord(p.Path, p.Checkpoint.Size, p.Checkpoint.Root, p.Entry.Index, tlog.RecordHash([]byte(p.Text))) != nil {
				t.Errorf("entry %d: the proof does not hold by itself", i)
			}
		}
		if _, err := h.Prove(local(), "none"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an entry that is not there: %v", err)
		}
		if _, err := h.Prove(caller.With(t.Context(), caller.Local("team")), all[0].ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("an entry of another workspace: %v", err)
		}
	})
}

// TestRetention empties old entries, and all proofs hold.
func TestRetention(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		h.announce(t, 50)
		h.settle(t, 50)
		h.checkpoint(t)
		h.now = h.now.Add(24 * time.Hour)
		h.announce(t, 50)
		h.settle(t, 100)
		kept := h.checkpoint(t)
		h.now = h.now.Add(30*24*time.Hour - time.Minute)
		for range 2 { // the second time there is nothing to do
			if err := h.Retain(local()); err != nil {
				t.Fatal(err)
			}
		}
		h.settle(t, 101)
		v := h.verify(t, kept.Note)
		if !v.OK || v.Emptied != 50 || v.Size != 101 {
			t.Errorf("after emptying: %+v", v)
		}
		all, err := h.List(local(), Query{Oldest: true})
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range all[:100] {
			gone := i < 50
			if e.Emptied != gone || e.Actor.IsZero() != gone || (e.Data == nil) != gone || e.Subject.IsZero() || e.Verb == "" || len(e.Links) != 1 {
				t.Errorf("entry %d: %+v", i, e)
			}
		}
		if p, err := h.Prove(local(), all[10].ID); err != nil || p.Fault != "" {
			t.Errorf("the proof of an emptied entry: %+v, %v", p, err)
		}
		h.exec(t, "UPDATE event_log SET actor = 'tacit:user/eve' WHERE position = 11")
		if v := h.verify(t, ""); v.OK || v.Problems[0].What != Changed || v.Problems[0].Position != 11 {
			t.Errorf("an emptied entry that tells something again: %+v", v)
		}
		h.exec(t, "UPDATE event_log SET actor = '', data = '{\"key\":\"other\"}' WHERE position = 11")
		if v := h.verify(t, ""); v.OK || v.Problems[0].What != Changed || v.Problems[0].Position != 11 {
			t.Errorf("an emptied entry with other data: %+v", v)
		}
		if p, err := h.Prove(local(), all[60].ID); err != nil || p.Fault != "" {
			t.Errorf("the proof of a sound entry beside it: %+v, %v", p, err)
		}
	})
}

// TestReplicasAppendOnce: two processes follow the stream, and each event has
// one leaf.
func TestReplicasAppendOnce(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		first := open(t, db)
		second := first.again(t)
		for round := range 4 {
			first.announce(t, 150)
			var both sync.WaitGroup
			for _, h := range []*house{first, second} {
				both.Go(func() { h.settle(t, int64(150*(round+1))) })
			}
			both.Wait()
		}
		if v := first.verify(t, first.checkpoint(t).Note); !v.OK || v.Size != 600 {
			t.Errorf("%+v", v)
		}
	})
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{"": true, "400d": true, "1d": true, "0d": false, "-1d": false, "400": false, "1y": false, "99999d": false} {
		if err := (&Settings{Retention: text}).Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// BenchmarkAppend is what an event costs the log, in batches as subscribers get
// them.
func BenchmarkAppend(b *testing.B) {
	h := open(b, rowstest.SQLite(b, schemas()))
	h.announce(b, 256)
	all, err := h.events.List(local(), event.Query{Workspace: "default", Oldest: true, Limit: 256})
	if err != nil {
		b.Fatal(err)
	}
	position := int64(1 << 32)
	for b.Loop() {
		for i := range all {
			position++
			all[i].Position = position
		}
		if err := h.append(local(), all); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(all)), "ns/event")
}
