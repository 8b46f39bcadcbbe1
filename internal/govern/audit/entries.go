package audit

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

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
		if anyEvent && w.first.ID == "" {
			w.first = e.Event
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
			if err := w.gone(l); err != nil {
				return err
			}
			leaves.take()
		default:
			w.pair(e, l)
			events.take()
			leaves.take()
		}
	}
}

// met is a leaf that an entry was found to be unlike, and the problem that tells so.
type met struct {
	leaf
	told int
}

// second tells of a leaf that was put in for an entry which has another.
func second(l leaf, at int64) Problem {
	return Problem{What: Inserted, Position: at, Index: l.index, ID: l.event, Text: fmt.Sprintf("The entry %s at position %d has a second leaf, %d of the tree and for position %d, which tacit did not make: the leaf was put in.", l.event, at, l.index, l.position)}
}

// gone judges a leaf at whose position no event lies: its entry was removed, or moved,
// or has its place, and the leaf was put in.
func (w *verifying) gone(l leaf) error {
	p := Problem{What: Removed, Position: l.position, Index: l.index, ID: l.event, Text: fmt.Sprintf("The entry %s at position %d is gone.", l.event, l.position)}
	if _, moved := w.moved[l.event]; moved || len(w.v.Problems) >= maxProblems {
		w.displaced[l.event] = true
		w.problem(p)
		return nil
	}
	at, there, err := w.Events.PositionOf(w.ctx, w.r, l.event)
	if err != nil {
		return err
	}
	leaves, err := leavesAt(w.ctx, w.r, []int64{at})
	if err != nil {
		return err
	}
	if own, has := leaves[at]; there && has && own.event == l.event && own.index < l.index {
		w.problem(second(l, at))
		return nil
	}
	w.displaced[l.event] = true
	if m, met := w.unlike[l.event]; met && m.hash == l.hash && m.told < len(w.v.Problems) { // a leaf that was copied to where it lies
		w.v.Problems[m.told] = second(m.leaf, at)
	}
	if there {
		w.moved[l.event] = l
		p.What, p.Position = Reordered, at
		p.Text = fmt.Sprintf("The entry %s lies at position %d, and was at %d: it was moved.", l.event, at, l.position)
	}
	if told, met := w.strangers[l.event]; met && there && told < len(w.v.Problems) { // it lies before where it was
		w.v.Problems[told] = p
		return nil
	}
	w.problem(p)
	return nil
}

// lone judges an event that has no leaf.
func (w *verifying) lone(e event.Stored) {
	_, moved := w.moved[e.ID]
	switch {
	case moved: // told of where it was
		return
	case doubtful(e.Event):
		w.foreign(e)
		return
	case !e.Brought && w.displaced[e.ID]:
		w.problem(Problem{What: Reordered, Position: e.Position, Index: Pending, ID: e.ID, Text: fmt.Sprintf("The entry %s at position %d was moved there.", e.ID, e.Position)})
		return
	case !e.Brought:
		w.v.Pending++
		w.timed(e, w.v.Size)
		return
	}
	w.strangers[e.ID] = len(w.v.Problems)
	w.problem(Problem{What: Removed, Position: e.Position, Index: Pending, ID: e.ID, Text: fmt.Sprintf("The leaf of the entry %s at position %d, which tacit wrote, is gone.", e.ID, e.Position)})
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
	was, moved := w.moved[e.ID]
	switch {
	case e.Broken != nil:
		p.Text = fmt.Sprintf("The entry %s at position %d was changed: it cannot be read.", l.event, l.position)
	case e.ID != l.event:
		w.displaced[l.event] = true
		w.strangers[e.ID] = len(w.v.Problems)
		p.Text = fmt.Sprintf("At position %d lies the entry %s where %s was.", l.position, e.ID, l.event)
	case moved && l.hash == was.hash:
		p = second(l, e.Position)
	case tlog.RecordHash(leafText(e.Event, part)) != l.hash:
		w.unlike[e.ID] = met{l, len(w.v.Problems)}
		p.Text = fmt.Sprintf("The entry %s at position %d was changed.", l.event, l.position)
	case doubtful(e.Event) && l.index >= w.signedTo:
		w.foreign(e) // its leaf was made by whoever wrote it, and nobody signed that
		return
	case l.emptied && !remains(e.Event, w.untaken):
		p.Text = fmt.Sprintf("The entry %s at position %d was changed: it was emptied, and what is left is not what retention left.", l.event, l.position)
	case w.displaced[e.ID] && !moved:
		p.What = Reordered
		p.Text = fmt.Sprintf("The entry %s at position %d was moved there, and has a second leaf.", e.ID, e.Position)
	case l.workspace != e.Workspace:
		p.Text = fmt.Sprintf("The leaf of the entry %s at position %d was changed: it lies in the workspace %q, the entry in %q.", l.event, l.position, l.workspace, e.Workspace)
	default:
		if l.emptied && doubtful(e.Event) {
			w.unvouched++
		}
		w.timed(e, l.index)
		if t := emptiedBefore(e.Event); t.After(w.entitled) {
			w.entitled = t
		}
		return
	}
	w.problem(p)
}

// finish judges what only all entries together tell.
func (w *verifying) finish() {
	if w.unvouched > 0 && !w.untaken.begun { // which is told of with its beginning
		w.problem(Problem{What: Unentitled, Index: Pending, Text: fmt.Sprintf("Nothing vouches for what is left of %d emptied entries: %s, and nobody has taken the log as it stands (tacit audit checkpoint --accept).", w.unvouched, emptiedEarlier)})
	}
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
