package archive

import (
	"errors"
	"fmt"
	"io"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/zstd"
)

// errZstd is given for bytes that are no Zstandard.
var errZstd = errors.New("the stream is not as Zstandard has it")

// errZstdSum is given for a frame whose bytes are not those that its writer summed.
var errZstdSum = errors.New("the checksum of a frame is not that of its bytes")

const zstdDictionaryBytes = "bytes of a zstd window"

// newZstd reads frames of Zstandard. Those whose window fits into memory the fast
// reader has.
func newZstd(r *counted, scratch Scratching) (io.Reader, error) {
	const most = 18 // bytes of a header
	head, err := r.r.Peek(most)
	if len(head) == 0 {
		return nil, cutOff(err)
	}
	if f, ok := zstdHeader(head); ok && f.window > windowBytes {
		return &zstdStream{in: r, scratch: scratch}, nil
	}
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(windowBytes), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	return windowed{d.IOReadCloser()}, nil
}

// windowed tells of a frame behind the first that asks for more than there is
// memory for as of the limit that it is.
type windowed struct{ io.ReadCloser }

// Read is of io.Reader.
func (w windowed) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		err = LimitError{zstdDictionaryBytes, windowBytes}
	}
	return n, err
}

// zstdFrame is the header of a frame (RFC 8878, 3.1.1.1).
type zstdFrame struct {
	length     int   // of the header
	window     int64 // bytes
	size       int64 // unpacked, -1 when it is not declared
	dictionary uint32
	summed     bool
	skipped    int64 // bytes of a frame that is passed over, behind its header; else -1
}

// zstdHeader reads a header; false when it is none, or not whole.
func zstdHeader(b []byte) (f zstdFrame, ok bool) {
	f.size, f.skipped = -1, -1
	if len(b) >= 8 && b[0]&0xf0 == 0x50 && string(b[1:4]) == "\x2a\x4d\x18" {
		f.length, f.skipped = 8, int64(u32(b[4:]))
		return f, true
	}
	if len(b) < 6 || string(b[:4]) != "\x28\xb5\x2f\xfd" {
		return f, false
	}
	descriptor := b[4]
	single := descriptor>>5&1 == 1
	f.summed = descriptor>>2&1 == 1
	at := 5
	if !single {
		base := int64(1) << (10 + b[at]>>3)
		f.window = base + base/8*int64(b[at]&7)
		at++
	}
	number := func(n int) (v uint64) {
		if ok = ok && at+n <= len(b); !ok {
			return 0
		}
		for i := range n {
			v |= uint64(b[at+i]) << (8 * i)
		}
		at += n
		return v
	}
	ok = descriptor>>3&1 == 0 // a bit that no writer of today sets
	f.dictionary = uint32(number([]int{0, 1, 2, 4}[descriptor&3]))
	switch n := []int{0, 2, 4, 8}[descriptor>>6]; {
	case n == 2:
		f.size = int64(number(2)) + 256
	case n > 0:
		f.size = int64(number(n))
	case single:
		f.size = int64(number(1))
	}
	if single {
		f.window = f.size
	}
	f.length = at
	return f, ok && f.size >= -1 && f.window >= 0
}

// zstdStream reads frames whose window lies in a file.
type zstdStream struct {
	in      *counted
	scratch Scratching
	frame   zstdFrame
	out     *history // nil between frames
	blocks  zstdBlocks
	sum     *xxhash.Digest
	ended   bool // the frame's last block was read
	err     error
}

// Read is of io.Reader.
func (s *zstdStream) Read(p []byte) (int, error) {
	for s.err == nil && (s.out == nil || s.out.ready() == 0) {
		switch {
		case s.out == nil:
			s.err = s.begin()
		case s.ended:
			s.err = s.end()
		default:
			s.err = s.block()
		}
	}
	if s.out == nil {
		return 0, s.err
	}
	if n := s.out.take(p); n > 0 || len(p) == 0 {
		_, _ = s.sum.Write(p[:n]) // never fails
		return n, nil
	}
	return 0, s.err
}

// begin reads a header; behind a frame the stream may end.
func (s *zstdStream) begin() error {
	const most = 18
	b, err := s.in.r.Peek(most)
	if len(b) == 0 {
		return err
	}
	f, ok := zstdHeader(b)
	switch {
	case !ok && len(b) < most && err != nil:
		return cutOff(err)
	case !ok:
		return errZstd
	case f.dictionary != 0:
		return fmt.Errorf("zstd with a dictionary that is not here: %w", ErrMethod)
	}
	s.in.skip(f.length)
	if f.skipped >= 0 {
		_, err := io.CopyN(io.Discard, s.in, f.skipped)
		return cutOff(err)
	}
	window := f.window
	if f.size >= 0 {
		window = min(window, f.size)
	}
	s.frame, s.ended = f, false
	s.out = newHistory(window, zstdDictionaryBytes, s.scratch)
	s.blocks.begin(s.out)
	s.sum = xxhash.New()
	return nil
}

// block reads a block.
func (s *zstdStream) block() error {
	var head [3]byte
	if err := s.in.whole(head[:]); err != nil {
		return err
	}
	if err := s.out.spill(); err != nil {
		return err
	}
	v := uint32(head[0]) | uint32(head[1])<<8 | uint32(head[2])<<16
	s.ended = v&1 == 1
	size := int(v >> 3)
	const raw, runLength, packed = 0, 1, 2
	if size > mostBlock {
		return errZstd
	}
	b := s.blocks.input[:size]
	switch v >> 1 & 3 {
	case raw:
		if err := s.in.whole(b); err != nil {
			return err
		}
		s.out.write(b)
		return nil
	case runLength:
		c, err := s.in.ReadByte()
		for range size {
			s.out.put(c)
		}
		return cutOff(err)
	case packed:
		if err := s.in.whole(b); err != nil {
			return err
		}
		return s.blocks.decode(b)
	}
	return errZstd
}

// end reads what stands behind the last block.
func (s *zstdStream) end() error {
	if s.frame.size >= 0 && s.out.total != s.frame.size {
		return errZstd
	}
	if s.frame.summed {
		var b [4]byte
		if err := s.in.whole(b[:]); err != nil {
			return err
		}
		if u32(b[:]) != uint32(s.sum.Sum64()) {
			return errZstdSum
		}
	}
	err := s.out.Close()
	s.out = nil
	return err
}

// Close lets go of what a window took.
func (s *zstdStream) Close() error {
	if s.out == nil {
		return nil
	}
	return s.out.Close()
}
