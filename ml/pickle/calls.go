package pickle

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// reduce is REDUCE: callable(*args).
func (m *machine) reduce() {
	args := m.pop()
	callee := m.top()
	if callee == nil {
		return
	}
	switch args.Kind() {
	case None, Bool, Int, Float, Global:
		m.breakf("REDUCE has a %s for arguments", args.Kind())
		return
	}
	*callee = m.call(*callee, UseReduce, args, 0)
}

// newObj is NEWOBJ: class.__new__(class, *args).
func (m *machine) newObj() {
	args := m.pop()
	class := m.top()
	if class == nil {
		return
	}
	*class = m.call(*class, UseNewObj, args, 0)
}

// newObjEx is NEWOBJ_EX: class.__new__(class, *args, **kwargs).
func (m *machine) newObjEx() {
	kwargs := m.pop()
	args := m.pop()
	class := m.top()
	if class == nil {
		return
	}
	*class = m.call(*class, UseNewObjEx, args, kwargs)
}

// inst is INST: a GLOBAL and an OBJ in one.
func (m *machine) inst() {
	module, name, ok := m.twoLines()
	if !ok {
		return
	}
	class := valueOf(Global, m.lookup(module, name, ""), 0)
	items := m.popMark()
	if m.ended {
		return
	}
	m.push(m.call(class, UseInst, m.tuple(items), 0))
}

// obj is OBJ: the callable lies right above the MARK, its arguments behind it.
func (m *machine) obj() {
	items := m.popMark()
	if m.ended {
		return
	}
	if len(items) == 0 {
		m.breakf("OBJ finds no class")
		return
	}
	class := items[0]
	m.push(m.call(class, UseObj, m.tuple(items[1:]), 0))
}

// call tells of a call and gives its result.
func (m *machine) call(callee Value, use Use, args, kwargs Value) Value {
	bound := Value(0)
	if use == UseReduce {
		if f, as, given, kw, ok := m.unrolled(callee, args); ok {
			callee, use, args, kwargs = f, as, given, kw
		}
		if bound = m.bound(callee, args); bound == 0 {
			bound = m.named(callee, args)
		}
	}
	step := m.called(callee, use, args, kwargs)
	if bound != 0 {
		return bound
	}
	if v := m.resultOf(callee, use, args); v != 0 {
		return v
	}
	x, n := m.nodes.add(m.op, 0)
	x.args, x.kwargs = args, kwargs
	if step != nil {
		step.Node = n
	}
	kind, class := Call, uint32(noClass)
	if callee.Kind() == Global {
		class = callee.class()
		if use == UseNewObj || use == UseNewObjEx || m.isEmpty(args) && use != UseReduce {
			kind = Object
		}
	} else if m.carriesType(callee) {
		class = callee.class() // what is done with an instance is told with its type
	}
	return valueOf(kind, class, n)
}

func (m *machine) isEmpty(args Value) bool { return args == emptyTuple() }

// called tells of a call, judges it and gives the step that was kept of it, nil
// when no more are kept.
func (m *machine) called(callee Value, use Use, args, kwargs Value) *Step {
	t := m.trace
	n, ok := m.calleeOf(callee, use)
	if !ok {
		t.unknown[use]++
		m.judgeUnknown(callee, use, args)
	} else {
		g := &t.Globals[n]
		g.Calls[use]++
		if g.Class == ClassVetted {
			m.judgeHanded(g, use, args, kwargs)
			m.judgeExhausting(g, use, args, kwargs)
		}
		m.judgeStateValue(g, callee, use, args)
		m.judgeForwarded(g, callee, use, args)
		if g.Class == ClassVetted || g.Class == ClassData {
			m.judgeHooks(g, callee, use, args, kwargs)
		}
		m.objects = m.objects || g.Class == ClassData && !g.isColumn() || g.isNamespace() || g.keepsCallable() || g.rule.Arguments == argModule
		if g.isDefaults() && m.oddFactory(use, args) {
			m.factories, m.objects = true, true
		}
		m.hashers = m.hashers || g.hooks().hashes
		if g.Calls[use] == 1 || g.rule.Arguments != "" || g.rule.State != "" || g.Class == ClassDangerous {
			m.judgeCall(n, callee, use, args)
		}
	}
	if len(t.Steps) >= t.limits.Steps || m.hidden && t.classOf(n, ok) != ClassDangerous {
		t.Calls++
		return nil
	}
	s := Step{Global: NoGlobal, Use: use, Opcode: m.opcode(), Callee: m.show(callee), Args: m.show(args), Node: -1, On: -1}
	if callee.isNode() {
		s.On = callee.index()
	}
	if ok {
		s.Global = n
	}
	if kwargs != 0 {
		s.Args += ", **" + m.show(kwargs)
	}
	t.step(m, s)
	return &t.Steps[len(t.Steps)-1]
}

