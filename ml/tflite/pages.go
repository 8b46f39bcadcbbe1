package tflite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// pages is a file that is read here and there.
type pages struct {
	in   io.ReaderAt
	size int64
	held map[int64][]byte
	err  error // the first that happened
}

const (
	pageSize = 4 << 10
	mostHeld = 2 << 10 // pages: 8 MiB
)

// errOutside is given for what does not lie in the file.
var errOutside = errors.New("it does not lie in the file")

// bytes are n bytes at a place, which must lie in the file. It gives zeros after
// an error, which stays in err.
func (p *pages) bytes(at int64, n int) []byte {
	out := make([]byte, n)
	if p.err != nil {
		return out
	}
	if at < 0 || int64(n) > p.size || at > p.size-int64(n) {
		p.err = fmt.Errorf("%d bytes at %d: %w", n, at, errOutside)
		return out
	}
	for done := 0; done < n; {
		page := p.page((at + int64(done)) / pageSize)
		if p.err != nil {
			return make([]byte, n)
		}
		done += copy(out[done:], page[(at+int64(done))%pageSize:])
	}
	return out
}

func (p *pages) page(n int64) []byte {
	if b, ok := p.held[n]; ok {
		return b
	}
	if len(p.held) >= mostHeld {
		clear(p.held)
	}
	b := make([]byte, min(pageSize, p.size-n*pageSize))
	if got, err := p.in.ReadAt(b, n*pageSize); got < len(b) {
		p.err = errors.Join(err, io.ErrUnexpectedEOF)
	}
	p.held[n] = b
	return b
}

func (p *pages) u16(at int64) int64 { return int64(binary.LittleEndian.Uint16(p.bytes(at, 2))) }
func (p *pages) u32(at int64) int64 { return int64(binary.LittleEndian.Uint32(p.bytes(at, 4))) }

// number is an unsigned one of a size.
func (p *pages) number(at int64, size int) uint64 {
	var b [8]byte
	copy(b[:], p.bytes(at, size))
	return binary.LittleEndian.Uint64(b[:])
}
