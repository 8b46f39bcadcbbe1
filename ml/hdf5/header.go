package hdf5

import (
	"errors"
	"fmt"
)

// The types of messages.
const (
	msgDataspace    = 0x1
	msgLinkInfo     = 0x2
	msgDatatype     = 0x3
	msgLink         = 0x6
	msgExternal     = 0x7
	msgLayout       = 0x8
	msgFilters      = 0xb
	msgAttribute    = 0xc
	msgShared       = 0xf
	msgContinuation = 0x10
	msgSymbolTable  = 0x11
	msgDriver       = 0x14
	msgAttributes   = 0x15
	msgLast         = 0x18
)

// message is one of an object's header.
type message struct {
	kind    int
	flags   int
	address uint64 // of data
	data    []byte
}

// shared reports whether the data only say where the real ones are.
func (m message) shared() bool { return m.flags&2 != 0 }

// chunk is a piece of a header that holds messages.
type chunk struct {
	address uint64
	size    int64
}

// header reads all messages of an object.
func (r *reader) header(address uint64) ([]message, error) {
	start, err := r.block(address, 6)
	if err != nil {
		return nil, err
	}
	if string(start[:4]) == "OHDR" {
		return r.header2(address)
	}
	if start[0] != 1 {
		return nil, fmt.Errorf("no header of an object begins with %#x", start[0])
	}
	return r.header1(address)
}

func (r *reader) header1(address uint64) ([]message, error) {
	b, err := r.block(address, 16)
	if err != nil {
		return nil, err
	}
	c := &cursor{b: b}
	c.skip(2)
	want := c.int(2)
	c.skip(4)
	size := c.int(4)
	r.parsed(address, 16)
	var all []message
	chunks := []chunk{{address + 16, int64(size)}}
	for i := 0; i < len(chunks) && len(all) < want; i++ {
		b, err := r.block(chunks[i].address, chunks[i].size)
		if err != nil {
			return all, err
		}
		r.parsed(chunks[i].address, chunks[i].size)
		for c := (&cursor{b: b}); c.left() >= 8 && len(all) < want; {
			m := message{kind: c.int(2)}
			n := c.int(2)
			m.flags = c.int(1)
			c.skip(3)
			m.address = chunks[i].address + uint64(c.at)
			if m.data = c.bytes(n); c.short {
				return all, errors.New("a message goes beyond its header")
			}
			if chunks, err = r.continued(chunks, m); err != nil {
				return all, err
			}
			all = append(all, m)
		}
	}
	if len(all) < want {
		return all, fmt.Errorf("the header has %d messages of %d", len(all), want)
	}
	return all, nil
}

func (r *reader) header2(address uint64) ([]message, error) {
	b, err := r.block(address, min(64, r.size-r.base-int64(address)))
	if err != nil {
		return nil, err
	}
	c := &cursor{b: b}
	c.skip(4)
	if version := c.int(1); version != 2 {
		return nil, fmt.Errorf("a header of version %d is not known", version)
	}
	flags := c.int(1)
	if flags&0x20 != 0 {
		c.skip(16)
	}
	if flags&0x10 != 0 {
		c.skip(4)
	}
	size := c.int(1 << (flags & 3))
	if c.short {
		return nil, errShort
	}
	r.parsed(address, int64(c.at)+4) // with the checksum behind the messages
	var all []message
	chunks := []chunk{{address + uint64(c.at), int64(size)}}
	for i := 0; i < len(chunks); i++ {
		b, err := r.block(chunks[i].address, chunks[i].size)
		if err != nil {
			return all, err
		}
		r.parsed(chunks[i].address, chunks[i].size+4)
		if all, chunks, err = r.messages2(b, flags, i, chunks, all); err != nil {
			return all, err
		}
	}
	return all, nil
}

// messages2 reads the messages of the chunk numbered i. The first chunk's size
// is of its messages; that of others has their signature and checksum in it.
func (r *reader) messages2(b []byte, flags, i int, chunks []chunk, all []message) ([]message, []chunk, error) {
	c := &cursor{b: b}
	if i > 0 {
		if string(c.bytes(4)) != "OCHK" || len(b) < 8 {
			return all, chunks, errors.New("a header goes on where it does not")
		}
		c.b = b[:len(b)-4]
	}
	prefix := 4
	if flags&4 != 0 {
		prefix = 6
	}
	for c.left() >= prefix {
		m := message{kind: c.int(1)}
		n := c.int(2)
		m.flags = c.int(1)
		c.skip(prefix - 4)
		m.address = chunks[i].address + uint64(c.at)
		if m.data = c.bytes(n); c.short {
			return all, chunks, errors.New("a message goes beyond its header")
		}
		var err error
		if chunks, err = r.continued(chunks, m); err != nil {
			return all, chunks, err
		}
		all = append(all, m)
	}
	return all, chunks, nil
}

// continued adds the chunk that a message names, if it is of that type.
func (r *reader) continued(chunks []chunk, m message) ([]chunk, error) {
	if m.kind != msgContinuation {
		return chunks, nil
	}
	c := &cursor{b: m.data}
	next := chunk{c.uint(r.offsets), int64(c.int(r.lengths))}
	if c.short || !r.once(next.address, 'c') {
		return nil, errors.New("a header goes on in itself")
	}
	return append(chunks, next), nil
}

// object reads what lies behind a header, and queues what it links to.
func (r *reader) object(p pending) {
	if !r.once(p.address, 'o') {
		return
	}
	if len(r.file.Objects) >= r.budget.Objects {
		if r.once(0, 'b') {
			r.problem(p.address, "the budget of %d objects was used up", r.budget.Objects)
		}
		return
	}
	all, err := r.header(p.address)
	if err != nil {
		r.problem(p.address, "the header of %s: %v", p.path, err)
	}
	o := Object{Path: p.path, Offset: r.offset(p.address), Kind: kindOf(all)}
	d := &storage{reader: r}
	for _, m := range all {
		if err := r.message(&o, d, m); err != nil {
			r.problem(m.address, "%s, message %#x: %v", p.path, m.kind, err)
		}
	}
	if o.Kind == Dataset {
		if err := d.read(&o); err != nil {
			r.problem(p.address, "the storage of %s: %v", p.path, err)
		}
	}
	r.file.Objects = append(r.file.Objects, o)
}

func kindOf(all []message) Kind {
	kind := Group
	for _, m := range all {
		switch m.kind {
		case msgLayout:
			return Dataset
		case msgDatatype:
			kind = NamedType
		case msgSymbolTable, msgLinkInfo, msgLink:
			return Group
		}
	}
	return kind
}

func (r *reader) message(o *Object, d *storage, m message) error {
	switch m.kind {
	case msgAttribute:
		return r.attribute(o, m)
	case msgAttributes:
		return r.denseAttributes(o, m.data)
	case msgSymbolTable:
		c := &cursor{b: m.data}
		return r.symbolTable(c.uint(r.offsets), c.uint(r.offsets), o.Path)
	case msgLink:
		return r.link(m.data, m.address, o.Path)
	case msgLinkInfo:
		return r.denseLinks(m.data, o.Path)
	case msgDataspace, msgDatatype, msgLayout, msgFilters, msgExternal:
		if o.Kind == Dataset {
			return d.message(o, m)
		}
	case msgShared:
		return errors.New("messages that objects share are not read")
	case msgDriver:
		return errors.New("the file is one of several")
	}
	if m.kind > msgLast {
		return errors.New("its type is not known")
	}
	return nil
}
