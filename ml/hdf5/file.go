package hdf5

import (
	"errors"
	"fmt"
	"io"

	"github.com/tacit-ml/tacit/ml/extent"
)

// Budget bounds what reading a file may use. One that is used up is a Problem.
type Budget struct {
	Objects  int   // groups, datasets and named types; links and attributes, four times as many
	Metadata int64 // bytes read of headers, heaps and indexes
	Texts    int64 // bytes held of names and of attributes' texts
	Extents  int   // of storage, those that touch counted once
}

// DefaultBudget is enough for models of some hundred thousand layers.
func DefaultBudget() Budget {
	return Budget{Objects: 100_000, Metadata: 256 << 20, Texts: 24 << 20, Extents: 1 << 18}
}

// Extent is the bytes From up to To of the file, To not among them.
type Extent = extent.Range

// Kind is what an object is.
type Kind uint8

// The kinds of objects.
const (
	Group Kind = iota
	Dataset
	NamedType
)

// Object is a group, a dataset or a named type.
type Object struct {
	Path       string // the first way to it, of a long one the end
	Offset     int64  // of its header
	Kind       Kind
	Virtual    bool     // a dataset made of parts of others
	Files      []string // other files that hold its data
	Filters    []uint16 // numbers of the filters that chunks go through
	Attributes []Attribute
}

// Attribute is a named value of an object.
type Attribute struct {
	Name   string
	Offset int64  // of its description
	Class  Class  // of its elements
	Texts  []Text // of one whose elements are strings; nil for others
}

// Text is an element of an attribute.
type Text struct {
	Value  string
	Offset int64 // in the file
}

// LinkKind is where a link leads.
type LinkKind uint8

// The kinds of links that are not to an object of the file.
const (
	SoftLink LinkKind = iota
	ExternalLink
	UserLink // of a type that a program registers
)

// Link is one that does not name an object of the file itself.
type Link struct {
	Path   string
	Offset int64
	Kind   LinkKind
	File   string // of an external one
	Target string // path in that file, or in this
}

// Problem is something that was not understood.
type Problem struct {
	Offset int64
	What   string
}

// File is what a file holds.
type File struct {
	Version   int   // of the superblock
	UserBlock int64 // bytes before the superblock
	End       int64 // offset where the superblock says that the file ends
	Objects   []Object
	Links     []Link
	Problems  []Problem
	Parsed    []Extent // structure, in order and apart
	Raw       []Extent // storage of datasets, in order and apart, not among Parsed

	lengths int // bytes of a length
}

// ErrOther is given for bytes that have no superblock.
var ErrOther = errors.New("hdf5: the file has no superblock")

// reader is a file while it is read.
type reader struct {
	file    *File
	in      io.ReaderAt
	size    int64
	budget  Budget
	base    int64
	offsets int // bytes of an address
	lengths int // bytes of a length
	leafK   int // of symbol tables: half the entries of a node
	groupK  int
	chunkK  int
	seen    map[visited]bool
	heaps   map[uint64]*collection // global ones, by address
	held    int64                  // bytes of collections
	full    bool                   // the budget of extents was used up
	queue   []pending
	count   int // objects, links and attributes
}

type pending struct {
	address uint64
	path    string
}

// visited names a structure that was read.
type visited struct {
	address uint64
	kind    byte
}

// Read reads the structure of a file. An error tells that it is none: no
// superblock, or one that is damaged. What is wrong behind it is a Problem.
func Read(in io.ReaderAt, size int64, b Budget) (*File, error) {
	r := &reader{file: &File{}, in: in, size: size, budget: b, seen: map[visited]bool{}, heaps: map[uint64]*collection{}, chunkK: 32}
	root, err := r.superblock()
	if err != nil {
		return nil, err
	}
	r.queue = append(r.queue, pending{root, "/"})
	for len(r.queue) > 0 {
		next := r.queue[0]
		r.queue = r.queue[1:]
		r.object(next)
	}
	f := r.file
	f.lengths = r.lengths
	f.Parsed = extent.Merge(f.Parsed)
	f.Raw = extent.Without(extent.Merge(f.Raw), f.Parsed)
	return f, nil
}

