package archive

import (
	"errors"
	"hash/crc32"
	"io"
)

// lzmaCoder decodes LZMA into a history.
type lzmaCoder struct {
	lzmaModel
	in    ranges
	out   *history
	ended bool // the mark of the end was read
}

// run decodes until so many bytes are written in all, as many are ready as there
// is room for, or the mark of the end was read.
func (c *lzmaCoder) run(to int64) error {
	if err := c.out.spill(); err != nil {
		return err
	}
	for c.out.total < to && !c.out.full() && !c.ended {
		position := uint32(c.out.total-c.out.from) & c.positionMask
		if c.in.bit(&c.match[c.state][position]) == 0 {
			c.literal()
		} else if err := c.copy(position, to); err != nil {
			return err
		}
		if c.in.err != nil {
			return c.in.err
		}
	}
	return nil
}

// literal decodes a byte.
func (c *lzmaCoder) literal() {
	h := c.out
	var before byte
	if h.total > h.from {
		before = h.back(1)
	}
	place := uint32(h.total-h.from)&c.literalMask<<c.literalBits + uint32(before)>>(8-c.literalBits)
	p := c.literals[0x300*place:][:0x300]
	at := uint32(1)
	if c.state >= 7 { // behind a reference: the byte that would have followed is likely not it
		likely := uint32(c.ahead())
		for at < 0x100 {
			b := likely >> 7 & 1
			likely <<= 1
			got := c.in.bit(&p[(1+b)<<8+at])
			at = at<<1 | got
			if got != b {
				break
			}
		}
	}
	for at < 0x100 {
		at = at<<1 | c.in.bit(&p[at])
	}
	if c.in.err == nil {
		h.put(byte(at))
	}
	switch {
	case c.state < 4:
		c.state = 0
	case c.state < 10:
		c.state -= 3
	default:
		c.state -= 6
	}
}

// ahead is the byte to which the last reference leads on.
func (c *lzmaCoder) ahead() byte {
	distance := int64(c.distances[0]) + 1
	if distance <= int64(len(c.out.ring)) {
		return c.out.back(distance)
	}
	var b [1]byte
	if err := c.out.fetch(b[:], c.out.total-distance); err != nil && c.in.err == nil {
		c.in.err = err
	}
	return b[0]
}

// next is the state behind a literal or a reference that was in state.
func (c *lzmaCoder) next(behindLiteral, behindReference int) {
	if c.state < 7 {
		c.state = behindLiteral
	} else {
		c.state = behindReference
	}
}

// copy decodes a reference and copies what it refers to.
func (c *lzmaCoder) copy(position uint32, to int64) error {
	var n int
	if c.in.bit(&c.repeated[c.state]) == 0 {
		n = c.fresh.decode(&c.in, position)
		c.distances = [4]uint32{c.distance(n), c.distances[0], c.distances[1], c.distances[2]}
		c.next(7, 10)
		if c.distances[0] == 1<<32-1 {
			c.ended = c.in.err == nil
			return c.in.err
		}
	} else if n = c.repeat(position); n < 0 {
		c.next(9, 11)
		n = 1 - shortest
	} else {
		c.next(8, 11)
	}
	if c.in.err != nil {
		return c.in.err // zeros came in place of what is not there
	}
	distance := int64(c.distances[0]) + 1
	if err := c.out.reaches(distance); err != nil {
		return err
	}
	n += shortest
	if left := to - c.out.total; int64(n) > left {
		if err := c.out.match(distance, int(left)); err != nil {
			return err
		}
		return errLZMA // it leads beyond what was announced
	}
	return c.out.match(distance, n)
}

// repeat decodes which of the last references it is, and its length; -1 for a
// single byte.
func (c *lzmaCoder) repeat(position uint32) int {
	d := &c.distances
	switch {
	case c.in.bit(&c.repeated0[c.state]) == 0:
		if c.in.bit(&c.repeatedLong[c.state][position]) == 0 {
			return -1
		}
	case c.in.bit(&c.repeated1[c.state]) == 0:
		d[0], d[1] = d[1], d[0]
	case c.in.bit(&c.other2[c.state]) == 0:
		d[0], d[1], d[2] = d[2], d[0], d[1]
	default:
		d[0], d[1], d[2], d[3] = d[3], d[0], d[1], d[2]
	}
	return c.again.decode(&c.in, position)
}

