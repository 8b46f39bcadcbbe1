package pickle

import (
	"maps"
	"math"
)

// inFrame reports whether the cursor is inside a frame.
func (m *machine) inFrame() bool { return m.frameEnd != math.MaxInt64 && m.in.offset() < m.frameEnd }

// nearFrameEnd is called for an opcode that begins close to the end of a frame
// or past it. An opcode whose argument of fixed size begins in the frame and
// ends behind it is read in two ways.
func (m *machine) nearFrameEnd() {
	if m.op >= m.frameEnd {
		m.frameEnd = math.MaxInt64
		return
	}
	a, ok := argumentOf(Opcode(m.in.buf[m.in.pos]))
	if ok && a.fixed > 0 && m.op+1 < m.frameEnd && m.op+1+int64(a.fixed) > m.frameEnd {
		m.in.pos++
		m.straddle(int64(a.fixed))
		m.in.pos--
	}
}

// straddle follows the other readings of an argument of n bytes at the cursor
// that begins in a frame and ends behind it. CPython's Python unpickler and,
// since 3.13.15 and 3.14.7, the C one refuse it; older C unpicklers read on,
// and those of a file without peek drop the rest of the frame and read the
// argument from its end (gh-154848).
func (m *machine) straddle(n int64) {
	at := m.in.offset()
	if at >= m.frameEnd || n <= m.frameEnd-at {
		return
	}
	m.diverge("an argument goes over the end of its frame: some unpicklers read on, some drop the rest of the frame, some refuse")
	if m.frameEnd >= m.in.size {
		return
	}
	m.fork(at, m.frameEnd, "a reader that drops the rest of a frame")
}

// fork runs the opcode that runs, and all after it, on a copy of the machine
// that does not see the bytes cut..resume.
func (m *machine) fork(cut, resume int64, reading string) {
	if *m.forks == 0 {
		m.trace.exhausted("readings")
		return
	}
	*m.forks--
	other := *m
	other.built, other.dtypes, other.keys = maps.Clone(m.built), maps.Clone(m.dtypes), nil
	other.stack = append([]Value(nil), m.stack...)
	other.marks = append([]int(nil), m.marks...)
	other.memo = m.memo.clone()
	other.nodes = m.nodes.clone()
	other.in = newInput(spliced{from: m.in.from, cut: cut, resume: resume}, m.op, m.in.size-(resume-cut))
	other.frameEnd = math.MaxInt64
	other.reading = reading
	other.cuts = append(append([]spliced(nil), m.cuts...), spliced{cut: cut, resume: resume})
	if end := other.run(); end.Kind == Exhausted {
		m.trace.exhausted(end.Reason)
		other.skim(end.Offset)
	}
	m.opcodes = other.opcodes
}

// diverge tells that unpicklers read the input differently from here.
func (m *machine) diverge(why string) {
	m.trace.finding(m, Finding{Rule: RuleFrame, Severity: Medium, Why: why})
}
