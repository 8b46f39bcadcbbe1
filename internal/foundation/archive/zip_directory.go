package archive

import (
	"bytes"
	"math"
	"slices"
	"strings"
)

const centralSize = 46

// directory reads the central directory of an end record from each base that it
// could have, and reports whether there is one. In the last end record's the
// members are those that most readers see.
func (z *zipReader) directory(e zipEnd, last bool) (found bool, err error) {
	for _, base := range e.bases() {
		if e.offset > math.MaxInt64 {
			continue
		}
		at := base + int64(e.offset)
		if at < 0 || at > z.file.size || z.read[[2]int64{at, base}] || !last && z.within(e, base) {
			continue
		}
		z.read[[2]int64{at, base}] = true
		if nowhere, err := z.rest(at, base); err != nil || nowhere {
			if err != nil {
				return found, err
			}
			continue
		}
		n, to, err := z.entries(at, base, last && !found)
		if err != nil {
			return found, err
		}
		if n == 0 {
			continue
		}
		if found {
			z.odd(RuleDirectory, at, "", "a second directory of %d members begins here: offsets count from two places", n)
		} else if !last {
			z.odd(RuleDirectory, at, "", "a directory of %d members beside the last one: programs differ in which they take", n)
		}
		found = true
		// Counts of 16 bits are taken modulo their size by those who have more members.
		if uint64(n) != e.entries && uint64(n)&0xffff != e.entries {
			z.odd(RuleDirectory, e.at, "", "the end record counts %d members, the directory has %d", e.entries, n)
		}
		if int64(e.size) != to-at && e.size != 0xffffffff {
			z.odd(RuleDirectory, e.at, "", "the end record says that the directory has %d bytes, it has %d", e.size, to-at)
		}
		z.taken = append(z.taken, Range{at, to})
		z.directories = append(z.directories, Range{at, to})
	}
	return found, nil
}

// rest reports whether what begins at a place is the rest of a directory that was
// read, no entry of which leads to a header from the base: nobody comes to a member
// by it. The 76 bytes of a 64-bit end record and its locator let it begin so where
// the first entry has a name of 30 bytes.
func (z *zipReader) rest(at, base int64) (bool, error) {
	if !slices.ContainsFunc(z.directories, func(r Range) bool { return r.From < at && at < r.To }) {
		return false, nil
	}
	for {
		c, size, err := z.central(at)
		if err != nil || c == nil {
			return err == nil, err
		}
		if c.local <= math.MaxInt64 {
			if h, err := z.local(base + int64(c.local)); err != nil || h != nil {
				return false, err
			}
		}
		if z.entriesRead++; z.entriesRead > 4*z.limits.Members {
			return false, LimitError{"entries in all directories", int64(4 * z.limits.Members)}
		}
		at += size
	}
}

// central is the entry of a directory at a place with its size, nil where none is
// or the file ends in it.
func (z *zipReader) central(at int64) (*central, int64, error) {
	b, err := z.file.at(at, centralSize)
	if err != nil || b == nil || string(b[:4]) != directorySignature {
		return nil, 0, err
	}
	fixed := bytes.Clone(b)
	name, extra := int(u16(fixed[28:])), int(u16(fixed[30:]))
	rest, err := z.file.at(at+centralSize, name+extra)
	if err != nil || rest == nil {
		return nil, 0, err
	}
	c := centralEntry(fixed, rest[:name], rest[name:])
	return &c, int64(centralSize+name+extra) + int64(u16(fixed[32:])), nil
}

// within reports whether an end record, with a base, is that of an archive which
// is a member of this one, or shows in a packed member. A program that takes it for the
// whole file sees that member's own members, which whoever inspects the member sees;
// and nobody takes it who found the last one, unless its comment ends with the file.
func (z *zipReader) within(e zipEnd, base int64) bool {
	for _, m := range z.members {
		if m.Hidden || e.at < m.Data.From || e.at+endSize > m.Data.To {
			continue
		}
		if !e.whole {
			return true
		}
		if m.Method != Store || m.Data.From != base {
			continue
		}
		b, err := z.file.at(base, len(localSignature))
		return err == nil && string(b) == localSignature
	}
	return false
}

// entries reads the entries of a directory as long as there are some, and gives
// their count and their end.
func (z *zipReader) entries(at, base int64, last bool) (n int, to int64, err error) {
	for {
		b, err := z.file.at(at, centralSize)
		if err != nil {
			return n, at, err
		}
		if b == nil || string(b[:4]) != directorySignature {
			return n, at, nil
		}
		name, extra, comment := int(u16(b[28:])), int(u16(b[30:])), int64(u16(b[32:]))
		rest, err := z.file.at(at+centralSize, name+extra)
		if err != nil {
			return n, at, err
		}
		if rest == nil {
			z.odd(RuleDirectory, at, "", "the directory is cut off in the middle of an entry")
			return n, at, nil
		}
		c := centralEntry(b, rest[:name], rest[name:])
		if err := z.member(c, base, last); err != nil {
			return n, at, err
		}
		if z.entriesRead++; z.entriesRead > 4*z.limits.Members {
			return n, at, LimitError{"entries in all directories", int64(4 * z.limits.Members)}
		}
		n++
		at += int64(centralSize+name+extra) + comment
	}
}

// central is an entry of a central directory (APPNOTE 4.3.12).
type central struct {
	name       string
	others     []string
	flags      uint16
	method     Method
	crc        uint32
	compressed uint64
	size       uint64
	local      uint64 // where the member's own header is, from the base
	link       bool
}

func centralEntry(b, name, extra []byte) central {
	c := central{
		flags: u16(b[8:]), method: Method(u16(b[10:])), crc: u32(b[16:]),
		compressed: uint64(u32(b[20:])), size: uint64(u32(b[24:])), local: uint64(u32(b[42:])),
	}
	const unix, typeMask, link = 3, 0xf000, 0xa000
	c.link = b[5] == unix && u32(b[38:])>>16&typeMask == link
	c.name, c.others = names(name, extra)
	wide := field(extra, zip64Extra)
	for _, f := range []*uint64{&c.size, &c.compressed, &c.local} {
		if *f == 0xffffffff && len(wide) >= 8 {
			*f, wide = u64(wide), wide[8:]
		}
	}
	return c
}

const (
	zip64Extra = 0x0001
	nameExtra  = 0x7075 // the name once more, in UTF-8 (APPNOTE 4.6.9)
)

// field is the extra field of that id, nil when there is none.
func field(extra []byte, id uint16) []byte {
	for len(extra) >= 4 {
		n := int(u16(extra[2:]))
		if n > len(extra)-4 {
			return nil
		}
		if u16(extra) == id {
			return extra[4 : 4+n]
		}
		extra = extra[4+n:]
	}
	return nil
}

// names are what readers call a member: its name; up to the first zero byte, as
// Python does; and the name that an extra field gives.
func names(name, extra []byte) (string, []string) {
	var others []string
	if before, _, cut := bytes.Cut(name, []byte{0}); cut {
		others = append(others, string(before))
	}
	if f := field(extra, nameExtra); len(f) > 5 && f[0] == 1 && !bytes.Equal(f[5:], name) {
		others = append(others, string(f[5:]))
	}
	return string(name), others
}

// called adds another name of a member.
func (m *Member) called(name string) {
	if name != m.Name && !slices.Contains(m.Others, name) {
		m.Others = append(m.Others, name)
	}
}

// quoted are names for a sentence.
func quoted(all []string) string { return `"` + strings.Join(all, `", "`) + `"` }
