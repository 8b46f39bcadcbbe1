package structure

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// CatBoost verifies a model in a cbm file of a size. The tables that stand behind
// the trees (of statistics of categories, of texts) are Raw. An error wraps
// ErrNot, or is one of the input.
func CatBoost(r io.ReaderAt, size int64) (Report, error) {
	var head [8]byte
	if n, _ := r.ReadAt(head[:], 0); n < 8 || string(head[:4]) != "CBM1" {
		return Report{}, fmt.Errorf("%w: it does not begin with CBM1 and a size", ErrNot)
	}
	length := int64(binary.LittleEndian.Uint32(head[4:]))
	if length < 8 || length > size-8 {
		return Report{}, fmt.Errorf("%w: its core has %d bytes, of which the file has %d", ErrNot, length, size-8)
	}
	c := &catboost{f: flat{r: r, base: 8, size: length}}
	c.model()
	c.out.End = 8 + length
	if c.parts > 0 && c.out.End < size {
		c.out.Raw = [][2]int64{{c.out.End, size}}
		c.out.End = size
	}
	return c.out, c.f.err
}

type catboost struct {
	f     flat
	out   Report
	parts int64
	trees table
	dims  int64
}

// Fields of TModelCore and TObliviousTrees, in the order of their declaration.
const (
	coreTrees = 1
	coreParts = 3

	treeDimension   = 0
	treeSplits      = 1
	treeSizes       = 2
	treeStarts      = 3
	treeFloats      = 5
	treeOneHots     = 6
	treeCtrs        = 7
	treeLeaves      = 8
	treeSteps       = 10
	treeNodeLeaves  = 11
	treeEstimated   = 13
	featureBorders  = 3
	ctrBorders      = 1
	oneHotValues    = 1
	mostDimensions  = 1 << 20
	mostTreeDepth   = 16
	bytesPerInteger = 4
)

func (c *catboost) fault(at int64, format string, args ...any) {
	c.out.fault(8+at, format, args...)
}

func (c *catboost) model() {
	core := table(c.f.refer(0))
	_, c.parts = c.f.vector(core, coreParts, bytesPerInteger)
	if c.trees = c.f.table(core, coreTrees); c.trees == 0 {
		c.f.fail(0, "the model has no trees")
		return
	}
	c.dims = 1
	if at := c.f.field(c.trees, treeDimension); at > 0 {
		if c.dims = c.f.i32(at); c.dims < 1 || c.dims > mostDimensions {
			c.fault(at, "the model has %d outputs", c.dims)
			c.dims = 1
		}
	}
	splits, n := c.f.vector(c.trees, treeSplits, bytesPerInteger)
	c.splits(splits, n, c.binaries())
	c.out.Nodes = n
	if _, steps := c.f.vector(c.trees, treeSteps, bytesPerInteger); steps > 0 {
		c.asymmetric(n)
	} else {
		c.oblivious(n)
	}
	leaves, values := c.f.vector(c.trees, treeLeaves, 8)
	for i := range values {
		if c.f.err != nil || len(c.out.Faults) > 0 {
			return
		}
		if math.IsNaN(c.f.f64(leaves + 8*i)) {
			c.fault(leaves+8*i, "the value %d of the leaves is no number", i)
		}
	}
}

// binaries is how many comparisons the features have: each border and each value
// is one.
func (c *catboost) binaries() int64 {
	n := c.borders(treeFloats, featureBorders, true)
	n += c.borders(treeOneHots, oneHotValues, false)
	n += c.borders(treeCtrs, ctrBorders, true)
	return n + c.borders(treeEstimated, featureBorders, true)
}

