package pickle

import (
	"bytes"
	"encoding/binary"
)

// constant pushes a value that has no argument.
func constant(k Kind, class uint32) operation {
	return func(m *machine) { m.push(valueOf(k, class, 0)) }
}

// fixed pushes a constant whose argument has n bytes.
func fixed(k Kind, n int) operation {
	return func(m *machine) {
		if m.fixed(n) != nil {
			m.push(valueOf(k, 0, m.op))
		}
	}
}

// lineOf pushes a constant whose argument is a line. A number that Python
// cannot read is told as an oddity: an unpickler ends there.
func lineOf(k Kind) operation {
	return func(m *machine) {
		m.line()
		m.push(valueOf(k, 0, m.op))
	}
}

// literal pushes a constant whose argument is a length of n bytes and as many
// bytes as that says.
func literal(k Kind, n int, signed bool) operation {
	return func(m *machine) {
		length, ok := m.length(n, signed)
		if ok && m.data(length) {
			m.push(valueOf(k, 0, m.op))
		}
	}
}

// fixed takes an argument of n bytes, at most 8.
func (m *machine) fixed(n int) []byte {
	if len(m.in.buf)-m.in.pos < n {
		m.truncated()
		return nil
	}
	p := m.in.buf[m.in.pos:][:n]
	m.in.pos += n
	return p
}

// length reads the length of a literal; a negative one breaks the run.
func (m *machine) length(n int, signed bool) (uint64, bool) {
	p := m.fixed(n)
	if p == nil {
		return 0, false
	}
	v := littleEndian(p)
	if signed && n == 4 && int32(v) < 0 || n == 8 && int64(v) < 0 {
		m.breakf("%s has a negative length", m.opcode())
		return 0, false
	}
	return v, true
}

func littleEndian(p []byte) (v uint64) {
	for i, b := range p {
		v |= uint64(b) << (8 * i)
	}
	return v
}

// data passes over n bytes of a literal.
func (m *machine) data(n uint64) bool {
	m.straddle(int64(n))
	if !m.in.skip(int64(n)) {
		m.truncated()
		return false
	}
	return true
}

// line passes over a line and gives its place. Where the input ends before the
// newline, CPython's Python unpickler takes the last byte for one and acts on
// the rest, once; the C one refuses.
func (m *machine) line() (from, length int64) {
	from, length, ok := m.in.line()
	if !ok {
		length = max(0, m.in.size-from-1)
		m.in.seek(m.in.size)
		return from, length
	}
	if end := m.in.offset(); from < m.frameEnd && end > m.frameEnd {
		m.in.seek(from)
		m.straddle(length + 1)
		m.in.seek(end)
	}
	return from, length
}

// intLine is INT, whose 00 and 01 are False and True.
func (m *machine) intLine() {
	from, n := m.line()
	if n == 2 {
		if text := m.in.at(from, 2); bytes.Equal(text, []byte("00")) || bytes.Equal(text, []byte("01")) {
			m.push(valueOf(Bool, uint32(text[1]-'0'), 0))
			return
		}
	}
	m.push(valueOf(Int, 0, m.op))
}

// stringLine is STRING, which must be quoted.
func (m *machine) stringLine() {
	from, n := m.line()
	first, last := m.in.at(from, 1), byte(0)
	if n >= 2 {
		q := first[0]
		last = m.in.at(from+n-1, 1)[0]
		if q == last && (q == '\'' || q == '"') {
			m.push(valueOf(Str, 0, m.op))
			return
		}
	}
	m.breakf("STRING is not quoted")
}

func (m *machine) nextBuffer() {
	m.trace.finding(m, Finding{Rule: RuleBuffer, Severity: Low, Class: ClassUnknown, Why: "NEXT_BUFFER takes data that is not in this file"})
	m.trace.Buffers++
	m.push(valueOf(Buffer, 0, m.op))
}

func (m *machine) readOnlyBuffer() { m.top() }

// setProto is PROTO. The last one in force decides how names are looked up.
func (m *machine) setProto() {
	p := m.fixed(1)
	if p == nil {
		return
	}
	proto := int(p[0])
	if proto > 5 {
		m.breakf("protocol %d does not exist", proto)
		return
	}
	if m.protos++; m.protos > 1 {
		m.trace.finding(m, Finding{Rule: RuleProto, Severity: Medium, Why: "PROTO comes more than once: it changes how names are looked up"})
	} else if m.op != m.end.Start {
		m.trace.finding(m, Finding{Rule: RuleProto, Severity: Medium, Why: "PROTO is not the first opcode: it changes how names are looked up"})
	}
	m.proto = proto
	m.trace.Protocol = max(m.trace.Protocol, proto)
}

// frame is FRAME: how many bytes follow that a reader may take at once.
func (m *machine) frame() {
	p := m.fixed(8)
	if p == nil {
		return
	}
	n := binary.LittleEndian.Uint64(p)
	here := m.in.offset()
	if int64(n) < 0 {
		m.breakf("the frame's length is beyond all memory")
		return
	}
	if m.inFrame() {
		m.diverge("a frame begins before the one around it has ended: CPython's Python unpickler refuses, the C one does not")
	}
	m.frameEnd = int64(min(n, uint64(mostIndex))) + here
	if m.frameEnd > m.in.size {
		m.diverge("the frame is longer than the input: CPython's C unpickler refuses, the Python one does not")
	}
}
