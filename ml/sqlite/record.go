package sqlite

import (
	"encoding/binary"
	"unicode/utf16"
)

// cursor reads numbers; short is set once one goes beyond the end.
type cursor struct {
	b     []byte
	at    int
	short bool
}

func (c *cursor) number(n int) int64 {
	if c.at < 0 || c.at > len(c.b)-n {
		c.short = true
		return 0
	}
	v := int64(0)
	for _, x := range c.b[c.at : c.at+n] {
		v = v<<8 | int64(x)
	}
	c.at += n
	return v
}

// varint reads a number of one to nine bytes.
func (c *cursor) varint() int64 {
	v := uint64(0)
	for i := range 9 {
		x := uint64(c.number(1))
		if i == 8 {
			return int64(v<<8 | x)
		}
		v = v<<7 | x&0x7f
		if x < 0x80 {
			break
		}
	}
	return int64(v)
}

// mostHeader bounds the types of a row's columns, of which there are at most 32767.
const mostHeader = 9 * (1<<15 + 1)

// record gives the values of a record.
func (r *reader) record(p *payload, row, cell int64) error {
	start := make([]byte, min(p.size, 9))
	if n, _ := p.ReadAt(start, 0); n < len(start) {
		r.problem(cell, "a record cannot be read")
		return nil
	}
	c := cursor{b: start}
	size := c.varint()
	if c.short || size < int64(c.at) || size > p.size || size > mostHeader {
		r.problem(cell, "a record of %s has a header of %d bytes", r.name, size)
		return nil
	}
	head := make([]byte, size)
	if n, _ := p.ReadAt(head, 0); n < len(head) {
		r.problem(cell, "a record cannot be read")
		return nil
	}
	c.b = head
	if r.values == nil {
		r.entry(p, &c, size, cell)
		return nil
	}
	at := size
	for column := 0; c.at < len(head) && !c.short; column++ {
		t := c.varint()
		n, known := width(t)
		if !known || n > p.size-at {
			r.problem(cell, "a value of %s goes beyond its record", r.name)
			return nil
		}
		if t >= 12 && n > 0 {
			offset, _ := p.place(at)
			v := Value{Table: r.name, Row: row, Column: column, Kind: Kind(t & 1), Offset: offset, Size: n, in: p, at: at}
			if err := r.values(v); err != nil {
				return err
			}
		}
		at += n
	}
	if c.short {
		r.problem(cell, "a record of %s ends within its header", r.name)
	}
	return nil
}

// width is how many bytes a value of a type has.
func width(t int64) (n int64, known bool) {
	switch {
	case t < 0, t == 10, t == 11:
		return 0, false
	case t >= 12:
		return (t - 12) / 2, true
	}
	return [...]int64{0, 1, 2, 3, 4, 6, 8, 8, 0, 0}[t], true
}

// entry reads a row of the schema: type, name, table, root page, statement.
func (r *reader) entry(p *payload, c *cursor, at, cell int64) {
	e := Entry{Offset: cell}
	if len(r.file.Schema) >= r.budget.Tables {
		if len(r.file.Schema) == r.budget.Tables {
			r.problem(cell, "the budget of %d tables was used up", r.budget.Tables)
		}
		return
	}
	for column := 0; column < 5 && c.at < len(c.b); column++ {
		t := c.varint()
		n, known := width(t)
		if !known || n > p.size-at {
			r.problem(cell, "a row of the schema goes beyond its record")
			return
		}
		if n > int64(r.budget.Schema) {
			r.problem(cell, "the budget of %d bytes for a statement was used up", r.budget.Schema)
			return
		}
		b := make([]byte, n)
		if got, err := p.ReadAt(b, at); int64(got) < n {
			r.problem(cell, "a row of the schema cannot be read: %v", err)
			return
		}
		switch {
		case column == 3 && t < 12:
			e.root = root(t, b)
		case column == 0:
			e.Kind = r.text(b)
		case column == 1:
			e.Name = r.text(b)
		case column == 2:
			e.Table = r.text(b)
		case column == 4:
			e.SQL = r.text(b)
		}
		at += n
	}
	r.file.Schema = append(r.file.Schema, e)
}

// root is a number of a page, of whatever width.
func root(t int64, b []byte) int64 {
	switch {
	case t == 9:
		return 1
	case t == 7 || len(b) == 0:
		return 0
	}
	wide := make([]byte, 8)
	if b[0] >= 0x80 {
		binary.BigEndian.PutUint64(wide, ^uint64(0))
	}
	copy(wide[8-len(b):], b)
	return int64(binary.BigEndian.Uint64(wide))
}

// text is a text of the schema, in the encoding that the database has for texts.
func (r *reader) text(b []byte) string {
	var order binary.ByteOrder
	switch r.encoding {
	case 2:
		order = binary.LittleEndian
	case 3:
		order = binary.BigEndian
	default:
		return string(b)
	}
	wide := make([]uint16, len(b)/2)
	for i := range wide {
		wide[i] = order.Uint16(b[2*i:])
	}
	return string(utf16.Decode(wide))
}
