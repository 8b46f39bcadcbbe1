package audit

import (
	"context"
	"errors"
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
	Inserted   = "inserted"   // nothing shows that tacit wrote an entry
	Reordered  = "reordered"  // an entry lies where another was
	Tree       = "tree"       // a hash of the tree is not what its leaves give
	Signature  = "checkpoint" // a checkpoint does not hold
	Unentitled = "emptied"    // an entry was emptied, and no event tells of it or no seal vouches for what is left
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
	moved     map[string]leaf // those of them that are told of, with where they lie, and the leaf of where they were
	unlike    map[string]met  // entries that are not what the leaf of their position was made of
	entitled  time.Time       // entries from before it may be empty
	first     event.Event     // the first entry by position, the zero one for none
	signedTo  int64           // the greatest size that a checkpoint of the store holds for
	held      []Checkpoint    // that hold, also those of retired keys
	outside   Checkpoint      // kept outside the store and held by the tree, or accepted since it was signed; zero for none
	accepted  int64           // the size at which somebody took the log as it stood, -1 for never
	untaken   untaken         // what an earlier tacit kept and nobody has taken since
	unvouched int64           // entries that it emptied and did not seal
	stretches []stretch       // by the checkpoint that covers them, those behind the last at the end
	newest    Entry           // the newest among the empty ones
}

// Verify makes the whole tree anew and compares: every event with its leaf, the
// hashes that are kept, every checkpoint that was signed, and the one given,
// which somebody kept elsewhere; "" for none. What it found is itself an event.
// fault.Invalid when the checkpoint given is none.
func (s *Service) Verify(ctx context.Context, checkpoint string) (v Verification, err error) {
	defer fault.Wrap(&err, "audit.Verify")
	if err := checkGiven(checkpoint); err != nil {
		return v, err
	}
	if err := s.catchUp(ctx); err != nil {
		return v, err
	}
	if v, err = s.Judge(ctx, checkpoint); err != nil {
		return v, err
	}
	return v, s.tell(ctx, logVerified(v))
}

// checkGiven refuses what was given as a checkpoint and is none. fault.Invalid.
func checkGiven(checkpoint string) error {
	if checkpoint == "" {
		return nil
	}
	if _, err := openCheckpoint(checkpoint, nil); !errors.Is(err, errUnknownKey) {
		return fault.WithHint(fault.New(fault.Invalid, "The file is no checkpoint: %s.", err), "make one with: tacit audit checkpoint > FILE")
	}
	return nil
}

// Judge is Verify of the log as it lies: it writes nothing, gives no entry its leaf
// and leaves none. Entries that no leaf was given yet are counted as Pending.
func (s *Service) Judge(ctx context.Context, checkpoint string) (v Verification, err error) {
	defer fault.Wrap(&err, "audit.Judge")
	if err := checkGiven(checkpoint); err != nil {
		return v, err
	}
	keys, err := s.signers(ctx)
	if err != nil {
		return v, err
	}
	err = s.DB.Snapshot(ctx, func(r rows.Reader) error {
		w := &verifying{Service: s, ctx: ctx, r: r, keys: keys, v: &v, roots: map[int64]tlog.Hash{}, strangers: map[string]int{}, displaced: map[string]bool{}, moved: map[string]leaf{}, unlike: map[string]met{}, accepted: -1}
		return w.run(checkpoint)
	})
	if err != nil {
		return v, err
	}
	v.OK = v.Found == 0
	return v, nil
}

func (w *verifying) run(checkpoint string) error {
	all, err := w.checkpoints()
	if err != nil {
		return err
	}
	for _, c := range all {
		w.roots[c.size] = tlog.Hash{}
	}
	elsewhere, err := w.elsewhere(checkpoint)
	if err != nil {
		return err
	}
	for _, c := range elsewhere {
		w.roots[c.Size] = tlog.Hash{}
	}
	whole, err := w.tree(all)
	if err != nil {
		return err
	}
	w.compare(all, whole)
	w.hold(elsewhere, whole)
	w.cut()
	if w.untaken, err = w.Service.untaken(w.ctx, w.r); err != nil {
		return err
	}
	if err := w.entries(); err != nil {
		return err
	}
	w.unsigned(all)
	w.timely()
	return nil
}

// heldBackTime is how long a verification waits for entries that a transaction on
// PostgreSQL holds back. It goes on without them, and says how many.
const heldBackTime = 30 * time.Second

// catchUp gives what was committed its leaves.
func (s *Service) catchUp(ctx context.Context) error {
	if s.DB.Dialect() != rows.Postgres {
		return s.Events.CatchUp(ctx, subscriber)
	}
	short, cancel := context.WithTimeout(ctx, heldBackTime)
	defer cancel()
	err := s.Events.CatchUp(short, subscriber)
	if ctx.Err() == nil && errors.Is(short.Err(), context.DeadlineExceeded) {
		return nil
	}
	return err
}

func (w *verifying) problem(p Problem) {
	w.v.Found++
	if len(w.v.Problems) < maxProblems {
		w.v.Problems = append(w.v.Problems, p)
	}
}
