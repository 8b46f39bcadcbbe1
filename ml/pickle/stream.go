package pickle

// stream reads the pickles of a file one behind the other: what load reads is
// the first, but loaders that keep several in a file go on, and so does who
// calls load again.
type stream struct {
	trace    *Trace
	machine  *machine
	within   bool // inside a literal: its bytes are counted as that
	plain    bool // pickles are not looked for behind other bytes
	parsed   []Range
	unparsed []Range
	result   Value // of the first pickle
	pickles  int
	legacy   legacy
	raw      []Range // of storages behind the pickles
}

// whole reports whether all was read and each pickle came to its STOP.
func (s *stream) whole() bool {
	if len(s.unparsed) > 0 || s.pickles == 0 {
		return false
	}
	for _, e := range s.trace.Endings {
		if e.Kind != Stopped {
			return false
		}
	}
	return len(s.trace.Budgets) == 0
}

// readAll reads bytes from..size.
func (s *stream) readAll(from, size int64) {
	m := s.machine
	for at := from; at < size; {
		first := at == from
		if !first {
			next := s.next(at, size)
			s.leave(at, next)
			if at = next; at >= size {
				return
			}
		}
		hidden := m.hidden
		end := s.read(at, size)
		for hidden && end.Kind == Broken {
			// What broke may have been text in front of a pickle.
			inner := s.nearer(at+1, end.Offset)
			if inner < 0 {
				break
			}
			s.parsed[len(s.parsed)-1].To = inner
			at = inner
			end = s.read(at, size)
		}
		size = min(size, m.in.size)
		if first {
			s.result = m.result
		}
		if end.Kind == Exhausted {
			m.skim(end.Offset)
		}
		if end.Kind == Exhausted || end.Kind == Failed {
			s.leave(end.Offset, size)
			return
		}
		if end.Offset <= at {
			s.leave(at, at+1)
			end.Offset = at + 1
		}
		at = s.legacy.after(s, end, size)
	}
}

// read runs the pickle at a place and notes what of it was understood.
func (s *stream) read(at, size int64) Ending {
	m := s.machine
	m.begin(at, size)
	end := m.run()
	s.pickles++
	s.trace.Gets += m.gets
	s.trace.Puts += m.puts
	s.parsed = join(s.parsed, Range{From: at, To: end.Offset})
	if m.hidden {
		m.hidden, m.reading = false, ""
		return end
	}
	if len(s.trace.Endings) < mostEndings {
		s.trace.Endings = append(s.trace.Endings, end)
	} else {
		s.trace.exhausted("pickles")
		end.Kind = Exhausted
	}
	s.oddEnd(end)
	return end
}

// mostEndings pickles are read of a file.
const mostEndings = 1 << 16

// oddEnd tells of a pickle that does not come to its STOP.
func (s *stream) oddEnd(end Ending) {
	rule := ""
	switch end.Kind {
	case Broken:
		rule = RuleBroken
	case Truncated:
		rule = RuleTruncated
	case Exhausted:
		s.trace.exhausted(end.Reason)
		return
	default:
		return
	}
	s.trace.finding(s.machine, Finding{Rule: rule, Severity: Low, Why: end.Reason})
}

// leave notes bytes that are no pickle.
func (s *stream) leave(from, to int64) {
	if from < to {
		s.unparsed = join(s.unparsed, Range{From: from, To: to})
	}
}

// next finds the next pickle at or behind at, size without one. One right at
// the place counts when it reads to a STOP; one behind other bytes only when it
// calls or looks up something, since numbers look like pickles of nothing.
func (s *stream) next(at, size int64) int64 {
	m := s.machine
	if look := lex(&m.in, at, mostLexed); look.stopped && look.opcodes > 1 || look.opcodes == mostLexed {
		return at
	}
	if s.plain {
		return size
	}
	for from := at; ; {
		found := m.search(from, size)
		if found >= size {
			return size
		}
		if s.looksLike(found) {
			m.hidden, m.reading = true, readingHidden
			return found
		}
		from = found + 1
	}
}

