package link

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Type is a way for one file to have another's bytes.
type Type string

const (
	Reflink  Type = "reflink"  // shares blocks until either is written (btrfs, xfs, APFS)
	Hardlink Type = "hardlink" // a second name of the same inode
	Symlink  Type = "symlink"  // a name that leads to the first
	Copy     Type = "copy"     // the bytes once more
)

// ErrUnsupported is what Make fails with where the file system has no links of the
// type, or not between these two places.
var ErrUnsupported = errors.New("no such links here")

// Shared says whether writing to one name changes the other: such files are
// read-only in a working copy.
func (t Type) Shared() bool { return t == Hardlink || t == Symlink }

// Default is the order in which types are tried when nothing is set.
func Default() []Type { return []Type{Reflink, Copy} }

// ParseTypes reads cache.type: types with commas between them, in the order they
// are to be tried.
func ParseTypes(text string) ([]Type, error) {
	var types []Type
	for word := range strings.SplitSeq(text, ",") {
		t := Type(strings.ToLower(strings.TrimSpace(word)))
		if !slices.Contains([]Type{Reflink, Hardlink, Symlink, Copy}, t) {
			return nil, fmt.Errorf("cache.type: %q is none of reflink, hardlink, symlink, copy", word)
		}
		types = append(types, t)
	}
	return types, nil
}
