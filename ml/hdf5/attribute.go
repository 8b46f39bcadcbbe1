package hdf5

import (
	"errors"
	"fmt"
	"strings"
)

// attribute reads an attribute message.
func (r *reader) attribute(o *Object, m message) error {
	if m.shared() {
		return errors.New("an attribute that objects share is not read")
	}
	c := &cursor{b: m.data}
	version := c.int(1)
	if version < 1 || version > 3 {
		return fmt.Errorf("an attribute of version %d is not known", version)
	}
	flags := c.int(1)
	name, kind, space := c.int(2), c.int(2), c.int(2)
	if version == 3 {
		c.skip(1)
	} else if version == 1 {
		flags = 0
	}
	part := func(n int) []byte {
		b := c.bytes(n)
		if version == 1 {
			c.align(8)
		}
		return b
	}
	a := Attribute{Name: strings.TrimRight(string(part(name)), "\x00"), Offset: r.offset(m.address)}
	kindBytes, spaceBytes := part(kind), part(space)
	if c.short {
		return errShort
	}
	if !r.more(m.address, a.Name) {
		return nil
	}
	t, err := r.typeOf(kindBytes, flags&1 != 0)
	if err != nil {
		return fmt.Errorf("the attribute %q: %w", a.Name, err)
	}
	a.Class = t.class
	if t.string() {
		if flags&2 != 0 {
			return fmt.Errorf("the attribute %q has a shape that is shared, which is not read", a.Name)
		}
		s, err := r.parseSpace(spaceBytes)
		if err == nil {
			a.Texts, err = r.texts(t, s, c, m.address)
		}
		if err != nil {
			return fmt.Errorf("the attribute %q: %w", a.Name, err)
		}
	}
	o.Attributes = append(o.Attributes, a)
	return nil
}

// typeOf reads a type, or follows to the named one that stands for it.
func (r *reader) typeOf(b []byte, shared bool) (datatype, error) {
	if !shared {
		return parseType(b)
	}
	c := &cursor{b: b}
	version, kind := c.int(1), c.int(1)
	if version == 1 {
		c.skip(6)
	}
	address := c.uint(r.offsets)
	if c.short || version == 0 || version > 3 || version == 3 && kind != 2 {
		return datatype{}, errors.New("its shared type is not read")
	}
	all, err := r.header(address)
	if err != nil {
		return datatype{}, err
	}
	for _, m := range all {
		if m.kind == msgDatatype && !m.shared() {
			return parseType(m.data)
		}
	}
	return datatype{}, errors.New("its type is not where it should be")
}

// texts reads the elements of an attribute of strings, which follow in c.
func (r *reader) texts(t datatype, s dataspace, c *cursor, base uint64) ([]Text, error) {
	n := s.elements()
	if t.size == 0 || n > uint64(c.left()/t.size) {
		return nil, fmt.Errorf("%d texts do not fit into %d bytes", n, c.left())
	}
	out := make([]Text, 0, n)
	for range n {
		at := r.offset(base + uint64(c.at))
		element := c.bytes(t.size)
		if t.variable {
			v := &cursor{b: element}
			length := v.uint(4)
			address, index := v.uint(r.offsets), v.uint(4)
			if v.short {
				return nil, errShort
			}
			if length == 0 || r.undefined(address) || address == 0 {
				out = append(out, Text{Offset: at})
				continue
			}
			o, err := r.global(address, index)
			if err != nil {
				return nil, err
			}
			element, at = o.data[:min(length, uint64(len(o.data)))], o.offset
		}
		if r.budget.Texts -= int64(len(element)); r.budget.Texts < 0 {
			return nil, errors.New("the budget of bytes for texts was used up")
		}
		out = append(out, Text{Value: strings.TrimRight(string(element), "\x00"), Offset: at})
	}
	return out, nil
}

// denseAttributes reads an attribute info message and the attributes of the heap
// that it names.
func (r *reader) denseAttributes(o *Object, b []byte) error {
	c := &cursor{b: b}
	c.skip(1)
	flags := c.int(1)
	if flags&1 != 0 {
		c.skip(2)
	}
	heap, names := c.uint(r.offsets), c.uint(r.offsets)
	if flags&2 != 0 {
		r.index2(c.uint(r.offsets))
	}
	if c.short || r.undefined(heap) {
		return c.err()
	}
	f, err := r.fractalHeap(heap)
	if err != nil {
		return err
	}
	return r.tree2(names, func(kind int, record []byte) error {
		if kind != 8 || len(record) < 9 {
			return fmt.Errorf("an index of type %d is not one of attributes", kind)
		}
		b, at, err := f.get(record[:8])
		if err != nil {
			return err
		}
		return r.attribute(o, message{kind: msgAttribute, flags: int(record[8]), address: at, data: b})
	})
}

// collection is a global heap: the elements of variable length of many objects.
type collection struct {
	objects map[uint64]global
}

// global is an object of a collection.
type global struct {
	data   []byte
	offset int64
}

// global reads an object of a global heap.
func (r *reader) global(address, index uint64) (global, error) {
	h, ok := r.heaps[address]
	if !ok {
		var err error
		if h, err = r.collection(address); err != nil {
			return global{}, err
		}
	}
	o, ok := h.objects[index]
	if !ok {
		return global{}, errors.New("an element is not in its heap")
	}
	return o, nil
}

func (r *reader) collection(address uint64) (*collection, error) {
	prefix := int64(8 + r.lengths)
	b, err := r.block(address, prefix)
	if err != nil {
		return nil, err
	}
	c := &cursor{b: b}
	if string(c.bytes(4)) != "GCOL" || c.int(1) != 1 {
		return nil, errors.New("there is no global heap")
	}
	c.skip(3)
	size := int64(c.int(r.lengths))
	if r.held += size; size < prefix || r.held > r.budget.Texts {
		return nil, errors.New("the budget of bytes for texts was used up")
	}
	if b, err = r.block(address, size); err != nil {
		return nil, err
	}
	r.parsed(address, size)
	h := &collection{objects: map[uint64]global{}}
	c = &cursor{b: b, at: int(prefix)}
	for c.left() >= 8+r.lengths {
		index := c.uint(2)
		c.skip(6)
		n := c.int(r.lengths)
		if index == 0 {
			break
		}
		offset := r.offset(address + uint64(c.at))
		data := c.bytes(n)
		if c.short {
			return nil, errors.New("an element goes beyond its heap")
		}
		h.objects[index] = global{data, offset}
		c.align(8)
	}
	r.heaps[address] = h
	return h, nil
}
