package skops

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/tacit-ml/tacit/ml/numpy"
	"github.com/tacit-ml/tacit/ml/object"
)

// Bounds on a file that is loaded.
const (
	mostSchema = 1 << 30
	mostMember = 1 << 33
	mostDeep   = 400 // nodes in nodes
)

// Load reads a skops file as data, with nodes that are the same object as the
// same pointer. It looks nothing up and calls nothing; an error names the node
// that is no data that package object has a form for.
func Load(r io.ReaderAt, size int64) (object.Value, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("skops: not a zip: %w", err)
	}
	l := &loaded{files: map[string]*zip.File{}, made: map[string]object.Value{}}
	for _, f := range z.File {
		if _, twice := l.files[f.Name]; twice {
			return nil, fmt.Errorf("skops: the member %q is there twice", f.Name)
		}
		l.files[f.Name] = f
	}
	text, err := l.member("schema.json", mostSchema)
	if err != nil {
		return nil, err
	}
	return l.node(text, 0)
}

// loaded is a file that is being loaded.
type loaded struct {
	files map[string]*zip.File
	made  map[string]object.Value // by id
}

func (l *loaded) member(name string, most int64) ([]byte, error) {
	f := l.files[name]
	if f == nil {
		return nil, fmt.Errorf("skops: there is no member %q", name)
	}
	if f.UncompressedSize64 > uint64(most) {
		return nil, fmt.Errorf("skops: the member %q has %d bytes, more than %d", name, f.UncompressedSize64, most)
	}
	in, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("skops: the member %q: %w", name, err)
	}
	b, err := io.ReadAll(io.LimitReader(in, most))
	if err != nil {
		return nil, fmt.Errorf("skops: the member %q: %w", name, err)
	}
	return b, in.Close()
}

// schemaNode is a node as the schema has it.
type schemaNode struct {
	Class, Module, Loader string
	ID                    json.Number
	Content               json.RawMessage
	Type, File            string
	Shape                 json.RawMessage
	KeyTypes              json.RawMessage
	Reduce                struct{ Args json.RawMessage }
}

// UnmarshalJSON reads the keys with their underscores.
func (n *schemaNode) UnmarshalJSON(text []byte) error {
	var in struct {
		Class    string          `json:"__class__"`
		Module   string          `json:"__module__"`
		Loader   string          `json:"__loader__"`
		ID       json.Number     `json:"__id__"`
		Content  json.RawMessage `json:"content"`
		Type     string          `json:"type"`
		File     string          `json:"file"`
		Shape    json.RawMessage `json:"shape"`
		KeyTypes json.RawMessage `json:"key_types"`
		Reduce   struct {
			Args json.RawMessage `json:"args"`
		} `json:"__reduce__"`
	}
	err := json.Unmarshal(text, &in)
	n.Class, n.Module, n.Loader, n.ID, n.Content, n.Type, n.File = in.Class, in.Module, in.Loader, in.ID, in.Content, in.Type, in.File
	n.Shape, n.KeyTypes, n.Reduce.Args = in.Shape, in.KeyTypes, in.Reduce.Args
	return err
}

func (n *schemaNode) wrong(why string) error {
	return fmt.Errorf("skops: the node %s of %s.%s %s", n.Loader, n.Module, n.Class, why)
}

func (l *loaded) node(text json.RawMessage, depth int) (object.Value, error) {
	var n schemaNode
	if err := json.Unmarshal(text, &n); err != nil {
		return nil, fmt.Errorf("skops: the schema is broken: %w", err)
	}
	if depth > mostDeep {
		return nil, n.wrong("lies too deep in others")
	}
	id := n.ID.String()
	if made, ok := l.made[id]; ok && id != "" {
		return made, nil
	}
	v, err := l.value(&n, depth+1)
	if err == nil && id != "" {
		l.made[id] = v
	}
	return v, err
}

func (l *loaded) value(n *schemaNode, depth int) (object.Value, error) {
	name := object.Class{Module: n.Module, Name: n.Class}
	switch n.Loader {
	case "JsonNode":
		return n.constant()
	case "ListNode":
		items, err := l.items(n.Content, depth)
		return &object.List{Items: items}, err
	case "TupleNode":
		items, err := l.items(n.Content, depth)
		if name.Full() != "builtins.tuple" {
			return nil, n.wrong("is a tuple with names")
		}
		return &object.Tuple{Items: items}, err
	case "SetNode":
		items, err := l.items(n.Content, depth)
		return &object.Set{Items: items}, err
	case "DictNode":
		return l.dict(n, depth)
	case "NdArrayNode":
		return l.array(n, depth)
	case "DTypeNode":
		v, err := l.node(n.Content, depth)
		if a, ok := v.(*object.Array); ok {
			return &object.Type{Of: a.Type}, err
		}
		return nil, n.wrong("has no array")
	case "TypeNode":
		return &name, nil
	case "BytesNode":
		b, err := l.member(n.File, mostMember)
		return object.Bytes(b), err
	case "SliceNode":
		return n.slice()
	case "ObjectNode", "RandomStateNode", "RandomGeneratorNode", "TreeNode", "LossNode":
		return l.instance(n, name, depth)
	}
	return nil, n.wrong("is not data")
}

