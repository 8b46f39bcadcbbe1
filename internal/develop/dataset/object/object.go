// Package object names the bytes of a data version: the md5 of a file, or of a
// directory's listing, where an object of that name lies below a cache or a
// remote, and how the md5 is taken.
//
// Words: an object is some bytes under the name of their hash; a listing is an
// object that names the files of a directory; a layout is how names become
// paths. DVC 3 writes the current layout and reads the legacy one, in which
// DVC 2 kept text files under the md5 of their lines with Unix ends.
//
// It opens, reads and writes no file: it is given readers and gives names.
package object

import (
	"bytes"
	"encoding/hex"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Suffix ends the name of a listing.
const Suffix = ".dir"

// ID is the name of an object. Two files of the same bytes have the same.
type ID struct {
	Sum [16]byte
	Dir bool // a listing
}

// Layout is how names become paths below a cache or a remote.
type Layout uint8

// The layouts.
const (
	Current Layout = iota // files/md5/ab/cdef…
	Legacy                // ab/cdef…
)

const prefix = "files/md5/"

// Parse reads what String gives, or the same with capitals, as files written by
// hand have it: fault.Invalid for any other text.
func Parse(s string) (ID, error) {
	text, dir := strings.CutSuffix(s, Suffix)
	id := ID{Dir: dir}
	if len(text) != 2*len(id.Sum) {
		return ID{}, invalid(s)
	}
	if _, err := hex.Decode(id.Sum[:], []byte(text)); err != nil {
		return ID{}, invalid(s)
	}
	return id, nil
}

func invalid(s string) error {
	return fault.New(fault.Invalid, "%.80q is no name of an object: it would be 32 hexadecimal digits, with %q behind them for a directory.", s, Suffix)
}

// String is the name: 32 digits in lower case, and ".dir" for a listing.
func (id ID) String() string {
	return string(id.Append(make([]byte, 0, 2*len(id.Sum)+len(Suffix))))
}

// Compare is the order of names; a listing comes behind the file of the same sum.
func Compare(a, b ID) int {
	if order := bytes.Compare(a.Sum[:], b.Sum[:]); order != 0 || a.Dir == b.Dir {
		return order
	}
	if a.Dir {
		return 1
	}
	return -1
}

// Append is String behind what b holds.
func (id ID) Append(b []byte) []byte {
	b = hex.AppendEncode(b, id.Sum[:])
	if id.Dir {
		b = append(b, Suffix...)
	}
	return b
}

// Path is where the object lies below the root of a cache or a remote, with
// slashes.
func (id ID) Path(l Layout) string {
	b := make([]byte, 0, len(prefix)+2*len(id.Sum)+1+len(Suffix))
	if l == Current {
		b = append(b, prefix...)
	}
	at := len(b) + 2
	b = append(id.Append(b), 0)
	copy(b[at+1:], b[at:])
	b[at] = '/'
	return string(b)
}

// ParsePath is the object that lies at the path: fault.Invalid for every path
// that Path does not give, capitals too, since there is one path for an object.
func ParsePath(path string) (ID, Layout, error) {
	rest, current := strings.CutPrefix(path, prefix)
	l := Legacy
	if current {
		l = Current
	}
	if len(rest) > 3 && rest[2] == '/' {
		if id, err := Parse(rest[:2] + rest[3:]); err == nil && id.Path(l) == path {
			return id, l, nil
		}
	}
	return ID{}, 0, fault.New(fault.Invalid, "%.120q is no place of an object: it would be %sab/cdef…, or ab/cdef… as DVC 2 wrote it, in lower case.", path, prefix)
}
