package archive

import (
	"fmt"
	"strings"
)

// Kind is what a member of a tar file is, or of one that lists files like it.
type Kind byte

// The kinds (POSIX.1-2017, pax, "ustar Interchange Format"). All others are
// files to programs that do not know them.
const (
	File     Kind = '0'
	HardLink Kind = '1'
	Symlink  Kind = '2'
	Char     Kind = '3'
	Block    Kind = '4'
	Folder   Kind = '5'
	Pipe     Kind = '6'
)

// Entry is a member of such a file.
type Entry struct {
	Name   string
	Link   string // where a link leads
	Kind   Kind
	Header int64 // where its own header begins, behind those that extend it
	Data   Range // its bytes in the file, without the padding
	// Pieces of a sparse file are where its bytes belong; all others are zero. Nil
	// for a file that is not sparse.
	Pieces []Piece
	Size   int64 // with the holes of a sparse file
	Own    bool  // it is of the archive itself, and no program takes it out
}

// Piece is bytes of a sparse file.
type Piece struct {
	At   int64 // in the file
	Data Range // in the container
}

// Listing is what a file holds that is headers with the bytes of files behind them.
type Listing struct {
	Entries  []Entry
	Oddities []Oddity
	Gaps     []Range // what no header accounts for, but for zero bytes
}

// ListingLimits bound what is kept of it.
type ListingLimits struct {
	Members   int
	NameBytes int64 // of all names and links
	Pieces    int   // of all sparse files
}

// lister gathers the members of one file.
type lister struct {
	file   window
	limits ListingLimits
	names  int64
	out    Listing
}

func (l *lister) odd(rule string, at int64, member, format string, args ...any) {
	const most = 1000
	if len(l.out.Oddities) < most {
		l.out.Oddities = append(l.out.Oddities, Oddity{Rule: rule, Offset: at, Member: member, Text: fmt.Sprintf(format, args...)})
	}
}

// rest is a gap up to the end of the file, unless it is zeros.
func (l *lister) rest(at int64) {
	const piece = 64 << 10
	for ; at < l.file.size; at += piece {
		if !l.file.zero(Range{at, min(at+piece, l.file.size)}) {
			l.out.Gaps = append(l.out.Gaps, Range{at, l.file.size})
			return
		}
	}
}

// keep adds a member.
func (l *lister) keep(e Entry) error {
	l.out.Entries = append(l.out.Entries, e)
	l.names += int64(len(e.Name) + len(e.Link))
	switch {
	case len(l.out.Entries) > l.limits.Members:
		return LimitError{"members", int64(l.limits.Members)}
	case l.names > l.limits.NameBytes:
		return LimitError{"bytes of names", l.limits.NameBytes}
	}
	return nil
}

// compare looks at the members as a whole.
func (l *lister) compare() {
	named := map[string]bool{}
	for _, e := range l.out.Entries {
		if e.Own {
			continue
		}
		if e.Kind != Folder && named[e.Name] {
			l.odd(RuleDuplicate, e.Header, e.Name, "the name stands before as well: programs that take the archive apart keep the last")
		}
		named[e.Name] = true
		if LeadsOut(e.Name) {
			l.odd(RulePath, e.Header, e.Name, "the name leads out of the folder in which the archive is taken apart")
		}
		switch e.Kind {
		case Char, Block, Pipe:
			l.odd(RuleKind, e.Header, e.Name, "a device or a pipe")
		case Symlink, HardLink:
			l.odd(RuleKind, e.Header, e.Name, "a link to %q", e.Link)
		}
	}
}

// Target is where a link leads, from the root of the archive.
func (e Entry) Target() string {
	if e.Kind == Symlink && !strings.HasPrefix(e.Link, "/") && !strings.HasPrefix(e.Link, `\`) {
		return e.Name[:strings.LastIndexByte(e.Name, '/')+1] + e.Link
	}
	return e.Link
}
