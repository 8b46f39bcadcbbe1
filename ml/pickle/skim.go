package pickle

import "io"

// readingSkim is how opcodes are read behind the place where a budget was used
// up: one behind the other, for the names that they look up.
const readingSkim = "behind a budget that was used up"

const (
	skimmed     = 512  // values of the stack that are known
	mostSkimmed = 4096 // entries of the memo that are known once it takes no more
)

// skimmer reads opcodes without values: it knows texts alone, and of the stack
// and the memo no more than decides which names are looked up. It takes the time
// of one pass and a fixed memory, whatever it reads.
type skimmer struct {
	*machine
	count  int64           // what MEMOIZE counts
	late   map[int64]Value // entries that the memo did not take
	order  []int64         // of late, in a ring
	oldest int             // in order
	noLine bool            // no further line ends
}

// skim looks through the rest of the input for names that are dangerous. What is
// done with them is not followed.
func (m *machine) skim(from int64) {
	s := &skimmer{machine: m, count: m.memo.count}
	hidden, reading := m.hidden, m.reading
	m.hidden, m.reading = false, readingSkim
	m.in.seek(from)
	for m.in.failed == nil && (m.in.fill(ahead) || m.in.pos < len(m.in.buf)) {
		m.op = m.in.offset()
		if op := Opcode(m.in.buf[m.in.pos]); s.pass(op) {
			s.step(op)
			continue
		}
		s.begin()
		if s.look(m.op+1, m.in.size, true) >= m.in.size {
			break
		}
	}
	m.hidden, m.reading = hidden, reading
}

// glance reports the name of a global at a place, when it is dangerous.
func (m *machine) glance(at int64) {
	s, op, reading := &skimmer{machine: m}, m.op, m.reading
	m.reading = readingSkim
	s.look(at, min(at+1, m.in.size), true)
	m.op, m.reading = op, reading
}

// glimpse reports what dangerous names stand in a literal that is read no further.
func (m *machine) glimpse(r io.ReaderAt, from, size, origin int64) {
	other := *m
	other.in, other.origin, other.reading = newInput(r, from, size), origin, readingSkim
	s := &skimmer{machine: &other}
	s.look(from, size, false)
}

// begin forgets what belongs to one pickle.
func (s *skimmer) begin() {
	s.stack, s.marks = s.stack[:0], s.marks[:0]
	s.memo = newMemo(s.memo.file, s.limits.Memo, true)
	s.count, s.late, s.order, s.oldest = 0, nil, nil, 0
}

// pass moves the cursor over an opcode and its argument, and looks into bytes,
// which may be a pickle for somebody.
func (s *skimmer) pass(op Opcode) bool {
	a, ok := argumentOf(op)
	if !ok || len(s.in.buf)-s.in.pos < 1+a.fixed {
		return false
	}
	p := s.in.buf[s.in.pos+1:][:a.fixed]
	s.in.pos += 1 + a.fixed
	for range a.lines {
		if s.noLine {
			return false
		}
		if _, _, ok := s.in.line(); !ok {
			s.noLine = true
			return false
		}
	}
	if !a.data {
		return true
	}
	from, n := s.in.offset(), littleEndian(p)
	if n > uint64(s.in.size-from) {
		return false
	}
	switch op {
	case opBinBytes, opShortBinBytes, opBinBytes8, opByteArray8:
		s.look(from, from+int64(n), false)
		s.in.seek(from + int64(n))
	default:
		s.in.skip(int64(n))
	}
	return true
}

// look reports the names of globals that stand in bytes as opcodes have them.
// The first PROTO ends it where it may; the cursor is there, or at the end.
func (s *skimmer) look(from, to int64, proto bool) int64 {
	for at := from; ; at++ {
		if at = s.search(at, to); at >= to {
			s.in.seek(to)
			return to
		}
		s.in.seek(at)
		s.in.fill(mostHead)
		head := s.in.buf[s.in.pos:]
		if module, name, ok := namesIn(head); ok {
			s.op = at
			s.name(module, name, false)
		}
		if proto && Opcode(head[0]) == opProto {
			return at
		}
	}
}

