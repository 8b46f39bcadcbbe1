package hdf5

import (
	"errors"
	"fmt"
)

// storage is where the numbers of a dataset lie, as its messages tell.
type storage struct {
	*reader
	space  dataspace
	kind   datatype
	layout message
}

func (s *storage) message(o *Object, m message) error {
	var err error
	switch m.kind {
	case msgDataspace:
		if m.shared() {
			return errors.New("a shape that is shared is not read")
		}
		s.space, err = s.parseSpace(m.data)
	case msgDatatype:
		s.kind, err = s.typeOf(m.data, m.shared())
	case msgLayout:
		s.layout = m
	case msgFilters:
		o.Filters, err = filters(m.data)
	case msgExternal:
		err = s.external(o, m.data)
	}
	return err
}

// filters reads the numbers of a filter pipeline.
func filters(b []byte) ([]uint16, error) {
	c := &cursor{b: b}
	version, n := c.int(1), c.int(1)
	if version == 1 {
		c.skip(6)
	} else if version != 2 {
		return nil, fmt.Errorf("filters of version %d are not known", version)
	}
	var out []uint16
	for range n {
		id, name := c.int(2), 0
		if version == 1 || id >= 256 {
			name = c.int(2)
		}
		c.skip(2)
		values := c.int(2)
		if version == 1 {
			name += (8 - name%8) % 8
			values += values % 2
		}
		c.skip(name + 4*values)
		out = append(out, uint16(id))
	}
	return out, c.err()
}

// external reads the list of other files that hold a dataset's data.
func (s *storage) external(o *Object, b []byte) error {
	c := &cursor{b: b}
	c.skip(6)
	slots := c.int(2)
	names, err := s.localHeap(c.uint(s.offsets))
	if err != nil {
		return err
	}
	for range slots {
		at := c.uint(s.lengths)
		c.skip(2 * s.lengths)
		name, err := names.name(at)
		if err = errors.Join(err, c.err()); err != nil {
			return err
		}
		o.Files = append(o.Files, name)
	}
	return nil
}

// read notes the extents of a dataset.
func (s *storage) read(o *Object) error {
	c := &cursor{b: s.layout.data}
	switch version := c.int(1); version {
	case 1, 2:
		return s.read1(c)
	case 3:
		return s.read3(c)
	case 4, 5:
		return s.read4(o, c)
	default:
		return fmt.Errorf("a layout of version %d is not known", version)
	}
}

// bytes is the size of all elements; of impossible ones 2^63 - 1.
func (s *storage) bytes() int64 {
	return int64(times(s.space.elements(), uint64(s.kind.size)))
}

// contiguous notes one piece, which must lie in the file.
func (s *storage) contiguous(address uint64, n int64) error {
	if s.undefined(address) || n == 0 {
		return nil
	}
	if address > uint64(s.size-s.base) || n < 0 || n > s.size-s.base-int64(address) {
		return fmt.Errorf("%d bytes at %d do not lie in the file", n, address)
	}
	s.raw(address, n)
	return nil
}

func (s *storage) read1(c *cursor) error {
	rank, class := c.int(1), c.int(1)
	c.skip(5)
	switch class {
	case 0:
		return nil // the data are in the message
	case 1:
		return s.contiguous(c.uint(s.offsets), s.bytes())
	case 2:
		return s.chunks1(c.uint(s.offsets), rank+1)
	}
	return fmt.Errorf("a layout of class %d is not known", class)
}

func (s *storage) read3(c *cursor) error {
	switch class := c.int(1); class {
	case 0:
		return nil
	case 1:
		address, n := c.uint(s.offsets), int64(c.int(s.lengths))
		return errors.Join(c.err(), s.contiguous(address, n))
	case 2:
		rank := c.int(1)
		address := c.uint(s.offsets)
		return errors.Join(c.err(), s.chunks1(address, rank))
	default:
		return fmt.Errorf("a layout of class %d is not known", class)
	}
}

// chunks1 notes the chunks of a B-tree of version 1, whose keys have rank
// places and tell each one's size.
func (s *storage) chunks1(tree uint64, rank int) error {
	if s.undefined(tree) {
		return nil
	}
	if rank > 40 {
		return errors.New("the chunks have impossibly many dimensions")
	}
	return s.tree1(tree, 1, 8+8*rank, 0, func(child uint64, key []byte) error {
		return s.contiguous(child, int64((&cursor{b: key}).uint(4)))
	})
}

// read4 reads the layouts that have several kinds of indexes of chunks.
func (s *storage) read4(o *Object, c *cursor) error {
	class := c.int(1)
	switch class {
	case 0, 1:
		return s.read3(&cursor{b: append([]byte{3}, c.b[1:]...), at: 1})
	case 2:
	case 3:
		o.Virtual = true
		address, index := c.uint(s.offsets), c.uint(4)
		if c.short {
			return errShort
		}
		return s.virtual(o, address, index)
	default:
		return fmt.Errorf("a layout of class %d is not known", class)
	}
	flags, rank, width := c.int(1), c.int(1), c.int(1)
	size, chunks := uint64(1), uint64(1)
	for i := range rank {
		dim := c.uint(width)
		if size = times(size, dim); i < len(s.space.dims) && dim > 0 {
			chunks = times(chunks, (s.space.dims[i]+dim-1)/dim)
		}
	}
	x := index{storage: s, size: int64(size), chunks: chunks, rank: rank, filtered: len(o.Filters) > 0}
	switch kind := c.int(1); kind {
	case 1:
		if flags&2 != 0 {
			x.size = int64(c.int(s.lengths))
			c.skip(4)
		}
		return errors.Join(c.err(), s.contiguous(c.uint(s.offsets), x.size))
	case 2:
		return s.contiguous(c.uint(s.offsets), int64(times(size, chunks)))
	case 3:
		c.skip(1)
		return x.fixed(c.uint(s.offsets))
	case 4:
		c.skip(5)
		return x.extensible(c.uint(s.offsets))
	case 5:
		c.skip(6)
		return x.tree(c.uint(s.offsets))
	default:
		return fmt.Errorf("an index of chunks of type %d is not known", kind)
	}
}

// virtual notes the file that a virtual dataset takes its first part from.
func (s *storage) virtual(o *Object, address, index uint64) error {
	if s.undefined(address) {
		return nil
	}
	g, err := s.global(address, index)
	if err != nil {
		return err
	}
	c := &cursor{b: g.data}
	c.skip(1)
	if n := c.uint(s.lengths); n > 0 && !c.short {
		o.Files = append(o.Files, c.text())
	}
	return c.err()
}
