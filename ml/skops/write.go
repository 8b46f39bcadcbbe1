package skops

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/ml/numpy"
	"github.com/tacit-ml/tacit/ml/object"
)

// Protocol and Version are what written files say: the schema of skops 0.11 and
// newer, which load it.
const (
	Protocol = 2
	Version  = "0.11.0"
)

// Write writes a skops file with root: schema.json and an .npy member for each
// array, stored without compression. An object that root holds twice is written
// once and named the second time. An error names what skops has no form for.
func Write(to io.Writer, root object.Value) error {
	w := &writer{zip: zip.NewWriter(to), ids: map[any]int{}}
	if err := w.node(root); err != nil {
		return err
	}
	head := fmt.Sprintf(`,"protocol":%d,"_skops_version":"%s"}`, Protocol, Version)
	schema := append(bytes.TrimSuffix(w.json.Bytes(), []byte("}")), head...)
	member, err := w.member("schema.json")
	if err == nil {
		_, err = member.Write(schema)
	}
	return errors.Join(err, w.zip.Close())
}

type writer struct {
	zip  *zip.Writer
	json bytes.Buffer
	ids  map[any]int // of objects that are written
	last int
}

func (w *writer) member(name string) (io.Writer, error) {
	return w.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
}

func (w *writer) id() int { w.last++; return w.last }

func (w *writer) say(format string, args ...any) { fmt.Fprintf(&w.json, format, args...) }

// begin opens a node of a class and loader.
func (w *writer) begin(module, class, loader string) {
	w.say(`{"__class__":%s,"__module__":%s,"__loader__":"%s"`, quoted(class), quoted(module), loader)
}

// end shuts a node; what is shared is known by key.
func (w *writer) end(key any) {
	n := w.id()
	if key != nil {
		w.ids[key] = n
	}
	w.say(`,"__id__":%d}`, n)
}

func quoted(s string) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return strings.TrimSuffix(out.String(), "\n")
}

// node writes v. skops makes nodes in the order of the document, but those of a
// state before the arguments of a constructor: they stand in that order here.
func (w *writer) node(v object.Value) error {
	switch v.(type) {
	case *object.List, *object.Tuple, *object.Dict, *object.Set, *object.Array, *object.Instance:
		if n, ok := w.ids[v]; ok {
			w.say(`{"__class__":null,"__module__":null,"__loader__":"CachedNode","__id__":%d}`, n)
			return nil
		}
	}
	switch v := v.(type) {
	case *object.List:
		return w.items(v.Items, "list", "ListNode", v)
	case *object.Tuple:
		return w.items(v.Items, "tuple", "TupleNode", v)
	case *object.Set:
		return w.items(v.Items, "set", "SetNode", v)
	case *object.Dict:
		return w.dict(v)
	case *object.Array:
		return w.array(v)
	case *object.Scalar:
		return w.scalar(v)
	case *object.Class:
		w.begin(v.Module, v.Name, "TypeNode")
		w.end(nil)
		return nil
	case *object.Type:
		w.begin("numpy", "dtype", "DTypeNode")
		w.say(`,"content":`)
		err := w.array(&object.Array{Type: v.Of, Shape: []int64{0}})
		w.end(nil)
		return err
	case object.Bytes:
		return w.bytes(v)
	case *object.Slice:
		return w.slice(v)
	case *object.Instance:
		return w.instance(v)
	}
	text, err := plain(v)
	if err != nil {
		return err
	}
	w.begin("builtins", "str", "JsonNode")
	w.say(`,"content":%s,"is_json":true`, quoted(text))
	w.end(nil)
	return nil
}

// plain is a constant as Python's json writes it.
func plain(v object.Value) (string, error) {
	switch v := v.(type) {
	case nil:
		return "null", nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case *big.Int:
		return v.String(), nil
	case float64:
		return decimal(v), nil
	case string:
		if !utf8.ValidString(v) {
			return "", errors.New("skops: a text with half of a pair of surrogates cannot be written")
		}
		return quoted(v), nil
	}
	return "", fmt.Errorf("skops: there is no form for a %T", v)
}

// decimal is the shortest text from which Python's json reads the same float.
func decimal(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 0):
		return map[bool]string{true: "Infinity", false: "-Infinity"}[f > 0]
	}
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

func (w *writer) items(items []object.Value, class, loader string, key any) error {
	w.begin("builtins", class, loader)
	w.say(`,"content":`)
	if err := w.list(items); err != nil {
		return err
	}
	w.end(key)
	return nil
}

func (w *writer) list(items []object.Value) error {
	w.say("[")
	for i, v := range items {
		if i > 0 {
			w.say(",")
		}
		if err := w.node(v); err != nil {
			return err
		}
	}
	w.say("]")
	return nil
}

