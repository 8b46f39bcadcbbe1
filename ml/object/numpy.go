package object

import (
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/ml/numpy"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// dtype reads dtype("f8", False, True) with the state (version, order, subarray,
// names, fields, size, alignment, flags[, metadata]), as numpy pickles it.
func (x *reader) dtype(v pickle.Value) (numpy.Dtype, error) {
	module, name, _ := x.g.Name(v)
	args := x.g.Items(x.g.Args(v))
	if module != "numpy" || name != "dtype" || len(args) == 0 {
		return numpy.Dtype{}, x.unsupported(v, "has no dtype of numpy where one is due")
	}
	x.take(v)
	code, ok := x.g.Text(args[0])
	d, err := numpy.Parse(code)
	if !ok || err != nil {
		return d, x.unsupported(v, "makes the dtype %q", code)
	}
	state := x.g.Items(x.g.State(v))
	if len(state) == 0 {
		return d, nil
	}
	if len(state) < 7 || state[2].Kind() != pickle.None {
		return d, x.unsupported(v, "makes a dtype with a state that is not known")
	}
	switch order, _ := x.g.Text(state[1]); order {
	case "<", ">", "|":
		d.Order = order[0]
	case "=":
		d.Order = '<'
	default:
		return d, x.unsupported(v, "makes a dtype of the order %q", order)
	}
	if d.IsFlexible() {
		if n, ok := x.g.Int(state[5]); ok && n >= 0 && n < 1<<31 {
			d.Size = n
		}
	}
	if state[3].Kind() != pickle.None {
		err = x.fields(v, &d, state[3], state[4])
	}
	return d, err
}

// fields are those of a record: names, and a dict from name to (dtype, offset).
func (x *reader) fields(v pickle.Value, d *numpy.Dtype, names, fields pickle.Value) error {
	of := map[string][]pickle.Value{}
	items := x.g.Items(fields)
	for i := 0; i+1 < len(items); i += 2 {
		name, _ := x.g.Text(items[i])
		of[name] = x.g.Items(items[i+1])
	}
	for _, key := range x.g.Items(names) {
		name, _ := x.g.Text(key)
		parts := of[name]
		if len(parts) != 2 {
			return x.unsupported(v, "makes a record whose field %q is not known", name)
		}
		t, err := x.dtype(parts[0])
		if err != nil {
			return err
		}
		at, ok := x.g.Int(parts[1])
		if !ok || at < 0 || at+t.Size > d.Size || t.HasObject {
			return x.unsupported(v, "makes a record whose field %q lies at %d", name, at)
		}
		d.Fields = append(d.Fields, numpy.Field{Name: name, Offset: at, Type: t})
	}
	return nil
}

func (x *reader) shape(v pickle.Value) ([]int64, bool) {
	items := x.g.Items(v)
	if v.Kind() != pickle.Tuple || len(items) > 32 {
		return nil, false
	}
	out := make([]int64, len(items))
	for i, item := range items {
		made, err := x.value(item)
		n, ok := Integer(made)
		if err != nil || !ok || n < 0 {
			return nil, false
		}
		out[i] = n
	}
	return out, true
}

// array is _reconstruct(ndarray, (0,), b"b") with the state (version, shape,
// dtype, fortran, bytes or list).
func (x *reader) array(v pickle.Value) (Value, error) {
	args := x.g.Items(x.g.Args(v))
	if len(args) != 3 {
		return nil, x.unsupported(v, "makes an array in a way that numpy does not write")
	}
	module, name, _ := x.g.Name(args[0])
	if module != "numpy" || name != "ndarray" {
		return nil, x.unsupported(v, "makes an array of the class %s.%s", module, name)
	}
	x.names["numpy.ndarray"] = true
	for _, a := range args[1:] {
		if _, err := x.value(a); err != nil {
			return nil, err
		}
	}
	state := x.g.Items(x.g.State(v))
	if len(state) != 5 {
		return nil, x.unsupported(v, "makes an array without a state that is known")
	}
	shape, ok := x.shape(state[1])
	if !ok {
		return nil, x.unsupported(v, "makes an array without a shape")
	}
	d, err := x.dtype(state[2])
	if err != nil {
		return nil, err
	}
	fortran, _ := x.g.Bool(state[3])
	data, err := x.value(state[4])
	if err != nil {
		return nil, err
	}
	a := &Array{Type: d, Shape: shape, Fortran: fortran && len(shape) > 1}
	switch data := data.(type) {
	case Bytes:
		a.Data = data
	case *List:
		a.Objects = data.Items
	}
	return x.checked(v, a)
}

// checked holds an array's size against its shape.
func (x *reader) checked(v pickle.Value, a *Array) (Value, error) {
	n, err := a.Type.Bytes(a.Shape)
	switch {
	case err != nil:
		return nil, x.unsupported(v, "makes an array of %v", a.Shape)
	case a.Type.HasObject && (a.Type.Kind != 'O' || int64(len(a.Objects)) != a.Len() || a.Fortran):
		return nil, x.unsupported(v, "makes an array of %v with %d objects", a.Shape, len(a.Objects))
	case !a.Type.HasObject && n != int64(len(a.Data)):
		return nil, x.unsupported(v, "makes an array of %v with %d bytes", a.Shape, len(a.Data))
	}
	return a, nil
}

// buffer is _frombuffer(bytes, dtype, shape, order) of protocol 5.
func (x *reader) buffer(v pickle.Value, args []pickle.Value) (Value, error) {
	data, err := x.value(args[0])
	if err != nil {
		return nil, err
	}
	b, ok := data.(Bytes)
	shape, shaped := x.shape(args[2])
	d, err := x.dtype(args[1])
	if err != nil || !ok || !shaped {
		return nil, x.unsupported(v, "makes an array of what is not there")
	}
	how, _ := x.g.Text(args[3])
	return x.checked(v, &Array{Type: d, Shape: shape, Fortran: how == "F" && len(shape) > 1, Data: b})
}

func (x *reader) scalar(v pickle.Value, args []pickle.Value) (Value, error) {
	d, err := x.dtype(args[0])
	if err != nil {
		return nil, err
	}
	data, err := x.value(args[1])
	if err != nil {
		return nil, err
	}
	if b, ok := data.(Bytes); ok && !d.HasObject && int64(len(b)) == d.Size {
		return &Scalar{Type: d, Data: b}, nil
	}
	return nil, x.unsupported(v, "makes a scalar of numpy of what is none")
}

func isWrapper(module, name string) bool {
	return strings.HasPrefix(strings.TrimPrefix(module, "sklearn.externals."), "joblib.numpy_pickle") && strings.HasSuffix(name, "ArrayWrapper")
}

// wrapped is an array that joblib wrote into the stream.
func (x *reader) wrapped(v pickle.Value) (Value, error) {
	place, ok := x.g.Array(v)
	state, err := x.value(x.g.State(v))
	if err != nil {
		return nil, err
	}
	fields, isDict := state.(*Dict)
	if !ok || !isDict {
		return nil, x.unsupported(v, "has an array of joblib's that lies in another file")
	}
	if class, _ := fields.Get("subclass"); class != nil {
		if c, ok := class.(*Class); !ok || c.Full() != "numpy.ndarray" {
			return nil, x.unsupported(v, "makes an array of a class that is not numpy.ndarray")
		}
	}
	t, _ := fields.Get("dtype")
	d, ok := t.(*Type)
	if !ok {
		return nil, x.unsupported(v, "makes an array without a dtype")
	}
	data := make([]byte, place.Size)
	if n, err := x.from.ReadAt(data, place.Offset); int64(n) < place.Size {
		return nil, fmt.Errorf("object: the array at byte %d is cut off: %w", place.Offset, err)
	}
	if place.Objects {
		return x.nested(v, data, place.Offset)
	}
	return x.checked(v, &Array{Type: d.Of, Shape: place.Shape, Fortran: place.Fortran && len(place.Shape) > 1, Data: data})
}

// nested is the pickle that joblib writes of an array of objects.
func (x *reader) nested(v pickle.Value, data []byte, at int64) (Value, error) {
	if x.base > 0 {
		return nil, x.unsupported(v, "has an array of joblib's inside another's objects")
	}
	inner := &reader{from: pickle.Memory(data), vetting: x.vetting, base: at, depth: x.depth, left: x.left}
	read, err := inner.read(int64(len(data)))
	if err != nil {
		return nil, err
	}
	x.inner = append(x.inner, read.Left...)
	if a, ok := read.Root.(*Array); ok {
		return a, nil
	}
	return nil, x.unsupported(v, "has no array where joblib wrote one")
}