// step does to the stack and the memo what an opcode does.
func (s *skimmer) step(op Opcode) {
	unknown := valueOf(Unknown, 0, 0)
	switch op {
	case opUnicode, opString, opBinUnicode, opShortBinUnicode, opBinUnicode8, opBinString, opShortBinString:
		s.add(valueOf(Str, 0, s.op))
	case opMark:
		s.marks = append(s.marks, len(s.stack))
	case opGlobal, opInst:
		if op == opInst {
			s.drop()
		}
		s.lines()
		s.add(unknown)
	case opStackGlobal:
		name := s.take()
		s.constants(s.take(), name)
		s.add(unknown)
	case opPut, opBinPut, opLongBinPut, opMemoize, opGet, opBinGet, opLongBinGet:
		s.memory(op)
	case opProto:
		s.proto = int(s.in.at(s.op+1, 1)[0])
	case opStop:
		s.begin()
	case opExt1, opExt2, opExt4:
		s.trace.finding(s.machine, Finding{Rule: RuleExtension, Severity: High, Class: ClassUnknown, Why: "an extension code stands for whatever the loading process registered under it"})
		s.add(unknown)
	case opDup:
		v := s.take()
		s.add(v)
		s.add(v)
	case opPop:
		if n := len(s.marks); n > 0 && s.marks[n-1] == len(s.stack) {
			s.marks = s.marks[:n-1]
		} else {
			s.take()
		}
	default:
		s.balance(op)
	}
}

// balance does what is left of the opcodes: how many values they take and make.
func (s *skimmer) balance(op Opcode) {
	takes, makes := 0, 1
	switch op {
	case opFrame, opReadOnlyBuffer:
		makes = 0
	case opAppend, opBuild:
		takes, makes = 1, 0
	case opSetItem:
		takes, makes = 2, 0
	case opTuple1, opBinPersID:
		takes = 1
	case opTuple2, opReduce, opNewObj:
		takes = 2
	case opTuple3, opNewObjEx:
		takes = 3
	case opPopMark, opAppends, opSetItems, opAddItems:
		s.drop()
		makes = 0
	case opList, opTuple, opDict, opFrozenSet, opObj:
		s.drop()
	}
	for range takes {
		s.take()
	}
	if makes > 0 {
		s.add(valueOf(Unknown, 0, 0))
	}
}

// add pushes a value. The oldest are forgotten.
func (s *skimmer) add(v Value) {
	if len(s.stack) >= 2*skimmed {
		gone := len(s.stack) - skimmed
		s.stack = append(s.stack[:0], s.stack[gone:]...)
		for i := range s.marks {
			s.marks[i] = max(0, s.marks[i]-gone)
		}
	}
	if len(s.marks) > 2*skimmed {
		s.marks = append(s.marks[:0], s.marks[len(s.marks)-skimmed:]...)
	}
	s.stack = append(s.stack, v)
}

// take pops a value, an unknown one where the stack is forgotten.
func (s *skimmer) take() Value {
	if len(s.stack) <= s.floor() {
		return valueOf(Unknown, 0, 0)
	}
	v := s.stack[len(s.stack)-1]
	s.stack = s.stack[:len(s.stack)-1]
	return v
}

// drop pops what lies above the newest MARK.
func (s *skimmer) drop() {
	s.stack = s.stack[:s.floor()]
	s.marks = s.marks[:max(0, len(s.marks)-1)]
}

// memory is what the opcodes of the memo do.
func (s *skimmer) memory(op Opcode) {
	n, ok := s.count, true
	switch op {
	case opBinPut, opBinGet:
		n = int64(s.in.at(s.op+1, 1)[0])
	case opLongBinPut, opLongBinGet:
		n = int64(littleEndian(s.in.at(s.op+1, 4)))
	case opPut, opGet:
		n, ok = decimal(string(s.in.at(s.op+1, int(min(64, s.in.offset()-s.op-2)))))
	}
	switch {
	case !ok || n < 0:
		return
	case op == opGet || op == opBinGet || op == opLongBinGet:
		s.add(s.entry(n))
		return
	case len(s.stack) > 0:
		s.keep(n, s.stack[len(s.stack)-1])
	default:
		s.keep(n, valueOf(Unknown, 0, 0))
	}
}

func (s *skimmer) entry(n int64) Value {
	v := s.late[n]
	if v == 0 {
		v = s.memo.get(n)
	}
	if v == 0 {
		v = valueOf(Unknown, 0, 0)
	}
	return v
}

// keep makes v entry n of the memo.
func (s *skimmer) keep(n int64, v Value) {
	if s.late[n] == 0 && s.memo.get(n) == 0 {
		s.count++
	}
	if s.late[n] == 0 && s.memo.takes(n) {
		s.memo.put(n, v)
		return
	}
	if s.late == nil {
		s.late = map[int64]Value{}
	}
	if s.late[n] == 0 {
		if len(s.order) < mostSkimmed {
			s.order = append(s.order, n)
		} else {
			delete(s.late, s.order[s.oldest])
			s.order[s.oldest] = n
			s.oldest = (s.oldest + 1) % mostSkimmed
		}
	}
	s.late[n] = v
}
