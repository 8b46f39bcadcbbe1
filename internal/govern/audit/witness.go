package audit

import (
	"fmt"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
)

// unsignedTime is how old a log may be that was never signed.
const unsignedTime = time.Minute

// witness is a checkpoint that was not kept in the store.
type witness struct {
	name string
	Checkpoint
}

// elsewhere are the checkpoints that whoever writes the store cannot reach: the
// one given, "" for none, and that which this process or its file keeps.
func (w *verifying) elsewhere(checkpoint string) (all []witness) {
	if checkpoint != "" {
		given, err := openCheckpoint(checkpoint, w.keys)
		if err != nil {
			w.problem(Problem{What: Signature, Index: Pending, Text: fmt.Sprintf("The checkpoint given does not hold: %s.", err)})
		} else {
			all = append(all, witness{"The checkpoint given", given})
		}
	}
	known, name, err := w.kept.known()
	switch {
	case err != nil:
		w.problem(Problem{What: Signature, Index: Pending, Text: fmt.Sprintf("%s does not hold: %s.", name, err)})
	case known.Size > 0:
		all = append(all, witness{name, known})
	}
	return all
}

// unsigned judges what no checkpoint covers. A log is signed every few seconds
// and when tacit ends: one that is older and was never signed has lost what
// showed that it is whole.
func (w *verifying) unsigned(checkpoints int) {
	w.v.Unsigned = w.v.Size - w.signedTo
	if checkpoints > 0 || w.oldest.IsZero() || w.Now().Sub(w.oldest) < unsignedTime {
		return
	}
	w.problem(Problem{What: Signature, Index: Pending, Text: fmt.Sprintf("The log has %d entries, the first of %s, and no checkpoint: those that were signed are gone, and nothing shows that it is whole.",
		w.v.Size, w.oldest.Format(time.RFC3339))})
}

// foreign names an event that tacit did not write.
func (w *verifying) foreign(e event.Stored) {
	w.strangers[e.ID] = len(w.v.Problems)
	w.problem(Problem{What: Inserted, Position: e.Position, Index: Pending, ID: e.ID, Text: fmt.Sprintf("The entry %s at position %d was not written by tacit.", e.ID, e.Position)})
}
