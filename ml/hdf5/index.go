package hdf5

import (
	"errors"
	"math/bits"
)

// index is one of the newer indexes of a dataset's chunks.
type index struct {
	*storage
	size     int64 // bytes of a chunk that no filter made smaller
	chunks   uint64
	rank     int
	filtered bool
}

// element notes the chunk of one entry of an array, which is an address and,
// where chunks are filtered, a size and a mask.
func (x *index) element(b []byte) error {
	c := &cursor{b: b}
	address := c.uint(x.offsets)
	size := x.size
	if len(b) > x.offsets+4 {
		size = int64(c.uint(len(b) - x.offsets - 4))
	}
	return x.contiguous(address, size)
}

// elements notes n entries at an address, with the checksum behind them.
func (x *index) elements(address uint64, n uint64, entry int) error {
	b, err := x.block(address, int64(times(n, uint64(entry))))
	if err != nil {
		return err
	}
	x.parsed(address, int64(len(b))+4)
	for ; len(b) >= entry; b = b[entry:] {
		if err := x.element(b[:entry]); err != nil {
			return err
		}
	}
	return nil
}

// start reads the beginning of a piece of an index: signature, version, client,
// the header's address, and what stands behind.
func (x *index) start(address uint64, signature string, more int) (*cursor, error) {
	size := int64(6 + x.offsets + more)
	b, err := x.block(address, size)
	if err != nil {
		return nil, err
	}
	c := &cursor{b: b}
	if string(c.bytes(4)) != signature || !x.once(address, 'a') {
		return nil, errors.New("there is no " + signature + ", or it is met twice")
	}
	c.skip(2 + x.offsets)
	x.parsed(address, size)
	return c, nil
}

// fixed reads a fixed array: as many entries as there are chunks.
func (x *index) fixed(address uint64) error {
	if x.undefined(address) {
		return nil
	}
	size := 8 + x.lengths + x.offsets + 4
	b, err := x.block(address, int64(size))
	if err != nil {
		return err
	}
	c := &cursor{b: b}
	if string(c.bytes(4)) != "FAHD" {
		return errors.New("there is no fixed array")
	}
	c.skip(2)
	entry, page := c.int(1), c.int(1)
	n, data := c.uint(x.lengths), c.uint(x.offsets)
	x.parsed(address, int64(size))
	if entry < x.offsets || page > 32 {
		return errors.New("the fixed array has impossible sizes")
	}
	if x.undefined(data) {
		return nil
	}
	perPage := uint64(1) << page
	pages, bitmap := uint64(0), 0
	if n > perPage {
		if pages = (n-1)/perPage + 1; pages > mostBlock {
			return errors.New("the fixed array has impossible sizes")
		}
		bitmap = int(pages+7) / 8
	}
	s, err := x.start(data, "FADB", bitmap)
	if err != nil {
		return err
	}
	at := data + uint64(6+x.offsets)
	if pages == 0 {
		return x.elements(at, n, entry)
	}
	x.parsed(at+uint64(bitmap), 4)
	return x.pages(s.bytes(bitmap), at+uint64(bitmap)+4, n, perPage, entry)
}

// pages reads the pages of entries that a bitmap says are there.
func (x *index) pages(bitmap []byte, at, n, perPage uint64, entry int) error {
	for page := uint64(0); n > 0; page++ {
		here := min(n, perPage)
		if bitmap[page/8]&(0x80>>(page%8)) != 0 {
			if err := x.elements(at, here, entry); err != nil {
				return err
			}
		}
		at += here*uint64(entry) + 4
		n -= here
	}
	return nil
}

// growing is an extensible array.
type growing struct {
	*index
	entry     int
	first     uint64 // entries in the index block
	least     uint64 // of a data block
	pointers  uint64 // fewest data blocks of a secondary block
	perPage   uint64
	offBytes  int
	secondary int // secondary blocks there can be
}

