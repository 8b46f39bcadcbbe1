package hdf5

import (
	"errors"
	"fmt"
	"math/bits"
	"sort"
)

// fractal is a fractal heap: the links or attributes of an object that has many.
type fractal struct {
	*reader
	address   uint64
	idLength  int
	filtered  bool
	checked   bool // direct blocks have a checksum
	width     uint64
	start     uint64 // bytes of the smallest block
	direct    uint64 // bytes of the largest direct one
	offBytes  int    // of a place in the heap
	lenBytes  int    // of a length
	root      uint64
	rows      int // of the root, 0 when it is a direct block
	huge      uint64
	hugeIndex map[uint64]chunk // huge objects by key, nil until they are asked for
	blocks    []direct         // in their order in the heap
}

// direct is a block that holds objects.
type direct struct {
	from, size uint64 // in the heap
	address    uint64
}

// fractalHeap reads a heap's header and the list of its blocks.
func (r *reader) fractalHeap(address uint64) (*fractal, error) {
	size := 5 + 2 + 2 + 1 + 4 + 12*r.lengths + 3*r.offsets + 2*2 + 2*2 + 2 + 4
	b, err := r.block(address, int64(size))
	if err != nil {
		return nil, err
	}
	c := &cursor{b: b}
	if string(c.bytes(4)) != "FRHP" || c.int(1) != 0 {
		return nil, errors.New("there is no heap")
	}
	f := &fractal{reader: r, address: address, idLength: c.int(2)}
	f.filtered = c.int(2) > 0
	f.checked = c.int(1)&2 != 0
	most := c.uint(4)
	c.skip(r.lengths)
	f.huge = c.uint(r.offsets)
	c.skip(r.lengths)
	if space := c.uint(r.offsets); !r.undefined(space) {
		r.freeSpace(space)
	}
	c.skip(8 * r.lengths)
	f.width = c.uint(2)
	f.start, f.direct = c.uint(r.lengths), c.uint(r.lengths)
	heapBits := c.int(2)
	c.skip(2)
	f.root, f.rows = c.uint(r.offsets), c.int(2)
	switch {
	case c.short:
		return nil, errShort
	case f.filtered:
		return nil, errors.New("a heap of compressed blocks is not read")
	case bits.OnesCount64(f.start) != 1 || bits.OnesCount64(f.direct) != 1 || f.direct < f.start || f.direct > mostBlock || f.width == 0 || f.width > 1024 || heapBits > 64 || f.rows > 64:
		return nil, errors.New("the heap has impossible sizes")
	}
	r.parsed(address, int64(size))
	f.offBytes = (heapBits + 7) / 8
	f.lenBytes = min((bits.Len64(f.direct)-1+7)/8, encoded(max(most, 1)))
	if r.undefined(f.root) {
		return f, nil
	}
	if f.rows == 0 {
		return f, f.addDirect(f.root, 0, f.start)
	}
	return f, f.indirect(f.root, 0, f.rows, 0)
}

// freeSpace notes the bytes of the list of a heap's free space.
func (r *reader) freeSpace(address uint64) {
	size := 6 + 5*r.lengths + 2*2 + 2*2 + 2*r.offsets + 2*r.lengths + r.lengths
	if b, err := r.block(address, 4); err == nil && string(b) == "FSHD" {
		r.parsed(address, int64(size))
	}
}

// rowSize is the size of the blocks of a row.
func (f *fractal) rowSize(row int) uint64 {
	if row == 0 {
		return f.start
	}
	return f.start << min(row-1, 62)
}

func (f *fractal) addDirect(address, from, size uint64) error {
	b, err := f.block(address, 4)
	if err != nil {
		return err
	}
	if string(b) != "FHDB" {
		return errors.New("there is no block of its heap")
	}
	f.parsed(address, int64(size))
	f.blocks = append(f.blocks, direct{from, size, address})
	return nil
}

// indirect reads a block of addresses of others.
func (f *fractal) indirect(address, from uint64, rows, depth int) error {
	if depth > 16 || !f.once(address, 'i') {
		return errors.New("a block of the heap is met twice")
	}
	directRows := bits.Len64(f.direct) - bits.Len64(f.start) + 2
	entries := uint64(rows) * f.width
	size := int64(5+f.offsets+f.offBytes+4) + int64(entries)*int64(f.offsets)
	b, err := f.block(address, size)
	if err != nil {
		return err
	}
	c := &cursor{b: b}
	if string(c.bytes(4)) != "FHIB" {
		return errors.New("there is no block of its heap")
	}
	f.parsed(address, size)
	c.skip(1 + f.offsets + f.offBytes)
	for row := range rows {
		size := f.rowSize(row)
		for range f.width {
			child := c.uint(f.offsets)
			if c.short {
				return errShort
			}
			if !f.undefined(child) {
				if row < directRows {
					err = f.addDirect(child, from, size)
				} else {
					err = f.indirect(child, from, bits.Len64(size/(f.start*f.width)), depth+1)
				}
				if err != nil {
					return err
				}
			}
			from += size
		}
	}
	return nil
}

// get reads an object by its name in the heap, and tells its address.
func (f *fractal) get(id []byte) ([]byte, uint64, error) {
	c := &cursor{b: id}
	switch kind := c.int(1) >> 4 & 3; kind {
	case 0:
		at, n := c.uint(f.offBytes), c.uint(f.lenBytes)
		if c.short {
			return nil, 0, errShort
		}
		return f.managed(at, n)
	case 1:
		return f.getHuge(c)
	case 2:
		n := int(id[0]&15) + 1
		if f.idLength-1 > 16 {
			n = (int(id[0]&15)<<8 | c.int(1)) + 1
		}
		b := c.bytes(n)
		return b, f.address, c.err()
	default:
		return nil, 0, fmt.Errorf("an object of type %d of the heap is not known", kind)
	}
}

func (f *fractal) managed(at, n uint64) ([]byte, uint64, error) {
	i := sort.Search(len(f.blocks), func(i int) bool { return f.blocks[i].from > at }) - 1
	if i >= 0 && at-f.blocks[i].from < f.blocks[i].size && n <= f.blocks[i].size-(at-f.blocks[i].from) {
		address := f.blocks[i].address + at - f.blocks[i].from
		b, err := f.block(address, int64(n))
		return b, address, err
	}
	return nil, 0, errors.New("an object lies outside of its heap")
}

// getHuge reads an object that lies outside of the heap's blocks: by its
// address where there is room for it, else by a key in an index.
func (f *fractal) getHuge(c *cursor) ([]byte, uint64, error) {
	at := chunk{}
	if f.idLength-1 >= f.offsets+f.lengths {
		at = chunk{c.uint(f.offsets), int64(c.int(f.lengths))}
	} else {
		if f.hugeIndex == nil {
			f.hugeIndex = map[uint64]chunk{}
			err := f.tree2(f.huge, func(kind int, record []byte) error {
				r := &cursor{b: record}
				if kind != 1 {
					return fmt.Errorf("an index of type %d is not one of large objects", kind)
				}
				at := chunk{r.uint(f.offsets), int64(r.int(f.lengths))}
				f.hugeIndex[r.uint(f.lengths)] = at
				return r.err()
			})
			if err != nil {
				return nil, 0, err
			}
		}
		var ok bool
		if at, ok = f.hugeIndex[c.uint(min(f.lengths, f.idLength-1))]; !ok {
			return nil, 0, errors.New("a large object is not in its index")
		}
	}
	if c.short {
		return nil, 0, errShort
	}
	b, err := f.block(at.address, at.size)
	if err == nil {
		f.parsed(at.address, at.size)
	}
	return b, at.address, err
}
