package audit

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// A server signs a log that grows every few seconds, a start what it finds
// unsigned, before anything is written. So no checkpoint covers at once what was
// written in a long time of work: where one does, those that covered the first of
// it are gone, and with them what shows that nothing else is.
const (
	// pauseCounted is as much as a pause between two entries counts for work: in a
	// longer one tacit may have been down, or its machine asleep.
	pauseCounted = time.Minute
	// mostUnsigned is the most work that may have no checkpoint of its own: sixty
	// times what a server waits, for one that is held up.
	mostUnsigned = 5 * time.Minute
	// mostUnsignedPostgres is that where a transaction of any program holds
	// entries back, such as a backup of the database.
	mostUnsignedPostgres = time.Hour
	// skew is how far the clocks of servers may be apart.
	skew = time.Minute
	// manyFailures is how often in a row a log cannot be signed before that is a
	// finding: a minute.
	manyFailures = int(time.Minute / checkpointEvery)
)

// stretch are the entries that were first covered by one checkpoint.
type stretch struct {
	covers      Checkpoint // the zero one behind the last
	first, last time.Time  // of its entries, zero where it has none
	from, to    int64      // the least and the greatest index of them
	work        time.Duration
}

// cut makes the stretches between the checkpoints that hold.
func (w *verifying) cut() {
	slices.SortFunc(w.held, func(a, b Checkpoint) int { return cmp.Or(cmp.Compare(a.Size, b.Size), a.Time.Compare(b.Time)) })
	w.held = slices.CompactFunc(w.held, func(a, b Checkpoint) bool { return a.Size == b.Size })
	w.stretches = make([]stretch, len(w.held)+1)
	for i, c := range w.held {
		w.stretches[i].covers = c
	}
}

// timed notes the time of an entry. Entries come by position, which is nearly the
// order of the tree.
func (w *verifying) timed(e event.Stored, index int64) {
	i, _ := slices.BinarySearchFunc(w.held, index, func(c Checkpoint, index int64) int { return cmp.Compare(c.Size, index+1) })
	s := &w.stretches[i]
	if s.first.IsZero() {
		s.first, s.last, s.from, s.to = e.Time, e.Time, index, index
		return
	}
	s.from, s.to = min(s.from, index), max(s.to, index)
	if gap := e.Time.Sub(s.last); gap > 0 {
		s.work += min(gap, pauseCounted)
		s.last = e.Time
	}
}

// timely judges whether the log was signed when it had to be.
func (w *verifying) timely() {
	most := mostUnsigned
	if w.r.Dialect() == rows.Postgres {
		most = mostUnsignedPostgres
	}
	for _, s := range w.stretches {
		if s.work <= most || s.to < w.accepted {
			continue
		}
		end := "have no checkpoint"
		if s.covers.Size > 0 {
			end = "were not signed before " + s.covers.Time.Format(time.RFC3339)
		}
		w.problem(Problem{What: Signature, Index: s.from, Text: fmt.Sprintf("The entries %d to %d of the tree, written from %s to %s, %s, and tacit signs every few seconds: their checkpoints are gone, and nothing shows that no entry is.",
			s.from, s.to, s.first.Format(time.RFC3339), s.last.Format(time.RFC3339), end)})
	}
	w.begun(most)
	if f := w.failing.Load(); f != nil && f.times > manyFailures && w.v.Found == 0 {
		w.problem(Problem{What: Signature, Index: Pending, Text: fmt.Sprintf("The log cannot be signed since %s; the server's log tells why.", f.since.Format(time.RFC3339))})
	}
}

// begun judges whether the log begins where tacit began it, and was signed then.
func (w *verifying) begun(most time.Duration) {
	made := w.keys[len(w.keys)-1].made
	switch {
	case w.first.ID == "":
		w.problem(Problem{What: Removed, Index: Pending, Text: fmt.Sprintf("The log has no entry, and its key was made %s, after its first: it was emptied.", made.Format(time.RFC3339))})
	case w.accepted >= 0:
	case w.first.Mark == event.Unsealed:
		w.problem(Problem{What: Removed, Index: Pending, Text: "Nothing shows that the log is whole at its beginning: " + begunEarlier + ", and nobody has taken it as it stands (tacit audit checkpoint --accept)."})
	case w.first.Verb != begunVerb:
		w.problem(Problem{What: Removed, Index: Pending, Text: fmt.Sprintf("The log begins with the entry %s of %s, and not with the one that tacit began it with: those before are gone.", w.first.ID, w.first.Time.Format(time.RFC3339))})
	case len(w.held) > 0 && w.held[0].Time.Sub(w.first.Time) > most:
		w.problem(Problem{What: Signature, Index: Pending, Text: fmt.Sprintf("The log was begun %s, and its first checkpoint is of %s: those before are gone, and nothing shows that no entry is.",
			w.first.Time.Format(time.RFC3339), w.held[0].Time.Format(time.RFC3339))})
	}
}