// nearer finds a pickle that begins between two places and calls or looks up
// something; -1 without one, and where an array was passed over.
func (s *stream) nearer(from, to int64) int64 {
	m := s.machine
	if raw := s.trace.raw; len(raw) > 0 && raw[len(raw)-1].To > from {
		return -1
	}
	for from < to {
		found := m.search(from, m.in.size)
		if found >= to {
			break
		}
		if s.looksLike(found) {
			m.hidden, m.reading = true, readingHidden
			return found
		}
		from = found + 1
	}
	return -1
}

const readingHidden = "a pickle inside other data"

// looksLike tries a candidate on a machine whose trace is thrown away.
func (s *stream) looksLike(at int64) bool {
	m := s.machine
	if look := lex(&m.in, at, mostLexed); !look.calls {
		return false
	}
	if *m.looks == 0 {
		s.trace.exhausted("readings")
		m.glance(at)
		return false
	}
	*m.looks--
	try := *m
	small := s.trace.limits
	small.Opcodes, small.Readings, small.Depth = mostLexed, 0, 0
	none := 0
	try.trace = newTrace(s.trace.vetting, small)
	try.limits, try.opcodes, try.forks, try.looks = small, 0, &none, &none
	try.nodes, try.stack, try.marks = nodes{ring: nestedRing, slots: slots}, nil, nil
	try.hidden = true
	try.in.own = nil
	try.begin(at, m.in.size)
	try.run()
	return len(try.trace.Globals) > 0
}

// search finds the next place where a pickle could begin: a PROTO, or the names
// of a global by each of the three opcodes that have them.
func (m *machine) search(from, size int64) int64 {
	in := &m.in
	in.seek(from)
	for {
		in.fill(window / 2)
		rest := in.buf[in.pos:]
		if n := in.size - in.offset(); int64(len(rest)) > n {
			rest = rest[:max(n, 0)]
		}
		if len(rest) == 0 {
			return size
		}
		most := len(rest)
		if in.offset()+int64(most) < in.size && most > 2*mostHead {
			most -= mostHead // what begins here may end in the next window
		}
		if i := candidate(rest, most); i >= 0 {
			return in.offset() + int64(i)
		}
		in.pos += most
	}
}

// mostHead is the longest beginning of a pickle that candidate looks at.
const mostHead = 512

// candidate is the first of the first most bytes where a pickle could begin.
func candidate(b []byte, most int) int {
	for i, c := range b[:most] {
		switch Opcode(c) {
		case opProto:
			if i+2 < len(b) && b[i+1] <= 5 {
				return i
			}
		case opGlobal, opInst:
			if rest, ok := nameLine(b[i+1:]); ok {
				if _, ok = nameLine(rest); ok {
					return i
				}
			}
		case opShortBinUnicode, opBinUnicode:
			if rest, ok := nameLiteral(b[i:]); ok {
				if rest, ok = nameLiteral(rest); ok && len(rest) > 0 && Opcode(rest[0]) == opStackGlobal {
					return i
				}
			}
		}
	}
	return -1
}

// nameLine takes a line that is a dotted name off b.
func nameLine(b []byte) ([]byte, bool) {
	for i, c := range b[:min(len(b), mostHead/2)] {
		if c == '\n' {
			return b[i+1:], i > 0 && isPath(string(b[:i]))
		}
		if c != '.' && c != '_' && !(c|0x20 >= 'a' && c|0x20 <= 'z') && !(c >= '0' && c <= '9') {
			break
		}
	}
	return nil, false
}

// nameLiteral takes a str that is a dotted name, and a MEMOIZE or BINPUT behind
// it, off b.
func nameLiteral(b []byte) ([]byte, bool) {
	if len(b) == 0 {
		return nil, false
	}
	a, ok := argumentOf(Opcode(b[0]))
	if !ok || !a.data || len(b) < 1+a.fixed {
		return nil, false
	}
	n := littleEndian(b[1 : 1+a.fixed])
	b = b[1+a.fixed:]
	if n == 0 || n > mostHead/2 || n > uint64(len(b)) || !isPath(string(b[:n])) {
		return nil, false
	}
	b = b[n:]
	switch {
	case len(b) > 0 && Opcode(b[0]) == opMemoize:
		b = b[1:]
	case len(b) > 1 && Opcode(b[0]) == opBinPut:
		b = b[2:]
	}
	return b, true
}
