package onnx

import (
	_ "embed"
	"errors"
	"fmt"
	"io"

	"github.com/tacit-ml/tacit/ml/protobuf"
)

//go:embed schema.txt
var schemaText string

// Opset is a domain that the model imports, at a version.
type Opset struct {
	Domain  string
	Version int64
	Offset  int64
}

// Operator is a type of nodes, of graphs and functions together.
type Operator struct {
	Domain, Type string
	Offset       int64 // of the first
	Count        int64
}

// Function is an operator that the model defines.
type Function struct {
	Domain, Name, Overload string
	Offset                 int64
	Calls                  []Call
}

// Call is one operator that a function uses.
type Call struct{ Domain, Type, Overload string }

// External is a tensor whose bytes lie in another file.
type External struct {
	Tensor   string
	Offset   int64 // of its description
	Location string
	From     int64  // in that file, -1 when nothing is said
	Length   int64  // -1 when nothing is said
	Needs    int64  // bytes of its shape and type, -1 when they are unknown
	Entries  []Pair // all that is said
}

// Pair is a key and a value, of a long one the begin.
type Pair struct {
	Key, Value string
	Offset     int64 // of the value
	Length     int64
}

// ProblemKind is what a problem is about.
type ProblemKind uint8

// The kinds of problems.
const (
	Shape     ProblemKind = iota // bytes and shape of a tensor do not fit
	Sparse                       // indices of a sparse tensor lie outside of it
	Placement                    // place and length of external data are no numbers
	Limit                        // more of something than is kept
)

// Problem is something that is wrong with a model.
type Problem struct {
	Kind   ProblemKind
	Offset int64
	What   string
}

// Model is what a file holds.
type Model struct {
	IR        int64 // version of the format
	Producer  string
	Opsets    []Opset
	Operators []Operator
	Functions []Function
	External  []External
	Metadata  []Pair // of the model, its graphs, nodes and tensors
	Problems  []Problem
	Unknown   []protobuf.Unknown
	Raw       []protobuf.Range

	graph bool
}

// ErrOther is given for bytes that are no model.
var ErrOther = errors.New("onnx: the message has no graph")

// Read reads a model. An error tells that the bytes are none.
func Read(in io.ReaderAt, size int64) (*Model, error) {
	schema, err := protobuf.ParseSchema(schemaText)
	if err != nil {
		return nil, err
	}
	r := &reading{Model: &Model{}, file: protobuf.NewFile(in, size), operators: map[Call]int{}, limits: map[string]bool{}}
	r.push()
	if err := r.file.Walk(schema, "ModelProto", r); err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	r.Unknown, r.Raw = r.file.Unknown, r.file.Raw
	if !r.graph {
		return nil, ErrOther
	}
	return r.Model, nil
}

// Cycle is a chain of functions of which each uses the next and the last the
// first; nil when there is none.
func (m *Model) Cycle() []string {
	byName := map[Call]int{}
	for i, f := range m.Functions {
		byName[Call{f.Domain, f.Name, f.Overload}] = i
	}
	const (
		fresh = iota
		open
		done
	)
	state := make([]uint8, len(m.Functions))
	type step struct{ function, call int }
	for start := range m.Functions {
		if state[start] != fresh {
			continue
		}
		state[start] = open
		for path := []step{{start, 0}}; len(path) > 0; {
			top := &path[len(path)-1]
			f := m.Functions[top.function]
			if top.call >= len(f.Calls) {
				state[top.function] = done
				path = path[:len(path)-1]
				continue
			}
			next, ok := byName[f.Calls[top.call]]
			top.call++
			switch {
			case ok && state[next] == open:
				var names []string
				for _, s := range path {
					if len(names) > 0 || s.function == next {
						names = append(names, m.Functions[s.function].Name)
					}
				}
				return names
			case ok && state[next] == fresh:
				state[next] = open
				path = append(path, step{next, 0})
			}
		}
	}
	return nil
}
