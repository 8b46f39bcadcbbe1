package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/tacit-ml/tacit/ml/extent"
)

// Signature is what a database begins with.
const Signature = "SQLite format 3\x00"

// Range is the bytes From up to To of the file, To not among them.
type Range = extent.Range

// Budget bounds what reading a database may use. One that is used up is a Problem.
type Budget struct {
	Tables int // tables and indexes
	Cells  int // of all of them together
	Depth  int // of a b-tree
	Schema int // bytes of one statement of the schema
}

// DefaultBudget is enough for databases of some hundred million rows.
func DefaultBudget() Budget {
	return Budget{Tables: 1 << 16, Cells: 1 << 28, Depth: 40, Schema: 1 << 20}
}

// Problem is something that was not understood.
type Problem struct {
	Offset int64
	What   string
}

// Entry is a row of the schema.
type Entry struct {
	Kind, Name, Table, SQL string
	Offset                 int64 // of the row
	root                   int64
}

// Kind is what a value is.
type Kind uint8

// The kinds of values that have bytes; numbers are none of them.
const (
	Blob Kind = iota
	Text
)

// Value is a BLOB or a TEXT of a row, or of a key of an index. It can be read until
// the next one is given.
type Value struct {
	Table  string // or index
	Row    int64  // its rowid; of an index's key, its number among those of its page
	Column int    // counted from 0, as it is stored
	Kind   Kind
	Offset int64 // of its first byte in the file
	Size   int64
	in     *payload
	at     int64 // in the payload
}

// Bytes are those of the value.
func (v Value) Bytes() *io.SectionReader { return io.NewSectionReader(v.in, v.at, v.Size) }

// File is what is known of a database.
type File struct {
	Size     int64 // of the database: more bytes of the file do not belong to it
	Log      bool  // changes may lie in a write-ahead log beside the file
	Schema   []Entry
	Problems []Problem
	Parsed   []Range // b-trees and what they go on in, in order and apart
	Free     []Range // pages that hold nothing, which may have old values
}

// ErrOther is given for bytes that are no database.
var ErrOther = errors.New("sqlite: the bytes do not begin as a database")

// reader is a database while it is read.
type reader struct {
	file     *File
	in       io.ReaderAt
	budget   Budget
	size     int64 // of a page
	usable   int64 // bytes of each page
	encoding int64 // of texts: 2 and 3 are UTF-16, the least byte first or last
	pages    int64
	locked   int64  // the page at which the file is locked, which holds nothing
	seen     []byte // of each page, a bit: it was met
	values   func(Value) error
	name     string // of the table that is read
	cells    int
	buffer   [][]byte // a page for each depth of a b-tree
}

// Read reads a database and gives each value that has bytes. An error is of values,
// or tells that the bytes are no database.
func Read(in io.ReaderAt, size int64, b Budget, values func(Value) error) (*File, error) {
	r := &reader{file: &File{}, in: in, budget: b, values: values}
	freelist, vacuum, err := r.header(size)
	if err != nil {
		return nil, err
	}
	r.seen = make([]byte, r.pages/8+1)
	if err := r.schema(); err != nil {
		return nil, err
	}
	for _, e := range r.file.Schema {
		if e.root == 0 {
			continue // of a view, a trigger, a virtual table
		}
		r.name = e.Name
		if err := r.tree(e.root, 0); err != nil {
			return nil, err
		}
	}
	r.free(freelist)
	if vacuum {
		r.pointers()
	}
	if r.locked <= r.pages {
		r.file.Free = r.note(r.file.Free, r.locked)
	}
	f := r.file
	f.Parsed = extent.Merge(f.Parsed)
	f.Free = extent.Without(extent.Merge(f.Free), f.Parsed)
	return f, nil
}

