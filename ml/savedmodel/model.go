package savedmodel

import (
	_ "embed"
	"errors"
	"fmt"
	"io"

	"github.com/tacit-ml/tacit/ml/protobuf"
)

//go:embed schema.txt
var schemaText string

// Operator is a type of nodes, of all graphs and functions together.
type Operator struct {
	Name   string
	Offset int64 // of the first
	Count  int64
}

// Use is a node whose inputs were asked for.
type Use struct {
	Operator string
	Node     string
	Function string // that the node is in, "" for the graph itself
	Offset   int64
	Paths    []Text // constants among the inputs that are asked for
	Stream   string // output_stream of a PrintV2
}

// Text is a constant, of a long one the begin.
type Text struct {
	Node  string
	Value string
	At    int64
}

// Document is a text that Keras put beside its objects.
type Document struct {
	Class  string // identifier: _tf_keras_layer
	Offset int64
	Length int64
}

// Asset is a file that belongs to the model.
type Asset struct {
	Tensor string
	Name   string
	Offset int64
}

// Model is what a file holds.
type Model struct {
	Kind      string // saved model, meta graph, graph, or keras metadata
	Operators []Operator
	Uses      []Use
	Functions int
	Missing   []Text // functions that are called and not there
	Assets    []Asset
	Documents []Document
	Problems  []Text
	Unknown   []protobuf.Unknown
	Raw       []protobuf.Range

	nodes int64
}

// ErrOther is given for bytes that are none of these messages.
var ErrOther = errors.New("savedmodel: the message is none of TensorFlow's")

// Inputs says by which operators and inputs Read keeps constants: the number of
// the input that is a path, by the operator's name; -1 for all.
type Inputs map[string]int

// Read reads a message as each kind that it can be. An error tells that it is
// none.
func Read(in io.ReaderAt, size int64, inputs Inputs) (*Model, error) {
	schema, err := protobuf.ParseSchema(schemaText)
	if err != nil {
		return nil, err
	}
	var first error
	for _, kind := range []struct{ message, name string }{{"SavedModel", "saved model"}, {"MetaGraphDef", "meta graph"}, {"GraphDef", "graph"}, {"SavedMetadata", "keras metadata"}, {"FingerprintDef", "fingerprint"}} {
		r := newReading(in, size, inputs)
		r.Kind = kind.name
		err := r.file.Walk(schema, kind.message, r)
		r.Unknown, r.Raw = r.file.Unknown, r.file.Raw
		if err == nil {
			err = r.plausible(kind.message)
		}
		if err == nil {
			r.missing()
			return r.Model, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, fmt.Errorf("%w: %w", ErrOther, first)
}

// plausible tells messages apart, which have no signature: what was meant as one
// has what makes it one, and no field that its schema does not have at the top.
func (r *reading) plausible(message string) error {
	for _, u := range r.Unknown {
		if u.Message == message {
			return fmt.Errorf("savedmodel: %s has no field %d", message, u.Number)
		}
	}
	ok := r.nodes > 0 || r.Functions > 0
	switch r.Kind {
	case "saved model", "meta graph":
		ok = r.graphs > 0
	case "keras metadata":
		ok = len(r.Documents) > 0
	case "fingerprint":
		ok = r.fingerprint >= 4 && len(r.Unknown) == 0
	}
	if !ok {
		return ErrOther
	}
	return nil
}