// problem notes what was not understood, at most a thousand times.
func (r *reader) problem(address uint64, format string, args ...any) {
	const most = 1000
	if len(r.file.Problems) < most {
		r.file.Problems = append(r.file.Problems, Problem{Offset: r.offset(address), What: fmt.Sprintf(format, args...)})
	}
}

// once reports whether a structure is met for the first time.
func (r *reader) once(address uint64, kind byte) bool {
	v := visited{address, kind}
	if r.seen[v] {
		return false
	}
	r.seen[v] = true
	return true
}

// linksPerObject is how many links and attributes there may be for each object.
const linksPerObject = 4

// more counts one object, link or attribute with its texts, and reports whether
// it may be kept.
func (r *reader) more(address uint64, texts ...string) bool {
	if r.count++; r.count == linksPerObject*r.budget.Objects+1 {
		r.problem(address, "the budget of %d links and attributes was used up", linksPerObject*r.budget.Objects)
	}
	size := int64(0)
	for _, t := range texts {
		size += int64(len(t))
	}
	if r.count > linksPerObject*r.budget.Objects {
		return false
	}
	if r.budget.Texts -= size; r.budget.Texts < 0 && r.once(0, 'n') {
		r.problem(address, "the budget of bytes for texts was used up")
	}
	return r.budget.Texts >= 0
}

// undefined reports whether an address is none.
func (r *reader) undefined(address uint64) bool {
	return address == 1<<(8*r.offsets)-1 || address == ^uint64(0)
}

// offset is the place of an address in the file, clipped to it.
func (r *reader) offset(address uint64) int64 {
	if address > uint64(r.size-r.base) {
		return r.size
	}
	return r.base + int64(address)
}

// block reads n bytes of structure. An error tells that they do not lie in the
// file, or that the budget is used up.
func (r *reader) block(address uint64, n int64) ([]byte, error) {
	if n < 0 || address > uint64(r.size-r.base) || n > r.size-r.base-int64(address) {
		return nil, fmt.Errorf("%d bytes at %d do not lie in the file", n, address)
	}
	if r.budget.Metadata -= n; r.budget.Metadata < 0 || n > mostBlock {
		return nil, errors.New("the budget for structure was used up")
	}
	b := make([]byte, n)
	if got, err := r.in.ReadAt(b, r.base+int64(address)); int64(got) < n {
		return nil, fmt.Errorf("%d bytes at %d cannot be read: %w", n, address, errors.Join(err, io.ErrUnexpectedEOF))
	}
	return b, nil
}

// mostBlock is the longest piece of structure that is held.
const mostBlock = 32 << 20

// parsed notes bytes as understood.
func (r *reader) parsed(address uint64, n int64) {
	r.file.Parsed = r.extent(r.file.Parsed, address, n)
}

// raw notes bytes as storage of a dataset.
func (r *reader) raw(address uint64, n int64) {
	r.file.Raw = r.extent(r.file.Raw, address, n)
}

func (r *reader) extent(to []Extent, address uint64, n int64) []Extent {
	e := Extent{From: r.offset(address)}
	if e.To = e.From + min(max(n, 0), r.size-e.From); e.From >= e.To {
		return to
	}
	if last := len(to) - 1; last >= 0 && to[last].From <= e.From && e.From <= to[last].To {
		to[last].To = max(to[last].To, e.To)
		return to
	}
	if len(to) >= r.budget.Extents && !r.full {
		if to = extent.Merge(to); len(to) > r.budget.Extents/2 {
			r.full = true
			r.problem(address, "the budget of %d extents was used up", r.budget.Extents)
		}
	}
	if r.full {
		return to
	}
	return append(to, e)
}
