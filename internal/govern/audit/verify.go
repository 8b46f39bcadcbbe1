package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// page is how many records are read at once.
	page = 2000
	// maxProblems bounds those that are named; the others are counted.
	maxProblems = 1000
)

// What may be wrong with a log.
const (
	Changed    = "changed"    // an entry is not what its leaf was made of
	Removed    = "removed"    // an entry or a leaf is gone
	Inserted   = "inserted"   // an entry has no leaf, though later ones do, or tacit did not write it
	Reordered  = "reordered"  // an entry lies where another was
	Tree       = "tree"       // a hash of the tree is not what its leaves give
	Signature  = "checkpoint" // a checkpoint does not hold
	Unentitled = "emptied"    // an entry was emptied, and no event tells of it
)

// Problem is one thing that does not hold.
type Problem struct {
	What     string
	Position int64  // of the entry in the stream, 0 when it is not about one
	Index    int64  // of the leaf in the tree, Pending when it is not about one
	ID       string // of the entry, "" when it is not about one
	Text     string // a sentence
}

// Verification is what Verify found.
type Verification struct {
	OK          bool
	Size        int64     // entries in the tree
	Root        tlog.Hash // of the tree, made anew from its leaves
	Pending     int64     // entries that have no leaf yet
	Unsigned    int64     // entries behind the newest checkpoint that holds
	Emptied     int64     // entries without actor, origin and data
	Checkpoints int64     // that were checked
	Unknown     int64     // of them, signed with keys that are no longer there
	Signed      time.Time // of the newest checkpoint, zero when there is none
	Found       int       // problems
	Problems    []Problem // the first of them
}

// verifying is a verification on its way.
type verifying struct {
	*Service
	ctx   context.Context
	r     rows.Reader
	keys  []signer
	v     *Verification
	roots map[int64]tlog.Hash // by sizes that somebody signed

	strangers map[string]int  // problems about an event that lies where another was, by its id
	displaced map[string]bool // entries that do not lie where they were
	entitled  time.Time       // entries from before it may be empty
	oldest    time.Time       // of the first entry, zero for none
	signedTo  int64           // the greatest size that a checkpoint of the store holds for
	newest    Entry           // the newest among the empty ones
}

// Verify makes the whole tree anew and compares: every event with its leaf, the
// hashes that are kept, every checkpoint that was signed, and the one given,
// which somebody kept elsewhere; "" for none. What it found is itself an event.
// fault.Invalid when the checkpoint given is none.
func (s *Service) Verify(ctx context.Context, checkpoint string) (v Verification, err error) {
	defer fault.Wrap(&err, "audit.Verify")
	if checkpoint != "" {
		if _, err := openCheckpoint(checkpoint, nil); !errors.Is(err, errUnknownKey) {
			return v, fault.WithHint(fault.New(fault.Invalid, "The file is no checkpoint: %s.", err), "make one with: tacit audit checkpoint > FILE")
		}
	}
	if err := s.Events.CatchUp(ctx, subscriber); err != nil {
		return v, err
	}
	keys, err := s.signers(ctx)
	if err != nil {
		return v, err
	}
	err = s.DB.Snapshot(ctx, func(r rows.Reader) error {
		w := &verifying{Service: s, ctx: ctx, r: r, keys: keys, v: &v, roots: map[int64]tlog.Hash{}, strangers: map[string]int{}, displaced: map[string]bool{}}
		return w.run(checkpoint)
	})
	if err != nil {
		return v, err
	}
	v.OK = v.Found == 0
	return v, s.tell(ctx, logVerified(v))
}

func (w *verifying) run(checkpoint string) error {
	all, err := w.checkpoints()
	if err != nil {
		return err
	}
	for _, c := range all {
		w.roots[c.size] = tlog.Hash{}
	}
	elsewhere := w.elsewhere(checkpoint)
	for _, c := range elsewhere {
		w.roots[c.Size] = tlog.Hash{}
	}
	whole, err := w.tree()
	if err != nil {
		return err
	}
	w.compare(all, whole)
	for _, c := range elsewhere {
		w.signed(c.name, c.Checkpoint, whole)
	}
	if err := w.entries(); err != nil {
		return err
	}
	w.unsigned(len(all))
	return nil
}

