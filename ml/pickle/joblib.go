package pickle

import (
	"maps"
	"math"
	"strings"

	"github.com/tacit-ml/tacit/ml/numpy"
)

// Array is an array of numbers whose bytes lie in the stream where a joblib
// wrapper was, or the pickle of one of objects.
type Array struct {
	Offset, Size int64 // of the elements
	Type         numpy.Dtype
	Shape        []int64
	Fortran      bool  // column after column
	Objects      bool  // a pickle: its elements are objects
	Node         int64 // the wrapper's
}

// mostArrays have their places kept; a file with more is not read to its end.
const mostArrays = 1 << 18

// wrapperNames are joblib's classes that stand for an array, in the package and
// where scikit-learn once carried it.
var wrapperNames = []string{"NumpyArrayWrapper", "NDArrayWrapper", "ZNDArrayWrapper"}

// isWrapper reports whether v is an instance of one of joblib's wrappers.
func (m *machine) isWrapper(v Value) bool {
	if v.class() >= uint32(len(m.trace.Globals)) {
		return false
	}
	g := &m.trace.Globals[v.class()]
	return strings.HasPrefix(strings.TrimPrefix(g.Module, "sklearn.externals."), "joblib.numpy_pickle") && wrapperKind(g.Name) >= 0
}

func wrapperKind(name string) int {
	for i, w := range wrapperNames {
		if w == name {
			return i
		}
	}
	return -1
}

// wrapper acts as joblib's unpickler does behind the BUILD of a wrapper: it
// reads the array. A pickle at a place where joblib reads raw bytes would run
// in an ordinary unpickler, and so is looked for.
func (m *machine) wrapper(v Value) {
	x := m.nodes.of(v)
	var state *node
	if x != nil {
		state = m.nodes.of(x.state)
	}
	if state == nil || x.state.Kind() != Dict {
		m.arrayUnread("the wrapper's state is no dict of constants")
		return
	}
	if wrapperKind(m.trace.Globals[v.class()].Name) > 0 {
		m.sideFile(state)
		return
	}
	dtype, known := m.dtype(m.field(state, "dtype"))
	shape, shaped := m.shape(m.field(state, "shape"))
	if !known || !shaped {
		m.arrayUnread("its type or shape is not one that numpy's pickles have")
		return
	}
	a := Array{Type: dtype, Shape: shape, Objects: dtype.HasObject, Node: v.index()}
	if order, _, _ := text(&m.in, m.field(state, "order"), 4); order == "F" {
		a.Fortran = true
	}
	if m.inFrame() {
		m.trace.finding(m, Finding{Rule: RuleArray, Severity: High, Why: "a joblib array follows inside a frame: joblib reads it from the frame's end and goes on with the frame, others read on"})
	}
	if a.Objects {
		m.objectArray(a, x)
		return
	}
	m.rawArray(a, x, m.field(state, "numpy_array_alignment_bytes"))
}

// arrayUnread tells of an array whose length nobody knows. What follows is read
// as an ordinary unpickler reads it, and the file is not understood.
func (m *machine) arrayUnread(why string) {
	why = "a joblib array follows whose length is not known: " + why
	m.trace.finding(m, Finding{Rule: RuleArray, Severity: Medium, Why: why})
	if m.trace.unread == "" {
		m.trace.unread = why
	}
}

// rawArray passes over the bytes of an array. Before them joblib from 1.2 on
// writes a byte and as many 0xff as it says, so that the array is aligned.
func (m *machine) rawArray(a Array, x *node, alignment Value) {
	start := m.in.offset()
	size, err := a.Type.Bytes(a.Shape)
	if err != nil {
		m.arrayUnread(err.Error())
		return
	}
	m.lookInside(start, readingPlain)
	m.in.seek(start)
	if k := alignment.Kind(); k != Absent && k != None {
		m.in.fill(1)
		p := m.fixed(1)
		if p == nil || !m.in.skip(int64(p[0])) {
			m.truncated()
			return
		}
	}
	a.Offset, a.Size = m.in.offset(), size
	if !m.in.skip(size) {
		m.truncated()
		return
	}
	m.keepArray(a, x, start)
}

func (m *machine) keepArray(a Array, x *node, start int64) {
	m.trace.ArrayCount++
	if m.nodes.keep {
		x.array = &a
	}
	if len(m.trace.Arrays) >= mostArrays {
		m.exhaust("arrays")
		return
	}
	a.Offset = m.place(a.Offset)
	m.trace.Arrays = append(m.trace.Arrays, a)
	if !a.Objects && m.reading == "" && m.origin < 0 {
		m.trace.raw = append(m.trace.raw, Range{From: start, To: a.Offset + a.Size})
	}
}

