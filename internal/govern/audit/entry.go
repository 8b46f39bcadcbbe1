package audit

import (
	"cmp"
	"context"
	"encoding/hex"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// A list of positions stands behind each of these.
const (
	selectKnown    = `SELECT position FROM audit_leaf WHERE position IN `
	selectLeavesAt = `SELECT ` + leafColumns + ` FROM audit_leaf WHERE position IN `
	markEmptied    = `UPDATE audit_leaf SET emptied = 1 WHERE position IN `
)

// ReadAction is asked of who reads entries; OverseeAction beside it of who
// reads those of all workspaces.
const (
	ReadAction    = "audit.read"
	OverseeAction = "audit.oversee"
)

// Pending is the index of an entry that has no leaf yet.
const Pending = -1

// Entry is one entry of the log.
type Entry struct {
	event.Event
	Index   int64 // in the tree, from 0; Pending
	Emptied bool  // actor, origin and most of its data were taken out
	Changed bool  // it is not what its leaf was made of
	// Leafless says that the leaf which tacit gave it is gone.
	Leafless bool
	// Moved says that it does not lie where it was.
	Moved bool
}

// Query says which entries List gives.
type Query = event.Query

// List gives entries that the caller may see, of the caller's workspace or, with
// Everywhere, of all. fault.Invalid when what is asked for cannot be text.
func (s *Service) List(ctx context.Context, q Query) (_ []Entry, err error) {
	defer fault.Wrap(&err, "audit.List")
	action := ReadAction
	if q.Everywhere {
		action = OverseeAction
	}
	if q.Visible, err = s.Access.Visible(ctx, action); err != nil {
		return nil, err
	}
	q.Workspace = caller.Workspace(ctx)
	found, err := s.Events.List(ctx, q)
	if err != nil {
		return nil, err
	}
	return s.entries(ctx, found)
}

// Line is an entry as exports send it: a JSON object on one line.
func (s *Service) Line(e Entry) ([]byte, error) { return s.Text(e) }

// Logged gives entries as they stand in the tree, from an index on, and the
// index to go on from. Only entries that have their leaf are given: one that was committed late comes
// after those that were settled before it, and none is passed over. A page may
// have fewer entries than limit, since q is asked of so many leaves.
func (s *Service) Logged(ctx context.Context, q Query, from int64, limit int) (_ []Entry, next int64, err error) {
	defer fault.Wrap(&err, "audit.Logged")
	leaves, err := rows.Collect(ctx, s.DB.Read(), scanLeaf, selectLeavesByIndex, from-1, limit)
	if err != nil || len(leaves) == 0 {
		return nil, from, err
	}
	q.Positions, q.Limit = make([]int64, len(leaves)), limit
	for i, l := range leaves {
		q.Positions[i] = l.position
	}
	all, err := s.List(ctx, q)
	slices.SortFunc(all, func(a, b Entry) int { return cmp.Compare(a.Index, b.Index) })
	return all, leaves[len(leaves)-1].index + 1, err
}

// Get gives one entry of the caller's workspace that the caller may see.
// fault.NotFound.
func (s *Service) Get(ctx context.Context, id string) (_ Entry, err error) {
	defer fault.Wrap(&err, "audit.Get(%q)", id)
	visible, err := s.Access.Visible(ctx, ReadAction)
	if err != nil {
		return Entry{}, err
	}
	e, err := s.Events.Get(ctx, caller.Workspace(ctx), id, visible)
	if err != nil {
		return Entry{}, err
	}
	all, err := s.entries(ctx, []event.Event{e})
	if err != nil {
		return Entry{}, err
	}
	return all[0], nil
}

// entries joins events with their leaves.
func (s *Service) entries(ctx context.Context, found []event.Event) ([]Entry, error) {
	positions := make([]int64, len(found))
	for i, e := range found {
		positions[i] = e.Position
	}
	// Before the leaves: what was brought by then has got its own.
	brought, err := s.Events.Brought(ctx, s.DB.Read(), subscriber, positions)
	if err != nil {
		return nil, err
	}
	leaves, err := leavesAt(ctx, s.DB.Read(), positions)
	if err != nil {
		return nil, err
	}
	var u untaken
	if slices.ContainsFunc(found, bare) {
		if u, err = s.untaken(ctx, s.DB.Read()); err != nil {
			return nil, err
		}
	}
	all := make([]Entry, len(found))
	for i, e := range found {
		all[i] = Entry{Event: e, Index: Pending}
		l, has := leaves[e.Position]
		if has {
			all[i].take(l, u)
		}
		all[i].Leafless = !has && brought[e.Position] && !doubtful(e) // which gets none
	}
	return all, s.displaced(ctx, all)
}

// take notes what an entry's leaf says of it: where it holds, it vouches for what the
// seal does not; where it does not, the entry was changed since tacit settled it, and
// is none that another made up.
func (e *Entry) take(l leaf, u untaken) {
	e.Index, e.Emptied = l.index, l.emptied
	e.Changed = !madeOf(e.Event, l) || l.emptied && !remains(e.Event, u)
	switch {
	case !e.Changed && l.emptied:
		e.Mark = event.Emptied
	default:
		e.Mark = ""
	}
}

// leavesAt are the leaves of positions.
func leavesAt(ctx context.Context, r rows.Reader, positions []int64) (map[int64]leaf, error) {
	if len(positions) == 0 {
		return nil, nil
	}
	found, err := rows.Collect(ctx, r, scanLeaf, selectLeavesAt+rows.Listed[int64](r.Dialect(), 1), rows.List(r.Dialect(), positions))
	all := make(map[int64]leaf, len(found))
	for _, l := range found {
		all[l.position] = l
	}
	return all, err
}

// Proof shows that an entry is in the log that a checkpoint signed. Whoever
// hashes Text as a leaf (SHA-256 of a zero byte and the text) and goes up Path
// comes to the checkpoint's root (RFC 6962, section 2.1.1).
type Proof struct {
	Entry      Entry
	Text       string      // what the leaf is the hash of: canonical JSON
	Part       string      // SHA-256 of the part that may be emptied, in hexadecimal
	Leaf       tlog.Hash   //
	Path       []tlog.Hash // from the leaf upwards
	Checkpoint Checkpoint
	Fault      string // what does not hold, in a sentence; "" when all does
}

// Prove proves that an entry of the caller's workspace is in the log, against a
// checkpoint that covers it. An entry that tacit did not write, which gets no leaf, and
// one whose leaf is gone have a Fault and neither text nor path; where the log is at odds
// with what was signed, each has a Fault and no path. fault.NotFound; fault.Unavailable while the entry
// has no leaf yet, which takes a moment.
func (s *Service) Prove(ctx context.Context, id string) (p Proof, err error) {
	defer fault.Wrap(&err, "audit.Prove(%q)", id)
	if err := s.Events.CatchUp(ctx, subscriber); err != nil {
		return p, err
	}
	if p.Entry, err = s.Get(ctx, id); err != nil {
		return p, err
	}
	if p.Fault = leafless(p.Entry); p.Entry.Index == Pending && p.Fault == "" {
		return p, fault.WithHint(fault.New(fault.Unavailable, "The entry %s has no leaf in the log yet.", id), "ask again in a moment; if it stays so, tacit audit verify tells why")
	}
	odds := ""
	if p.Checkpoint, err = s.Checkpoint(ctx); fault.Is(err, fault.Conflict) { // it is signed no more
		odds = fault.Sentence(err)
		p.Checkpoint, err = s.LastCheckpoint(ctx)
	}
	if err != nil || p.Fault != "" {
		return p, err // nothing else is proved of it
	}
	err = s.DB.Snapshot(ctx, func(r rows.Reader) error {
		leaves, err := leavesAt(ctx, r, []int64{p.Entry.Position})
		if err != nil {
			return err
		}
		l := leaves[p.Entry.Position]
		part := l.part
		if !l.emptied {
			part = partOf(p.Entry.Event).hash()
		}
		text := leafText(p.Entry.Event, part)
		p.Text, p.Part, p.Leaf = string(text), hex.EncodeToString(part[:]), tlog.RecordHash(text)
		switch {
		case l.event != p.Entry.ID || p.Leaf != l.hash:
			p.Fault = "The entry is not what its leaf was made of: it was changed afterwards."
		case p.Entry.Changed:
			p.Fault = "What is left of the entry is not what retention left: it was changed afterwards."
		}
		if odds != "" {
			p.Fault = cmp.Or(p.Fault, odds)
			return nil
		}
		if p.Path, err = tlog.ProveRecord(p.Checkpoint.Size, l.index, hashes{ctx, r}); err != nil {
			return err
		}
		if p.Fault == "" && tlog.CheckRecord(p.Path, p.Checkpoint.Size, p.Checkpoint.Root, l.index, p.Leaf) != nil {
			p.Fault = "The way from the leaf does not lead to the signed root: the tree was changed afterwards."
		}
		return nil
	})
	return p, err
}

// leafless says why an entry has no leaf, "" where it has one or is only to get it.
func leafless(e Entry) string {
	switch {
	case e.Moved:
		return "The entry does not lie where it was: its leaf is that of another position."
	case e.Leafless:
		return "The leaf of the entry is gone: it was taken out of the tree afterwards."
	case e.Index == Pending && doubtful(e.Event):
		return "Nothing shows that tacit wrote the entry: its seal does not hold, and it has no leaf."
	}
	return ""
}
