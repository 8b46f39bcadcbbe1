package archive

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Method is how a member of a zip file is compressed (APPNOTE 4.4.5).
type Method uint16

// The methods that are understood.
const (
	Store     Method = 0
	Deflate   Method = 8
	Deflate64 Method = 9
	Bzip2     Method = 12
	LZMA      Method = 14
	Zstd      Method = 93
	XZ        Method = 95
)

// String names a method, also one that is not understood.
func (m Method) String() string {
	name := map[Method]string{
		Store: "stored", Deflate: "deflate", Deflate64: "deflate64", Bzip2: "bzip2", LZMA: "lzma", Zstd: "zstd", XZ: "xz",
		1: "shrink", 2: "reduce", 3: "reduce", 4: "reduce", 5: "reduce", 6: "implode", 10: "PKWARE's implode", 96: "jpeg", 97: "wavpack", 98: "PPMd", 99: "AES encryption",
	}[m]
	if name == "" {
		return fmt.Sprintf("method %d", uint16(m))
	}
	return fmt.Sprintf("method %d (%s)", uint16(m), name)
}

// Member is a part of a container.
type Member struct {
	Name   string   // as its bytes are; they need not be UTF-8
	Others []string // what other readings call it
	Header int64    // where its header begins
	Data   Range    // its bytes in the container, compressed or not
	Size   int64    // of the bytes when decompressed, as declared; -1 when nothing declares it
	CRC    uint32   // as declared
	Method Method
	Also   []Method // what other readings say it is compressed by
	Hidden bool     // the last directory does not name it
	Sealed bool     // it says that it is encrypted
}

// Folder reports whether the name is that of a folder without bytes.
func (m Member) Folder() bool { return strings.HasSuffix(m.Name, "/") && m.Data.Len() == 0 }

// Zip is all that a file could be read as by programs that take it for a zip.
type Zip struct {
	Members  []Member // in the order of their places
	Oddities []Oddity
	Gaps     []Range // what no reading accounts for, but for padding of zero bytes
}

// ZipLimits bound what is kept of a zip file.
type ZipLimits struct {
	Members   int   // in all readings; of entries in directories four times as many are read
	NameBytes int64 // of all names
}

// ReadZip reads the directories of a zip file of so many bytes: every end record
// that a reader could take, with every base that its offsets could have, and every
// member's own header; then the headers that lie where no directory says. It
// gives ErrFormat when there is no header and no end record, LimitError when
// there are too many.
func ReadZip(r io.ReaderAt, size int64, most ZipLimits) (*Zip, error) {
	z := &zipReader{file: window{r: r, size: size}, limits: most, members: map[int64]*Member{}, read: map[[2]int64]bool{}}
	ends, err := z.ends()
	if err != nil {
		return nil, err
	}
	read := false
	for _, e := range ends {
		found, err := z.directory(e, !read)
		if err != nil {
			return nil, err
		}
		read = read || found
	}
	if err := z.hidden(); err != nil {
		return nil, err
	}
	if len(z.members) == 0 && len(ends) == 0 {
		return nil, ErrFormat
	}
	if !read && len(z.members) > 0 {
		z.odd(RuleDirectory, 0, "", "no directory names the members: they were found by their own headers")
	}
	return z.view(), nil
}

// zipReader gathers the readings of one file.
type zipReader struct {
	file   window
	limits ZipLimits
	names  int64
	// entriesRead bounds the work: directories may share their bytes.
	entriesRead int
	members     map[int64]*Member // by the place of the header
	read        map[[2]int64]bool // directories, by their place and the base of their offsets
	taken       []Range           // headers, data, directories
	directories []Range
	oddities    []Oddity
}

func (z *zipReader) odd(rule string, at int64, member, format string, args ...any) {
	const most = 1000 // as many sentences as anybody reads
	if len(z.oddities) < most {
		z.oddities = append(z.oddities, Oddity{Rule: rule, Offset: at, Member: member, Text: fmt.Sprintf(format, args...)})
	}
}

// keep counts a member's name against the limits.
func (z *zipReader) keep(name string) error {
	z.names += int64(len(name))
	if len(z.members) > z.limits.Members {
		return LimitError{"members", int64(z.limits.Members)}
	}
	if z.names > z.limits.NameBytes {
		return LimitError{"bytes of names", z.limits.NameBytes}
	}
	return nil
}

// view orders what was gathered and compares the members with each other.
func (z *zipReader) view() *Zip {
	v := &Zip{}
	for _, m := range z.members {
		v.Members = append(v.Members, *m)
	}
	slices.SortFunc(v.Members, func(a, b Member) int { return cmp.Compare(a.Header, b.Header) })
	named := map[string]int64{}
	end := int64(0)
	for i, m := range v.Members {
		if at, ok := named[m.Name]; ok {
			z.odd(RuleDuplicate, m.Header, m.Name, "the name stands at %d as well: programs differ in which of the two they take", at)
		}
		named[m.Name] = m.Header
		if m.Header < end && i > 0 {
			z.odd(RuleOverlap, m.Header, m.Name, "its bytes belong to %q as well", v.Members[i-1].Name)
		}
		end = max(end, m.Data.To)
		if LeadsOut(m.Name) {
			z.odd(RulePath, m.Header, m.Name, "the name leads out of the folder in which the archive is taken apart")
		}
		if m.Sealed {
			z.odd(RuleEncrypted, m.Header, m.Name, "the member says that it is encrypted; some programs read it all the same")
		}
	}
	for _, g := range gaps(z.taken, z.file.size) {
		if !z.file.zero(g) {
			v.Gaps = append(v.Gaps, g)
			if g.From == 0 {
				z.odd(RulePrefix, 0, "", "%d bytes stand before the first member", g.Len())
			}
		}
	}
	v.Oddities = z.oddities
	return v
}

// LeadsOut reports whether a name is absolute or climbs above its folder, on any
// system.
func LeadsOut(name string) bool {
	slashed := strings.ReplaceAll(name, `\`, "/")
	if strings.HasPrefix(slashed, "/") || len(slashed) > 1 && slashed[1] == ':' {
		return true
	}
	depth := 0
	for part := range strings.SplitSeq(slashed, "/") {
		switch part {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return true
			}
		default:
			depth++
		}
	}
	return false
}
