package archive

import (
	"io"
	"strconv"
	"strings"
)

// IsAr reports whether a file begins as those of ar do: libraries, Debian's packages.
func IsAr(head []byte) bool { return strings.HasPrefix(string(head), arMagic) }

const arMagic = "!<arch>\n"

// ReadAr reads the headers of a file of ar, with the long names of GNU and of BSD. It
// gives ErrFormat when it is none, LimitError when there are too many.
func ReadAr(r io.ReaderAt, size int64, most ListingLimits) (*Listing, error) {
	const header = 60
	l := &lister{file: window{r: r, size: size}, limits: most}
	head, err := l.file.at(0, len(arMagic))
	if err != nil || string(head) != arMagic {
		return nil, orFormat(err)
	}
	long := ""
	for at := int64(len(arMagic)); at < size; {
		b, err := l.file.at(at, header)
		if err != nil {
			return nil, err
		}
		if b == nil || string(b[58:]) != "`\n" {
			l.rest(at)
			break
		}
		name := strings.TrimRight(string(b[:16]), " ")
		data := at + header
		n, err := strconv.ParseInt(strings.TrimSpace(string(b[48:58])), 10, 64)
		if err != nil || n < 0 || n > size-data {
			l.odd(RuleSizes, at, name, "its length is none, or leads behind the end of the file")
			n = size - data
		}
		e := Entry{Name: name, Kind: File, Header: at, Data: Range{data, data + n}, Size: n}
		if err := l.arName(&e, &long); err != nil {
			return nil, err
		}
		e.Own = arsOwn(e.Name)
		if err := l.keep(e); err != nil {
			return nil, err
		}
		at = data + n + n&1
	}
	l.compare()
	return &l.out, nil
}

// arsOwn reports whether a member is of ar itself, which nobody takes out: the symbols
// that the others define ("/", "/SYM64/", BSD's "__.SYMDEF" and "__.SYMDEF SORTED"), and
// their long names ("//").
func arsOwn(name string) bool {
	return name == "/" || name == "//" || name == "/SYM64/" || name == "__.SYMDEF" || name == "__.SYMDEF SORTED"
}

// arName finds the name of a member that is too long for its header: in a member of
// names, or before the bytes.
func (l *lister) arName(e *Entry, long *string) error {
	inBytes := func(n int64) (string, error) {
		b, err := l.file.at(e.Data.From, int(min(n, mostPax)))
		return string(b), err
	}
	if e.Name == "//" {
		names, err := inBytes(e.Data.Len())
		*long = names
		return err
	}
	if digits, ok := strings.CutPrefix(e.Name, "#1/"); ok {
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n < 0 || n > e.Data.Len() {
			return nil // it is called so, then
		}
		name, err := inBytes(n)
		e.Name = strings.TrimRight(name, "\x00")
		e.Data.From += n
		e.Size -= n
		return err
	}
	if digits, ok := strings.CutPrefix(e.Name, "/"); ok {
		if n, err := strconv.Atoi(digits); err == nil && n >= 0 && n < len(*long) {
			e.Name, _, _ = strings.Cut((*long)[n:], "\n")
		}
	}
	if !arsOwn(e.Name) {
		e.Name = strings.TrimSuffix(e.Name, "/")
	}
	return nil
}

// IsCPIO reports whether a file begins as those of cpio do.
func IsCPIO(head []byte) bool { return cpioForm(head) != nil }

// cpio is a form of headers.
type cpio struct {
	size  int // of a header
	pad   int64
	parse func(b []byte) (mode, names, data uint64, ok bool)
}

// cpioForm is the form of a header: of SVR4, of POSIX, or binary in either order.
func cpioForm(head []byte) *cpio {
	text := func(base int, fields [3][2]int) func(b []byte) (mode, names, data uint64, ok bool) {
		return func(b []byte) (mode, names, data uint64, ok bool) {
			var v [3]uint64
			for i, f := range fields {
				var err error
				if v[i], err = strconv.ParseUint(string(b[f[0]:f[1]]), base, 63); err != nil {
					return 0, 0, 0, false
				}
			}
			return v[0], v[1], v[2], true
		}
	}
	switch {
	case len(head) < 26:
		return nil
	case string(head[:6]) == "070701", string(head[:6]) == "070702":
		return &cpio{110, 4, text(16, [3][2]int{{14, 22}, {94, 102}, {54, 62}})}
	case string(head[:6]) == "070707":
		return &cpio{76, 1, text(8, [3][2]int{{18, 24}, {59, 65}, {65, 76}})}
	case u16(head) == 0o70707 && head[20] > 0 && head[21] < 0x10:
		return &cpio{26, 2, func(b []byte) (mode, names, data uint64, ok bool) {
			return uint64(u16(b[6:])), uint64(u16(b[20:])), uint64(u16(b[22:]))<<16 | uint64(u16(b[24:])), u16(b) == 0o70707
		}}
	}
	return nil
}

// ReadCPIO reads the headers of a file of cpio. It gives ErrFormat when it is none,
// LimitError when there are too many.
func ReadCPIO(r io.ReaderAt, size int64, most ListingLimits) (*Listing, error) {
	l := &lister{file: window{r: r, size: size}, limits: most}
	begun := false
	for at := int64(0); at < size; {
		head, err := l.file.at(at, int(min(110, size-at)))
		if err != nil {
			return nil, err
		}
		form := cpioForm(head)
		if form == nil || form.size > len(head) {
			l.rest(at)
			break
		}
		mode, names, data, ok := form.parse(head)
		if !ok || names == 0 || names > mostPax || int64(names) > size-at-int64(form.size) {
			l.rest(at)
			break
		}
		name, err := l.file.at(at+int64(form.size), int(names))
		if err != nil {
			return nil, err
		}
		begun = true
		from := form.padded(at + int64(form.size) + int64(names))
		to := from + int64(min(data, uint64(max(size-from, 0))))
		e := Entry{Name: strings.TrimRight(string(name), "\x00"), Kind: cpioKind(mode), Header: at, Data: Range{from, max(from, to)}}
		e.Size = e.Data.Len()
		if data > uint64(e.Size) {
			l.odd(RuleSizes, at, e.Name, "its length leads behind the end of the file")
		}
		at = min(form.padded(e.Data.To), size)
		if e.Name == "TRAILER!!!" {
			l.rest(at)
			break
		}
		if err := l.link(&e); err != nil {
			return nil, err
		}
		if err := l.keep(e); err != nil {
			return nil, err
		}
	}
	if !begun {
		return nil, ErrFormat
	}
	l.compare()
	return &l.out, nil
}

func (c *cpio) padded(at int64) int64 { return (at + c.pad - 1) / c.pad * c.pad }

// link reads where a link leads, which its bytes say.
func (l *lister) link(e *Entry) error {
	if e.Kind != Symlink {
		return nil
	}
	b, err := l.file.at(e.Data.From, int(min(e.Size, mostPax)))
	e.Link = string(b)
	return err
}

// cpioKind is the kind of a member by the mode of its file.
func cpioKind(mode uint64) Kind {
	switch mode >> 12 & 0xf {
	case 1:
		return Pipe
	case 2:
		return Char
	case 4:
		return Folder
	case 6:
		return Block
	case 0xa:
		return Symlink
	}
	return File
}

func orFormat(err error) error {
	if err != nil {
		return err
	}
	return ErrFormat
}
