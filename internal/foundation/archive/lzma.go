package archive

import (
	"errors"
	"io"
)

// errLZMA is given for bytes that are no LZMA.
var errLZMA = errors.New("the bytes are not as LZMA has them")

// ranges decodes bits of a probability (LZMA specification, "Range Decoder").
type ranges struct {
	b    []byte
	at   int
	more func() ([]byte, error) // the bytes behind b
	code uint32
	wide uint32
	err  error
}

const (
	probabilityBits = 11
	half            = 1 << (probabilityBits - 1)
	moveBits        = 5
	leastRange      = 1 << 24
)

// begin reads the first five bytes.
func (r *ranges) begin() {
	r.wide, r.code = 1<<32-1, 0
	first := r.next()
	for range 4 {
		r.code = r.code<<8 | uint32(r.next())
	}
	if first != 0 && r.err == nil {
		r.err = errLZMA
	}
}

func (r *ranges) next() byte {
	if r.at == len(r.b) {
		if r.err == nil {
			if r.b, r.err = r.more(); r.err == io.EOF {
				r.err = io.ErrUnexpectedEOF
			}
			r.at = 0
		}
		if r.err != nil || len(r.b) == 0 {
			r.b, r.at = nil, 0
			return 0
		}
	}
	c := r.b[r.at]
	r.at++
	return c
}

// even takes the next byte where the range has become narrow.
func (r *ranges) even() {
	if r.wide < leastRange {
		r.wide <<= 8
		r.code = r.code<<8 | uint32(r.next())
	}
}

func (r *ranges) bit(p *uint16) uint32 {
	r.even()
	bound := r.wide >> probabilityBits * uint32(*p)
	if r.code < bound {
		r.wide = bound
		*p += (1<<probabilityBits - *p) >> moveBits
		return 0
	}
	r.wide -= bound
	r.code -= bound
	*p -= *p >> moveBits
	return 1
}

// direct decodes n bits of even probability.
func (r *ranges) direct(n uint) (v uint32) {
	for range n {
		r.even()
		r.wide >>= 1
		v <<= 1
		if r.code >= r.wide {
			r.code -= r.wide
			v |= 1
		}
	}
	return v
}

// tree decodes n bits, the highest first.
func (r *ranges) tree(p []uint16, n uint) uint32 {
	at := uint32(1)
	for range n {
		at = at<<1 | r.bit(&p[at])
	}
	return at - 1<<n
}

// reverse decodes n bits, the lowest first.
func (r *ranges) reverse(p []uint16, n uint) (v uint32) {
	at := uint32(1)
	for i := range n {
		b := r.bit(&p[at])
		at = at<<1 | b
		v |= b << i
	}
	return v
}

const (
	states       = 12
	positions    = 1 << 4 // of a byte, modulo a power of two
	shortest     = 2
	lengthStates = 4
	slotBits     = 6
	alignBits    = 4
	treeSlots    = 14 // from this slot on the lower bits of a distance are of even probability but the last
)

// lengths are the probabilities of lengths.
type lengths struct {
	choice, second uint16
	low, mid       [positions][8]uint16
	high           [256]uint16
}

func (l *lengths) decode(r *ranges, position uint32) int {
	if r.bit(&l.choice) == 0 {
		return int(r.tree(l.low[position][:], 3))
	}
	if r.bit(&l.second) == 0 {
		return 8 + int(r.tree(l.mid[position][:], 3))
	}
	return 16 + int(r.tree(l.high[:], 8))
}

// lzmaModel is the probabilities of a stream, and what it refers back to.
type lzmaModel struct {
	literalBits  uint // of the byte before that choose a literal's probabilities
	literalMask  uint32
	positionMask uint32
	literals     []uint16

	match, repeatedLong                    [states][positions]uint16
	repeated, repeated0, repeated1, other2 [states]uint16
	slots                                  [lengthStates][1 << slotBits]uint16
	special                                [128]uint16
	align                                  [1 << alignBits]uint16
	fresh, again                           lengths

	state     int
	distances [4]uint32 // of the last references, less one
}

// set takes the byte that says how literals and positions choose probabilities,
// and makes all of them even.
func (m *lzmaModel) set(properties byte) error {
	if properties >= 9*5*5 {
		return errLZMA
	}
	rest := uint(properties)
	m.literalBits = rest % 9
	rest /= 9
	m.literalMask = 1<<(rest%5) - 1
	m.positionMask = 1<<(rest/5) - 1
	m.literals = make([]uint16, 0x300<<(m.literalBits+rest%5))
	m.reset()
	return nil
}

func (m *lzmaModel) reset() {
	for _, all := range [][]uint16{m.literals, m.repeated[:], m.repeated0[:], m.repeated1[:], m.other2[:], m.special[:], m.align[:]} {
		even(all)
	}
	for i := range states {
		even(m.match[i][:])
		even(m.repeatedLong[i][:])
	}
	for i := range lengthStates {
		even(m.slots[i][:])
	}
	for _, l := range []*lengths{&m.fresh, &m.again} {
		l.choice, l.second = half, half
		for i := range positions {
			even(l.low[i][:])
			even(l.mid[i][:])
		}
		even(l.high[:])
	}
	m.state, m.distances = 0, [4]uint32{}
}

func even(p []uint16) {
	for i := range p {
		p[i] = half
	}
}
