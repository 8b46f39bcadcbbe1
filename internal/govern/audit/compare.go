package audit

import (
	"errors"
	"fmt"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// checkpoints are all that were kept.
func (w *verifying) checkpoints() (all []signed, err error) {
	for after := int64(-1); ; after = all[len(all)-1].size {
		some, err := rows.Collect(w.ctx, w.r, scanCheckpoint, selectCheckpoints, after, page)
		all = append(all, some...)
		if err != nil || len(some) < page {
			return all, err
		}
	}
}

// compare holds the checkpoints that were kept against the tree.
func (w *verifying) compare(all []signed, whole bool) {
	for _, c := range all {
		w.v.Checkpoints++
		name := fmt.Sprintf("The checkpoint of %d entries", c.size)
		opened, err := openCheckpoint(c.note, w.keys)
		unknown := errors.Is(err, errUnknownKey)
		if unknown {
			w.v.Unknown++
		}
		switch {
		case err != nil && !unknown:
			w.problem(Problem{What: Signature, Index: Pending, Text: fmt.Sprintf("%s does not hold: %s.", name, err)})
			continue
		case opened.Size != c.size:
			w.problem(Problem{What: Signature, Index: Pending, Text: fmt.Sprintf("%s lies where another was: it was signed of %d.", name, opened.Size)})
			continue
		case unknown && opened.Time.Sub(w.keys[len(w.keys)-1].made) > skew:
			w.problem(Problem{What: Signature, Index: Pending, Text: fmt.Sprintf("%s, of %s, is signed with a key that tacit did not have then.", name, opened.Time.Format(time.RFC3339))})
			continue
		}
		if !unknown {
			w.v.Signed = opened.Time
		}
		if !w.signed(name, opened, whole) {
			return // those after it fail for the same reason
		}
		w.held = append(w.held, opened)
		if !unknown {
			w.signedTo = opened.Size
		}
	}
}

// doubted names the entries up to a size that no smaller checkpoint vouches for.
func (w *verifying) doubted(size int64) string {
	if held := w.signedTo; held > 0 && held < size {
		return fmt.Sprintf("the entries %d to %d of it, behind those that the checkpoint of %d covers,", held, size-1, held)
	}
	return fmt.Sprintf("the first %d entries", size)
}

// signed holds one checkpoint against the tree. A tree with a hole has no roots
// to compare.
func (w *verifying) signed(name string, c Checkpoint, whole bool) bool {
	switch {
	case c.Size > w.v.Size:
		w.problem(Problem{What: Removed, Index: w.v.Size, Text: fmt.Sprintf("%s, signed %s, covers %d entries that are gone: the log has %d.", name, c.Time.Format(time.RFC3339), c.Size-w.v.Size, w.v.Size)})
		return false
	case whole && w.roots[c.Size] != c.Root:
		w.problem(Problem{What: Tree, Index: Pending, Text: fmt.Sprintf("%s, signed %s, is not of this log: among %s one was changed, removed, inserted or moved together with its leaf.", name, c.Time.Format(time.RFC3339), w.doubted(c.Size))})
		return false
	}
	return true
}
