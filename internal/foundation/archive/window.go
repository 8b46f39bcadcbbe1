package archive

import (
	"bytes"
	"encoding/binary"
	"io"
)

// window reads a file of known size in small pieces.
type window struct {
	r    io.ReaderAt
	size int64
}

// at reads n bytes from off; nil when the file does not have them all.
func (w window) at(off int64, n int) ([]byte, error) {
	if off < 0 || n < 0 || off > w.size-int64(n) {
		return nil, nil
	}
	b := make([]byte, n)
	got, err := w.r.ReadAt(b, off)
	if got == n {
		return b, nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return nil, err
}

// find calls fn for each place in a range where one of the signatures stands, in
// order, until fn gives the place to go on from as less than zero.
func (w window) find(in Range, fn func(at int64, signature string) (next int64, err error), signatures ...string) error {
	const piece = 256 << 10
	const most = 4 // bytes of the longest signature
	b := make([]byte, piece)
	for at := in.From; at < in.To; {
		n := int(min(piece, in.To-at))
		if got, err := w.r.ReadAt(b[:n], at); got < n && err != nil && err != io.EOF {
			return err
		} else if got < n {
			return io.ErrUnexpectedEOF
		}
		place, signature := first(b[:n], signatures)
		if place < 0 {
			if at+int64(n) >= in.To {
				return nil
			}
			at += int64(n) - (most - 1)
			continue
		}
		next, err := fn(at+int64(place), signature)
		if err != nil || next < 0 {
			return err
		}
		at = max(next, at+int64(place)+1)
	}
	return nil
}

// first is the first place in b where one of the signatures stands, -1 for none.
// All begin with the same two bytes, so that one fast search finds candidates.
func first(b []byte, signatures []string) (int, string) {
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte(signatures[0][:2]))
		if i < 0 {
			return -1, ""
		}
		from += i
		for _, s := range signatures {
			if bytes.HasPrefix(b[from:], []byte(s)) {
				return from, s
			}
		}
		from++
	}
}

// zero reports whether a range is nothing but zero bytes, as padding is.
func (w window) zero(in Range) bool {
	const piece = 64 << 10
	b := make([]byte, min(piece, in.Len()))
	for at := in.From; at < in.To; at += int64(len(b)) {
		b = b[:min(int64(len(b)), in.To-at)]
		if n, _ := w.r.ReadAt(b, at); n < len(b) {
			return false
		}
		if len(bytes.TrimLeft(b, "\x00")) > 0 {
			return false
		}
	}
	return true
}

func u16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func u32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
func u64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
