package onnx

import (
	"encoding/binary"
	"strings"

	"github.com/tacit-ml/tacit/ml/protobuf"
)

// tensor is what a TensorProto says of its shape and its bytes.
type tensor struct {
	name     string
	elements int64 // product of the dimensions; -1 when it is impossible
	rank     int
	first    int64 // dimension
	kind     uint64
	raw      protobuf.Value // raw_data
	hasRaw   bool
	numbers  protobuf.Value // packed int64_data
	hasList  bool           // some other field of numbers
	listed   int64          // elements in these fields, of a tensor that is a file
	placed   bool           // data_location says that it lies elsewhere
	external []Pair
}

// bits is the size of an element by its type, as TensorProto.DataType has it; 0
// for strings and unknown ones.
func (t tensor) bits() int64 {
	sizes := []int64{0, 32, 8, 8, 16, 16, 32, 64, 0, 8, 16, 64, 32, 64, 64, 128, 16, 8, 8, 8, 8, 4, 4, 4, 8, 2, 2}
	if t.kind >= uint64(len(sizes)) {
		return 0
	}
	return sizes[t.kind]
}

// needs is how many bytes the elements take, -1 when that is not known.
func (t tensor) needs() int64 {
	n := t.count()
	if t.bits() == 0 || n < 0 || n > 1<<56 {
		return -1
	}
	return (n*t.bits() + 7) / 8
}

// count is the number of elements; -1 of impossible dimensions.
func (t tensor) count() int64 {
	if t.rank == 0 {
		return 1
	}
	return t.elements
}

func (t *tensor) dim(n int64) bool {
	if t.rank++; t.rank == 1 {
		t.elements, t.first = 1, n
	}
	switch {
	case n < 0 || t.elements < 0 || n > 0 && t.elements > 1<<62/n:
		t.elements = -1
	default:
		t.elements *= n
	}
	return t.rank < 1<<16
}

func (r *reading) tensorValue(t *tensor, name string, v protobuf.Value) (err error) {
	if r.alone && strings.HasSuffix(name, "_data") && name != "raw_data" && name != "external_data" {
		if err := r.count(t, name, v); err != nil {
			return err
		}
	}
	switch name {
	case "dims":
		err = r.numbers(v, t.dim)
	case "data_type":
		t.kind = v.Number
	case "name":
		t.name, err = r.file.Text(v, mostText)
	case "raw_data":
		t.raw, t.hasRaw = v, true
	case "int64_data":
		if t.hasList = true; v.Packed {
			t.numbers = v
		}
	case "float_data", "int32_data", "string_data", "double_data", "uint64_data":
		t.hasList = true
	case "data_location":
		t.placed = v.Number == 1
	}
	return err
}

// tensor checks one that ends.
func (r *reading) tensor(f frame) {
	t := f.tensor
	switch {
	case t.count() < 0:
		r.problem(Shape, f.from, "the tensor %.100q has impossible dimensions", t.name)
	case t.hasRaw && !t.placed && t.needs() >= 0 && t.raw.To-t.raw.From != t.needs():
		r.problem(Shape, f.from, "the tensor %.100q has %d bytes, and its shape %d", t.name, t.raw.To-t.raw.From, t.needs())
	}
	if t.placed || len(t.external) > 0 {
		r.place(f)
	}
}

// sparse is a sparse tensor: the values that are not zero, and where they stand.
type sparse struct {
	dims            []int64
	shape           tensor
	values, indices tensor
}

func (s *sparse) dim(n int64) bool {
	s.dims = append(s.dims, n)
	s.shape.dim(n)
	return len(s.dims) < 1<<10
}

func (s *sparse) part(name string, t tensor) {
	if strings.HasSuffix(name, ".values") {
		s.values = t
	} else {
		s.indices = t
	}
}

// sparse checks that all indices lie in the tensor: one number for each value,
// counted through all dimensions, or one for each dimension.
func (r *reading) sparse(f frame) {
	s := f.sparse
	n, total := s.values.count(), s.shape.count()
	linear := s.indices.rank == 1 && s.indices.first == n
	plain := s.indices.rank == 2 && s.indices.first == n && s.indices.count() == n*int64(len(s.dims))
	if total < 0 || n < 0 || s.indices.kind != 7 || !linear && !plain {
		r.problem(Sparse, f.from, "the sparse tensor %.100q has %d values and indices of another shape", s.values.name, n)
		return
	}
	i := 0
	inside := func(at int64) bool {
		most := total
		if plain && len(s.dims) > 0 {
			most = s.dims[i%len(s.dims)]
		}
		if i++; at < 0 || at >= most {
			r.problem(Sparse, f.from, "the sparse tensor %.100q has a value at %d, outside of %v", s.values.name, at, s.dims)
			return false
		}
		return true
	}
	if s.indices.hasRaw {
		for at := s.indices.raw.From; at+8 <= s.indices.raw.To; at += 8 {
			b, err := r.file.Text(protobuf.Value{From: at, To: at + 8}, 8)
			if err != nil || !inside(int64(binary.LittleEndian.Uint64([]byte(b)))) {
				return
			}
		}
		return
	}
	if err := r.file.Numbers(s.indices.numbers, func(n uint64) bool { return inside(int64(n)) }); err != nil {
		r.problem(Sparse, f.from, "the indices of the sparse tensor %.100q: %v", s.values.name, err)
	}
}
