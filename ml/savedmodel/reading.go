package savedmodel

import (
	"errors"
	"io"
	"strings"

	"github.com/tacit-ml/tacit/ml/protobuf"
)

// The most that is kept of each.
const (
	mostOperators = 1 << 15
	mostUses      = 1 << 16
	mostConstants = 1 << 17 // texts, of all functions
	mostInputs    = 1 << 20 // of calls
	mostNames     = 1 << 17 // of functions and assets
	mostDocuments = 1 << 17
	mostText      = 1 << 10
	mostHeld      = 24 << 20 // bytes of texts
)

// frame is a message that is being read.
type frame struct {
	from             int64
	name, op, key    string
	inputs           []string
	texts            []Text
	functions        []string // that attributes name
	stream           string
	document         protobuf.Value
	identifier, file string
	scope            *scope
}

// scope is a graph or a function: names of nodes mean something in it.
type scope struct {
	name      string
	arguments []string
	constants map[string][]Text
	same      map[string]string // nodes that give on what they get
	calls     []call
	uses      []use
}

type call struct {
	function string
	inputs   []string
}

type use struct {
	Use
	wanted []string
}

// reading is a message while it is walked.
type reading struct {
	*Model
	file        *protobuf.File
	inputs      Inputs
	stack       []frame
	operators   map[string]int
	scopes      []*scope
	named       map[string]Text // functions that are called
	defined     map[string]bool
	counts      map[string]int
	graphs      int
	fingerprint int
	held        int
	full        bool
}

func newReading(in io.ReaderAt, size int64, inputs Inputs) *reading {
	r := &reading{
		Model: &Model{}, file: protobuf.NewFile(in, size), inputs: inputs,
		operators: map[string]int{}, named: map[string]Text{}, defined: map[string]bool{}, counts: map[string]int{},
	}
	r.stack = []frame{{scope: r.newScope()}}
	return r
}

func (r *reading) newScope() *scope {
	s := &scope{constants: map[string][]Text{}, same: map[string]string{}}
	r.scopes = append(r.scopes, s)
	return s
}

// more counts one of a kind with its texts, and reports whether it may be kept.
func (r *reading) more(what string, most int, at int64, texts ...string) bool {
	r.counts[what]++
	for _, t := range texts {
		r.held += len(t)
	}
	if r.counts[what] == most+1 {
		r.Problems = append(r.Problems, Text{Value: "more " + what + " than are kept", At: at})
	}
	if r.held > mostHeld && !r.full {
		r.full = true
		r.Problems = append(r.Problems, Text{Value: "longer texts than are kept", At: at})
	}
	return r.counts[what] <= most && !r.full
}

// Enter makes a frame for the message that begins.
func (r *reading) Enter(f *protobuf.Field, v protobuf.Value) error {
	t := frame{from: v.From, scope: r.stack[len(r.stack)-1].scope}
	switch f.Message.Name {
	case "GraphDef":
		r.graphs++
		t.scope = r.newScope()
	case "FunctionDef":
		if r.Functions++; r.Functions > mostNames {
			return errors.New("savedmodel: more functions than are kept")
		}
		t.scope = r.newScope()
	}
	r.stack = append(r.stack, t)
	return nil
}

// Leave takes what the message that ends has told.
func (r *reading) Leave(f *protobuf.Field) error {
	t := r.stack[len(r.stack)-1]
	r.stack = r.stack[:len(r.stack)-1]
	up := &r.stack[len(r.stack)-1]
	switch f.Message.Name {
	case "NodeDef":
		r.node(t)
	case "TensorProto":
		up.texts = append(up.texts, t.texts...)
	case "NameAttrList":
		up.functions = append(up.functions, t.name)
	case "AttrValue.ListValue", "AttrValue":
		up.texts, up.functions = append(up.texts, t.texts...), append(up.functions, t.functions...)
		up.stream = t.stream
	case "NodeDef.AttrEntry":
		if up.functions = append(up.functions, t.functions...); t.key == "value" {
			up.texts = t.texts
		} else if t.key == "output_stream" {
			up.stream = t.stream
		}
	case "OpDef.ArgDef":
		if f.Name == "OpDef.input_arg" && r.more("arguments", mostInputs, t.from, t.name) {
			up.inputs = append(up.inputs, t.name)
		}
	case "OpDef":
		if f.Name == "FunctionDef.signature" && r.more("functions", mostNames, t.from, t.name) {
			t.scope.name, t.scope.arguments = t.name, t.inputs
			r.defined[t.name] = true
		}
	case "SavedUserObject", "KerasObject":
		if t.document.To > t.document.From && r.more("objects of Keras", mostDocuments, t.from, t.identifier) {
			r.Documents = append(r.Documents, Document{t.identifier, t.document.From, t.document.To - t.document.From})
		}
	case "TensorInfo":
		up.name = t.name
	case "AssetFileDef":
		if r.more("assets", mostNames, t.from, t.name, t.file) {
			r.Assets = append(r.Assets, Asset{plain(t.name), t.file, t.from})
		}
	}
	return nil
}

