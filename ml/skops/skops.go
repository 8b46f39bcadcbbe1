// Package skops reads and writes skops files: a zip with schema.json and the
// arrays that it names.
//
// Words: a node is an object with a __loader__, which names the class of skops
// that makes a value of it; a use is what a node does with the global that its
// __module__ and __class__ name. The loaders are those of skops 0.2 to 0.16.
//
// Read says what skops.io.load would import, call and read for a schema: it reads
// tokens and holds no tree, and honours no list of trusted types. Load makes the
// data of package object of a file, and refuses what is not data; Write writes
// that, so that skops loads it. Nothing is judged, looked up or called here.
package skops

import (
	"fmt"
	"io"
	"strings"

	"github.com/tacit-ml/tacit/ml/jsonstream"
)

// Way is what a node does with its global.
type Way uint8

// The ways.
const (
	Refer   Way = iota // looks it up
	Make               // makes an object without its constructor, and sets its state
	Call               // calls it
	Attach             // functools.partial of it, which whoever has the partial calls
	Operate            // operator.<name>(…): attrgetter, itemgetter, methodcaller
	Method             // reads the attribute Attribute of an object of the class
	Trivial            // makes a plain value, whatever the global is
)

// Use is that of a global by nodes of one loader.
type Use struct {
	Loader       string
	Module, Name string
	Attribute    string // of a method
	Way          Way
	At           int64 // of the first such node, in bytes
	Count        int64
}

// Fault is one way in which a schema is none that skops wrote.
type Fault struct {
	Offset int64
	What   string
}

// Schema is what a file's schema says.
type Schema struct {
	Uses   []Use
	Faults []Fault
	Nodes  int64
}

// ways of the loaders that skops has.
func way(loader string) (Way, bool) {
	switch loader {
	case "JsonNode", "CachedNode", "SliceNode", "BytesNode", "BytearrayNode":
		return Trivial, true
	case "FunctionNode", "TypeNode":
		return Refer, true
	case "ObjectNode":
		return Make, true
	case "DictNode", "DefaultDictNode", "ListNode", "SetNode", "TupleNode", "ConstructorFromReduceNode", "LossNode", "TreeNode",
		"QuantileForestNode", "RandomStateNode", "RandomGeneratorNode", "DTypeNode", "_DictWithDeprecatedKeysNode", "SGDNode", "NdArrayNode":
		return Call, true
	case "MaskedArrayNode", "SparseMatrixNode":
		return Refer, true
	case "PartialNode":
		return Refer, true
	case "OperatorFuncNode":
		return Operate, true
	case "MethodNode":
		return Method, true
	}
	return Refer, false
}

// Bounds on what is held.
const (
	mostUses   = 1 << 14
	mostFaults = 64
	mostIDs    = 1 << 20
)

// Read reads a schema. An error is of the JSON, of the input, or a limit's, as
// package jsonstream has them; the Schema has what was read before it.
func Read(r io.Reader) (Schema, error) {
	w := &walker{
		in:   jsonstream.NewReader(r, jsonstream.Limits{Depth: 1 << 10, Text: 512, Keys: 1 << 18}),
		uses: map[Use]int{}, ids: map[float64]int64{},
	}
	err := w.walk()
	return w.out, err
}

// opened is an object or array that is open.
type opened struct {
	at, order             int64
	key                   string // under which it stands in the object around it
	array                 bool
	module, class, loader string
	attribute             string
	id                    float64
	named                 bool   // it has an id
	inner                 *inner // of its member "content", or of itself when it is that
}

// inner is what a node must know of its content.
type inner struct {
	function           Use    // of the node "func"
	object             string // module and class of the node "obj"
	hasFunction, hasIt bool
}

type walker struct {
	in    *jsonstream.Reader
	out   Schema
	stack []opened
	uses  map[Use]int
	ids   map[float64]int64 // the order of the last node with an id
	order int64
}

func (w *walker) fault(offset int64, format string, args ...any) {
	if len(w.out.Faults) < mostFaults {
		w.out.Faults = append(w.out.Faults, Fault{Offset: offset, What: fmt.Sprintf(format, args...)})
	}
}

