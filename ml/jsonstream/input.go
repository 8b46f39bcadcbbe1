package jsonstream

import "io"

// bufferBytes is how much of the input is held.
const bufferBytes = 64 << 10

// input is what is read, and the piece of it that is held.
type input struct {
	r        io.Reader
	buf      []byte
	pos, end int   // of what is held and not yet read
	base     int64 // of the buffer's first byte in the input
	ended    error
}

// Offset is the number of bytes read.
func (in *input) Offset() int64 { return in.base + int64(in.pos) }

// fill holds more behind what is not yet read, which moves to the front. It
// fails when there is no more, or no room.
func (in *input) fill() error {
	if in.ended != nil {
		return in.ended
	}
	copy(in.buf, in.buf[in.pos:in.end])
	in.base += int64(in.pos)
	in.pos, in.end = 0, in.end-in.pos
	if in.end == len(in.buf) {
		return io.ErrShortBuffer
	}
	for range 100 { // a reader may give nothing for a while
		n, err := in.r.Read(in.buf[in.end:])
		in.end += n
		in.ended = err
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// byte reads one.
func (in *input) byte() (byte, error) {
	if in.pos == in.end {
		if err := in.fill(); err != nil {
			return 0, err
		}
	}
	in.pos++
	return in.buf[in.pos-1], nil
}

// peek gives the next n bytes without reading them, and fewer with an error at
// the end.
func (in *input) peek(n int) ([]byte, error) {
	for in.end-in.pos < n {
		if err := in.fill(); err != nil {
			return in.buf[in.pos:in.end], err
		}
	}
	return in.buf[in.pos : in.pos+n], nil
}
