package sqlite

import (
	"encoding/binary"
	"io"
	"sort"
)

// The kinds of pages of a b-tree.
const (
	indexInterior = 0x02
	tableInterior = 0x05
	indexLeaf     = 0x0a
	tableLeaf     = 0x0d
)

// schema reads the table that lies in the first page.
func (r *reader) schema() error {
	values := r.values
	r.values = nil
	r.name = "sqlite_schema"
	err := r.tree(1, 0)
	r.values = values
	return err
}

// tree reads a b-tree: the pages below a page, each cell of them.
func (r *reader) tree(page int64, depth int) error {
	at := r.offset(page)
	if err := r.claim(page); err != nil {
		r.problem(at, "the tree of %s: %v", r.name, err)
		return nil
	}
	if depth >= r.budget.Depth {
		r.problem(at, "the budget of %d levels of a tree was used up", r.budget.Depth)
		return nil
	}
	for len(r.buffer) <= depth {
		r.buffer = append(r.buffer, make([]byte, r.size))
	}
	b := r.buffer[depth]
	if n, _ := r.in.ReadAt(b, at); int64(n) < r.size {
		r.problem(at, "a page cannot be read")
		return nil
	}
	r.file.Parsed = r.note(r.file.Parsed, page)
	head := 0
	if page == 1 {
		head = 100
	}
	kind, cells, first := b[head], int(binary.BigEndian.Uint16(b[head+3:])), head+8
	inner := kind == indexInterior || kind == tableInterior
	if inner {
		first = head + 12
	} else if kind != indexLeaf && kind != tableLeaf {
		r.problem(at, "a page of %s is of the kind %d, which is not known", r.name, kind)
		return nil
	}
	if int64(first+2*cells) > r.usable {
		r.problem(at, "a page has %d cells", cells)
		return nil
	}
	room := r.usable // of which cells have each a part of their own
	for i := range cells {
		if r.cells++; r.cells > r.budget.Cells {
			r.problem(at, "the budget of %d cells was used up", r.budget.Cells)
			return nil
		}
		cell := int64(binary.BigEndian.Uint16(b[first+2*i:]))
		took, err := r.cell(b, at, cell, kind, i, depth)
		if err != nil {
			return err
		}
		if room -= took; room < 0 {
			r.problem(at, "the cells of a page of %s overlap", r.name)
			return nil
		}
	}
	if inner {
		return r.tree(int64(binary.BigEndian.Uint32(b[head+8:])), depth+1)
	}
	return nil
}

// cell reads one cell of a page at a place: what lies left of it, and its record. It
// took so many bytes of the page.
func (r *reader) cell(b []byte, page, cell int64, kind byte, number, depth int) (took int64, err error) {
	c := cursor{b: b[:r.usable], at: int(cell)}
	if kind == indexInterior || kind == tableInterior {
		left := c.number(4)
		if c.short {
			r.problem(page, "a cell lies outside of its page")
			return 0, nil
		}
		if err := r.tree(left, depth+1); err != nil || kind == tableInterior {
			return 4, err
		}
	}
	size, row := c.varint(), int64(number)
	if kind == tableLeaf {
		row = c.varint()
	}
	local := r.local(size, kind == tableLeaf)
	end := int64(c.at) + local
	if c.short || size < 0 || end > r.usable || local < size && end+4 > r.usable {
		r.problem(page+cell, "a cell lies outside of its page")
		return 0, nil
	}
	p := &payload{in: r.in, size: size, local: b[c.at:end], ends: []int64{local}, offsets: []int64{page + int64(c.at)}}
	if local < size && !r.chain(p, int64(binary.BigEndian.Uint32(b[end:])), page+cell) {
		return end - cell, nil
	}
	return end - cell, r.record(p, row, page+cell)
}

// local is how many bytes of a payload lie in its cell.
func (r *reader) local(size int64, leaf bool) int64 {
	most, least := r.usable-35, (r.usable-12)*32/255-23
	if !leaf {
		most = (r.usable-12)*64/255 - 23
	}
	if size <= most {
		return size
	}
	if k := least + (size-least)%(r.usable-4); k <= most {
		return k
	}
	return least
}

// chain follows the pages in which a payload goes on.
func (r *reader) chain(p *payload, page, cell int64) bool {
	b := make([]byte, 4)
	for at := p.ends[0]; at < p.size; {
		if err := r.claim(page); err != nil {
			r.problem(cell, "a value of %s goes on where it cannot: %v", r.name, err)
			return false
		}
		from := r.offset(page)
		if n, _ := r.in.ReadAt(b, from); n < len(b) {
			r.problem(from, "a page cannot be read")
			return false
		}
		r.file.Parsed = r.note(r.file.Parsed, page)
		at = min(at+r.usable-4, p.size)
		p.ends, p.offsets = append(p.ends, at), append(p.offsets, from+4)
		page = int64(binary.BigEndian.Uint32(b))
	}
	return true
}

// payload is the bytes of a record, in pieces of the file.
type payload struct {
	in      io.ReaderAt
	size    int64
	local   []byte  // the first piece, while its page is held
	ends    []int64 // in the payload, of each piece
	offsets []int64 // in the file, where each begins
}

// place is the piece that has a byte, where in the file the byte lies, and how many
// follow it there.
func (p *payload) place(at int64) (offset, left int64) {
	i := sort.Search(len(p.ends), func(i int) bool { return p.ends[i] > at })
	if i == len(p.ends) {
		return p.offsets[len(p.offsets)-1] + at - p.size, 0
	}
	begin := int64(0)
	if i > 0 {
		begin = p.ends[i-1]
	}
	return p.offsets[i] + at - begin, p.ends[i] - at
}

// ReadAt reads the payload.
func (p *payload) ReadAt(b []byte, at int64) (int, error) {
	read := 0
	for read < len(b) {
		if at < 0 || at >= p.size {
			return read, io.EOF
		}
		if at < int64(len(p.local)) {
			n := copy(b[read:], p.local[at:])
			read, at = read+n, at+int64(n)
			continue
		}
		offset, left := p.place(at)
		n, err := p.in.ReadAt(b[read:min(int64(len(b)), int64(read)+left)], offset)
		read, at = read+n, at+int64(n)
		if err != nil && int64(n) < left && read < len(b) {
			return read, err
		}
		if n == 0 {
			return read, io.ErrUnexpectedEOF
		}
	}
	return read, nil
}
