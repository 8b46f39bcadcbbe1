package pickle

import "bytes"

// lexed is what bytes look like when they are read as opcodes without running
// them.
type lexed struct {
	end     int64 // where the reading ended
	stopped bool  // with STOP
	opcodes int
	calls   bool // an opcode that calls or looks up was among them
}

// lex reads opcodes from off on until STOP, a byte that is none, or most
// opcodes. The cursor moves.
func lex(in *input, off int64, most int) (out lexed) {
	in.seek(off)
	for out.opcodes < most {
		if !in.fill(ahead) && in.pos >= len(in.buf) {
			break
		}
		op := Opcode(in.buf[in.pos])
		a, ok := argumentOf(op)
		if !ok || !in.pass(a) {
			break
		}
		out.opcodes++
		switch op {
		case opReduce, opInst, opObj, opNewObj, opNewObjEx, opBuild, opGlobal, opStackGlobal, opExt1, opExt2, opExt4:
			out.calls = true
		case opStop:
			out.stopped = true
			out.end = in.offset()
			return out
		}
	}
	out.end = in.offset()
	return out
}

// pass moves over an opcode with an argument of shape a.
func (in *input) pass(a argument) bool {
	if len(in.buf)-in.pos < 1+a.fixed {
		return false
	}
	p := in.buf[in.pos+1:][:a.fixed]
	in.pos += 1 + a.fixed
	if a.data {
		n := littleEndian(p)
		if n > uint64(mostIndex) || !in.skip(int64(n)) {
			return false
		}
	}
	for range a.lines {
		in.fill(mostName + 1)
		n := bytes.IndexByte(in.buf[in.pos:min(len(in.buf), in.pos+mostName+1)], '\n')
		if n < 0 {
			return false
		}
		in.pos += n + 1
	}
	return true
}

// Begins reports whether the first byte of head is an opcode, without which
// bytes are no pickle.
func Begins(head []byte) bool {
	if len(head) == 0 {
		return false
	}
	_, ok := argumentOf(Opcode(head[0]))
	return ok
}
