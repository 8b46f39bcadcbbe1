package pickle

import (
	"bytes"
	"io"
)

const (
	window = 256 << 10 // bytes of a file in memory
	ahead  = 16        // no opcode's fixed argument is longer
)

// Memory is an input that lies in memory and is read without copies.
type Memory []byte

// ReadAt is of io.ReaderAt.
func (m Memory) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(m)) {
		return 0, io.EOF
	}
	n := copy(p, m[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// input is a cursor over bytes from..size of a file, of which one window is in
// memory. Nothing before the cursor is needed by the machine; what a value
// needs later is read anew.
type input struct {
	from   io.ReaderAt
	size   int64  // one past the last byte to read
	buf    []byte // bytes from base
	base   int64
	pos    int // in buf
	whole  bool
	own    []byte
	failed error // of the reader
}

func newInput(r io.ReaderAt, from, size int64) input {
	if m, ok := r.(Memory); ok {
		size = min(size, int64(len(m)))
		return input{from: r, size: size, buf: m[:size], pos: int(min(from, size)), whole: true}
	}
	return input{from: r, size: size, base: from}
}

// offset of the next byte to read.
func (in *input) offset() int64 { return in.base + int64(in.pos) }

// fill makes at least n bytes, n at most half the window, available from pos
// unless the input ends before, and reports whether they are there.
func (in *input) fill(n int) bool {
	if len(in.buf)-in.pos >= n {
		return true
	}
	if in.whole || in.failed != nil {
		return false
	}
	if in.own == nil {
		in.own = make([]byte, window)
	}
	kept := copy(in.own, in.buf[min(in.pos, len(in.buf)):])
	in.base += int64(in.pos)
	in.pos = 0
	want := int(min(int64(len(in.own)-kept), max(0, in.size-in.base-int64(kept))))
	read := 0
	for read < want {
		n, err := in.from.ReadAt(in.own[kept+read:kept+want], in.base+int64(kept+read))
		read += n
		if err == io.EOF && read < want {
			in.size = in.base + int64(kept+read) // shorter than it was said to be
			break
		}
		if err != nil && err != io.EOF {
			in.failed = err
			break
		}
	}
	in.buf = in.own[:kept+read]
	return len(in.buf) >= n
}

// seek puts the cursor at off, at most size.
func (in *input) seek(off int64) {
	if in.whole || off >= in.base && off <= in.base+int64(len(in.buf)) {
		in.pos = int(off - in.base)
		return
	}
	in.base, in.pos, in.buf = off, 0, in.own[:0]
}

// skip moves n bytes ahead and reports whether there are so many.
func (in *input) skip(n int64) bool {
	if n < 0 || n > in.size-in.offset() {
		return false
	}
	in.seek(in.offset() + n)
	return true
}

// line moves behind the next newline and gives the offset of the line and its
// length without the newline. Without a newline it reports false and stays.
func (in *input) line() (from int64, length int64, ok bool) {
	from = in.offset()
	for {
		if i := bytes.IndexByte(in.buf[in.pos:], '\n'); i >= 0 {
			in.pos += i + 1
			return from, in.offset() - from - 1, true
		}
		in.pos = len(in.buf)
		if !in.fill(1) {
			in.seek(from)
			return from, 0, false
		}
	}
}

// at reads n bytes from off without moving the cursor. The result is valid
// until the next call of a method, and shorter where the input ends.
func (in *input) at(off int64, n int) []byte {
	if off >= in.base && off+int64(n) <= in.base+int64(len(in.buf)) {
		return in.buf[off-in.base:][:n]
	}
	if off < 0 || off >= in.size {
		return nil
	}
	p := make([]byte, min(int64(n), in.size-off))
	got, err := in.from.ReadAt(p, off)
	if err != nil && err != io.EOF {
		in.failed = err
	}
	return p[:got]
}

// spliced is a file without the bytes cut..resume: what a reader sees that
// drops the rest of a frame.
type spliced struct {
	from        io.ReaderAt
	cut, resume int64
}

func (s spliced) ReadAt(p []byte, off int64) (int, error) {
	if off >= s.cut {
		return s.from.ReadAt(p, off+s.resume-s.cut)
	}
	first := min(int64(len(p)), s.cut-off)
	n, err := s.from.ReadAt(p[:first], off)
	if int64(n) < first || first == int64(len(p)) {
		if err == io.EOF && first == int64(n) && first == int64(len(p)) {
			err = nil
		}
		return n, err
	}
	more, err := s.from.ReadAt(p[first:], s.resume)
	return n + more, err
}
