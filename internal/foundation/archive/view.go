package archive

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Range is the bytes from From up to but not including To.
type Range struct{ From, To int64 }

// Len is the count of bytes in the range.
func (r Range) Len() int64 { return r.To - r.From }

// Oddity is something that a careful writer would not have made.
type Oddity struct {
	Rule   string // one of the constants below
	Offset int64  // where in the container, in bytes
	Member string // whose, "" when it concerns the container
	Text   string // a sentence
}

// Rules of oddities, the same for all containers.
const (
	RuleNames     = "member-names-differ" // readings give one member several names
	RuleSizes     = "member-sizes-differ" // or several sizes, methods or places
	RuleHidden    = "member-hidden"       // a member that the last directory does not name
	RuleDuplicate = "member-duplicate"    // one name for several members
	RuleOverlap   = "member-overlap"      // bytes that belong to several members
	RuleEncrypted = "member-encrypted"    // a member that says it is encrypted
	RuleChecksum  = "member-checksum"     // bytes that are not what the header promised
	RuleTrailing  = "member-trailing"     // bytes behind the end of a compressed stream
	RuleDirectory = "directories-differ"  // several directories, or one that counts wrongly
	RulePrefix    = "data-before"         // bytes before the first member
	RuleComment   = "data-in-comment"     // a comment that holds other than text
	RulePath      = "member-path"         // a name that leads out of where it is taken apart
	RuleKind      = "member-kind"         // a link, a device: no bytes of its own
)

// ErrFormat is given for what is not a container of the kind asked for.
var ErrFormat = errors.New("not a container of this kind")

// LimitError says that a container has more of something than may be read.
type LimitError struct {
	What string // members, name bytes …
	Most int64
}

func (e LimitError) Error() string {
	return fmt.Sprintf("more than %d %s", e.Most, e.What)
}

// gaps are the ranges of a file of so many bytes that taken leaves out.
func gaps(taken []Range, size int64) []Range {
	slices.SortFunc(taken, func(a, b Range) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	var free []Range
	at := int64(0)
	for _, r := range taken {
		if r.From > at {
			free = append(free, Range{at, r.From})
		}
		at = max(at, r.To)
	}
	if at < size {
		free = append(free, Range{at, size})
	}
	return free
}
