package hdf5

import (
	"errors"
	"fmt"
)

// heap is a local heap: the names of a group of the old kind.
type heap struct {
	address uint64
	data    []byte
}

func (r *reader) localHeap(address uint64) (heap, error) {
	size := 8 + 2*r.lengths + r.offsets
	b, err := r.block(address, int64(size))
	if err != nil {
		return heap{}, err
	}
	c := &cursor{b: b}
	if string(c.bytes(4)) != "HEAP" {
		return heap{}, errors.New("there is no local heap")
	}
	c.skip(4)
	length := c.int(r.lengths)
	c.skip(r.lengths)
	h := heap{address: c.uint(r.offsets)}
	if h.data, err = r.block(h.address, int64(length)); err != nil {
		return heap{}, err
	}
	r.parsed(address, int64(size))
	r.parsed(h.address, int64(length))
	return h, nil
}

// name is the text at a place of the heap.
func (h heap) name(at uint64) (string, error) {
	if at >= uint64(len(h.data)) {
		return "", errors.New("a name lies outside of its heap")
	}
	c := &cursor{b: h.data, at: int(at)}
	return c.text(), c.err()
}

// symbolTable reads the links of a group of the old kind.
func (r *reader) symbolTable(tree, names uint64, path string) error {
	h, err := r.localHeap(names)
	if err != nil {
		return err
	}
	return r.tree1(tree, 0, 0, 0, func(child uint64, _ []byte) error { return r.symbols(child, h, path) })
}

// tree1 reads a node of a B-tree of version 1 and those below it, and gives the
// children of its leaves with the keys before them. The keys of symbol tables
// (kind 0) are lengths, those of chunks (kind 1) have a size of their own.
func (r *reader) tree1(address uint64, kind, keySize, depth int, leaf func(child uint64, key []byte) error) error {
	if !r.once(address, 't') {
		return errors.New("a node of the index is met twice")
	}
	k := r.chunkK
	if kind == 0 {
		k, keySize = r.groupK, r.lengths
	}
	size := int64(8 + 2*r.offsets + (2*k+1)*keySize + 2*k*r.offsets)
	b, err := r.block(address, min(size, max(r.size-r.offset(address), 0)))
	if err != nil {
		return err
	}
	c := &cursor{b: b}
	if string(c.bytes(4)) != "TREE" || c.int(1) != kind {
		return errors.New("there is no node of its index")
	}
	r.parsed(address, size)
	level, used := c.int(1), c.int(2)
	if depth > 0 && level >= depth {
		return errors.New("a node of the index does not lie deeper than the one above it")
	}
	c.skip(2 * r.offsets)
	for range used {
		key := c.bytes(keySize)
		child := c.uint(r.offsets)
		if c.short {
			return errShort
		}
		if level > 0 {
			err = r.tree1(child, kind, keySize, level, leaf)
		} else {
			err = leaf(child, key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// symbols reads a node of a symbol table.
func (r *reader) symbols(address uint64, h heap, path string) error {
	if !r.once(address, 's') {
		return errors.New("symbols are met twice")
	}
	entry := 2*r.offsets + 24
	size := int64(8 + 2*r.leafK*entry)
	b, err := r.block(address, min(size, max(r.size-r.offset(address), 0)))
	if err != nil {
		return err
	}
	c := &cursor{b: b}
	if string(c.bytes(4)) != "SNOD" {
		return errors.New("there are no symbols")
	}
	c.skip(2)
	r.parsed(address, size)
	for range c.int(2) {
		at, object, cached := c.uint(r.offsets), c.uint(r.offsets), c.int(4)
		c.skip(4)
		scratch := &cursor{b: c.bytes(16)}
		if c.short {
			return errShort
		}
		name, err := h.name(at)
		if err != nil {
			return err
		}
		if cached != 2 {
			r.to(object, path, name)
			continue
		}
		target, err := h.name(uint64(scratch.int(4)))
		if err != nil {
			return err
		}
		if r.more(address, path, name, target) {
			r.file.Links = append(r.file.Links, Link{Path: join(path, name), Offset: r.offset(h.address) + int64(at), Target: target})
		}
	}
	return nil
}

// to queues an object that a link names.
func (r *reader) to(object uint64, path, name string) {
	if r.more(object, path, name) && !r.seen[visited{object, 'o'}] {
		r.queue = append(r.queue, pending{object, join(path, name)})
	}
}

// join is the path of a member; of a long one the end.
func join(path, name string) string {
	const most = 1000
	if path != "/" {
		path += "/"
	}
	if path += name; len(path) > most {
		path = "…" + path[len(path)-most:]
	}
	return path
}

// link reads a link message.
func (r *reader) link(b []byte, at uint64, path string) error {
	c := &cursor{b: b}
	if version := c.int(1); version != 1 {
		return fmt.Errorf("a link of version %d is not known", version)
	}
	flags, kind := c.int(1), 0
	if flags&8 != 0 {
		kind = c.int(1)
	}
	if flags&4 != 0 {
		c.skip(8)
	}
	if flags&0x10 != 0 {
		c.skip(1)
	}
	name := string(c.bytes(c.int(1 << (flags & 3))))
	l := Link{Path: join(path, name), Offset: r.offset(at)}
	switch {
	case kind == 0:
		if object := c.uint(r.offsets); !c.short {
			r.to(object, path, name)
		}
		return c.err()
	case kind == 1:
		l.Target = string(c.bytes(c.int(2)))
	case kind == 64:
		l.Kind = ExternalLink
		in := &cursor{b: c.bytes(c.int(2))}
		in.skip(1)
		l.File, l.Target = in.text(), in.text()
	default:
		l.Kind, l.Target = UserLink, fmt.Sprintf("a link of type %d", kind)
	}
	if r.more(at, l.Path, l.File, l.Target) {
		r.file.Links = append(r.file.Links, l)
	}
	return c.err()
}

// denseLinks reads a link info message and the links of the heap that it names.
func (r *reader) denseLinks(b []byte, path string) error {
	c := &cursor{b: b}
	c.skip(1)
	flags := c.int(1)
	if flags&1 != 0 {
		c.skip(8)
	}
	heap, names := c.uint(r.offsets), c.uint(r.offsets)
	if flags&2 != 0 {
		r.index2(c.uint(r.offsets)) // in the order of their making: the same links
	}
	if c.short || r.undefined(heap) {
		return c.err()
	}
	f, err := r.fractalHeap(heap)
	if err != nil {
		return err
	}
	return r.tree2(names, func(kind int, record []byte) error {
		if kind != 5 || len(record) < 4 {
			return fmt.Errorf("an index of type %d is not one of names", kind)
		}
		b, at, err := f.get(record[4:])
		if err != nil {
			return err
		}
		return r.link(b, at, path)
	})
}

// index2 notes the bytes of an index whose records stand in another one as well.
func (r *reader) index2(address uint64) {
	if r.undefined(address) {
		return
	}
	if err := r.tree2(address, func(int, []byte) error { return nil }); err != nil {
		r.problem(address, "an index: %v", err)
	}
}