func (l *loaded) instance(n *schemaNode, name object.Class, depth int) (object.Value, error) {
	if n.Loader != loader(name) {
		return nil, n.wrong("has a loader of another class")
	}
	x := &object.Instance{Class: name}
	var err error
	if name == object.Generator {
		return l.generator(n, depth)
	}
	if n.Content != nil {
		if x.State, err = l.node(n.Content, depth); err != nil {
			return nil, err
		}
	}
	if n.Reduce.Args != nil {
		args, err := l.node(n.Reduce.Args, depth)
		if err != nil {
			return nil, err
		}
		var ok bool
		if x.Args, ok = args.(*object.Tuple); !ok {
			return nil, n.wrong("has arguments that are no tuple")
		}
	}
	return x, nil
}

// generator reads the two states of a generator of random numbers.
func (l *loaded) generator(n *schemaNode, depth int) (object.Value, error) {
	var parts struct {
		Bits  json.RawMessage `json:"bit_generator"`
		Seeds json.RawMessage `json:"seed_seq"`
	}
	if err := json.Unmarshal(n.Content, &parts); err != nil || parts.Bits == nil || parts.Seeds == nil {
		return nil, n.wrong("has no two states")
	}
	bits, err := l.node(parts.Bits, depth)
	if err != nil {
		return nil, err
	}
	seeds, err := l.node(parts.Seeds, depth)
	return &object.Instance{Class: object.Generator, State: &object.Dict{Keys: []object.Value{"bit_generator", "seed_seq"}, Values: []object.Value{bits, seeds}}}, err
}

func (l *loaded) items(text json.RawMessage, depth int) ([]object.Value, error) {
	var parts []json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return nil, fmt.Errorf("skops: the schema is broken: %w", err)
	}
	out := make([]object.Value, len(parts))
	for i, p := range parts {
		var err error
		if out[i], err = l.node(p, depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (n *schemaNode) slice() (object.Value, error) {
	var parts struct{ Start, Stop, Step *int64 }
	if err := json.Unmarshal(n.Content, &parts); err != nil {
		return nil, n.wrong("has no bounds")
	}
	of := func(p *int64) object.Value {
		if p == nil {
			return nil
		}
		return *p
	}
	return &object.Slice{Start: of(parts.Start), Stop: of(parts.Stop), Step: of(parts.Step)}, nil
}

// dict reads the types of the keys first, as skops does.
func (l *loaded) dict(n *schemaNode, depth int) (object.Value, error) {
	d := &object.Dict{Ordered: n.Class == "OrderedDict"}
	made, err := l.node(n.KeyTypes, depth)
	types, ok := made.(*object.List)
	if err != nil || !ok {
		return nil, n.wrong("does not say of what types its keys are")
	}
	in := json.NewDecoder(bytes.NewReader(n.Content))
	if t, err := in.Token(); err != nil || t != json.Delim('{') {
		return nil, n.wrong("has no content")
	}
	for i := 0; in.More(); i++ {
		t, err := in.Token()
		key, ok := t.(string)
		var text json.RawMessage
		if err == nil {
			err = in.Decode(&text)
		}
		if err != nil || !ok || i >= len(types.Items) {
			return nil, n.wrong("has a key without a type")
		}
		k, err := keyOf(key, types.Items[i])
		if err != nil {
			return nil, err
		}
		v, err := l.node(text, depth)
		if err != nil {
			return nil, err
		}
		d.Keys, d.Values = append(d.Keys, k), append(d.Values, v)
	}
	return d, nil
}

func (l *loaded) array(n *schemaNode, depth int) (object.Value, error) {
	if n.Type == "json" {
		return l.objects(n, depth)
	}
	b, err := l.member(n.File, mostMember)
	if err != nil {
		return nil, err
	}
	h, err := numpy.ReadHeader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	if h.Type.HasObject || h.Size != int64(len(b))-h.Offset {
		return nil, n.wrong("has an array whose size is not that of its elements")
	}
	fields := h.Type.Fields[:0]
	for _, f := range h.Type.Fields {
		if f.Name != "" { // a gap
			fields = append(fields, f)
		}
	}
	h.Type.Fields = fields
	if n.Module == "numpy" && n.Class == "ndarray" {
		return &object.Array{Type: h.Type, Shape: h.Shape, Fortran: h.Fortran && len(h.Shape) > 1, Data: b[h.Offset:]}, nil
	}
	if n.Module == "numpy" && len(h.Shape) == 0 {
		return &object.Scalar{Type: h.Type, Data: b[h.Offset:]}, nil
	}
	return nil, n.wrong("is an array of a class that is not numpy.ndarray")
}

// objects reads an array of objects: lists in lists, as deep as its shape says.
func (l *loaded) objects(n *schemaNode, depth int) (object.Value, error) {
	made, err := l.node(n.Shape, depth)
	shape, ok := made.(*object.Tuple)
	if err != nil || !ok || len(shape.Items) == 0 || len(shape.Items) > 32 {
		return nil, n.wrong("has no shape")
	}
	a := &object.Array{Type: numpy.Dtype{Kind: 'O', Order: '|', Size: 8, HasObject: true}}
	for _, s := range shape.Items {
		d, ok := s.(int64)
		if !ok || d < 0 {
			return nil, n.wrong("has no shape")
		}
		a.Shape = append(a.Shape, d)
	}
	items, err := l.items(n.Content, depth)
	for range a.Shape[1:] {
		var flat []object.Value
		for _, v := range items {
			inner, ok := v.(*object.List)
			if !ok {
				return nil, n.wrong("has a shape that is not its own")
			}
			flat = append(flat, inner.Items...)
		}
		items = flat
	}
	if a.Objects = items; err == nil && int64(len(items)) != a.Len() {
		return nil, n.wrong("has a shape that is not its own")
	}
	return a, err
}
