package pickle

import "unsafe"

// step is how many entries of a packed page lie between two places known outright.
const step = 128

// packedPage is a full page: entry i is the palette's value that its kind names,
// with the index of the entry before it in the same sequence (of constants, of
// nodes) plus deltas[i]. The indices before every step'th entry are in starts.
type packedPage struct {
	palette []Value // with index 0
	width   uint    // bits of a kind: 0, 1, 2, 4 or 8
	kinds   []uint8
	deltas  [pageSize]uint8
	starts  [pageSize / step][2]int64
}

// mostPalette kinds of values lie in a packed page.
const mostPalette = 64

// bytes is about how much memory the page takes.
func (p *packedPage) bytes() int64 {
	return int64(unsafe.Sizeof(*p)) + int64(cap(p.kinds)) + 8*int64(cap(p.palette))
}

// sequence is the run of indices that v is of: 0 of opcodes, 1 of nodes. What
// has no index counts to the first, and changes nothing there.
func sequence(v Value) int {
	if v.isNode() {
		return 1
	}
	return 0
}

func indexed(v Value) bool {
	k := v.Kind()
	return v.isNode() || k >= Int && k < List
}

// pack is the page packed, nil unless it is full and its entries lie close
// together.
func (p *page) pack() *packedPage {
	if p.values == nil || p.used != pageSize {
		return nil
	}
	out := &packedPage{}
	var kinds [pageSize]uint8
	at := p.firsts()
	for i, v := range p.values {
		if i%step == 0 {
			out.starts[i/step] = at
		}
		if indexed(v) {
			delta := v.index() - at[sequence(v)]
			if delta < 0 || delta > 255 {
				return nil
			}
			out.deltas[i], at[sequence(v)] = uint8(delta), v.index()
			v &^= mostIndex
		}
		kind, ok := out.kind(v)
		if !ok {
			return nil
		}
		kinds[i] = kind
	}
	out.keep(kinds)
	return out
}

// firsts is the first index of each sequence in the page.
func (p *page) firsts() (at [2]int64) {
	for i := pageSize - 1; i >= 0; i-- {
		if v := p.values[i]; indexed(v) {
			at[sequence(v)] = v.index()
		}
	}
	return at
}

func (p *packedPage) kind(v Value) (uint8, bool) {
	for i, have := range p.palette {
		if have == v {
			return uint8(i), true
		}
	}
	if len(p.palette) == mostPalette {
		return 0, false
	}
	p.palette = append(p.palette, v)
	return uint8(len(p.palette) - 1), true
}

// keep stores the kinds in as few bits as the palette needs.
func (p *packedPage) keep(kinds [pageSize]uint8) {
	for 1<<p.width < len(p.palette) {
		p.width = max(1, 2*p.width)
	}
	p.kinds = make([]uint8, pageSize*p.width/8)
	if p.width == 0 {
		return
	}
	for i, k := range kinds {
		bit := uint(i) * p.width
		p.kinds[bit/8] |= k << (bit % 8)
	}
}

func (p *packedPage) at(n int) Value {
	if p.width == 0 {
		return p.palette[0]
	}
	bit := uint(n) * p.width
	return p.palette[p.kinds[bit/8]>>(bit%8)&(1<<p.width-1)]
}

func (p *packedPage) get(n int) Value {
	v := p.at(n)
	if !indexed(v) {
		return v
	}
	s := sequence(v)
	index := p.starts[n/step][s]
	for i := n - n%step; i <= n; i++ {
		if x := p.at(i); sequence(x) == s {
			index += int64(p.deltas[i])
		}
	}
	return v | Value(index)
}

// into writes all entries.
func (p *packedPage) into(values *[pageSize]Value) {
	for i := range values {
		values[i] = p.get(i)
	}
}
