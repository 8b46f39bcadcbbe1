package compat

import (
	"bytes"
	"io"
)

const window = 64 << 10

// stream is bytes with a place, as a Python file. What cannot be read from a place
// on raises an exception for whoever reads to it.
type stream struct {
	r    io.ReaderAt
	size int64
	at   int64
	// clamps is set for a member of a zip: to seek before its start is its start,
	// while a file refuses.
	clamps bool
	// broken is raised by reads that go on behind brokenAt; nil for none.
	broken   error
	brokenAt int64

	buf  []byte // the bytes from from on
	from int64
	room [window]byte
}

func newStream(r io.ReaderAt, size int64) *stream { return &stream{r: r, size: size} }

// seek goes n bytes on, or back.
func (s *stream) seek(n int64) error {
	at := s.at + n
	if at < 0 && !s.clamps {
		return raise(osError, "[Errno 22] Invalid argument")
	}
	s.at = max(at, 0)
	if s.clamps {
		s.at = min(s.at, s.size)
	}
	return nil
}

// reach raises what a read up to a place would.
func (s *stream) reach(to int64) error {
	if s.broken != nil && to > s.brokenAt {
		return s.broken
	}
	return nil
}

// readByte gives the next byte; ok is false at the end.
func (s *stream) readByte() (b byte, ok bool, err error) {
	if err := s.reach(s.at + 1); err != nil {
		return 0, false, err
	}
	if s.at >= s.size {
		return 0, false, nil
	}
	if s.at < s.from || s.at >= s.from+int64(len(s.buf)) {
		if err := s.fill(); err != nil {
			return 0, false, err
		}
	}
	b = s.buf[s.at-s.from]
	s.at++
	return b, true, nil
}

// fill reads a window from the place on.
func (s *stream) fill() error {
	n := min(window, s.size-s.at)
	got, err := s.r.ReadAt(s.room[:n], s.at)
	if int64(got) < n {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return raise(osError, "%s", err)
	}
	s.buf, s.from = s.room[:n], s.at
	return nil
}

// read gives up to n bytes: fewer at the end.
func (s *stream) read(n int64) ([]byte, error) {
	left := max(s.size-s.at, 0)
	if err := s.reach(s.at + n); err != nil {
		return nil, err
	}
	out := make([]byte, min(n, left))
	if len(out) == 0 {
		return out, nil
	}
	if got, err := s.r.ReadAt(out, s.at); got < len(out) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, raise(osError, "%s", err)
	}
	s.at += int64(len(out))
	return out, nil
}

// pass goes over up to n bytes without holding them and gives how many there were.
func (s *stream) pass(n uint64) (uint64, error) {
	left := uint64(max(s.size-s.at, 0))
	to := int64(min(n, left))
	if n > 0 {
		if err := s.reach(s.at + max(to, 1)); err != nil {
			return 0, err
		}
	}
	s.at += to
	return uint64(to), nil
}

// line gives the bytes up to the next newline, it among them; without one, all
// that is left.
func (s *stream) line() ([]byte, error) {
	var out []byte
	for {
		if s.at >= s.size {
			return out, s.reach(s.at + 1)
		}
		if s.at < s.from || s.at >= s.from+int64(len(s.buf)) {
			if err := s.fill(); err != nil {
				return nil, err
			}
		}
		have := s.buf[s.at-s.from:]
		n := bytes.IndexByte(have, '\n') + 1
		if n == 0 {
			n = len(have)
		}
		if err := s.reach(s.at + int64(n)); err != nil {
			return nil, err
		}
		out = append(out, have[:n]...)
		s.at += int64(n)
		if out[len(out)-1] == '\n' {
			return out, nil
		}
	}
}
