package pickle

import (
	"bytes"
	"io"
)

// loadBytes reads what torch.storage._load_from_bytes is given: the archive
// that torch.save wrote, as bytes or, below protocol 3, as text that
// _codecs.encode makes bytes of. A pickle in it is run; what is none is left to
// who walks archives.
func (m *machine) loadBytes(v Value) (string, Severity) {
	literal, escaped := v, false
	if v.Kind() == Call && v.class() != noClass && m.trace.Globals[v.class()].Name == "encode" {
		if x := m.nodes.of(v); x != nil {
			if args, ok := m.items(x.args); ok && len(args) > 0 {
				literal, escaped = args[0], true
			}
		}
	}
	if k := literal.Kind(); k != Bytes && k != ByteArray && !(escaped && k == Str) {
		return "the bytes that it loads are computed", High
	}
	_, from, n, ok := constantAt(&m.in, literal)
	if !ok {
		return "the bytes that it loads are not to be found", High
	}
	e := Embedded{Offset: m.place(from), Size: n, Through: "torch.storage._load_from_bytes"}
	if escaped {
		e.Escaped = true
		e.Read = m.runEscaped(literal, n, e.Offset)
	} else if head := m.in.at(from, 1); len(head) == 1 && head[0] == byte(opProto) {
		e.Read = m.runWithin(m.in.from, from, from+n, -1)
	}
	if len(m.trace.Embedded) < mostArrays {
		m.trace.Embedded = append(m.trace.Embedded, e)
	} else {
		m.trace.exhausted("embedded")
	}
	return "", 0
}

// runEscaped runs the pickle in a text of Latin-1 letters.
func (m *machine) runEscaped(literal Value, n, origin int64) bool {
	if n > m.limits.NestedBytes {
		m.trace.exhausted("nested bytes")
		return false
	}
	letters, _, ok := text(&m.in, literal, int(n))
	plain := make([]byte, 0, len(letters))
	for _, r := range letters {
		if r > 0xff {
			return false
		}
		plain = append(plain, byte(r))
	}
	if !ok || !bytes.HasPrefix(plain, []byte{byte(opProto)}) {
		return false
	}
	m.limits.NestedBytes -= n
	return m.runWithin(Memory(plain), 0, int64(len(plain)), origin)
}

// runWithin runs the pickles in a range of bytes inside this pickle and reports
// whether all of it was read.
func (m *machine) runWithin(r io.ReaderAt, from, size, origin int64) bool {
	inner := m.nested()
	if inner == nil {
		m.glimpse(r, from, size, max(origin, m.origin))
		return false
	}
	inner.origin = max(origin, m.origin)
	s := &stream{trace: m.trace, machine: inner, within: true}
	inner.in = input{from: r}
	s.readAll(from, size)
	m.opcodes = inner.opcodes
	return s.whole()
}
