package archive

import "io"

// lzma2Stream is a stream of LZMA2: chunks of LZMA or of plain bytes, up to a zero
// byte.
type lzma2Stream struct {
	coder  lzmaCoder
	in     *counted
	chunk  [1 << 16]byte
	to     int64 // where the chunk ends, of what is written
	plain  int   // bytes of a plain chunk that are still to come
	packed bool  // a chunk of LZMA is being decoded
	fresh  bool  // the dictionary was begun
	known  bool  // properties were read
	err    error
}

func newLZMA2(in *counted, dictionary int64, what string, scratch Scratching) *lzma2Stream {
	s := &lzma2Stream{in: in}
	s.coder.out = newHistory(dictionary, what, scratch)
	s.coder.in.more = func() ([]byte, error) { return nil, errLZMA } // a chunk is whole
	return s
}

// lzma2Dictionary is the dictionary's size that a byte of properties asks for.
func lzma2Dictionary(bits byte) int64 {
	const most = 40
	if bits == most {
		return 1<<32 - 1
	}
	return int64(2|bits&1) << (bits/2 + 11)
}

// Read is of io.Reader.
func (s *lzma2Stream) Read(p []byte) (int, error) {
	out := s.coder.out
	for out.ready() == 0 && s.err == nil {
		s.err = s.step()
	}
	if n := out.take(p); n > 0 || len(p) == 0 {
		return n, nil
	}
	return 0, s.err
}

// step decodes a part of a chunk, or begins the next one.
func (s *lzma2Stream) step() error {
	c := &s.coder
	switch {
	case s.plain > 0:
		if err := c.out.spill(); err != nil {
			return err
		}
		n := min(s.plain, mostReady)
		if err := s.in.whole(s.chunk[:n]); err != nil {
			return err
		}
		c.out.write(s.chunk[:n])
		s.plain -= n
		return nil
	case s.packed:
		if err := c.run(s.to); err != nil {
			return err
		}
		if c.ended {
			return errLZMA // chunks have no mark of the end
		}
		if c.out.total < s.to {
			return nil
		}
		s.packed = false
		if c.in.even(); c.in.err != nil || c.in.at < len(c.in.b) || c.in.code != 0 {
			return errLZMA
		}
		return nil
	}
	return s.begin()
}

// begin reads the head of a chunk.
func (s *lzma2Stream) begin() error {
	var head [5]byte
	if err := s.in.whole(head[:1]); err != nil {
		return err
	}
	const plainReset, plainChunk, packedChunk, stateReset, newProperties, dictionaryReset = 1, 2, 0x80, 0xa0, 0xc0, 0xe0
	control := head[0]
	switch {
	case control == 0:
		return io.EOF
	case control == plainReset, control >= dictionaryReset:
		s.coder.out.reset()
		s.fresh, s.known = true, false
	case !s.fresh, control > plainChunk && control < packedChunk:
		return errLZMA
	}
	if control < packedChunk {
		if err := s.in.whole(head[:2]); err != nil {
			return err
		}
		s.plain = int(head[0])<<8 + int(head[1]) + 1
		return nil
	}
	if err := s.in.whole(head[1:]); err != nil {
		return err
	}
	s.to = s.coder.out.total + int64(control&0x1f)<<16 + int64(head[1])<<8 + int64(head[2]) + 1
	size := int(head[3])<<8 + int(head[4]) + 1
	switch {
	case control >= newProperties:
		const mostLiteral = 4 // bits, of position and of the byte before, that choose probabilities of literals
		properties, err := s.in.ReadByte()
		if err != nil {
			return cutOff(err)
		}
		if err := s.coder.set(properties); err != nil {
			return err
		}
		if int(properties%9)+int(properties/9%5) > mostLiteral {
			return errLZMA
		}
		s.known = true
	case !s.known:
		return errLZMA
	case control >= stateReset:
		s.coder.reset()
	}
	return s.unpack(size)
}

// unpack begins to decode a chunk of so many bytes. One that is cut off is decoded as
// far as it goes.
func (s *lzma2Stream) unpack(size int) error {
	n, err := io.ReadFull(s.in, s.chunk[:size])
	if n == 0 {
		return cutOff(err)
	}
	r := &s.coder.in
	r.b, r.at, r.err = s.chunk[:n], 0, nil
	if n < size {
		r.more = func() ([]byte, error) { return nil, cutOff(err) }
	}
	r.begin()
	s.packed = r.err == nil
	return r.err
}

// Close lets go of what the dictionary took.
func (s *lzma2Stream) Close() error { return s.coder.out.Close() }

// cutOff is an end in the middle as the error that it is.
func cutOff(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// whole reads as many bytes as there is room for.
func (c *counted) whole(p []byte) error {
	_, err := io.ReadFull(c, p)
	return cutOff(err)
}

// ahead is what lies ready of the input, at least a byte; skip takes of it.
func (c *counted) ahead() ([]byte, error) {
	if _, err := c.r.Peek(1); err != nil {
		return nil, err
	}
	return c.r.Peek(c.r.Buffered())
}

func (c *counted) skip(n int) {
	done, _ := c.r.Discard(n) // of what lies ready
	c.n += int64(done)
}