// header reads the first hundred bytes: where the free pages begin, and whether
// pages of pointers are kept.
func (r *reader) header(size int64) (freelist int64, vacuum bool, err error) {
	b := make([]byte, 100)
	if n, _ := r.in.ReadAt(b, 0); n < len(b) || string(b[:16]) != Signature {
		return 0, false, ErrOther
	}
	number := func(at int) int64 { return int64(binary.BigEndian.Uint32(b[at:])) }
	if r.size = int64(binary.BigEndian.Uint16(b[16:])); r.size == 1 {
		r.size = 1 << 16
	}
	if r.size < 512 || r.size&(r.size-1) != 0 {
		return 0, false, fmt.Errorf("%w: pages of %d bytes", ErrOther, r.size)
	}
	if r.usable = r.size - int64(b[20]); r.usable < 480 {
		return 0, false, fmt.Errorf("%w: %d bytes of a page are used", ErrOther, r.usable)
	}
	// The count of pages holds when who changed the file last wrote it.
	if r.pages = number(28); r.pages == 0 || number(24) != number(92) {
		r.pages = size / r.size
	}
	if r.pages > size/r.size {
		r.problem(28, "the database has %d pages, the file holds %d", r.pages, size/r.size)
		r.pages = size / r.size
	}
	if r.pages == 0 {
		return 0, false, fmt.Errorf("%w: it has no page", ErrOther)
	}
	if b[18] > 2 || b[19] > 2 {
		r.problem(18, "the version %d of the format is not known", max(b[18], b[19]))
	}
	r.locked, r.encoding = 1<<30/r.size+1, number(56)
	r.file.Size, r.file.Log = r.pages*r.size, b[19] == 2
	return number(32), number(52) != 0, nil
}

// problem notes what was not understood, at most a thousand times.
func (r *reader) problem(offset int64, format string, args ...any) {
	const most = 1000
	if len(r.file.Problems) < most {
		r.file.Problems = append(r.file.Problems, Problem{Offset: offset, What: fmt.Sprintf(format, args...)})
	}
}

// claim takes a page that nothing else may have.
func (r *reader) claim(page int64) error {
	if page < 1 || page > r.pages || page == r.locked {
		return fmt.Errorf("there is no page %d", page)
	}
	if r.seen[page/8]&(1<<(page%8)) != 0 {
		return fmt.Errorf("the page %d is used twice", page)
	}
	r.seen[page/8] |= 1 << (page % 8)
	return nil
}

// offset is the place of a page.
func (r *reader) offset(page int64) int64 { return (page - 1) * r.size }

// note adds a page to ranges.
func (r *reader) note(to []Range, page int64) []Range {
	from := r.offset(page)
	if last := len(to) - 1; last >= 0 && to[last].To == from {
		to[last].To = from + r.size
		return to
	}
	if to = append(to, Range{From: from, To: from + r.size}); len(to)%(1<<16) == 0 {
		to = extent.Merge(to)
	}
	return to
}

// free walks the list of free pages: trunks, each with the numbers of others.
func (r *reader) free(trunk int64) {
	for b := make([]byte, r.size); trunk != 0; {
		at := r.offset(trunk)
		if err := r.claim(trunk); err != nil {
			r.problem(32, "the list of free pages: %v", err)
			return
		}
		r.file.Free = r.note(r.file.Free, trunk)
		if n, _ := r.in.ReadAt(b, at); int64(n) < r.size {
			r.problem(at, "a page cannot be read")
			return
		}
		trunk = int64(binary.BigEndian.Uint32(b))
		n := int64(binary.BigEndian.Uint32(b[4:]))
		if n > r.usable/4-2 {
			r.problem(at, "a page lists %d free ones", n)
			return
		}
		for i := range n {
			page := int64(binary.BigEndian.Uint32(b[8+4*i:]))
			if err := r.claim(page); err != nil {
				r.problem(at, "the list of free pages: %v", err)
				return
			}
			r.file.Free = r.note(r.file.Free, page)
		}
	}
}

// pointers takes the pages that tell of each other page whose it is.
func (r *reader) pointers() {
	for page := int64(2); page <= r.pages; page += r.usable/5 + 1 {
		at := page
		if at == r.locked {
			at++
		}
		if at > r.pages {
			return
		}
		if err := r.claim(at); err != nil {
			r.problem(r.offset(at), "pages of pointers: %v", err)
			return
		}
		r.file.Parsed = r.note(r.file.Parsed, at)
	}
}
