package archive

import (
	"math"
	"strings"
)

const localSize = 30

const (
	sealedFlags    = 1<<0 | 1<<6 | 1<<13 // encrypted; strongly; with a masked directory
	patchedFlag    = 1 << 5
	descriptorFlag = 1 << 3 // sizes and checksum follow the data
)

// local is a member's own header (APPNOTE 4.3.7).
type local struct {
	at         int64
	data       int64 // where the bytes begin
	name       string
	others     []string
	flags      uint16
	method     Method
	crc        uint32
	compressed uint64
	size       uint64
}

// local reads the header at a place, nil when none is there.
func (z *zipReader) local(at int64) (*local, error) {
	b, err := z.file.at(at, localSize)
	if err != nil || b == nil || string(b[:4]) != localSignature {
		return nil, err
	}
	name, extra := int(u16(b[26:])), int(u16(b[28:]))
	rest, err := z.file.at(at+localSize, name+extra)
	if err != nil || rest == nil {
		return nil, err
	}
	h := &local{
		at: at, data: at + int64(localSize+name+extra), flags: u16(b[6:]), method: Method(u16(b[8:])),
		crc: u32(b[14:]), compressed: uint64(u32(b[18:])), size: uint64(u32(b[22:])),
	}
	h.name, h.others = names(rest[:name], rest[name:])
	wide := field(rest[name:], zip64Extra)
	for _, f := range []*uint64{&h.size, &h.compressed} {
		if *f == 0xffffffff && len(wide) >= 8 {
			*f, wide = u64(wide), wide[8:]
		}
	}
	return h, nil
}

// member joins what a directory says of a member with what its own header says.
func (z *zipReader) member(c central, base int64, last bool) error {
	if c.local > math.MaxInt64 {
		z.odd(RuleSizes, z.file.size, c.name, "the directory says that the member begins at %d, behind the end of the file", c.local)
		return nil
	}
	at := base + int64(c.local)
	h, err := z.local(at)
	if err != nil {
		return err
	}
	if h == nil {
		z.odd(RuleSizes, at, c.name, "the directory says that the member begins here, but no header is here")
		return nil
	}
	m := z.members[at]
	if m == nil {
		m = &Member{Name: c.name, Header: at, Hidden: !last, Method: c.method, CRC: c.crc, Size: int64(c.size)}
		m.Data = Range{h.data, h.data + int64(min(c.compressed, uint64(z.file.size-h.data)))}
		z.members[at] = m
	}
	m.Hidden = m.Hidden && !last
	m.called(c.name)
	for _, name := range append(append(c.others, h.name), h.others...) {
		m.called(name)
	}
	m.Sealed = m.Sealed || (c.flags|h.flags)&sealedFlags != 0
	z.differ(m, c, h)
	z.account(m, h)
	return z.keep(strings.Join(append(m.Others, m.Name), ""))
}

// differ notes where the directory and the member's own header contradict each
// other. A header that defers its sizes behind the data contradicts nothing.
func (z *zipReader) differ(m *Member, c central, h *local) {
	if len(m.Others) > 0 {
		z.odd(RuleNames, h.at, m.Name, "other programs call it %s", quoted(m.Others))
	}
	if c.method != h.method {
		m.Also = append(m.Also, h.method)
		z.odd(RuleSizes, h.at, m.Name, "compressed by method %d says the directory, by %d says the header", c.method, h.method)
	}
	if c.compressed > uint64(z.file.size-h.data) {
		z.odd(RuleSizes, h.at, m.Name, "%d bytes long says the directory, but the file ends %d bytes behind the header", c.compressed, z.file.size-h.data)
	}
	if c.link {
		z.odd(RuleKind, h.at, m.Name, "a symbolic link")
	}
	if h.flags&patchedFlag != 0 {
		z.odd(RuleSizes, h.at, m.Name, "says that it is patched data, which no program of today reads")
	}
	if h.flags&descriptorFlag != 0 && h.compressed == 0 && h.size == 0 {
		return
	}
	if h.compressed != c.compressed || h.size != c.size {
		z.odd(RuleSizes, h.at, m.Name, "%d bytes (%d stored) says the directory, %d (%d) says the header", c.size, c.compressed, h.size, h.compressed)
		// The longer of the two holds what either program reads.
		m.Data.To = max(m.Data.To, h.data+int64(min(h.compressed, uint64(z.file.size-h.data))))
	}
	if h.crc != c.crc {
		z.odd(RuleChecksum, h.at, m.Name, "checksum %08x says the directory, %08x says the header", c.crc, h.crc)
	}
}

// account notes which bytes a member takes: its header, its data and the
// descriptor behind them, with or without a signature, of 32 or 64 bits.
func (z *zipReader) account(m *Member, h *local) {
	to := m.Data.To
	if h.flags&descriptorFlag != 0 {
		if b, err := z.file.at(to, 4); err == nil && string(b) == spannedSignature {
			to += 4
		}
		n := int64(12)
		if wide, err := z.file.at(to, 24); err == nil && wide != nil && u64(wide[4:]) == uint64(m.Data.Len()) && u64(wide[12:]) == uint64(m.Size) {
			n = 20
		}
		to = min(to+n, z.file.size)
	}
	z.taken = append(z.taken, Range{m.Header, to})
}

// hidden finds the members whose headers lie where no directory says: what a
// program sees that reads from the front, or that takes another end record.
func (z *zipReader) hidden() error {
	for _, g := range gaps(z.taken, z.file.size) {
		err := z.file.find(g, func(at int64, _ string) (int64, error) {
			h, err := z.local(at)
			if err != nil || h == nil || !h.plausible() {
				return at + 1, err
			}
			m := &Member{Name: h.name, Others: h.others, Header: at, Method: h.method, CRC: h.crc, Size: int64(h.size), Hidden: true, Sealed: h.flags&sealedFlags != 0}
			m.Data = Range{h.data, h.data + int64(min(h.compressed, uint64(max(0, g.To-h.data))))}
			if h.flags&descriptorFlag != 0 && h.compressed == 0 {
				m.Size = -1
				m.Data.To = max(g.To, h.data)
				err := z.file.find(Range{h.data, g.To}, func(end int64, _ string) (int64, error) {
					m.Data.To = end
					return -1, nil
				}, spannedSignature, localSignature, directorySignature, endSignature)
				if err != nil {
					return 0, err
				}
			}
			z.members[at] = m
			z.odd(RuleHidden, at, m.Name, "no directory names the member; programs that read from the front see it")
			z.account(m, h)
			return m.Data.To, z.keep(m.Name)
		}, localSignature)
		if err != nil {
			return err
		}
	}
	return nil
}

// plausible tells a header from the same four bytes amid weights: its fields are
// such as a program would write.
func (h *local) plausible() bool {
	switch h.method {
	case Store, Deflate, Deflate64, Bzip2, LZMA, Zstd, XZ, 1, 2, 3, 4, 5, 6, 10, 98, 99:
	default:
		return false
	}
	return h.name != "" && h.flags&0xc000 == 0
}