// Value notes a field of the message on top.
func (r *reading) Value(f *protobuf.Field, v protobuf.Value) (err error) {
	t := &r.stack[len(r.stack)-1]
	switch f.Name {
	case "NodeDef.name", "OpDef.name", "OpDef.ArgDef.name", "NameAttrList.name", "TensorInfo.name":
		t.name, err = r.file.Text(v, mostText)
	case "NodeDef.op":
		t.op, err = r.file.Text(v, mostText)
	case "NodeDef.input":
		var input string
		if input, err = r.file.Text(v, mostText); len(t.inputs) < mostInputs {
			t.inputs = append(t.inputs, input)
		}
	case "NodeDef.AttrEntry.key":
		t.key, err = r.file.Text(v, mostText)
	case "AttrValue.s":
		t.stream, err = r.file.Text(v, mostText)
	case "TensorProto.string_val":
		if len(t.texts) < 4 {
			text := Text{At: v.From}
			text.Value, err = r.file.Text(v, mostText)
			t.texts = append(t.texts, text)
		}
	case "AssetFileDef.filename":
		t.file, err = r.file.Text(v, mostText)
	case "SavedUserObject.identifier", "KerasObject.identifier":
		t.identifier, err = r.file.Text(v, mostText)
	case "SavedUserObject.metadata", "KerasObject.metadata":
		t.document = v
	default:
		if strings.HasPrefix(f.Name, "FingerprintDef.") {
			r.fingerprint++
		}
	}
	return err
}

// node counts an operator, and keeps what is asked for.
func (r *reading) node(t frame) {
	r.nodes++
	i, ok := r.operators[t.op]
	if !ok {
		if !r.more("operators", mostOperators, t.from, t.op) {
			return
		}
		i = len(r.Operators)
		r.operators[t.op] = i
		r.Operators = append(r.Operators, Operator{Name: t.op, Offset: t.from})
	}
	r.Operators[i].Count++
	for n := range t.inputs {
		t.inputs[n] = plain(t.inputs[n])
	}
	s := t.scope
	switch {
	case t.op == "Const" && len(t.texts) > 0:
		if texts := valuesOf(t.texts); r.more("constants", mostConstants, t.from, append(texts, t.name)...) {
			s.constants[t.name] = t.texts
		}
	case (t.op == "Identity" || t.op == "StopGradient" || t.op == "EnsureShape" || t.op == "Reshape" || t.op == "ExpandDims") && len(t.inputs) > 0:
		if r.more("constants", mostConstants, t.from, t.name, t.inputs[0]) {
			s.same[t.name] = t.inputs[0]
		}
	}
	for _, f := range t.functions {
		r.call(s, t, f)
	}
	if which, ok := r.inputs[t.op]; ok && r.more("nodes of one kind", mostUses, t.from, t.name, t.stream) {
		u := use{Use: Use{Operator: t.op, Node: t.name, Offset: t.from, Stream: t.stream}}
		if which < 0 {
			u.wanted = t.inputs[:min(len(t.inputs), 16)]
		} else if which < len(t.inputs) {
			u.wanted = t.inputs[which : which+1]
		}
		s.uses = append(s.uses, u)
	}
}

func (r *reading) call(s *scope, t frame, function string) {
	if _, ok := r.named[function]; !ok && r.more("names of functions", mostNames, t.from, t.name, function) {
		r.named[function] = Text{Node: t.name, Value: function, At: t.from}
	}
	inputs := t.inputs
	if strings.HasSuffix(t.op, "If") || strings.HasSuffix(t.op, "Case") {
		inputs = inputs[min(1, len(inputs)):] // the first decides which function is called
	}
	if len(inputs) > 0 && r.more("calls", mostInputs/16, t.from, inputs...) {
		s.calls = append(s.calls, call{function, inputs})
	}
}

func valuesOf(texts []Text) []string {
	out := make([]string, 0, len(texts)+1)
	for _, t := range texts {
		out = append(out, t.Value)
	}
	return out
}

// plain is the node of an input: x of x:output:0.
func plain(input string) string {
	name, _, _ := strings.Cut(input, ":")
	return name
}