func (w *walker) walk() error {
	key := ""
	for {
		t, err := w.in.Next()
		if err != nil || t.Kind == jsonstream.End {
			return err
		}
		switch t.Kind {
		case jsonstream.Key:
			if key = string(t.Text); t.Duplicate {
				w.fault(t.From, "the key %q stands twice in a node", key)
			}
			continue
		case jsonstream.Object, jsonstream.Array:
			w.order++
			w.stack = append(w.stack, opened{at: t.From, order: w.order, key: key, array: t.Kind == jsonstream.Array})
		case jsonstream.EndObject, jsonstream.EndArray:
			if err := w.close(); err != nil {
				return err
			}
		case jsonstream.String:
			w.field(key, string(t.Text), t)
		case jsonstream.Number:
			if top := w.top(); top != nil && key == "__id__" {
				top.id, top.named = t.Number, true
			}
		}
		key = ""
	}
}

func (w *walker) top() *opened {
	if len(w.stack) == 0 || w.stack[len(w.stack)-1].array {
		return nil
	}
	return &w.stack[len(w.stack)-1]
}

// field takes a text of the innermost object.
func (w *walker) field(key, value string, t jsonstream.Token) {
	top := w.top()
	if top == nil {
		return
	}
	switch key {
	case "__module__":
		top.module = value
	case "__class__":
		top.class = value
	case "__loader__":
		top.loader = value
	case "func":
		top.attribute = value
	case "file":
		if strings.HasPrefix(value, "/") || strings.Contains(value, "..") || strings.Contains(value, `\`) {
			w.fault(t.From, "a node reads the file %q, which leads out of the container", value)
		}
	}
}

// close ends the innermost object or array.
func (w *walker) close() error {
	o := w.stack[len(w.stack)-1]
	w.stack = w.stack[:len(w.stack)-1]
	if o.array {
		return nil
	}
	if o.loader == "" {
		if o.module != "" && o.class != "" {
			w.fault(o.at, "a node has the class %s.%s and no loader", o.module, o.class)
		}
		w.content(&o)
		return nil
	}
	w.out.Nodes++
	w.identify(&o)
	return w.node(&o)
}

// content hands what a node's content is made of to the node.
func (w *walker) content(o *opened) {
	around := w.top()
	if around == nil || o.key != "content" {
		return
	}
	around.inner, around.attribute = o.inner, o.attribute
}

// identify looks for nodes that lie in themselves: making one never ends.
func (w *walker) identify(o *opened) {
	if !o.named {
		return
	}
	if last, seen := w.ids[o.id]; seen && last > o.order {
		w.fault(o.at, "the node with the id %v lies in itself", o.id)
	}
	if len(w.ids) < mostIDs {
		w.ids[o.id] = o.order
	}
}

func (w *walker) node(o *opened) error {
	use := Use{Loader: o.loader, Module: o.module, Name: o.class}
	known := true
	if use.Way, known = way(o.loader); !known {
		w.fault(o.at, "the loader %q is none of skops", o.loader)
	}
	in := o.inner
	if in == nil {
		in = &inner{}
	}
	switch o.loader {
	case "MethodNode":
		use.Attribute = o.attribute
		if in.hasIt && in.object != o.module+"."+o.class {
			w.fault(o.at, "a method says that it is of %s.%s and is of %s", o.module, o.class, in.object)
		}
	case "OperatorFuncNode":
		if o.module != "operator" && o.module != "_operator" {
			w.fault(o.at, "an operator's function is of the module %q", o.module)
		}
		use.Module = "operator"
	case "PartialNode":
		if in.hasFunction {
			f := in.function
			f.Way, f.At = Attach, o.at
			if err := w.use(f, o.at); err != nil {
				return err
			}
		}
	}
	if around := w.top(); around != nil && (o.key == "func" || o.key == "obj") {
		if around.inner == nil {
			around.inner = &inner{}
		}
		if o.key == "func" {
			around.inner.function, around.inner.hasFunction = use, true
		} else {
			around.inner.object, around.inner.hasIt = o.module+"."+o.class, true
		}
	}
	return w.use(use, o.at)
}

// use counts one.
func (w *walker) use(u Use, at int64) error {
	u.At, u.Count = 0, 0
	n, seen := w.uses[u]
	if !seen {
		if len(w.out.Uses) >= mostUses {
			return fmt.Errorf("skops: more than %d different globals: %w", mostUses, jsonstream.ErrLimit)
		}
		n = len(w.out.Uses)
		w.uses[u] = n
		first := u
		first.At = at
		w.out.Uses = append(w.out.Uses, first)
	}
	w.out.Uses[n].Count++
	return nil
}
