package pickle

const (
	pageBits = 9
	pageSize = 1 << pageBits
	// beyond is how far past the entries that there are an index may lie and
	// still have a page; others are kept one by one, at most mostSparse.
	beyond     = 1 << 16
	mostSparse = 1 << 16
	// openPages lie unpacked beside the early ones, those that were written to last.
	openPages = 4
	mostHeld  = 32 << 20 // entries of a memo without a file
)

// room is what a memo may take.
type room struct {
	entries  int64
	unpacked int   // early pages, which stay: what a pickle names again and again came early
	kept     int64 // bytes of pages that were left behind, where a file takes more
}

// memo keeps values by number. Numbers that follow each other lie in pages;
// a page that is left behind is packed to about a byte an entry, and goes to
// the page file when there are many, so that the memo of a large pickle needs
// little memory.
type memo struct {
	pages  []page
	sparse map[int64]Value
	count  int64 // distinct numbers, what MEMOIZE counts
	last   int   // page of the newest entry
	open   [openPages]int
	opened int // pages that were opened, modulo openPages the next place in open
	spare  *[pageSize]Value
	kept   int64 // bytes of pages that were left behind, in memory
	file   *pageFile
	room   room
}

// newMemo is the memo of a pickle, of at most so many entries. That of a pickle
// in a pickle takes less memory.
func newMemo(file *pageFile, entries int, nested bool) memo {
	m := memo{file: file, room: room{entries: int64(entries), unpacked: 2048, kept: 12 << 20}}
	if nested {
		m.room.unpacked, m.room.kept = 64, 1<<20
	}
	if !file.usable() {
		m.room.entries = min(m.room.entries, mostHeld)
	}
	return m
}

// page holds pageSize entries: as values, packed, or at a place of the page file.
type page struct {
	values *[pageSize]Value
	packed *packedPage
	used   int32
	filed  bool
	at     int64
}

func (m *memo) get(n int64) Value {
	if p := n >> pageBits; p >= 0 && p < int64(len(m.pages)) {
		pg := &m.pages[p]
		switch {
		case pg.values != nil:
			if v := pg.values[n&(pageSize-1)]; v != 0 {
				return v
			}
		case pg.packed != nil:
			return pg.packed.get(int(n & (pageSize - 1)))
		case pg.filed:
			if v := m.file.get(pg.at, int(n&(pageSize-1))); v != 0 {
				return v
			}
		}
	}
	if len(m.sparse) > 0 {
		return m.sparse[n]
	}
	return 0
}

// takes reports whether there is room for a new entry n.
func (m *memo) takes(n int64) bool {
	return m.count < m.room.entries && (n <= m.count+beyond || len(m.sparse) < mostSparse)
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
	m.grow(p)
	pg := &m.pages[p]
	if pg.values == nil {
		m.turn(p)
	}
	m.last = p
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
func (m *memo) follow(v Value, n int64) bool {
	if p := int(n >> pageBits); n != m.count || p != m.last || p >= len(m.pages) || n >= m.room.entries || len(m.sparse) > 0 {
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

// turn gives a page its values and leaves the one behind that was opened first.
func (m *memo) turn(p int) {
	if p >= m.room.unpacked {
		slot := m.opened % openPages
		if m.opened >= openPages {
			m.leave(&m.pages[m.open[slot]])
		}
		m.open[slot] = p
		m.opened++
	}
	pg := &m.pages[p]
	values := m.spare
	if m.spare = nil; values == nil {
		values = new([pageSize]Value)
	}
	switch {
	case pg.packed != nil:
		pg.packed.into(values)
		m.kept -= pg.packed.bytes()
	case pg.filed:
		m.file.into(pg.at, values)
	default:
		clear(values[:])
	}
	pg.values, pg.packed, pg.filed = values, nil, false
}

// leave packs a page or files it. One that cannot be packed stays as it is where
// there is no file.
func (m *memo) leave(pg *page) {
	packed := pg.pack()
	if m.kept >= m.room.kept && m.file.usable() {
		if at, ok := m.file.put(packed, pg.values); ok {
			m.spare, pg.values = pg.values, nil
			pg.filed, pg.at = true, at
			return
		}
		m.room.entries = min(m.room.entries, mostHeld)
	}
	if packed != nil {
		m.kept += packed.bytes()
		m.spare, pg.values = pg.values, nil
		pg.packed = packed
	}
}

// clone is a memo of its own with the same entries.
func (m *memo) clone() memo {
	out := *m
	out.spare, out.pages = nil, make([]page, len(m.pages))
	for i, p := range m.pages {
		out.pages[i] = p // packed and filed pages never change
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