func (t *Trace) classOf(n uint32, known bool) Class {
	if !known {
		return ClassUnknown
	}
	return t.Globals[n].Class
}

// NoGlobal is Step.Global of a callee that is no global.
const NoGlobal = uint32(noClass)

// calleeOf is the global whose code a use of v runs: v itself, or for a method
// the class of an object and, as near as it is known, the callable that gave a
// result. An object's __new__ is its class's. Calling an object or a result runs
// what nobody knows.
func (m *machine) calleeOf(v Value, use Use) (uint32, bool) {
	switch k := v.Kind(); {
	case k == Global, (k == Object || k == Call) && use >= UseBuild, k == Object && (use == UseNewObj || use == UseNewObjEx):
		n := v.class()
		return n, n < uint32(len(m.trace.Globals))
	}
	return 0, false
}

// build is BUILD: the state of an object.
func (m *machine) build() {
	state := m.pop()
	inst := m.top()
	if inst == nil {
		return
	}
	switch inst.Kind() {
	case None, Bool, Int, Float, Str, Bytes, ByteArray, Buffer, List, Dict, Tuple, Set, FrozenSet:
		return // without a state that is one it does nothing, with one it fails
	}
	m.called(*inst, UseBuild, state, 0)
	m.noteState(*inst, state)
	m.noteAlias(*inst, state)
	x := m.nodes.of(*inst)
	if x != nil {
		x.state = state
		x.replaced = x.replaced || m.replaces(state)
	}
	m.judgeHashed(*inst)
	m.judgeAdded(*inst, []Value{state})
	m.noteDtype(*inst)
	if inst.Kind() == Object && m.isWrapper(*inst) {
		m.wrapper(*inst)
	}
}

func (m *machine) ext1() { m.extension(m.fixed(1)) }
func (m *machine) ext2() { m.extension(m.fixed(2)) }

func (m *machine) ext4() {
	p := m.fixed(4)
	if p != nil && int32(binary.LittleEndian.Uint32(p)) <= 0 {
		m.breakf("EXT4 has a code below 1")
		return
	}
	m.extension(p)
}

// extension pushes what a code of copyreg's registry stands for, which is the
// loading process's own.
func (m *machine) extension(p []byte) {
	if p == nil {
		return
	}
	code := littleEndian(p)
	if code == 0 {
		m.breakf("extension code 0 does not exist")
		return
	}
	x, n := m.nodes.add(m.op, 0)
	x.count = int64(code)
	m.trace.finding(m, Finding{Rule: RuleExtension, Severity: High, Class: ClassUnknown, Args: fmt.Sprint(code),
		Why: fmt.Sprintf("extension code %d stands for whatever the loading process registered under it", code)})
	m.push(valueOf(Ext, 0, n))
}

// persIDLine is PERSID: a line that must be ASCII.
func (m *machine) persIDLine() {
	from, n := m.line()
	if m.ended {
		return
	}
	for at := from; at < from+n; {
		p := m.in.at(at, int(min(from+n-at, 4096)))
		if len(p) == 0 || slices.ContainsFunc(p, func(b byte) bool { return b >= 0x80 }) {
			m.breakf("PERSID has a line that is not ASCII")
			return
		}
		at += int64(len(p))
	}
	m.persistent(valueOf(Str, 0, m.op))
}

func (m *machine) persID() {
	if v := m.pop(); !m.ended {
		m.persistent(v)
	}
}
