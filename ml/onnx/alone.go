package onnx

import (
	"fmt"
	"io"

	"github.com/tacit-ml/tacit/ml/protobuf"
)

// ReadTensor reads a file that is one TensorProto, as onnx.save_tensor and the test data
// of onnx have them. It gives ErrOther unless the message has the fields of a tensor alone
// and as many elements as its dimensions say. Of the model it fills External, Problems,
// Metadata and Raw.
func ReadTensor(in io.ReaderAt, size int64) (*Model, error) {
	schema, err := protobuf.ParseSchema(schemaText)
	if err != nil {
		return nil, err
	}
	r := &reading{Model: &Model{}, file: protobuf.NewFile(in, size), operators: map[Call]int{}, limits: map[string]bool{}, alone: true}
	r.push()
	if err := r.file.Walk(schema, "TensorProto", r); err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	r.Unknown, r.Raw = r.file.Unknown, r.file.Raw
	if len(r.Unknown) > 0 || !r.top().tensor.whole() {
		return nil, ErrOther
	}
	r.tensor(*r.top())
	return r.Model, nil
}

// whole reports whether a tensor has the elements that its dimensions say, in one place.
func (t tensor) whole() bool {
	switch {
	case t.placed || len(t.external) > 0:
		return t.placed && len(t.external) > 0 && !t.hasRaw && !t.hasList && t.count() >= 0
	case t.hasRaw:
		return !t.hasList && t.needs() >= 0 && t.raw.To-t.raw.From == t.needs()
	}
	return t.hasList && t.listed == t.count() && t.kind > 0
}

// count adds the elements of a field of numbers or texts.
func (r *reading) count(t *tensor, name string, v protobuf.Value) error {
	switch {
	case name == "string_data" || !v.Packed:
		t.listed++
	case name == "float_data":
		t.listed += (v.To - v.From) / 4
	case name == "double_data":
		t.listed += (v.To - v.From) / 8
	default:
		return r.numbers(v, func(int64) bool {
			t.listed++
			return true
		})
	}
	return nil
}
