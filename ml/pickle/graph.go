package pickle

import (
	"fmt"
	"io"
	"math/big"
)

// Graph is a pickle that was read whole, with every value: what a loader builds
// models of. Its constants are read from the input when they are asked for, so
// the input must stay readable. It may be used by one goroutine at a time.
type Graph struct {
	Root  Value
	Trace *Trace
	End   int64 // where the pickle ended
	m     *machine
}

// Load reads the one pickle at the start of bytes 0 to size of r and keeps all
// of its values. An error tells the place where the pickle breaks or which
// budget was used up. It judges nothing: who builds a value of a Global decides
// what it may stand for.
func Load(r io.ReaderAt, size int64, v *Vetting, b Budget) (*Graph, error) {
	if size > mostIndex {
		return nil, fmt.Errorf("pickle: %d bytes are more than can be read: 512 GiB", size)
	}
	t := newTrace(v, b)
	m := newMachine(r, t, true)
	defer m.memo.file.close()
	m.begin(0, size)
	end := m.run()
	t.Endings = append(t.Endings, end)
	switch end.Kind {
	case Stopped:
		return &Graph{Root: m.result, Trace: t, End: end.Offset, m: m}, nil
	case Exhausted:
		return nil, fmt.Errorf("pickle: the budget for %s was used up at byte %d", end.Reason, end.Offset)
	}
	return nil, fmt.Errorf("pickle: byte %d: %s", end.Offset, end.Reason)
}

// Text is the text of a Str; ok is false for another kind.
func (g *Graph) Text(v Value) (s string, ok bool) {
	if v.Kind() != Str {
		return "", false
	}
	return g.all(v)
}

// Bytes are the bytes of a Bytes or ByteArray; of an input in memory they are
// its own and must not be changed.
func (g *Graph) Bytes(v Value) ([]byte, bool) {
	if k := v.Kind(); k != Bytes && k != ByteArray {
		return nil, false
	}
	_, from, n, ok := constantAt(&g.m.in, v)
	if !ok {
		return nil, false
	}
	return g.m.in.at(from, int(n)), true
}

func (g *Graph) all(v Value) (string, bool) {
	_, _, n, ok := constantAt(&g.m.in, v)
	if !ok {
		return "", false
	}
	s, _, ok := text(&g.m.in, v, int(n))
	return s, ok
}

// Int is the value of an Int or Bool that an int64 can hold.
func (g *Graph) Int(v Value) (int64, bool) { return integer(&g.m.in, v) }

// Big is the value of an Int of up to 4300 digits or bytes.
func (g *Graph) Big(v Value) (*big.Int, bool) {
	if v.Kind() != Int {
		return nil, false
	}
	return bigInteger(&g.m.in, v)
}

// Float is the value of a Float.
func (g *Graph) Float(v Value) (float64, bool) { return float(&g.m.in, v) }

// Bool is the value of a Bool.
func (g *Graph) Bool(v Value) (value, ok bool) {
	return v.class() == 1, v.Kind() == Bool
}

// Items are those of a List, Tuple, Set or FrozenSet; of a Dict, or of an object
// that is one, key and value in turns.
func (g *Graph) Items(v Value) []Value {
	if x := g.m.nodes.of(v); x != nil {
		return x.items
	}
	return nil
}

// Name is the module and name of a Global, of the class of an Object, or of the
// callable that gave a Call.
func (g *Graph) Name(v Value) (module, name string, ok bool) {
	switch v.Kind() {
	case Global, Object, Call:
		if v.class() < uint32(len(g.Trace.Globals)) {
			of := &g.Trace.Globals[v.class()]
			return of.Module, of.Name, of.Computed == ""
		}
	}
	return "", "", false
}

// Args are the arguments of a Call or Object, or the id of a PersID; Absent when
// there are none.
func (g *Graph) Args(v Value) Value {
	if x := g.m.nodes.of(v); x != nil {
		return x.args
	}
	return 0
}

// State is what BUILD gave a Call or Object last; Absent without one.
func (g *Graph) State(v Value) Value {
	if x := g.m.nodes.of(v); x != nil {
		return x.state
	}
	return 0
}

// Array is the array that lies in the stream where v, one of joblib's wrappers,
// was.
func (g *Graph) Array(v Value) (Array, bool) {
	if x := g.m.nodes.of(v); x != nil && x.array != nil {
		return *x.array, true
	}
	return Array{}, false
}

// Kwargs are the keyword arguments of a Call or Object; Absent when there are none.
func (g *Graph) Kwargs(v Value) Value {
	if x := g.m.nodes.of(v); x != nil {
		return x.kwargs
	}
	return 0
}

// Node numbers a container, Call or Object as Step.Node and Step.On do, and gives
// the offset of the opcode that made it; ok is false for what has no number.
func (g *Graph) Node(v Value) (number, offset int64, ok bool) {
	if x := g.m.nodes.of(v); x != nil {
		return x.number, x.offset, true
	}
	return 0, 0, false
}

// Through reports the callable that gave a Call or of whose class an Object is,
// as the index of Trace.Globals, when it is a global.
func (g *Graph) Through(v Value) (uint32, bool) {
	switch v.Kind() {
	case Global, Object, Call:
		return v.class(), v.class() < uint32(len(g.Trace.Globals))
	}
	return 0, false
}
