package onnx

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/ml/protobuf"
)

// The most that is kept of each.
const (
	mostOperators = 1 << 16
	mostExternal  = 1 << 17
	mostFunctions = 1 << 14
	mostCalls     = 1 << 10 // of a function
	mostPairs     = 1 << 14
	mostText      = 4 << 10
	mostHeld      = 24 << 20 // bytes of texts
	mostProblems  = 1000
)

// frame is a message that is being read.
type frame struct {
	from     int64
	call     Call // of a node, a function or an imported domain
	version  int64
	pair     Pair
	tensor   tensor
	sparse   *sparse
	function *Function
	seen     map[Call]bool // calls of a function
}

// reading is a model while it is walked.
type reading struct {
	*Model
	file      *protobuf.File
	alone     bool // a tensor is read, and no model
	stack     []frame
	operators map[Call]int
	function  *frame          // the one that nodes belong to
	held      int             // bytes of texts
	limits    map[string]bool // what there was too much of
}

func (r *reading) push() *frame {
	r.stack = append(r.stack, frame{})
	return &r.stack[len(r.stack)-1]
}

func (r *reading) top() *frame { return &r.stack[len(r.stack)-1] }

func (r *reading) problem(kind ProblemKind, offset int64, format string, args ...any) {
	if len(r.Problems) < mostProblems {
		r.Problems = append(r.Problems, Problem{kind, offset, fmt.Sprintf(format, args...)})
	}
}

// full reports whether n are too many, or their texts too long, and tells it
// once.
func (r *reading) full(n, most int, name string, offset int64, texts ...string) bool {
	for _, t := range texts {
		r.held += len(t)
	}
	if n < most && r.held <= mostHeld {
		return false
	}
	if !r.limits[name] {
		r.limits[name] = true
		r.problem(Limit, offset, "more or longer %s than are kept", name)
	}
	return true
}

// Enter makes a frame for the message that begins.
func (r *reading) Enter(f *protobuf.Field, v protobuf.Value) error {
	t := r.push()
	t.from = v.From
	switch f.Message.Name {
	case "GraphProto":
		r.graph = true
	case "FunctionProto":
		t.function, t.seen = &Function{Offset: v.From}, map[Call]bool{}
		r.function = &frame{function: t.function, seen: t.seen}
	case "SparseTensorProto":
		t.sparse = &sparse{}
	}
	return nil
}

// Leave takes what the message that ends has told.
func (r *reading) Leave(f *protobuf.Field) error {
	t := *r.top()
	r.stack = r.stack[:len(r.stack)-1]
	up := r.top()
	switch f.Message.Name {
	case "NodeProto":
		r.node(t)
	case "OperatorSetIdProto":
		if !r.full(len(r.Opsets), mostPairs, "domains", t.from, t.call.Domain) {
			r.Opsets = append(r.Opsets, Opset{t.call.Domain, t.version, t.from})
		}
	case "FunctionProto":
		r.function = nil
		if t.function.Domain, t.function.Name, t.function.Overload = t.call.Domain, t.call.Type, t.call.Overload; !r.full(len(r.Functions), mostFunctions, "functions", t.from, t.call.Domain, t.call.Type, t.call.Overload) {
			r.Functions = append(r.Functions, *t.function)
		}
	case "StringStringEntryProto":
		switch {
		case strings.HasSuffix(f.Name, ".external_data"):
			if !r.full(len(up.tensor.external), mostPairs, "entries of external data", t.from, t.pair.Key, t.pair.Value) {
				up.tensor.external = append(up.tensor.external, t.pair)
			}
		case strings.HasSuffix(f.Name, ".metadata_props") && !r.full(len(r.Metadata), mostPairs, "properties", t.from, t.pair.Key, t.pair.Value):
			r.Metadata = append(r.Metadata, t.pair)
		}
	case "TensorProto":
		r.tensor(t)
		if up.sparse != nil {
			up.sparse.part(f.Name, t.tensor)
		}
	case "SparseTensorProto":
		r.sparse(t)
	}
	return nil
}

// Value notes a field of the message on top.
func (r *reading) Value(f *protobuf.Field, v protobuf.Value) (err error) {
	t := r.top()
	switch f.Name {
	case "ModelProto.ir_version":
		r.IR = int64(v.Number)
	case "ModelProto.producer_name":
		r.Producer, err = r.file.Text(v, mostText)
	case "NodeProto.op_type", "FunctionProto.name":
		t.call.Type, err = r.file.Text(v, mostText)
	case "NodeProto.domain", "FunctionProto.domain", "OperatorSetIdProto.domain":
		t.call.Domain, err = r.file.Text(v, mostText)
	case "NodeProto.overload", "FunctionProto.overload":
		t.call.Overload, err = r.file.Text(v, mostText)
	case "OperatorSetIdProto.version":
		t.version = int64(v.Number)
	case "StringStringEntryProto.key":
		t.pair.Key, err = r.file.Text(v, mostText)
	case "StringStringEntryProto.value":
		t.pair.Offset, t.pair.Length = v.From, v.To-v.From
		t.pair.Value, err = r.file.Text(v, mostText)
	case "SparseTensorProto.dims":
		err = r.numbers(v, func(n int64) bool { return t.sparse.dim(n) })
	default:
		if strings.HasPrefix(f.Name, "TensorProto.") {
			err = r.tensorValue(&t.tensor, strings.TrimPrefix(f.Name, "TensorProto."), v)
		}
	}
	return err
}

// numbers calls see with a number, or each of packed ones.
func (r *reading) numbers(v protobuf.Value, see func(n int64) bool) error {
	if !v.Packed {
		see(int64(v.Number))
		return nil
	}
	return r.file.Numbers(v, func(n uint64) bool { return see(int64(n)) })
}

// node counts an operator, and what a function uses.
func (r *reading) node(t frame) {
	key := Call{Domain: t.call.Domain, Type: t.call.Type}
	i, ok := r.operators[key]
	if !ok {
		if r.full(len(r.Operators), mostOperators, "operators", t.from, key.Domain, key.Type) {
			return
		}
		i = len(r.Operators)
		r.operators[key] = i
		r.Operators = append(r.Operators, Operator{Domain: key.Domain, Type: key.Type, Offset: t.from})
	}
	r.Operators[i].Count++
	if f := r.function; f != nil && !f.seen[t.call] && !r.full(len(f.seen), mostCalls, "operators in a function", t.from, t.call.Domain, t.call.Type, t.call.Overload) {
		f.seen[t.call] = true
		f.function.Calls = append(f.function.Calls, t.call)
	}
}

// place reads the entries of external data.
func (r *reading) place(t frame) {
	x := External{Tensor: t.tensor.name, Offset: t.from, From: -1, Length: -1, Needs: t.tensor.needs(), Entries: t.tensor.external}
	for _, p := range t.tensor.external {
		switch p.Key {
		case "location":
			x.Location = p.Value
		case "offset", "length":
			n, err := strconv.ParseInt(strings.TrimSpace(p.Value), 10, 64)
			if err != nil || n < 0 {
				r.problem(Placement, p.Offset, "the %s of the external data of %.100q is %.100q", p.Key, x.Tensor, p.Value)
				continue
			}
			if p.Key == "offset" {
				x.From = n
			} else {
				x.Length = n
			}
		}
	}
	if !r.full(len(r.External), mostExternal, "tensors in other files", t.from, x.Tensor) {
		r.External = append(r.External, x)
	}
}
