package hdf5

import (
	"errors"
	"math/bits"
)

// tree2 is a B-tree of version 2.
type tree2 struct {
	*reader
	kind       int
	nodeSize   int
	recordSize int
	counts     []level // of depth 0, the leaves, and up
	record     func(kind int, record []byte) error
}

// level is what nodes of one depth can hold.
type level struct {
	most      uint64 // records of a node
	all       uint64 // records of a node and those below it
	countSize int    // bytes of a number of records of a node
	allSize   int    // and of one with those below it
}

// tree2 reads a B-tree of version 2 and gives its records in order.
func (r *reader) tree2(address uint64, record func(kind int, record []byte) error) error {
	size := 4 + 1 + 1 + 4 + 2 + 2 + 1 + 1 + r.offsets + 2 + r.lengths + 4
	b, err := r.block(address, int64(size))
	if err != nil {
		return err
	}
	if !r.once(address, 'h') {
		return errors.New("an index is met twice")
	}
	c := &cursor{b: b}
	if string(c.bytes(4)) != "BTHD" || c.int(1) != 0 {
		return errors.New("there is no index")
	}
	r.parsed(address, int64(size))
	t := &tree2{reader: r, kind: c.int(1), nodeSize: c.int(4), recordSize: c.int(2), record: record}
	depth := c.int(2)
	c.skip(2)
	root, records := c.uint(r.offsets), c.uint(2)
	if r.undefined(root) || records == 0 {
		return nil
	}
	if err := t.measure(depth); err != nil {
		return err
	}
	return t.node(root, records, depth)
}

// measure computes what nodes hold, as the specification has it: the more a
// node can have below it, the more bytes its pointers take.
func (t *tree2) measure(depth int) error {
	const overhead = 10 // signature, version, type, checksum
	const deepest = 32
	if t.recordSize < 1 || t.nodeSize < overhead+t.recordSize || depth > deepest {
		return errors.New("the index has impossible sizes")
	}
	most := uint64((t.nodeSize - overhead) / t.recordSize)
	t.counts = []level{{most: most, all: most, countSize: encoded(most)}}
	for d := 1; d <= depth; d++ {
		below := t.counts[d-1]
		pointer := t.pointer(d)
		if t.nodeSize < overhead+pointer+t.recordSize {
			return errors.New("the index has impossible sizes")
		}
		most := uint64((t.nodeSize - overhead - pointer) / (t.recordSize + pointer))
		high, low := bits.Mul64(most+1, below.all)
		if high > 0 || low > 1<<62 {
			return errors.New("the index holds impossibly many records")
		}
		t.counts = append(t.counts, level{most: most, all: low + most, allSize: encoded(low + most)})
	}
	return nil
}

// encoded is how many bytes a number up to most takes.
func encoded(most uint64) int { return (bits.Len64(most)-1)/8 + 1 }

// pointer is the size of one to a child of a node of a depth.
func (t *tree2) pointer(depth int) int {
	return t.offsets + t.counts[0].countSize + t.counts[depth-1].allSize
}

func (t *tree2) node(address, records uint64, depth int) error {
	if !t.once(address, 't') {
		return errors.New("a node of the index is met twice")
	}
	if records > t.counts[depth].most {
		return errors.New("a node of the index has more records than fit")
	}
	b, err := t.block(address, int64(t.nodeSize))
	if err != nil {
		return err
	}
	c := &cursor{b: b}
	want := "BTLF"
	if depth > 0 {
		want = "BTIN"
	}
	if string(c.bytes(4)) != want {
		return errors.New("there is no node of its index")
	}
	c.skip(2)
	t.parsed(address, int64(t.nodeSize))
	for range records {
		record := c.bytes(t.recordSize)
		if c.short {
			return errShort
		}
		if err := t.record(t.kind, record); err != nil {
			return err
		}
	}
	if depth == 0 {
		return nil
	}
	for range records + 1 {
		child, n := c.uint(t.offsets), c.uint(t.counts[0].countSize)
		c.skip(t.counts[depth-1].allSize)
		if c.short {
			return errShort
		}
		if err := t.node(child, n, depth-1); err != nil {
			return err
		}
	}
	return nil
}