// objectArray runs the pickle that an array of objects is, on the same input
// with a stack and memo of its own.
func (m *machine) objectArray(a Array, x *node) {
	a.Offset = m.in.offset()
	m.lookInside(a.Offset, readingObjects)
	m.in.seek(a.Offset)
	node := x.number
	inner := m.nested()
	if inner == nil {
		return
	}
	inner.objects, inner.shadowed = false, false
	end := inner.run()
	m.in, m.opcodes = inner.in, inner.opcodes
	if inner.objects || inner.shadowed {
		m.objects, m.shadowed = m.objects || inner.objects, m.shadowed || inner.shadowed
		m.holds(valueOf(Object, 0, node))
	}
	if end.Kind != Stopped {
		m.ended, m.end.Kind, m.end.Reason = true, end.Kind, "in the pickle of an array of objects: "+end.Reason
		return
	}
	a.Size = m.in.offset() - a.Offset
	if x.number == node || m.nodes.keep {
		m.keepArray(a, m.nodes.of(valueOf(Object, 0, node)), a.Offset)
	}
}

// nested is a machine for a pickle at the cursor of this one, nil when the
// budget for depth is used up.
func (m *machine) nested() *machine {
	if m.depth+1 > m.limits.Depth {
		m.exhaust("depth")
		return nil
	}
	inner := *m
	inner.depth++
	inner.stack, inner.marks, inner.memo, inner.proto, inner.protos = nil, nil, newMemo(m.memo.file, m.limits.Memo, true), 0, 0
	inner.nodes = nodes{keep: m.nodes.keep, ring: nestedRing, slots: slots}
	inner.end = Ending{Start: m.in.offset()}
	inner.frameEnd = math.MaxInt64
	inner.holders, inner.built, inner.dtypes, inner.keys = nil, nil, nil, nil
	inner.aliases, inner.lastAlias, inner.judged, inner.manyJudged, inner.manyHold = nil, 0, nil, false, false // they are by numbers of nodes
	inner.ended = false
	return &inner
}

// sideFile is what joblib below 0.10 does with a wrapper: it reads a file of
// that name beside this one.
func (m *machine) sideFile(state *node) {
	name, whole, ok := text(&m.in, m.field(state, "filename"), mostName)
	if !ok || !whole {
		m.trace.finding(m, Finding{Rule: RuleSideFile, Severity: High, Why: "joblib reads a file beside this one whose name is computed"})
		return
	}
	if strings.ContainsAny(name, `/\`) || name == ".." {
		m.trace.finding(m, Finding{Rule: RuleSideFile, Severity: High, Args: quote(name), Why: "joblib reads a file by a name that leads out of this folder"})
	}
	if len(m.trace.SideFiles) < mostArrays {
		m.trace.SideFiles = append(m.trace.SideFiles, name)
	}
}

// field is the value of a key that is a str, of a dict.
func (m *machine) field(x *node, key string) Value {
	for i := len(x.items) - 2; i >= 0; i -= 2 {
		if s, whole, ok := text(&m.in, x.items[i], len(key)+1); ok && whole && s == key && x.items[i].Kind() == Str {
			return x.items[i+1]
		}
	}
	return 0
}

// lookInside looks whether the bytes at off, which joblib takes for an array,
// are a program for an ordinary unpickler, and follows it.
func (m *machine) lookInside(off int64, reading string) {
	if look := lex(&m.in, off, mostLexed); !look.calls {
		return
	}
	cost := 1 + len(m.memo.pages)/16 + (len(m.stack)+len(m.holders)+len(m.aliases)+len(m.judged))/4096 // of the copy
	if *m.looks < cost {
		m.trace.exhausted("readings")
		return
	}
	*m.looks -= cost
	other := *m
	other.built, other.holders, other.dtypes, other.keys = maps.Clone(m.built), maps.Clone(m.holders), maps.Clone(m.dtypes), nil
	other.aliases, other.judged = maps.Clone(m.aliases), maps.Clone(m.judged)
	other.stack = append([]Value(nil), m.stack...)
	other.marks = append([]int(nil), m.marks...)
	other.memo, other.nodes = m.memo.clone(), m.nodes.clone()
	other.in = newInput(m.in.from, off, m.in.size)
	other.reading = reading
	other.hidden = true
	other.limits.Opcodes = min(m.limits.Opcodes, m.opcodes+mostHidden)
	if other.run().Kind == Exhausted {
		m.trace.exhausted("readings")
	}
	m.opcodes = other.opcodes
}

// mostLooks bounds how often bytes are run as what they should not be.
const mostLooks = 10_000

// mostHidden opcodes are run of one of them.
const mostHidden = 1 << 20

const (
	mostLexed    = 4096
	readingPlain = "an unpickler that is not joblib's"
	// readingObjects is of the pickle of an array of objects as a part of the one
	// around it. An honest one then means other entries of the memo, so that what
	// it seems to look up says little: only what is dangerous is told.
	readingObjects = "an unpickler that is not joblib's, in an array of objects"
)