// borders counts the elements of a field of all features in a vector of them.
func (c *catboost) borders(features, field int, numbers bool) (sum int64) {
	vector, n := c.f.vector(c.trees, features, bytesPerInteger)
	if features == treeFloats {
		c.out.Features = n
	}
	for i := range n {
		feature := c.f.item(vector, i)
		at, length := c.f.vector(feature, field, 4)
		for k := range length {
			if numbers && math.IsNaN(c.f.f32(at+4*k)) {
				c.fault(at+4*k, "a border of the feature %d is no number", i)
				break
			}
		}
		if sum += length; c.f.err != nil {
			return 0
		}
	}
	return sum
}

func (c *catboost) splits(at, n, binaries int64) {
	_, steps := c.f.vector(c.trees, treeSteps, bytesPerInteger)
	for i := range n {
		if c.f.err != nil {
			return
		}
		if s := c.f.i32(at + 4*i); (s < 0 || s >= binaries) && (s != 0 || steps == 0) {
			c.fault(at+4*i, "the split %d compares by %d of %d", i, s, binaries)
			return
		}
	}
}

// each gives the first split of each tree, and how many it has.
func (c *catboost) each(splits int64, tree func(start, size int64)) {
	sizes, n := c.f.vector(c.trees, treeSizes, bytesPerInteger)
	starts, given := c.f.vector(c.trees, treeStarts, bytesPerInteger)
	if given != 0 && given != n {
		c.fault(starts, "%d trees have %d places", n, given)
		given = 0
	}
	c.out.Trees = n
	start := int64(0)
	for i := range n {
		size := c.f.i32(sizes + 4*i)
		if c.f.err != nil {
			return
		}
		if size < 0 || size > splits-start {
			c.fault(sizes+4*i, "the tree %d has %d splits, of which there are %d", i, size, splits-start)
			return
		}
		if given > 0 {
			if s := c.f.i32(starts + 4*i); s != start {
				c.fault(starts+4*i, "the tree %d begins at the split %d and not at %d", i, s, start)
				return
			}
		}
		tree(start, size)
		start += size
	}
	if start != splits {
		c.fault(sizes, "the trees have %d splits of %d", start, splits)
	}
}

// oblivious trees ask one question in each level, and have 2^levels leaves.
func (c *catboost) oblivious(splits int64) {
	at, values := c.f.vector(c.trees, treeLeaves, 8)
	leaves := int64(0)
	deep := false
	c.each(splits, func(_, size int64) {
		if size > mostTreeDepth {
			deep = true
			return
		}
		leaves += int64(1) << size
	})
	switch {
	case deep:
		c.fault(at, "a tree has more than %d levels", mostTreeDepth)
	case c.f.err == nil && len(c.out.Faults) == 0 && leaves*c.dims != values:
		c.fault(at, "%d leaves of %d outputs have %d values", leaves, c.dims, values)
	}
}

// asymmetric trees have nodes, each of which says how far behind it its children
// stand: never before it, so that no way goes back. A difference of 0 is a leaf.
func (c *catboost) asymmetric(splits int64) {
	steps, n := c.f.vector(c.trees, treeSteps, bytesPerInteger)
	ids, given := c.f.vector(c.trees, treeNodeLeaves, bytesPerInteger)
	_, values := c.f.vector(c.trees, treeLeaves, 8)
	if n != splits || given != splits {
		c.fault(steps, "%d nodes have %d steps and %d leaves", splits, n, given)
		return
	}
	c.each(splits, func(start, size int64) {
		for i := start; i < start+size && c.f.err == nil; i++ {
			left, right := c.f.u16(steps+4*i), c.f.u16(steps+4*i+2)
			if i+left >= start+size || i+right >= start+size {
				c.fault(steps+4*i, "the node %d leads out of its tree", i)
				return
			}
			if left > 0 && right > 0 {
				continue
			}
			// A leaf that is none has the greatest number.
			if id := c.f.u32(ids + 4*i); id != math.MaxUint32 && id > values-c.dims || id == math.MaxUint32 && left == 0 && right == 0 {
				c.fault(ids+4*i, "the node %d has the values from %d on, of %d", i, id, values)
				return
			}
		}
	})
}
