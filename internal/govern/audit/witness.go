package audit

import (
	"errors"
	"fmt"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
)

// unsignedTime is how old a log may be that was never signed.
const unsignedTime = time.Minute

// witness is a checkpoint that the store's own are not: whoever writes the store
// cannot make it up.
type witness struct {
	name string
	Checkpoint
	accepts bool // somebody took the log as it stood
}

// elsewhere are the checkpoint given, "" for none, that which this process or its
// file keeps, and what somebody accepted.
func (w *verifying) elsewhere(checkpoint string) (all []witness, err error) {
	if checkpoint != "" {
		given, err := openCheckpoint(checkpoint, w.keys)
		if err != nil {
			w.problem(Problem{What: Signature, Index: Pending, Text: fmt.Sprintf("The checkpoint given does not hold: %s.", err)})
		} else {
			all = append(all, witness{name: "The checkpoint given", Checkpoint: given})
		}
	}
	due, name, accepted, err := w.due(w.ctx, w.r)
	if broken := (*brokenFile)(nil); errors.As(err, &broken) {
		w.problem(Problem{What: Signature, Index: Pending, Text: fmt.Sprintf("%s does not hold: %s.", name, broken.error)})
	} else if err != nil {
		return nil, err
	}
	w.outside = due
	if due.Size > 0 {
		all = append(all, witness{name: name, Checkpoint: due})
	}
	if !accepted.at.IsZero() {
		all = append(all, witness{name: "What was accepted " + accepted.at.Format(time.RFC3339), Checkpoint: accepted.Checkpoint, accepts: true})
	}
	return all, nil
}

// hold holds checkpoints against the tree that lie elsewhere than in the store.
func (w *verifying) hold(all []witness, whole bool) {
	for i, c := range all {
		if i > 0 && c.Size == all[i-1].Size && c.Root == all[i-1].Root && c.name == all[i-1].name {
			w.accepts(c) // it was judged already
			continue
		}
		if w.signed(c.name, c.Checkpoint, whole) {
			w.accepts(c)
			if c.Note != "" {
				w.held = append(w.held, c.Checkpoint)
			}
		} else if c.Note == w.outside.Note {
			w.outside = Checkpoint{} // that is told
		}
	}
}

func (w *verifying) accepts(c witness) {
	if c.accepts {
		w.accepted = c.Size
	}
}

// unsigned judges what no checkpoint covers. A log is signed every few seconds
// and when tacit ends: one that is older and was never signed has lost what
// showed that it is whole.
func (w *verifying) unsigned(all []signed) {
	w.v.Unsigned = w.v.Size - w.signedTo
	if w.lacking(all) || len(all) > 0 || w.first.ID == "" || w.Now().Sub(w.first.Time) < unsignedTime {
		return
	}
	w.problem(Problem{What: Signature, Index: Pending, Text: fmt.Sprintf("The log has %d entries, the first of %s, and no checkpoint: those that were signed are gone, and nothing shows that it is whole.",
		w.v.Size, w.first.Time.Format(time.RFC3339))})
}

// lacking tells of a checkpoint that is kept outside the store and was in it, since each
// is written there first, and is not.
func (w *verifying) lacking(all []signed) bool {
	if w.outside.Note == "" || w.outside.Size == 0 || len(all) > 0 && all[len(all)-1].size >= w.outside.Size {
		return false
	}
	w.problem(Problem{What: Signature, Index: Pending, Text: fmt.Sprintf("The store has no checkpoint of the %d entries that were signed %s: those that it had are gone.", w.outside.Size, w.outside.Time.Format(time.RFC3339))})
	return true
}

// doubtful reports whether nothing shows that tacit wrote an event.
func doubtful(e event.Event) bool { return e.Mark == event.Forged || e.Mark == event.Unsealed }

// foreign names an event that tacit did not write, or of which nothing shows that it
// did.
func (w *verifying) foreign(e event.Stored) {
	w.strangers[e.ID] = len(w.v.Problems)
	text := "The entry %s at position %d was not written by tacit."
	if e.Mark == event.Unsealed {
		text = "The entry %s at position %d is from before entries were sealed, and no checkpoint covers it: nothing shows that tacit wrote it."
	}
	w.problem(Problem{What: Inserted, Position: e.Position, Index: Pending, ID: e.ID, Text: fmt.Sprintf(text, e.ID, e.Position)})
}