// extensible reads an extensible array.
func (x *index) extensible(address uint64) error {
	if x.undefined(address) {
		return nil
	}
	size := 12 + 6*x.lengths + x.offsets + 4
	b, err := x.block(address, int64(size))
	if err != nil {
		return err
	}
	c := &cursor{b: b}
	if string(c.bytes(4)) != "EAHD" {
		return errors.New("there is no extensible array")
	}
	c.skip(2)
	g := &growing{index: x, entry: c.int(1)}
	most := c.int(1)
	g.first, g.least, g.pointers = c.uint(1), c.uint(1), c.uint(1)
	page := c.int(1)
	c.skip(6 * x.lengths)
	block := c.uint(x.offsets)
	if g.entry < x.offsets || most > 64 || page > 32 || bits.OnesCount64(g.least) != 1 || bits.OnesCount64(g.pointers) != 1 || most < bits.Len64(g.least)-1 {
		return errors.New("the extensible array has impossible sizes")
	}
	x.parsed(address, int64(size))
	g.perPage, g.offBytes = 1<<page, (most+7)/8
	g.secondary = 1 + most - (bits.Len64(g.least) - 1)
	if x.undefined(block) {
		return nil
	}
	return g.indexBlock(block)
}

// shape is how many data blocks a secondary block has, and how many entries each
// of those.
func (g *growing) shape(secondary int) (blocks, entries uint64) {
	return 1 << (secondary / 2), g.least << ((secondary + 1) / 2)
}

func (g *growing) indexBlock(address uint64) error {
	inline := 2 * (bits.Len64(g.pointers) - 1) // secondary blocks whose data blocks the index names itself
	direct := 2 * (g.pointers - 1)
	indirect := max(g.secondary-inline, 0)
	more := int(g.first)*g.entry + (int(direct)+indirect)*g.offsets
	c, err := g.start(address, "EAIB", more)
	if err != nil {
		return err
	}
	g.parsed(address+uint64(6+g.offsets+more), 4)
	for range g.first {
		if err := g.element(c.bytes(g.entry)); err != nil {
			return err
		}
	}
	for s := range inline {
		blocks, entries := g.shape(s)
		for range blocks {
			if err := g.dataBlock(c.uint(g.offsets), entries, nil); err != nil {
				return err
			}
		}
	}
	for s := range indirect {
		if err := g.secondaryBlock(c.uint(g.offsets), inline+s); err != nil {
			return err
		}
	}
	return c.err()
}

func (g *growing) secondaryBlock(address uint64, n int) error {
	if g.undefined(address) {
		return nil
	}
	blocks, entries := g.shape(n)
	bitmap := uint64(0)
	if entries > g.perPage {
		bitmap = (entries/g.perPage + 7) / 8
	}
	more := times(blocks, bitmap+uint64(g.offsets)) + uint64(g.offBytes)
	if more > mostBlock {
		return errors.New("the extensible array has impossible sizes")
	}
	c, err := g.start(address, "EASB", int(more))
	if err != nil {
		return err
	}
	g.parsed(address+uint64(6+g.offsets)+more, 4)
	c.skip(g.offBytes)
	maps := c.bytes(int(blocks * bitmap))
	for i := range blocks {
		var pages []byte
		if bitmap > 0 {
			pages = maps[i*bitmap : (i+1)*bitmap]
		}
		if err := g.dataBlock(c.uint(g.offsets), entries, pages); err != nil {
			return err
		}
	}
	return nil
}

func (g *growing) dataBlock(address, entries uint64, pages []byte) error {
	if g.undefined(address) {
		return nil
	}
	if _, err := g.start(address, "EADB", g.offBytes); err != nil {
		return err
	}
	at := address + uint64(6+g.offsets+g.offBytes)
	if entries <= g.perPage || pages == nil {
		return g.elements(at, entries, g.entry)
	}
	g.parsed(at, 4)
	return g.pages(pages, at+4, entries, g.perPage, g.entry)
}

// tree reads a B-tree of version 2 whose records are chunks.
func (x *index) tree(address uint64) error {
	if x.undefined(address) {
		return nil
	}
	return x.tree2(address, func(kind int, record []byte) error {
		places := 8 * (x.rank - 1)
		switch {
		case kind == 10 && len(record) >= x.offsets:
			return x.element(record[:x.offsets])
		case kind == 11 && len(record) > x.offsets+4+places && places >= 0:
			return x.element(record[:len(record)-places])
		}
		return errors.New("its records are not known")
	})
}
