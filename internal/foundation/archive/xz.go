package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
)

const xzMagic = "\xfd7zXZ\x00"

// errXZ is given for bytes that are not as the format has them.
var errXZ = errors.New("the stream is not as .xz has it")

// errXZSum is given for a block whose bytes are not those that its writer summed.
var errXZSum = errors.New("the checksum of a block is not that of its bytes")

// Names of limits.
const (
	xzDictionaryBytes   = "bytes of an xz dictionary"
	lzmaDictionaryBytes = "bytes of an lzma dictionary"
)

// xzStream reads a stream of .xz (tukaani.org/xz/xz-file-format.txt), or all in a
// row.
type xzStream struct {
	in      *counted
	scratch Scratching
	several bool
	check   byte      // the kind of checksum
	sum     hash.Hash // of the block; nil for none, or one that is not known
	block   io.Reader // nil between blocks
	chunks  *lzma2Stream
	from    int64 // where the block's bytes begin
	err     error
}

func newXZ(in *counted, several bool, scratch Scratching) (*xzStream, error) {
	s := &xzStream{in: in, scratch: scratch, several: several}
	return s, s.head()
}

// head reads the header of a stream.
func (s *xzStream) head() error {
	var b [12]byte
	if err := s.in.whole(b[:]); err != nil {
		return err
	}
	if string(b[:6]) != xzMagic || crc32.ChecksumIEEE(b[6:8]) != u32(b[8:]) {
		return errXZ
	}
	s.check = b[7] & 0xf
	return nil
}

// Read is of io.Reader.
func (s *xzStream) Read(p []byte) (int, error) {
	for s.err == nil {
		if s.block == nil {
			s.err = s.begin()
			continue
		}
		n, err := s.block.Read(p)
		if s.sum != nil {
			s.sum.Write(p[:n])
		}
		if err == io.EOF {
			err = s.end()
		}
		s.err = err
		if n > 0 || len(p) == 0 {
			return n, nil
		}
	}
	return 0, s.err
}

// begin reads what follows a block: the header of the next one, or the index.
func (s *xzStream) begin() error {
	first, err := s.in.ReadByte()
	switch {
	case err != nil:
		return cutOff(err)
	case first == 0:
		return s.index()
	}
	header := make([]byte, 4*(int(first)+1))
	header[0] = first
	if err := s.in.whole(header[1:]); err != nil {
		return err
	}
	end := len(header) - 4
	if crc32.ChecksumIEEE(header[:end]) != u32(header[end:]) {
		return errXZ
	}
	filters, err := xzFilters(header[1:end])
	if err != nil {
		return err
	}
	last := filters[len(filters)-1]
	if last.id != xzLZMA2 || len(last.properties) != 1 || last.properties[0] > 40 {
		return fmt.Errorf("xz filter %#x: %w", last.id, ErrMethod)
	}
	s.chunks = newLZMA2(s.in, lzma2Dictionary(last.properties[0]), xzDictionaryBytes, s.scratch)
	s.block = s.chunks
	for i := len(filters) - 2; i >= 0; i-- {
		if s.block, err = filters[i].undo(s.block); err != nil {
			return errors.Join(err, s.chunks.Close())
		}
	}
	s.sum, s.from = xzSum(s.check), s.in.n
	return nil
}

func xzSum(check byte) hash.Hash {
	switch check {
	case 1:
		return crc32.NewIEEE()
	case 4:
		return crc64.New(crc64.MakeTable(crc64.ECMA))
	case 10:
		return sha256.New()
	}
	return nil
}

// end reads what stands behind a block's bytes: padding and their checksum.
func (s *xzStream) end() error {
	err := s.chunks.Close()
	s.block, s.chunks = nil, nil
	if err != nil {
		return err
	}
	size := [...]int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[s.check]
	b := make([]byte, int(-(s.in.n-s.from)&3)+size)
	if err := s.in.whole(b); err != nil || s.sum == nil {
		return err
	}
	want, got := b[len(b)-size:], s.sum.Sum(nil)
	if size < sha256.Size { // those of CRC stand with the lowest byte first
		for i, j := 0, len(got)-1; i < j; i, j = i+1, j-1 {
			got[i], got[j] = got[j], got[i]
		}
	}
	if !bytes.Equal(want, got) {
		return errXZSum
	}
	return nil
}

// index passes over the index and the footer, and goes on where another stream
// follows, behind zeros.
func (s *xzStream) index() error {
	from := s.in.n - 1
	records, err := s.number()
	if err != nil {
		return err
	}
	for range 2 * records {
		if _, err := s.number(); err != nil {
			return err
		}
	}
	rest := make([]byte, int(-(s.in.n-from)&3)+4+12) // padding, checksum, footer
	if err := s.in.whole(rest); err != nil {
		return err
	}
	if string(rest[len(rest)-2:]) != "YZ" {
		return errXZ
	}
	if !s.several {
		return io.EOF
	}
	for {
		b, err := s.in.r.Peek(len(xzMagic))
		if string(b) == xzMagic {
			return s.head()
		}
		if err != nil || binary.LittleEndian.Uint32(b) != 0 {
			return io.EOF
		}
		s.in.skip(4)
	}
}

// number reads an integer of seven bits a byte.
func (s *xzStream) number() (n int64, err error) {
	for i := range 9 {
		b, err := s.in.ReadByte()
		if err != nil {
			return 0, cutOff(err)
		}
		n |= int64(b&0x7f) << (7 * i)
		if b < 0x80 {
			return n, nil
		}
	}
	return 0, errXZ
}

// Close lets go of what a dictionary took.
func (s *xzStream) Close() error {
	if s.chunks == nil {
		return nil
	}
	return s.chunks.Close()
}
