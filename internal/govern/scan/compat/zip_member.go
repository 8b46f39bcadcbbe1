package compat

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"github.com/tacit-ml/tacit/internal/foundation/archive"
)

const (
	// mostUnpacked is the longest member that is unpacked.
	mostUnpacked = 1 << 30
	// block is how much of a member zipfile reads at once: what is wrong with it
	// shows when the block is read in which it stands.
	block = 4096
)

// open opens a member by its name, of several the last. Relaxed, as picklescan
// reads, neither the flags nor the name in the header nor the checksum count.
func (z *zipFile) open(name string, relaxed bool) (*stream, error) {
	m := z.members[z.byName[name]]
	header, err := z.s.bytesAt(max(m.header, 0), headerSize)
	switch {
	case err != nil:
		return nil, err
	case m.header < 0:
		return nil, raise(osError, "[Errno 22] Invalid argument")
	case len(header) < headerSize:
		return nil, raise(badZip, "Truncated file header")
	case string(header[:4]) != "PK\x03\x04":
		return nil, raise(badZip, "Bad magic number for file header")
	}
	le := binary.LittleEndian
	long := int64(le.Uint16(header[26:]))
	if !relaxed {
		local, err := z.s.bytesAt(m.header+headerSize, long)
		if err != nil {
			return nil, err
		}
		if err := m.refuses(local, le.Uint16(header[6:])); err != nil {
			return nil, err
		}
	}
	from := min(m.header+headerSize+long+int64(le.Uint16(header[28:])), z.s.size)
	return z.unpack(m, from, relaxed)
}

// refuses says why zipfile does not open a member.
func (m zipInfo) refuses(local []byte, flags uint16) error {
	switch {
	case m.flags&(1<<5) != 0:
		return raise(runtimeError, "compressed patched data (flag bit 5)")
	case m.flags&(1<<6) != 0:
		return raise(runtimeError, "strong encryption (flag bit 6)")
	}
	name, err := memberName(local, flags)
	switch {
	case err != nil:
		return err
	case name != m.original:
		return raise(badZip, "File name in directory %s and header %s differ.", reprText(m.original), reprBytes(local))
	case m.flags&1 != 0:
		return raise(runtimeError, "File %s is encrypted, password required for extraction", reprText(m.name))
	}
	return nil
}

// unpack makes a stream of a member's bytes.
func (z *zipFile) unpack(m zipInfo, from int64, relaxed bool) (*stream, error) {
	there := min(m.packed, uint64(z.s.size-from))
	switch m.method {
	case 0:
		n := int64(min(there, m.size))
		s := &stream{r: io.NewSectionReader(z.s.r, from, n), size: n, clamps: true}
		return s, z.check(s, m, relaxed)
	case 8, 12, 14:
	default:
		return nil, raise(runtimeError, "That compression method is not supported")
	}
	if m.size > mostUnpacked {
		return nil, raise(otherError, "the member has %d bytes, more than the %d that are unpacked", m.size, mostUnpacked)
	}
	in, err := archive.Member{Method: archive.Method(m.method), Data: archive.Range{From: from, To: from + int64(there)}, Size: int64(m.size)}.Open(z.s.r, archive.OnDisk)
	if err != nil {
		return nil, raise(otherError, "%s", err)
	}
	defer func() { _ = in.Close() }() // of scratch alone
	var held bytes.Buffer
	n, err := io.Copy(&held, io.LimitReader(in, int64(m.size)))
	s := &stream{r: bytes.NewReader(held.Bytes()), size: n, clamps: true}
	switch {
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		s.broken, s.brokenAt = z.corrupt(m, from), n/block*block
	case n < int64(m.size) && there < m.packed:
		s.broken, s.brokenAt = raise(otherError, ""), n // EOFError has no text
	default:
		return s, z.check(s, m, relaxed)
	}
	return s, nil
}

// check sets the checksum of a stream that was read to its end against the one in
// the directory.
func (z *zipFile) check(s *stream, m zipInfo, relaxed bool) error {
	if relaxed || s.size == 0 {
		return nil
	}
	sum := crc32.NewIEEE()
	if _, err := io.Copy(sum, io.NewSectionReader(s.r, 0, s.size)); err != nil {
		return raise(osError, "%s", err)
	}
	if sum.Sum32() != m.crc {
		s.broken, s.brokenAt = raise(badZip, "Bad CRC-32 for file %s", reprText(m.name)), (s.size-1)/block*block
	}
	return nil
}

// corrupt is what the decompressor of a member raises. zlib says what is wrong
// with a block: here that of the first, where streams that are none break.
func (z *zipFile) corrupt(m zipInfo, from int64) error {
	switch m.method {
	case 8:
		first, err := z.s.bytesAt(from, 1)
		if err != nil || len(first) == 0 {
			first = []byte{0}
		}
		return raise(zlibError, "Error -3 while decompressing data: %s",
			[]string{"invalid stored block lengths", "invalid distance too far back", "invalid code lengths set", "invalid block type"}[first[0]>>1&3])
	case 12:
		return raise(osError, "Invalid data stream")
	}
	return raise(otherError, "Corrupt input data")
}
