package pickle

const (
	pageBits = 9
	pageSize = 1 << pageBits
	// beyond is how far past the entries that there are an index may lie and
	// still have a page; others are kept one by one.
	beyond = 1 << 16
	// unpacked pages are those of the first million entries: what a pickle names
	// again and again came early.
	unpacked = 2048
	step     = 128 // entries of a packed page between two places known outright
)

// memo keeps values by number. Numbers that follow each other lie in pages;
// a page that is left behind is packed to about a byte an entry, so that the
// memo of a large pickle needs little memory.
type memo struct {
	pages  []page
	sparse map[int64]Value
	count  int64 // distinct numbers, what MEMOIZE counts
	last   int   // page of the newest entry
	spare  *[pageSize]Value
}

// page holds pageSize entries, as values or packed.
type page struct {
	values *[pageSize]Value
	packed *packedPage
	used   int
}

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

func (m *memo) get(n int64) Value {
	if p := n >> pageBits; p < int64(len(m.pages)) {
		pg := &m.pages[p]
		if pg.values != nil {
			if v := pg.values[n&(pageSize-1)]; v != 0 {
				return v
			}
		} else if pg.packed != nil {
			return pg.packed.get(int(n & (pageSize - 1)))
		}
	}
	if len(m.sparse) > 0 {
		return m.sparse[n]
	}
	return 0
}

func (m *memo) put(n int64, v Value) {
	p := int(n >> pageBits)
	if n > m.count+beyond || len(m.sparse) > 0 && m.sparse[n] != 0 {
		if m.sparse == nil {
			m.sparse = map[int64]Value{}
		}
		if m.sparse[n] == 0 {
			m.count++
		}
		m.sparse[n] = v
		return
	}
	if p >= len(m.pages) {
		m.grow(p)
	}
	pg := &m.pages[p]
	if pg.values == nil {
		pg.open(m.spare)
		m.spare = nil
	}
	if p != m.last {
		m.turn(p)
	}
	if at := &pg.values[n&(pageSize-1)]; *at == 0 {
		*at = v
		pg.used++
		m.count++
	} else {
		*at = v
	}
}

// follow makes v entry n when that is the next one and lies in the open page,
// and reports whether it did; put does all others.
func (m *memo) follow(v Value, n int64, most int) bool {
	if p := int(n >> pageBits); n != m.count || p != m.last || p >= len(m.pages) || n >= int64(most) || len(m.sparse) > 0 {
		return false
	}
	pg := &m.pages[m.last]
	if pg.values == nil || pg.values[n&(pageSize-1)] != 0 {
		return false
	}
	pg.values[n&(pageSize-1)] = v
	pg.used++
	m.count++
	return true
}

// early is an entry of the first page, 0 when there is none.
func (m *memo) early(n byte) Value {
	if len(m.pages) > 0 && m.pages[0].values != nil {
		return m.pages[0].values[n]
	}
	return 0
}

func (m *memo) grow(p int) {
	for len(m.pages) <= p {
		m.pages = append(m.pages, page{})
	}
}

// turn packs the page before the one that is left.
func (m *memo) turn(to int) {
	if from := m.last; from > unpacked && from != to {
		if freed := m.pages[from-1].pack(); freed != nil {
			clear(freed[:])
			m.spare = freed
		}
	}
	m.last = to
}

// open gives the page its values back, or makes it, of spare if there is one.
func (p *page) open(spare *[pageSize]Value) {
	if p.values = spare; spare == nil {
		p.values = new([pageSize]Value)
	}
	if p.packed == nil {
		return
	}
	for i := range pageSize {
		p.values[i] = p.packed.get(i)
	}
	p.packed = nil
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

// pack packs the page if it is full and its entries lie close together, and
// gives the values that are free now.
func (p *page) pack() *[pageSize]Value {
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
	freed := p.values
	p.packed, p.values = out, nil
	return freed
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
	if len(p.palette) == 64 {
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

// clone is a memo of its own with the same entries.
func (m *memo) clone() memo {
	out := memo{count: m.count, last: m.last, pages: make([]page, len(m.pages))}
	for i, p := range m.pages {
		out.pages[i] = p // packed pages never change
		if p.values != nil {
			values := *p.values
			out.pages[i].values = &values
		}
	}
	if m.sparse != nil {
		out.sparse = make(map[int64]Value, len(m.sparse))
		for n, v := range m.sparse {
			out.sparse[n] = v
		}
	}
	return out
}
