package archive

import "math/bits"

// backward reads bits from the end of bytes to their beginning: the highest bit
// that is set in the last byte marks the end. What is read before the beginning is
// zero, and short tells of it.
type backward struct {
	b    []byte
	left int // bits
}

func newBackward(b []byte) (r backward, ok bool) {
	if len(b) == 0 || b[len(b)-1] == 0 {
		return r, false
	}
	return backward{b: b, left: 8*len(b) - bits.LeadingZeros8(b[len(b)-1]) - 1}, true
}

// short reports whether more was read than is there.
func (r *backward) short() bool { return r.left < 0 }

// peek gives the next n bits, at most 32.
func (r *backward) peek(n int) uint32 {
	if n == 0 {
		return 0
	}
	low := r.left - n // the lowest of them
	shift := 0
	if low < 0 {
		shift = -low
		if low = 0; shift >= n {
			return 0
		}
	}
	var v uint64
	for i := low / 8; i <= (r.left-1)/8; i++ {
		v |= uint64(r.b[i]) << (8 * (i - low/8))
	}
	v = v >> (low % 8) & (1<<(n-shift) - 1)
	return uint32(v << shift)
}

func (r *backward) read(n int) uint32 {
	v := r.peek(n)
	r.left -= n
	return v
}

// forward reads bits from the beginning, the lowest of each byte first.
type forward struct {
	b  []byte
	at int // bits
}

func (r *forward) read(n int) (v uint32, ok bool) {
	if r.at+n > 8*len(r.b) {
		return 0, false
	}
	for i := range n {
		v |= uint32(r.b[(r.at+i)/8]>>((r.at+i)%8)&1) << i
	}
	r.at += n
	return v, true
}

// fseTable decodes symbols by a state (RFC 8878, 4.1).
type fseTable struct {
	accuracy int
	cells    []fseCell
}

type fseCell struct {
	base   uint16
	symbol byte
	bits   byte
}

// readFSE reads the probabilities of at most so many symbols, and gives how many
// bytes they took.
func readFSE(b []byte, mostAccuracy, symbols int) (t fseTable, used int, ok bool) {
	r := forward{b: b}
	v, ok := r.read(4)
	accuracy := int(v) + 5
	if !ok || accuracy > mostAccuracy {
		return t, 0, false
	}
	var shares []int16
	for left := 1 << accuracy; left > 0; {
		share, ok := r.share(left)
		if !ok || len(shares) >= symbols {
			return t, 0, false
		}
		shares = append(shares, int16(share))
		if share < 0 {
			left--
		} else {
			left -= share
		}
		if share != 0 {
			continue
		}
		for more := uint32(3); more == 3; {
			if more, ok = r.read(2); !ok || len(shares)+int(more) > symbols {
				return t, 0, false
			}
			shares = append(shares, make([]int16, more)...)
		}
	}
	return newFSE(shares, accuracy), (r.at + 7) / 8, true
}

// share reads a probability, of which as much is left: -1 is one less than one.
func (r *forward) share(left int) (int, bool) {
	n := bits.Len(uint(left + 1))
	v, ok := r.read(n - 1)
	if !ok {
		return 0, false
	}
	small := 1<<n - 1 - (left + 1) // values below it have a bit less
	if int(v) >= small {
		high, ok := r.read(1)
		if !ok {
			return 0, false
		}
		if high == 1 {
			v |= 1 << (n - 1)
			v -= uint32(small)
		}
	}
	return int(v) - 1, int(v)-1 <= left
}

// newFSE lays out the cells.
func newFSE(shares []int16, accuracy int) fseTable {
	size := 1 << accuracy
	t := fseTable{accuracy: accuracy, cells: make([]fseCell, size)}
	next := make([]int, len(shares))
	last := size
	for s, share := range shares {
		if next[s] = int(share); share < 0 {
			last--
			t.cells[last].symbol, next[s] = byte(s), 1
		}
	}
	at := 0
	for s, share := range shares {
		for range max(share, 0) {
			t.cells[at].symbol = byte(s)
			for at = (at + size>>1 + size>>3 + 3) & (size - 1); at >= last; {
				at = (at + size>>1 + size>>3 + 3) & (size - 1)
			}
		}
	}
	for i := range t.cells {
		c := &t.cells[i]
		n := next[c.symbol]
		next[c.symbol]++
		width := accuracy - bits.Len(uint(n)) + 1
		c.bits, c.base = byte(width), uint16(n<<width-size)
	}
	return t
}

// oneSymbol is a table that always gives one.
func oneSymbol(s byte) fseTable { return fseTable{cells: []fseCell{{symbol: s}}} }

// fse is a state of a table.
type fse struct {
	*fseTable
	at uint32
}

func (t *fseTable) begin(r *backward) fse { return fse{t, r.read(t.accuracy)} }

func (s *fse) symbol() byte { return s.cells[s.at].symbol }

func (s *fse) next(r *backward) {
	c := s.cells[s.at]
	s.at = uint32(c.base) + r.read(int(c.bits))
}