// distance decodes a distance, less one, for a length.
func (c *lzmaCoder) distance(length int) uint32 {
	slot := c.in.tree(c.slots[min(length, lengthStates-1)][:], slotBits)
	if slot < 4 {
		return slot
	}
	bits := uint(slot>>1) - 1
	base := (2 | slot&1) << bits
	if slot < treeSlots {
		return base + c.in.reverse(c.special[base-slot:], bits)
	}
	high := c.in.direct(bits - alignBits)
	return base + high<<alignBits + c.in.reverse(c.align[:], alignBits)
}

// lzmaStream is a stream of LZMA whose size is declared, or whose end is marked.
type lzmaStream struct {
	coder lzmaCoder
	in    *counted
	held  int   // bytes of in that the coder has in hand
	size  int64 // -1 when nothing declares it
	err   error
}

// newLZMA reads a stream behind its header: the properties, the dictionary's size
// and how much there is, -1 when the end is marked.
func newLZMA(in *counted, properties byte, dictionary, size int64, scratch Scratching) (*lzmaStream, error) {
	s := &lzmaStream{in: in, size: size}
	if err := s.coder.set(properties); err != nil {
		return nil, err
	}
	if size >= 0 {
		dictionary = min(dictionary, size)
	}
	s.coder.out = newHistory((dictionary+15)&^15, lzmaDictionaryBytes, scratch)
	s.coder.in.more = s.more
	s.coder.in.begin()
	if err := s.coder.in.err; err != nil {
		return nil, err
	}
	return s, nil
}

// more gives the coder what lies ready of the input.
func (s *lzmaStream) more() (b []byte, err error) {
	s.in.skip(s.held)
	b, err = s.in.ahead()
	s.held = len(b)
	return b, err
}

// Read is of io.Reader.
func (s *lzmaStream) Read(p []byte) (int, error) {
	out := s.coder.out
	for out.ready() == 0 && s.err == nil {
		to := s.size
		if to < 0 {
			to = 1<<63 - 1
		}
		if s.err = s.coder.run(to); s.err == nil && (s.coder.ended || out.total == s.size) {
			s.err = s.end()
		}
	}
	if n := out.take(p); n > 0 || len(p) == 0 {
		return n, nil
	}
	return 0, s.err
}

// end gives back what was not used of the input. A stream whose size is declared may
// have the mark of the end all the same.
func (s *lzmaStream) end() error {
	c := &s.coder
	c.in.even()
	if !c.ended && c.in.code != 0 && c.in.err == nil {
		to := c.out.total
		position := uint32(to-c.out.from) & c.positionMask
		if c.in.bit(&c.match[c.state][position]) == 1 && c.in.bit(&c.repeated[c.state]) == 0 {
			c.ended = c.distance(c.fresh.decode(&c.in, position)) == 1<<32-1
		}
		if !c.ended && c.in.err == nil {
			return errLZMA // there is more than was declared
		}
		c.in.even()
	}
	s.in.skip(s.held - (len(c.in.b) - c.in.at))
	s.held = 0
	if c.in.err != nil {
		return c.in.err
	}
	if s.size >= 0 && c.out.total < s.size {
		return io.ErrUnexpectedEOF
	}
	return io.EOF
}

// Close lets go of what the dictionary took.
func (s *lzmaStream) Close() error { return s.coder.out.Close() }

// lzipStream is a member of .lz: LZMA with the usual properties and a trailer.
type lzipStream struct {
	*lzmaStream
	sum uint32
	err error
}

func newLzip(in *counted, scratch Scratching) (*lzipStream, error) {
	var head [6]byte
	if err := in.whole(head[:]); err != nil {
		return nil, err
	}
	const usual = 0x5d // 3 bits of the byte before, none of the position for literals, 2 for the others
	base := int64(1) << (head[5] & 0x1f)
	z, err := newLZMA(in, usual, base-base/16*int64(head[5]>>5), -1, scratch)
	return &lzipStream{lzmaStream: z}, err
}

// Read is of io.Reader.
func (l *lzipStream) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	n, err := l.lzmaStream.Read(p)
	l.sum = crc32.Update(l.sum, crc32.IEEETable, p[:n])
	if err == io.EOF {
		var trailer [20]byte // sum, size, size of the member
		if err = l.in.whole(trailer[:]); err == nil {
			err = io.EOF
			if u32(trailer[:]) != l.sum || u64(trailer[4:]) != uint64(l.coder.out.total) {
				err = errLzipSum
			}
		}
	}
	l.err = err
	return n, err
}

// errLzipSum is given for a member whose bytes are not those that its writer summed.
var errLzipSum = errors.New("the checksum of a member is not that of its bytes")
