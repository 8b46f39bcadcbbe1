package tflite

import (
	"slices"

	"github.com/tacit-ml/tacit/ml/extent"
)

// buffer is the bytes of a tensor.
type buffer struct{ at, size int64 }

// tensor is what a table says of one.
type tensor struct {
	at     int64
	kind   uint64
	shape  vector
	buffer uint64
	sparse bool // its bytes are fewer than its shape says
}

// use is a node: an operator with its tensors.
type use struct {
	at              int64
	operator        uint64
	subgraph        int
	inputs, outputs vector
}

// wanted makes room for the values of the tables that are checked.
func (r *reader) wanted(t *table, at int64) *fields {
	switch t.name {
	case "Model", "OperatorCode", "Buffer", "Tensor", "Operator", "SubGraph", "ExternalBufferGroup":
		return &fields{at: at, numbers: map[string]uint64{}, texts: map[string]string{}, vectors: map[string]vector{}}
	}
	return &fields{at: at}
}

// keep takes the values of a table that was read.
func (r *reader) keep(t *table, f *fields) {
	m := r.model
	switch t.name {
	case "Model":
		m.Version = int64(f.numbers["Model.Version"])
	case "OperatorCode":
		number := max(int64(f.numbers["OperatorCode.BuiltinCode"]), int64(f.numbers["OperatorCode.DeprecatedBuiltinCode"]))
		o := Operator{Builtin: number, Offset: f.at}
		if number == custom {
			o.Custom = r.held(f.at, f.texts["OperatorCode.CustomCode"])
		}
		m.Operators = append(m.Operators, o)
		r.codes[f.at] = o
	case "ExternalBufferGroup":
		m.Files = append(m.Files, r.held(f.at, f.texts["ExternalBufferGroup.Name"]))
	case "Buffer":
		v := f.vectors["Buffer.Data"]
		b := buffer{v.at, v.n}
		if at := f.numbers["Buffer.Offset"]; at > 1 {
			b = r.outer(f.at, "a buffer", at, f.numbers["Buffer.Size"])
		}
		m.buffers = append(m.buffers, b)
		r.buffers[f.at] = b
	case "Tensor":
		x := tensor{f.at, f.numbers["Tensor.Type"], f.vectors["Tensor.Shape"], f.numbers["Tensor.Buffer"], f.numbers["Tensor.Sparsity"] > 0}
		m.add(x)
		r.tensors[f.at] = x
	case "Operator":
		m.operators = append(m.operators, use{f.at, f.numbers["Operator.OpcodeIndex"], max(len(m.tensors)-1, 0), f.vectors["Operator.Inputs"], f.vectors["Operator.Outputs"]})
		if at := f.numbers["Operator.LargeCustomOptionsOffset"]; at > 1 {
			r.outer(f.at, "the options of an operator", at, f.numbers["Operator.LargeCustomOptionsSize"])
		}
	case "SubGraph":
		m.tensors = append(m.tensors, nil) // the next one's
	}
}

// held counts a text that is kept; beyond the limit it is cut to nothing.
func (r *reader) held(at int64, text string) string {
	if r.texts += len(text); r.texts > mostTexts {
		r.exhausted(at)
		return ""
	}
	return text
}

// add adds a tensor to the subgraph that is being read.
func (m *Model) add(x tensor) {
	if len(m.tensors) == 0 {
		m.tensors = append(m.tensors, nil)
	}
	last := len(m.tensors) - 1
	m.tensors[last] = append(m.tensors[last], x)
}

// again takes a table that stands in a list and was read before.
func (r *reader) again(at int64) {
	if o, ok := r.codes[at]; ok {
		r.model.Operators = append(r.model.Operators, o)
	}
	if b, ok := r.buffers[at]; ok {
		r.model.buffers = append(r.model.buffers, b)
	}
	if x, ok := r.tensors[at]; ok {
		r.model.add(x)
	}
}

// outer notes bytes that lie behind the tables, in a file of more than 2 GiB.
func (r *reader) outer(from int64, what string, at, size uint64) buffer {
	if at > uint64(r.size) || size > uint64(r.size)-at {
		r.problem(false, from, "%s has %d bytes at %d and does not lie in the file", what, size, at)
		return buffer{}
	}
	r.raw(int64(at), int64(size))
	return buffer{int64(at), int64(size)}
}

// bits are the sizes of elements by TensorType; 0 for texts, resources and
// variants.
func bits(kind uint64) int64 {
	sizes := []int64{32, 16, 32, 8, 64, 0, 8, 16, 64, 8, 64, 128, 64, 0, 0, 32, 16, 4, 16, 2, 4}
	if kind >= uint64(len(sizes)) {
		return 0
	}
	return sizes[kind]
}

// check finds indices that are out of their lists, and tensors whose bytes are
// fewer than their shape says.
func (r *reader) check() {
	m := r.model
	for i, o := range m.operators {
		if o.operator >= uint64(len(m.Operators)) {
			r.problem(false, o.at, "a node is of operator %d of %d", o.operator, len(m.Operators))
		}
		if o.subgraph >= len(m.tensors) {
			continue
		}
		for _, v := range []vector{o.inputs, o.outputs} {
			r.indices(m.operators[i].at, v, int64(len(m.tensors[o.subgraph])))
		}
	}
	for _, all := range m.tensors {
		for _, t := range all {
			r.tensor(t)
		}
	}
	r.failed(0, "a number")
}

// indices checks numbers of tensors; -1 stands for one that is left out.
func (r *reader) indices(at int64, v vector, most int64) {
	for i := range v.n {
		n := int64(int32(r.u32(v.at + i*4)))
		if n < -1 || n >= most {
			r.problem(false, at, "a node takes tensor %d of %d", n, most)
			return
		}
	}
}

func (r *reader) tensor(t tensor) {
	if t.buffer >= uint64(len(r.model.buffers)) {
		r.problem(false, t.at, "a tensor is in buffer %d of %d", t.buffer, len(r.model.buffers))
		return
	}
	elements := int64(1)
	for i := range t.shape.n {
		n := int64(int32(r.u32(t.shape.at + i*4)))
		if n < -1 || n > 0 && elements > 1<<40/n {
			r.problem(false, t.at, "a tensor has impossible dimensions")
			return
		}
		elements *= max(n, 0)
	}
	size := r.model.buffers[t.buffer].size
	if need := (elements*bits(t.kind) + 7) / 8; size > 0 && need > size && !t.sparse {
		r.problem(false, t.at, "a tensor has %d bytes, and its shape takes %d", size, need)
	}
}

// Gaps are the bytes between the parts, which fill up to multiples of a size.
func (m *Model) Gaps() []Range {
	return extent.Without([]Range{{From: 0, To: m.End}}, extent.Merge(slices.Concat(m.Parsed, m.Raw)))
}
