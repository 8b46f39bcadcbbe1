package compat

import (
	"bytes"
	"encoding/binary"
	"strings"
)

const (
	endSize     = 22
	end64Size   = 56
	locatorSize = 20
	centralSize = 46
	headerSize  = 30
	mostComment = 1 << 16
	mostVersion = 63 // of a reader, that zipfile is
	utf8Flag    = 1 << 11
)

// zipInfo is what zipfile keeps of a member.
type zipInfo struct {
	name     string // up to a zero byte
	original string
	flags    uint16
	method   uint16
	crc      uint32
	packed   uint64
	size     uint64
	header   int64
}

// zipFile is a zip file as Python's zipfile sees it: by the last end record.
type zipFile struct {
	s       *stream
	members []zipInfo
	byName  map[string]int
}

// endRecord is where the directory of a zip file is said to be.
type endRecord struct {
	at, size, offset int64
	wide             bool
}

// bytesAt reads n bytes at a place, fewer at the end.
func (s *stream) bytesAt(at, n int64) ([]byte, error) {
	here := s.at
	defer func() { s.at = here }()
	s.at = at
	return s.read(n)
}

// endOf finds the end record: at the very end, or the last signature in what may
// be a comment. ok is false when there is none.
func endOf(s *stream) (e endRecord, ok bool, err error) {
	if s.size < endSize {
		return e, false, nil
	}
	tail, err := s.bytesAt(s.size-endSize, endSize)
	if err != nil {
		return e, false, err
	}
	at := s.size - endSize
	if string(tail[:4]) != "PK\x05\x06" || tail[20] != 0 || tail[21] != 0 {
		from := max(s.size-mostComment-endSize, 0)
		b, err := s.bytesAt(from, s.size-from)
		if err != nil {
			return e, false, err
		}
		n := bytes.LastIndex(b, []byte("PK\x05\x06"))
		if n < 0 || len(b)-n < endSize {
			return e, false, nil
		}
		tail, at = b[n:n+endSize], from+int64(n)
	}
	e = endRecord{at: at, size: int64(binary.LittleEndian.Uint32(tail[12:])), offset: int64(binary.LittleEndian.Uint32(tail[16:]))}
	return e, true, e.widen(s)
}

// widen takes the record of zip64 when its locator stands before the end record.
func (e *endRecord) widen(s *stream) error {
	if e.at < locatorSize {
		return nil
	}
	locator, err := s.bytesAt(e.at-locatorSize, locatorSize)
	if err != nil || string(locator[:4]) != "PK\x06\x07" {
		return err
	}
	if binary.LittleEndian.Uint32(locator[4:]) != 0 || binary.LittleEndian.Uint32(locator[16:]) > 1 {
		return raise(badZip, "zipfiles that span multiple disks are not supported")
	}
	if e.at < locatorSize+end64Size {
		return raise(osError, "[Errno 22] Invalid argument")
	}
	b, err := s.bytesAt(e.at-locatorSize-end64Size, end64Size)
	if err != nil || string(b[:4]) != "PK\x06\x06" {
		return err
	}
	e.wide, e.size, e.offset = true, int64(binary.LittleEndian.Uint64(b[40:])), int64(binary.LittleEndian.Uint64(b[48:]))
	return nil
}

// isZip is zipfile.is_zipfile.
func isZip(s *stream) (bool, error) {
	_, ok, err := endOf(s)
	if isA(err, osError) {
		return false, nil
	}
	return ok, err
}

// openZip reads the directory of a zip file.
func openZip(s *stream) (*zipFile, error) {
	e, ok, err := endOf(s)
	if isA(err, osError) || err == nil && !ok {
		return nil, raise(badZip, "File is not a zip file")
	}
	if err != nil {
		return nil, err
	}
	concat := e.at - e.size - e.offset
	if e.wide {
		concat -= end64Size + locatorSize
	}
	start := e.offset + concat
	if start < 0 {
		return nil, raise(badZip, "Bad offset for central directory")
	}
	directory, err := s.bytesAt(start, min(max(e.size, 0), s.size))
	if err != nil {
		return nil, err
	}
	z := &zipFile{s: s, byName: map[string]int{}}
	return z, z.read(directory, e.size, concat)
}

func (z *zipFile) read(directory []byte, size, concat int64) error {
	next := func(n int) []byte {
		n = min(n, len(directory))
		out := directory[:n]
		directory = directory[n:]
		return out
	}
	for total := int64(0); total < size; {
		c := next(centralSize)
		switch {
		case len(c) < centralSize:
			return raise(badZip, "Truncated central directory")
		case string(c[:4]) != "PK\x01\x02":
			return raise(badZip, "Bad magic number for central directory")
		}
		le := binary.LittleEndian
		lengths := [3]int{int(le.Uint16(c[28:])), int(le.Uint16(c[30:])), int(le.Uint16(c[32:]))}
		m := zipInfo{flags: le.Uint16(c[8:]), method: le.Uint16(c[10:]), crc: le.Uint32(c[16:]), packed: uint64(le.Uint32(c[20:])),
			size: uint64(le.Uint32(c[24:])), header: int64(le.Uint32(c[42:]))}
		var err error
		if m.original, err = memberName(next(lengths[0]), m.flags); err != nil {
			return err
		}
		m.name, _, _ = strings.Cut(m.original, "\x00")
		extra := next(lengths[1])
		next(lengths[2])
		if version := le.Uint16(c[6:]) & 0xff; version > mostVersion {
			return raise(runtimeError, "zip file version %d.%d", version/10, version%10)
		}
		if err := m.widen(extra); err != nil {
			return err
		}
		m.header += concat
		z.byName[m.name] = len(z.members)
		z.members = append(z.members, m)
		total += int64(centralSize + lengths[0] + lengths[1] + lengths[2])
	}
	return nil
}

// widen takes 64-bit sizes from the extra field of zip64.
func (m *zipInfo) widen(extra []byte) error {
	le := binary.LittleEndian
	for len(extra) >= 4 {
		kind, n := le.Uint16(extra), int(le.Uint16(extra[2:]))
		if n+4 > len(extra) {
			return raise(badZip, "Corrupt extra field %04x (size=%d)", kind, n)
		}
		if data := extra[4 : 4+n]; kind == 1 {
			take := func(field string, v *uint64) error {
				if len(data) < 8 {
					return raise(badZip, "Corrupt zip64 extra field. %s not found.", field)
				}
				*v, data = le.Uint64(data), data[8:]
				return nil
			}
			header := uint64(m.header)
			for _, f := range []struct {
				name string
				v    *uint64
				set  bool
			}{{"File size", &m.size, m.size == 0xffffffff}, {"Compress size", &m.packed, m.packed == 0xffffffff}, {"Header offset", &header, header == 0xffffffff}} {
				if !f.set {
					continue
				}
				if err := take(f.name, f.v); err != nil {
					return err
				}
			}
			m.header = int64(header)
		}
		extra = extra[4+n:]
	}
	return nil
}

func memberName(b []byte, flags uint16) (string, error) {
	if flags&utf8Flag != 0 {
		return decodeUTF8(b, false)
	}
	return decodeCP437(b), nil
}

// cp437 are the letters of code page 437 from 128 on.
const cp437 = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0"

func decodeCP437(b []byte) string {
	letters := []rune(cp437)
	var out strings.Builder
	for _, c := range b {
		if c < 0x80 {
			out.WriteByte(c)
		} else {
			out.WriteRune(letters[c-0x80])
		}
	}
	return out.String()
}
