package pickle

import (
	"fmt"
	"io"
	"math"
)

// machine runs one pickle by abstract interpretation.
type machine struct {
	in    input
	ops   *[256]operation
	trace *Trace
	budget
	stack []Value
	marks []int // depth of the stack at each MARK
	memo  memo
	nodes nodes
	proto int

	op       int64 // offset of the opcode that runs
	frameEnd int64 // offset where the frame ends, math.MaxInt64 outside one
	ended    bool
	end      Ending
	result   Value

	odd        map[string]watched // what attributes that a rule looks at are, in any dict
	origins    map[string]string  // of what library those are that are called
	keys       *[keyCache]keyed
	dtypes     dtypes
	built      map[Value]bool   // objects of classes that ask others, and were filled
	aliases    map[int64]Value  // dicts that are the attributes of an object, and that
	judged     map[int64]uint64 // containers that were judged, a bit each
	manyJudged bool             // more were than are known
	lastAlias  Value            // the object of the last of them, when there are more than are known
	objects    bool             // an object was made of which any method may be the file's
	hashers    bool             // one was made that is hashed by its attributes
	shadowed   bool             // attributes of what a vetted callable made were replaced
	factories  bool             // a defaultdict was made whose factory is not known to make a plain value
	holders    map[int64]bool   // lists and arrays that hold, or may come to hold, objects
	manyHold   bool             // more do than are known

	judging          int // vetted callables whose arguments are being judged
	gets, puts, dups int64
	protos           int
	forks, looks     *int // readings that may yet be followed, cheap and dear
	hidden           bool // the bytes are something else for an honest reader
	reading          string
	cuts             []spliced // what this reading does not see
	origin           int64     // where the literal lies that is read, -1 for the file itself
}

// operation executes one opcode; the cursor is behind the opcode.
type operation func(*machine)

// budget is what the machine may yet use.
type budget struct {
	limits  Budget
	opcodes int64
	depth   int // of nested pickles
}

func newMachine(r io.ReaderAt, t *Trace, keep bool) *machine {
	ops := operations()
	forks, looks := t.limits.Readings, mostLooks
	return &machine{
		in: input{from: r}, ops: &ops, trace: t, budget: budget{limits: t.limits}, frameEnd: math.MaxInt64,
		nodes: nodes{keep: keep, ring: ring, slots: slots}, forks: &forks, looks: &looks, origin: -1,
		memo: memo{file: &pageFile{open: t.limits.Scratch}}, // begin makes it ready
	}
}

// begin makes the machine ready for a pickle at from, with an empty stack and
// memo.
func (m *machine) begin(from, size int64) {
	in := newInput(m.in.from, from, size)
	if !in.whole {
		in.own = m.in.own
		if m.in.size == size {
			in = m.in
		}
		in.seek(from)
	}
	m.in = in
	m.stack, m.marks, m.memo = m.stack[:0], m.marks[:0], newMemo(m.memo.file, m.limits.Memo, m.depth > 0)
	if m.nodes.keep {
		m.nodes.all = nil
		m.nodes.next = 0
	}
	m.proto, m.protos, m.frameEnd, m.ended, m.result = 0, 0, math.MaxInt64, false, 0
	m.gets, m.puts, m.dups = 0, 0, 0
	m.keys, m.built, m.dtypes, m.holders, m.manyHold = nil, nil, nil, nil, false
	m.aliases, m.lastAlias, m.judged, m.manyJudged = nil, 0, nil, false
	m.end = Ending{Start: from}
}

// place is where in the file the byte is that this reading has at off.
func (m *machine) place(off int64) int64 {
	if m.origin >= 0 {
		return m.origin
	}
	for i := len(m.cuts) - 1; i >= 0; i-- {
		if c := m.cuts[i]; off >= c.cut {
			off += c.resume - c.cut
		}
	}
	return off
}

// run executes opcodes until STOP, a break or a budget, and tells how it ended.
func (m *machine) run() Ending {
	for !m.ended {
		in := &m.in
		if in.pos+ahead > len(in.buf) && !in.fill(ahead) && in.pos >= len(in.buf) {
			m.breakOff("the input ends without STOP", true)
			break
		}
		m.burst()
		m.op = in.offset()
		if len(m.stack) > m.limits.Stack {
			m.exhaust("stack")
			break
		}
		if m.opcodes++; m.opcodes > m.limits.Opcodes {
			m.exhaust("opcodes")
			break
		}
		if in.pos >= len(in.buf) {
			continue
		}
		if m.op+ahead > m.frameEnd {
			m.nearFrameEnd()
			if m.ended {
				break
			}
		}
		op := in.buf[in.pos]
		in.pos++
		if m.ops[op] == nil {
			m.breakf("0x%02x is no opcode", op)
			break
		}
		m.ops[op](m)
	}
	m.end.Offset = m.in.offset()
	if m.in.failed != nil {
		m.end = Ending{Kind: Failed, Reason: m.in.failed.Error(), Offset: m.op, Start: m.end.Start}
	}
	return m.end
}

// breakOff ends the run where every unpickler ends in an error. What happened
// before did happen.
func (m *machine) breakOff(reason string, truncated bool) {
	if m.ended {
		return
	}
	kind := Broken
	if truncated {
		kind = Truncated
	}
	m.ended, m.end.Kind, m.end.Reason = true, kind, reason
	if kind == Broken {
		m.in.seek(m.op)
	}
}

func (m *machine) breakf(format string, args ...any) { m.breakOff(fmt.Sprintf(format, args...), false) }

func (m *machine) truncated() {
	m.breakOff(fmt.Sprintf("the input ends inside %s", m.opcode()), true)
	m.in.seek(m.in.size)
}

func (m *machine) exhaust(budget string) {
	if !m.ended {
		m.ended, m.end.Kind, m.end.Reason = true, Exhausted, budget
		m.in.seek(m.op)
	}
}

// opcode that runs.
func (m *machine) opcode() Opcode {
	if b := m.in.at(m.op, 1); len(b) == 1 {
		return Opcode(b[0])
	}
	return 0
}

func (m *machine) push(v Value) { m.stack = append(m.stack, v) }

// floor is the depth below which the newest MARK lets nobody pop.
func (m *machine) floor() int {
	if len(m.marks) == 0 {
		return 0
	}
	return m.marks[len(m.marks)-1]
}

// pop gives the top of the stack; without one the run breaks.
func (m *machine) pop() Value {
	if len(m.stack) <= m.floor() {
		m.breakf("%s finds the stack empty", m.opcode())
		return valueOf(Unknown, 0, 0)
	}
	v := m.stack[len(m.stack)-1]
	m.stack = m.stack[:len(m.stack)-1]
	return v
}

// top is the top of the stack in place; without one the run breaks and nil is
// given.
func (m *machine) top() *Value {
	if len(m.stack) <= m.floor() {
		m.breakf("%s finds the stack empty", m.opcode())
		return nil
	}
	return &m.stack[len(m.stack)-1]
}

// popMark gives what lies above the newest MARK, valid until the next push.
func (m *machine) popMark() []Value {
	if len(m.marks) == 0 {
		m.breakf("%s finds no MARK", m.opcode())
		return nil
	}
	from := m.marks[len(m.marks)-1]
	m.marks = m.marks[:len(m.marks)-1]
	items := m.stack[from:]
	m.stack = m.stack[:from]
	return items
}
