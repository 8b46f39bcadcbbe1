package numpy

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// WriteHeader writes the header of an .npy file of version 1 as numpy does, padded
// so that the elements begin at a multiple of 64 bytes. The elements follow.
// An error tells of a type whose elements are objects, or of w.
func WriteHeader(w io.Writer, h Header) error {
	if h.Type.HasObject {
		return fmt.Errorf("numpy: elements of the type %s are objects and have no bytes", h.Type)
	}
	shape := make([]string, len(h.Shape))
	for i, n := range h.Shape {
		shape[i] = fmt.Sprint(n)
	}
	dimensions := strings.Join(shape, ", ")
	if len(shape) == 1 {
		dimensions += ","
	}
	order := "False"
	if h.Fortran {
		order = "True"
	}
	text := fmt.Sprintf("{'descr': %s, 'fortran_order': %s, 'shape': (%s), }", h.Type.descr(), order, dimensions)
	const start = 10
	text += strings.Repeat(" ", 63-(start+len(text))%64) + "\n"
	if len(text) > 1<<16-1 {
		return fmt.Errorf("numpy: the header of a record with %d fields is too long", len(h.Type.Fields))
	}
	out := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(text)))
	_, err := w.Write(append(out, text...))
	return err
}

// descr is how a header has a type: a type string, or the fields of a record with
// its gaps.
func (d Dtype) descr() string {
	if len(d.Fields) == 0 {
		return "'" + d.String() + "'"
	}
	var out strings.Builder
	at := int64(0)
	gap := func(to int64) {
		if to > at {
			fmt.Fprintf(&out, "('', '|V%d'), ", to-at)
		}
	}
	for _, f := range d.Fields {
		gap(f.Offset)
		fmt.Fprintf(&out, "('%s', %s), ", strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(f.Name), f.Type.descr())
		at = f.Offset + f.Type.Size
	}
	gap(d.Size)
	return "[" + strings.TrimSuffix(out.String(), ", ") + "]"
}
