package audit

import (
	"context"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// tileHeight is the level from which hashes of whole subtrees are kept. Those
// below are made of at most 1<<(tileHeight-1) leaves when they are asked for,
// so that an entry costs one record and 1/255 of a second one.
const tileHeight = 8

// edge is the right edge of a tree: the roots of the whole subtrees that it is
// made of, one for each bit of its size, by level.
type edge struct {
	size  int64
	peaks [63]tlog.Hash
}

// add puts a leaf at the end and tells the subtrees that it makes whole, from
// level 1 upwards.
func (e *edge) add(leaf tlog.Hash, whole func(level int, n int64, h tlog.Hash)) {
	h, level := leaf, 0
	for ; e.size>>level&1 == 1; level++ {
		h = tlog.NodeHash(e.peaks[level], h)
		whole(level+1, e.size>>(level+1), h)
	}
	e.peaks[level] = h
	e.size++
}

// root is the hash of the tree.
func (e *edge) root() tlog.Hash {
	if e.size == 0 {
		root, _ := tlog.TreeHash(0, nil) // reads nothing
		return root
	}
	low := bits.TrailingZeros64(uint64(e.size))
	h := e.peaks[low]
	for level := low + 1; e.size>>level != 0; level++ {
		if e.size>>level&1 == 1 {
			h = tlog.NodeHash(e.peaks[level], h)
		}
	}
	return h
}

// readEdge reads the right edge of the tree of a size.
func readEdge(ctx context.Context, r rows.Reader, size int64) (e edge, err error) {
	e.size = size
	for level := range e.peaks {
		if size>>level&1 == 1 {
			if e.peaks[level], err = readHash(ctx, r, level, size>>level-1); err != nil {
				return e, err
			}
		}
	}
	return e, nil
}

// readHash reads the root of subtree n of a level.
func readHash(ctx context.Context, r rows.Reader, level int, n int64) (tlog.Hash, error) {
	if level >= tileHeight {
		h, err := rows.One(ctx, r, scanHash, selectHash, tlog.StoredHashIndex(level, n))
		if rows.IsNone(err) {
			err = fmt.Errorf("audit: the tree has no hash %d of level %d", n, level)
		}
		return h, err
	}
	leaves, err := rows.Collect(ctx, r, scanHash, selectLeafHashes, n<<level, (n+1)<<level)
	if err != nil {
		return tlog.Hash{}, err
	}
	if len(leaves) != 1<<level {
		return tlog.Hash{}, fault.WithHint(fault.New(fault.Conflict, "The tree of the audit log has a hole: of its %d leaves from %d on %d are there, and the log is not signed with it.", 1<<level, n<<level, len(leaves)),
			"tacit audit verify names it; a leaf that was put in behind the last is to be taken out of the table audit_leaf, one that was taken out is in a backup")
	}
	for len(leaves) > 1 {
		for i := range len(leaves) / 2 {
			leaves[i] = tlog.NodeHash(leaves[2*i], leaves[2*i+1])
		}
		leaves = leaves[:len(leaves)/2]
	}
	return leaves[0], nil
}

// hashes reads the tree for package tlog.
type hashes struct {
	ctx context.Context
	r   rows.Reader
}

// ReadHashes reads hashes by their place.
func (h hashes) ReadHashes(places []int64) ([]tlog.Hash, error) {
	all := make([]tlog.Hash, len(places))
	for i, place := range places {
		level, n := tlog.SplitStoredHashIndex(place)
		var err error
		if all[i], err = readHash(h.ctx, h.r, level, n); err != nil {
			return nil, err
		}
	}
	return all, nil
}