func (w *verifying) problem(p Problem) {
	w.v.Found++
	if len(w.v.Problems) < maxProblems {
		w.v.Problems = append(w.v.Problems, p)
	}
}

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
		switch {
		case errors.Is(err, errUnknownKey):
			w.v.Unknown++
			continue
		case err != nil:
			w.problem(Problem{What: Signature, Index: Pending, Text: fmt.Sprintf("%s does not hold: %s.", name, err)})
			continue
		case opened.Size != c.size:
			w.problem(Problem{What: Signature, Index: Pending, Text: fmt.Sprintf("%s lies where another was: it was signed of %d.", name, opened.Size)})
			continue
		}
		w.v.Signed = opened.Time
		if !w.signed(name, opened, whole) {
			return // those after it fail for the same reason
		}
		w.signedTo = opened.Size
	}
}

// signed holds one checkpoint against the tree. A tree with a hole has no roots
// to compare.
func (w *verifying) signed(name string, c Checkpoint, whole bool) bool {
	switch {
	case c.Size > w.v.Size:
		w.problem(Problem{What: Removed, Index: w.v.Size, Text: fmt.Sprintf("%s, signed %s, covers %d entries that are gone: the log has %d.", name, c.Time.Format(time.RFC3339), c.Size-w.v.Size, w.v.Size)})
		return false
	case whole && w.roots[c.Size] != c.Root:
		w.problem(Problem{What: Tree, Index: Pending, Text: fmt.Sprintf("%s, signed %s, is not of this log: among the first %d entries one was changed, removed, inserted or moved together with its leaf.", name, c.Time.Format(time.RFC3339), c.Size)})
		return false
	}
	return true
}

// tree makes the tree anew from its leaves. It says whether none was missing.
func (w *verifying) tree() (whole bool, err error) {
	kept := map[int64]tlog.Hash{}
	for after := int64(-1); ; {
		some, err := rows.Collect(w.ctx, w.r, scanPlaced, selectHashes, after, page)
		if err != nil {
			return false, err
		}
		for _, p := range some {
			kept[p.place], after = p.hash, p.place
		}
		if len(some) < page {
			break
		}
	}
	var e edge
	whole = true
	for after := int64(-1); ; {
		leaves, err := rows.Collect(w.ctx, w.r, scanLeaf, selectLeavesByIndex, after, page)
		if err != nil {
			return false, err
		}
		for _, l := range leaves {
			if l.index != after+1 {
				whole = false
				w.problem(Problem{What: Removed, Index: after + 1, Text: fmt.Sprintf("%s gone from the tree.", spanned(after+1, l.index-1))})
			}
			after = l.index
			w.v.Size = l.index + 1
			if whole {
				e.add(l.hash, func(level int, n int64, h tlog.Hash) { w.keptHash(kept, level, n, h) })
				if _, asked := w.roots[e.size]; asked {
					w.roots[e.size] = e.root()
				}
			}
		}
		if len(leaves) < page {
			break
		}
	}
	if _, asked := w.roots[0]; asked {
		w.roots[0] = (&edge{}).root()
	}
	if !whole {
		return false, nil
	}
	for place := range kept {
		level, n := tlog.SplitStoredHashIndex(place)
		w.problem(Problem{What: Tree, Index: n << level, Text: fmt.Sprintf("The tree keeps a hash %d of level %d, which no leaves give.", n, level)})
	}
	w.v.Root = e.root()
	return true, nil
}

// keptHash compares the root of a subtree with the one that is kept.
func (w *verifying) keptHash(kept map[int64]tlog.Hash, level int, n int64, h tlog.Hash) {
	if level < tileHeight {
		return
	}
	place := tlog.StoredHashIndex(level, n)
	if there, ok := kept[place]; !ok || there != h {
		w.problem(Problem{What: Tree, Index: n << level, Text: fmt.Sprintf("The hash %d of level %d is not what its leaves %d to %d give.", n, level, n<<level, (n+1)<<level-1)})
	}
	delete(kept, place)
}

// spanned names leaves by their indexes.
func spanned(from, to int64) string {
	if from == to {
		return fmt.Sprintf("Leaf %d is", from)
	}
	return fmt.Sprintf("Leaves %d to %d are", from, to)
}

