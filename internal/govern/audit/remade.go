package audit

import (
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// tree makes the tree anew from its leaves. It says whether none was missing.
func (w *verifying) tree(all []signed) (whole bool, err error) {
	kept, err := w.hashes()
	if err != nil {
		return false, err
	}
	var e edge
	var last leaf
	whole = true
	leaves := cursor[leaf]{read: func(after int64) ([]leaf, error) {
		return rows.Collect(w.ctx, w.r, scanLeaf, selectLeavesByIndex, after, page)
	}, at: func(l leaf) int64 { return l.index }}
	for {
		l, more, err := leaves.peek()
		if err != nil {
			return false, err
		}
		if !more {
			break
		}
		leaves.take()
		if l.index < 0 {
			w.problem(Problem{What: Inserted, Position: l.position, Index: Pending, ID: l.event, Text: fmt.Sprintf("The leaf of the entry %s at position %d lies before the first.", l.event, l.position)})
			continue
		}
		if l.index != w.v.Size {
			whole = false
			w.problem(hole(last, l, w.v.Size, all))
		}
		last = l
		w.v.Size = l.index + 1
		if whole {
			w.grown(&e, l, kept)
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

// grown adds a leaf, and compares what it makes whole with what is kept.
func (w *verifying) grown(e *edge, l leaf, kept map[int64]tlog.Hash) {
	e.add(l.hash, func(level int, n int64, h tlog.Hash) { w.keptHash(kept, level, n, h) })
	if _, asked := w.roots[e.size]; asked {
		w.roots[e.size] = e.root()
	}
}

// hashes are the hashes of the tree that are kept, by their places.
func (w *verifying) hashes() (map[int64]tlog.Hash, error) {
	kept := map[int64]tlog.Hash{}
	for after := int64(-1); ; {
		some, err := rows.Collect(w.ctx, w.r, scanPlaced, selectHashes, after, page)
		if err != nil {
			return nil, err
		}
		for _, p := range some {
			kept[p.place], after = p.hash, p.place
		}
		if len(some) < page {
			return kept, nil
		}
	}
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

// hole names leaves that are not in the tree by what lies around them: the leaf before,
// the zero one for none, the leaf behind, and who signed what there was between.
func hole(before, behind leaf, from int64, all []signed) Problem {
	p := Problem{What: Removed, Index: from}
	place := fmt.Sprintf("before that of the entry %s at position %d", behind.event, behind.position)
	if before.event != "" {
		place = fmt.Sprintf("between those of the entry %s at position %d and the entry %s at position %d", before.event, before.position, behind.event, behind.position)
		if behind.index-from == behind.position-before.position-1 {
			p.Position = before.position + 1
		}
	}
	covered := "no checkpoint covers it: it was taken out, or the leaf behind it was put in"
	if i := slices.IndexFunc(all, func(c signed) bool { return c.size > from }); i >= 0 {
		covered = fmt.Sprintf("the checkpoint of %d entries covers it", all[i].size)
	}
	p.Text = fmt.Sprintf("%s gone from the tree, %s; %s.", spanned(from, behind.index-1), place, covered)
	return p
}

// spanned names leaves by their indexes.
func spanned(from, to int64) string {
	if from == to {
		return fmt.Sprintf("Leaf %d is", from)
	}
	return fmt.Sprintf("Leaves %d to %d are", from, to)
}