// dict writes texts, integers and floats as keys: the text of a key and its type.
func (w *writer) dict(d *object.Dict) error {
	if d.Default != nil {
		return fmt.Errorf("skops: a defaultdict cannot be written")
	}
	module, class := "builtins", "dict"
	if d.Ordered {
		module, class = "collections", "OrderedDict"
	}
	w.begin(module, class, "DictNode")
	types := make([]object.Value, len(d.Keys))
	texts := make([]string, len(d.Keys))
	seen := map[string]bool{}
	for i, k := range d.Keys {
		module, name := "builtins", ""
		scalar, is := k.(*object.Scalar)
		if is {
			k, _, _ = scalar.Plain()
		}
		switch k := k.(type) {
		case string:
			name, texts[i] = "str", k
		case int64:
			name, texts[i] = "int", strconv.FormatInt(k, 10)
		case float64:
			name, texts[i] = "float", decimal(k)
		default:
			return fmt.Errorf("skops: a dict with a key of %T cannot be written", k)
		}
		if seen[texts[i]] || !utf8.ValidString(texts[i]) {
			return fmt.Errorf("skops: a dict cannot be written with the key %q", texts[i])
		}
		if is {
			module = "numpy"
			_, name, _ = scalar.Plain()
		}
		seen[texts[i]], types[i] = true, &object.Class{Module: module, Name: name}
	}
	w.say(`,"key_types":`)
	if err := w.items(types, "list", "ListNode", nil); err != nil {
		return err
	}
	w.say(`,"content":{`)
	for i, v := range d.Values {
		if i > 0 {
			w.say(",")
		}
		w.say("%s:", quoted(texts[i]))
		if err := w.node(v); err != nil {
			return err
		}
	}
	w.say("}")
	w.end(d)
	return nil
}

// npy writes a member with elements and gives its name.
func (w *writer) npy(h numpy.Header, data []byte) (string, error) {
	name := strconv.Itoa(w.id()) + ".npy"
	member, err := w.member(name)
	if err == nil {
		err = numpy.WriteHeader(member, h)
	}
	if err == nil {
		_, err = member.Write(data)
	}
	return name, err
}

func (w *writer) array(a *object.Array) error {
	w.begin("numpy", "ndarray", "NdArrayNode")
	if a.Type.HasObject {
		return w.objects(a)
	}
	name, err := w.npy(numpy.Header{Type: a.Type, Shape: a.Shape, Fortran: a.Fortran}, a.Data)
	if err != nil {
		return err
	}
	w.say(`,"type":"numpy","file":"%s"`, name)
	w.end(a)
	return nil
}

// objects writes an array of objects as lists in lists, which skops makes an
// array of as numpy.array does: those of more than one dimension may hold no
// list or array, which would add one.
func (w *writer) objects(a *object.Array) error {
	if len(a.Shape) == 0 || a.Len() == 0 && len(a.Shape) > 1 {
		return fmt.Errorf("skops: an array of objects of the shape %v cannot be written", a.Shape)
	}
	if len(a.Shape) > 1 {
		for _, v := range a.Objects {
			switch v.(type) {
			case *object.List, *object.Tuple, *object.Array:
				return fmt.Errorf("skops: an array of %v lists cannot be written", a.Shape)
			}
		}
	}
	w.say(`,"content":`)
	items := nested(a.Objects, a.Shape)
	if err := w.list(items); err != nil {
		return err
	}
	w.say(`,"type":"json","shape":`)
	shape := make([]object.Value, len(a.Shape))
	for i, n := range a.Shape {
		shape[i] = n
	}
	if err := w.items(shape, "tuple", "TupleNode", nil); err != nil {
		return err
	}
	w.end(a)
	return nil
}

func nested(all []object.Value, shape []int64) []object.Value {
	if len(shape) < 2 {
		return all
	}
	out := make([]object.Value, shape[0])
	n := len(all) / max(len(out), 1)
	for i := range out {
		out[i] = &object.List{Items: nested(all[i*n:(i+1)*n], shape[1:])}
	}
	return out
}

// scalar is of one of numpy's classes of scalars, named by its type.
func (w *writer) scalar(s *object.Scalar) error {
	_, name, ok := s.Plain()
	if s.Type.Kind == 'b' {
		name, ok = "bool", true
	}
	if !ok {
		return fmt.Errorf("skops: a scalar of the type %s cannot be written", s.Type)
	}
	w.begin("numpy", name, "NdArrayNode")
	file, err := w.npy(numpy.Header{Type: s.Type}, s.Data)
	if err != nil {
		return err
	}
	w.say(`,"type":"numpy","file":"%s"`, file)
	w.end(nil)
	return nil
}

func (w *writer) bytes(b object.Bytes) error {
	name := strconv.Itoa(w.id()) + ".bin"
	member, err := w.member(name)
	if err == nil {
		_, err = member.Write(b)
	}
	w.begin("builtins", "bytes", "BytesNode")
	w.say(`,"file":"%s"`, name)
	w.end(nil)
	return err
}

func (w *writer) slice(s *object.Slice) error {
	w.begin("builtins", "slice", "SliceNode")
	w.say(`,"content":{`)
	for i, part := range []object.Value{s.Start, s.Stop, s.Step} {
		n, ok := part.(int64)
		if !ok && part != nil {
			return errors.New("skops: a slice by what is no integer cannot be written")
		}
		text := "null"
		if ok {
			text = strconv.FormatInt(n, 10)
		}
		w.say(`%s"%s":%s`, []string{"", ","}[min(i, 1)], []string{"start", "stop", "step"}[i], text)
	}
	w.say("}")
	w.end(nil)
	return nil
}