// entries goes through events and leaves in the order of positions and compares
// them one by one.
func (w *verifying) entries() error {
	events := cursor[event.Stored]{read: func(after int64) ([]event.Stored, error) {
		return w.Events.Stored(w.ctx, w.r, subscriber, after, page)
	}, at: func(e event.Stored) int64 { return e.Position }}
	leaves := cursor[leaf]{read: func(after int64) ([]leaf, error) {
		return rows.Collect(w.ctx, w.r, scanLeaf, selectLeavesByPosition, after, page)
	}, at: func(l leaf) int64 { return l.position }}
	for {
		e, anyEvent, err := events.peek()
		if err != nil {
			return err
		}
		if anyEvent && w.oldest.IsZero() {
			w.oldest = e.Time
		}
		l, anyLeaf, err := leaves.peek()
		if err != nil {
			return err
		}
		switch {
		case !anyEvent && !anyLeaf:
			w.finish()
			return nil
		case !anyLeaf || anyEvent && e.Position < l.position:
			w.lone(e)
			events.take()
		case !anyEvent || l.position < e.Position:
			w.displaced[l.event] = true
			w.problem(Problem{What: Removed, Position: l.position, Index: l.index, ID: l.event, Text: fmt.Sprintf("The entry %s at position %d is gone.", l.event, l.position)})
			leaves.take()
		default:
			w.pair(e, l)
			events.take()
			leaves.take()
		}
	}
}

// lone judges an event that has no leaf.
func (w *verifying) lone(e event.Stored) {
	if e.Foreign {
		w.foreign(e)
		return
	}
	if !e.Brought {
		w.v.Pending++
		return
	}
	w.strangers[e.ID] = len(w.v.Problems)
	w.problem(Problem{What: Inserted, Position: e.Position, Index: Pending, ID: e.ID, Text: fmt.Sprintf("The entry %s at position %d has no leaf, though later ones do.", e.ID, e.Position)})
}

// pair compares an event with the leaf of its position.
func (w *verifying) pair(e event.Stored, l leaf) {
	p := Problem{What: Changed, Position: l.position, Index: l.index, ID: l.event}
	part := l.part
	if l.emptied {
		w.v.Emptied++
		if w.newest.ID == "" || e.Time.After(w.newest.Time) {
			w.newest = Entry{Event: e.Event, Index: l.index}
		}
	} else {
		part = partOf(e.Event).hash()
	}
	switch {
	case e.Broken != nil:
		p.Text = fmt.Sprintf("The entry %s at position %d was changed: it cannot be read.", l.event, l.position)
	case e.ID != l.event:
		w.displaced[l.event] = true
		w.strangers[e.ID] = len(w.v.Problems)
		p.Text = fmt.Sprintf("At position %d lies the entry %s where %s was.", l.position, e.ID, l.event)
	case l.emptied && partOf(e.Event) != (emptiable{}):
		p.Text = fmt.Sprintf("The entry %s at position %d was changed: it was emptied, and tells something again.", l.event, l.position)
	case tlog.RecordHash(leafText(e.Event, part)) != l.hash:
		p.Text = fmt.Sprintf("The entry %s at position %d was changed.", l.event, l.position)
	case l.workspace != e.Workspace:
		p.Text = fmt.Sprintf("The leaf of the entry %s at position %d was changed: it lies in the workspace %q, the entry in %q.", l.event, l.position, l.workspace, e.Workspace)
	case e.Foreign && !l.emptied && l.index >= w.signedTo:
		w.foreign(e) // its leaf was made by whoever wrote it, and nobody signed that
		return
	default:
		if t := emptiedBefore(e.Event); t.After(w.entitled) {
			w.entitled = t
		}
		return
	}
	w.problem(p)
}

// finish judges what only all entries together tell.
func (w *verifying) finish() {
	for id, at := range w.strangers {
		if w.displaced[id] && at < len(w.v.Problems) {
			w.v.Problems[at].What = Reordered
		}
	}
	if w.newest.ID != "" && !w.newest.Time.Before(w.entitled) {
		w.problem(Problem{What: Unentitled, Position: w.newest.Position, Index: w.newest.Index, ID: w.newest.ID,
			Text: fmt.Sprintf("The entry %s at position %d was emptied, and no retention asked for it.", w.newest.ID, w.newest.Position)})
	}
}

// cursor reads records page by page.
type cursor[T any] struct {
	read  func(after int64) ([]T, error)
	at    func(T) int64
	some  []T
	after int64
	begun bool
	ended bool
}

// peek gives the next record without taking it.
func (c *cursor[T]) peek() (one T, ok bool, err error) {
	if len(c.some) == 0 && !c.ended {
		if !c.begun {
			c.after, c.begun = -1<<63, true
		}
		if c.some, err = c.read(c.after); err != nil {
			return one, false, err
		}
		c.ended = len(c.some) < page
	}
	if len(c.some) == 0 {
		return one, false, nil
	}
	return c.some[0], true, nil
}

// take goes past the record that peek gave.
func (c *cursor[T]) take() {
	c.after = c.at(c.some[0])
	c.some = c.some[1:]
}
