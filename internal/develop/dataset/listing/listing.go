// Package listing is the object that names the files of a directory: DVC's .dir
// JSON, read with limits, written byte for byte, compared and merged.
//
// Words: an entry is a path and the md5 of the file there; a path is bytes with
// slashes, relative to the directory; the order is Python's of the paths. A
// listing knows no sizes, modes, times or empty directories: the format has none.
//
// It holds a million entries in some 60 MB, and neither reads nor writes files.
package listing

import (
	"bytes"
	"slices"
	"sort"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Listing is an ordered set of entries. It does not change.
type Listing struct {
	paths []byte // all of them, one behind the other
	at    []entry
	plain bool // all paths are UTF-8, so that bytes are ordered as code points are
}

// entry is where a path lies among the paths, and what is there.
type entry struct {
	start uint64
	size  uint32
	sum   [16]byte
}

// Len is how many entries there are.
func (l *Listing) Len() int { return len(l.at) }

// Path is the path of an entry; it must not be changed.
func (l *Listing) Path(i int) []byte {
	e := &l.at[i]
	return l.paths[e.start : e.start+uint64(e.size) : e.start+uint64(e.size)]
}

// ID names the file of an entry.
func (l *Listing) ID(i int) object.ID { return object.ID{Sum: l.at[i].sum} }

// Builder collects entries in any order.
type Builder struct {
	l      Listing
	sorted bool
}

// NewBuilder makes room for n entries.
func NewBuilder(n int) *Builder {
	return &Builder{l: Listing{at: make([]entry, 0, n), plain: true}, sorted: true}
}

// Add takes an entry: fault.Invalid for a path that leads nowhere in the directory.
func (b *Builder) Add(path []byte, sum [16]byte) error {
	if err := Check(path); err != nil {
		return err
	}
	l := &b.l
	l.plain = l.plain && utf8.Valid(path)
	e := entry{start: uint64(len(l.paths)), size: uint32(len(path)), sum: sum}
	l.paths = append(l.paths, path...)
	l.at = append(l.at, e)
	if n := len(l.at); b.sorted && n > 1 {
		b.sorted = compare(l.Path(n-2), path, l.plain) < 0
	}
	return nil
}

// Listing is what was added: fault.Invalid where a path was added twice, or is a
// file and a directory. The builder is done with then.
func (b *Builder) Listing() (*Listing, error) {
	l := &b.l
	if !b.sorted || !l.plain {
		slices.SortFunc(l.at, func(x, y entry) int {
			return compare(l.paths[x.start:x.start+uint64(x.size)], l.paths[y.start:y.start+uint64(y.size)], l.plain)
		})
	}
	folder := []byte(nil)
	for i := range l.at {
		path := l.Path(i)
		if i > 0 && bytes.Equal(l.Path(i-1), path) {
			return nil, fault.New(fault.Invalid, "The listing names %.200q twice.", path)
		}
		if at := bytes.LastIndexByte(path, '/'); at >= 0 && !bytes.Equal(folder, path[:at]) {
			folder = path[:at]
			if err := l.noFile(folder); err != nil {
				return nil, err
			}
		}
	}
	return l, nil
}

// noFile refuses a folder that, or above which, a file is named.
func (l *Listing) noFile(folder []byte) error {
	for {
		if _, ok := l.Find(folder); ok {
			return fault.New(fault.Invalid, "The listing names %.200q as a file and as a directory.", folder)
		}
		at := bytes.LastIndexByte(folder, '/')
		if at < 0 {
			return nil
		}
		folder = folder[:at]
	}
}

// MaxPath is the longest path, in bytes: what Linux takes at once, and more.
const MaxPath = 1 << 16

// Check refuses a path that does not name one place below a directory.
func Check(path []byte) error {
	reason := ""
	switch {
	case len(path) == 0:
		reason = "it is empty"
	case len(path) > MaxPath:
		reason = "it is longer than any path"
	case path[0] == '/':
		reason = "it begins at the root of a machine"
	case bytes.IndexByte(path, 0) >= 0:
		reason = "it has a NUL"
	}
	for rest, more := path, reason == ""; more; {
		var part []byte
		part, rest, more = bytes.Cut(rest, []byte{'/'})
		switch string(part) {
		case "":
			reason = "a part of it between slashes is empty"
		case ".", "..":
			reason = "it has a part " + string(part)
		}
	}
	if reason == "" {
		return nil
	}
	return fault.New(fault.Invalid, "The listing names %.200q: %s.", path, reason)
}

func compare(x, y []byte, plain bool) int {
	if plain {
		return bytes.Compare(x, y)
	}
	return pyjson.CompareStrings(x, y)
}

// Find is the entry of a path.
func (l *Listing) Find(path []byte) (int, bool) {
	return sort.Find(l.Len(), func(i int) int { return compare(path, l.Path(i), l.plain && utf8.Valid(path)) })
}

// Below is the range of the entries in a folder, from inclusive to exclusive: all
// of them for "", and none where the path is a file or nothing.
func (l *Listing) Below(folder []byte) (from, to int) {
	if len(folder) == 0 {
		return 0, l.Len()
	}
	// '0' follows '/', and no path lies between the two but those below the folder.
	first, behind := append(slices.Clone(folder), '/'), append(slices.Clone(folder), '0')
	from, _ = l.Find(first)
	to, _ = l.Find(behind)
	return from, to
}

// Sub is the listing of a folder as it would be alone.
func (l *Listing) Sub(folder []byte) *Listing {
	from, to := l.Below(folder)
	if len(folder) == 0 {
		return l
	}
	s := &Listing{paths: l.paths, at: slices.Clone(l.at[from:to]), plain: l.plain}
	for i := range s.at {
		s.at[i].start += uint64(len(folder)) + 1
		s.at[i].size -= uint32(len(folder)) + 1
	}
	return s
}
