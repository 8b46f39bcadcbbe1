package pickle

import (
	"encoding/binary"
	"strconv"
	"strings"
)

func (m *machine) mark() { m.marks = append(m.marks, len(m.stack)) }

// stop is STOP: the top of the stack is the result.
func (m *machine) stop() {
	v := m.pop()
	if m.ended {
		return
	}
	m.result, m.ended, m.end.Kind = v, true, Stopped
	m.judgeResult(v)
	if len(m.stack) > 0 || len(m.marks) > 0 {
		m.trace.finding(m, Finding{Rule: RuleDropped, Severity: Low, Why: "STOP leaves " + strconv.Itoa(len(m.stack)) + " values on the stack: they were made and are not in the result"})
	}
}

// popTop is POP. Right behind a MARK it takes that.
func (m *machine) popTop() {
	if len(m.stack) == m.floor() {
		if len(m.marks) == 0 {
			m.breakf("POP finds the stack empty")
			return
		}
		m.marks = m.marks[:len(m.marks)-1]
		return
	}
	m.dropped(m.stack[len(m.stack)-1])
	m.stack = m.stack[:len(m.stack)-1]
}

// dropped counts a call whose result is thrown away: it was made all the same.
// The C pickler throws away no call; a tuple that holds itself it takes apart
// with POP, which drops no call either.
func (m *machine) dropped(v Value) {
	if k := v.Kind(); k == Call {
		m.trace.Dropped++
	}
}

func (m *machine) dropMark() {
	for _, v := range m.popMark() {
		m.dropped(v)
	}
}

func (m *machine) dup() {
	if v := m.top(); v != nil {
		m.used(*v)
		m.push(*v)
		if m.dups++; m.dups == mostDups+1 {
			m.trace.finding(m, Finding{Rule: RuleExpansion, Severity: Medium, Why: "more than 100 DUP: no pickler writes them"})
		}
	}
}

const mostDups = 100

// get pushes entry n of the memo.
func (m *machine) get(n int64) {
	v := m.memo.get(n)
	if v == 0 {
		m.in.failed = m.memo.file.lost
		m.breakf("%s %d is not in the memo", m.opcode(), n)
		return
	}
	m.gets++
	m.used(v)
	m.push(v)
}

// put makes the top of the stack entry n of the memo.
func (m *machine) put(n int64) {
	v := m.top()
	if v == nil {
		return
	}
	m.puts++
	if n == m.memo.count || m.memo.get(n) == 0 {
		if !m.memo.takes(n) {
			m.exhaust("memo")
			return
		}
	} else if !m.trace.overwritten {
		m.trace.overwritten = true
		m.trace.finding(m, Finding{Rule: RuleMemo, Severity: Low, Why: m.opcode().String() + " overwrites entry " + strconv.FormatInt(n, 10) + " of the memo"})
	}
	m.memo.put(n, *v)
}

func (m *machine) memoize() { m.put(m.memo.count) }

func (m *machine) get1() {
	if p := m.fixed(1); p != nil {
		m.get(int64(p[0]))
	}
}

func (m *machine) get4() {
	if p := m.fixed(4); p != nil {
		m.get(int64(binary.LittleEndian.Uint32(p)))
	}
}

func (m *machine) put1() {
	if p := m.fixed(1); p != nil {
		m.put(int64(p[0]))
	}
}

func (m *machine) put4() {
	if p := m.fixed(4); p != nil {
		m.put(int64(binary.LittleEndian.Uint32(p)))
	}
}

func (m *machine) getLine() {
	if n, ok := m.number(); ok {
		m.get(n)
	}
}

func (m *machine) putLine() {
	n, ok := m.number()
	if ok && n < 0 {
		m.breakf("PUT %d is negative", n)
		return
	}
	if ok {
		m.put(n)
	}
}

// number reads a line as the number of a memo entry: decimal, as Python's int
// reads it, with spaces around and underscores between.
func (m *machine) number() (int64, bool) {
	from, n := m.line()
	text := string(m.in.at(from, int(min(n, 64))))
	if v, ok := decimal(text); ok && n <= 64 {
		return v, true
	}
	m.breakf("%s has %q for a number", m.opcode(), text)
	return 0, false
}

// decimal reads what Python's int(text, 10) does, as far as an int64 goes.
func decimal(text string) (int64, bool) {
	text = strings.Trim(text, " \t\n\v\f\r")
	// C stops at a NUL, where Python refuses: read as C does.
	text, _, _ = strings.Cut(text, "\x00")
	if strings.HasPrefix(text, "_") || strings.HasSuffix(text, "_") || strings.Contains(text, "__") || strings.HasPrefix(text, "+_") || strings.HasPrefix(text, "-_") {
		return 0, false
	}
	v, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 64)
	return v, err == nil
}
