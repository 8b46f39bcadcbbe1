package tflite

// fields are the values of a table that the package asks for.
type fields struct {
	at      int64
	numbers map[string]uint64
	texts   map[string]string
	vectors map[string]vector
}

// vector is a vector of numbers.
type vector struct{ at, n int64 }

// table reads a table and all that it points to, unless that was done before.
func (r *reader) table(t *table, at int64) bool {
	if !r.once(at, t) {
		return false
	}
	layout := at - int64(int32(r.u32(at)))
	size, inline := r.u16(layout), r.u16(layout+2)
	if r.failed(at, "a table") {
		return true
	}
	if size < 4 || size%2 != 0 || inline < 4 || layout+size > r.size || at+inline > r.size {
		r.problem(false, at, "the table %s has an impossible layout at %d", t.name, layout)
		return true
	}
	r.parsed(layout, size)
	r.parsed(at, inline)
	into := r.wanted(t, at)
	for n := 0; n < int(size-4)/2; n++ {
		offset := r.u16(layout + 4 + int64(n)*2)
		if offset == 0 {
			continue
		}
		s := t.slots[n]
		if s == nil {
			r.problem(true, at, "the table %s has a field %d, which is not known", t.name, n)
			continue
		}
		width := int64(4)
		if s.size > 0 && !s.vector {
			width = int64(s.size)
		}
		if offset+width > inline {
			r.problem(false, at, "%s lies outside of its table", s.name)
			continue
		}
		r.slot(t, s, n, layout, at, offset, into)
	}
	r.keep(t, into)
	return true
}

// failed tells of an error of reading and takes it back, so that the rest is
// read on.
func (r *reader) failed(at int64, what string) bool {
	if r.err == nil {
		return false
	}
	r.problem(false, at, "%s at %d: %v", what, at, r.err)
	r.err = nil
	return true
}

func (r *reader) slot(t *table, s *slot, n int, layout, at, offset int64, into *fields) {
	if s.size > 0 && !s.vector {
		into.number(s.name, r.number(at+offset, s.size))
		return
	}
	to := at + offset + r.u32(at+offset)
	switch {
	case s.vector:
		r.vector(s, to, into)
	case s.text:
		into.text(s.name, r.text(to, s.name))
	case s.union != nil:
		kind := 0
		if tag := r.u16(layout + 4 + int64(n-1)*2); n > 0 && tag != 0 {
			kind = int(r.number(at+tag, 1))
		}
		if u := s.union[kind]; u != nil {
			r.table(u, to)
		} else {
			r.problem(true, at, "%s is of a kind %d, which is not known", s.name, kind)
		}
	default:
		into.number(s.name, 1)
		r.table(s.table, to)
	}
}

// text reads a text: its length, its bytes, a zero.
func (r *reader) text(at int64, name string) string {
	const most = 4 << 10
	n := r.u32(at)
	if r.failed(at, name) || n > r.size-at-4 {
		r.problem(false, at, "%s has %d bytes and does not lie in the file", name, n)
		return ""
	}
	if r.once(at, "text") {
		r.parsed(at, min(n+5, r.size-at))
	}
	return string(r.bytes(at+4, int(min(n, most))))
}

func (r *reader) vector(s *slot, at int64, into *fields) {
	n, each := r.u32(at), int64(max(s.size, 4))
	if s.size > 0 {
		each = int64(s.size)
	}
	if r.failed(at, s.name) || n > (r.size-at-4)/each {
		r.problem(false, at, "%s has %d elements and does not lie in the file", s.name, n)
		return
	}
	if s.size > 0 {
		into.vector(s.name, vector{at + 4, n})
	}
	if !r.once(at, s) {
		return
	}
	const small = 1 << 10
	if r.parsed(at, 4); s.size > 0 && n*each > small {
		r.raw(at+4, n*each)
		return
	}
	r.parsed(at+4, n*each)
	if s.size > 0 {
		return
	}
	if n > mostElements {
		r.problem(true, at, "%s has more than %d elements", s.name, mostElements)
		return
	}
	for i := range n {
		element := at + 4 + i*4
		to := element + r.u32(element)
		if s.text {
			r.text(to, s.name)
		} else if !r.table(s.table, to) {
			r.again(to)
		}
	}
}

func (f *fields) number(name string, n uint64) {
	if f.numbers != nil {
		f.numbers[name] = n
	}
}

func (f *fields) text(name, text string) {
	if f.texts != nil {
		f.texts[name] = text
	}
}

func (f *fields) vector(name string, v vector) {
	if f.vectors != nil {
		f.vectors[name] = v
	}
}
