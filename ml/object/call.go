package object

import (
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// object is an instance that a class's __new__ made.
func (x *reader) object(v pickle.Value) (Value, error) {
	module, name, ok := x.g.Name(v)
	if !ok || !isLibrary(module) && module != "collections" {
		return nil, x.unsupported(v, "makes an object of %s.%s", module, name)
	}
	x.names[module+"."+name] = true
	switch {
	case isWrapper(module, name):
		return x.wrapped(v)
	case module == "collections" && name != "OrderedDict":
		return nil, x.unsupported(v, "makes an object of %s.%s", module, name)
	case module == "collections":
		return x.dict(v, true)
	case len(x.g.Items(v)) > 0 || x.g.Kwargs(v) != 0 || !x.isBare(v, module, name):
		return nil, x.unsupported(v, "gives an object of %s.%s more than a state", module, name)
	}
	return x.instance(v, Class{module, name}, nil)
}

// isBare reports whether nothing is given to an object's __new__, or what
// copyreg._reconstructor has: the class, object and None.
func (x *reader) isBare(v pickle.Value, module, name string) bool {
	args := x.g.Items(x.g.Args(v))
	if len(args) == 0 {
		return true
	}
	if len(args) != 3 || args[0].Kind() != pickle.Global || args[1].Kind() != pickle.Global || args[2].Kind() != pickle.None {
		return false
	}
	ofModule, of, _ := x.g.Name(args[0])
	baseModule, base, _ := x.g.Name(args[1])
	for _, n := range []string{"copyreg._reconstructor", "builtins.object"} {
		x.names[n] = true
	}
	return ofModule == module && of == name && baseModule == "builtins" && base == "object"
}

// instance is an object with its state.
func (x *reader) instance(v pickle.Value, class Class, args *Tuple) (Value, error) {
	state, err := x.value(x.g.State(v))
	if err != nil {
		return nil, err
	}
	_, at, _ := x.g.Node(v)
	return &Instance{Class: class, Args: args, State: state, At: x.base + at}, nil
}

// isLibrary reports whether the classes of a module can be those of a fitted
// estimator.
func isLibrary(module string) bool {
	root, _, _ := strings.Cut(module, ".")
	return slices.Contains([]string{"sklearn", "numpy", "joblib", "xgboost", "lightgbm"}, root)
}

// constructors are the classes that are made by calling them: their pickles name
// the class itself, and its arguments are data.
var constructors = []string{"sklearn.tree._tree.Tree", "sklearn.linear_model._sgd_fast.", "sklearn._loss._loss.", "_loss."}

// call is what a REDUCE gave: one of the idioms, or refused.
func (x *reader) call(v pickle.Value) (Value, error) {
	module, name, ok := x.g.Name(v)
	if !ok {
		return nil, x.unsupported(v, "holds what a call of something unknown gives")
	}
	full := strings.TrimPrefix(module+"."+name, "numpy.")
	x.names[module+"."+name] = true
	args := x.g.Items(x.g.Args(v))
	switch {
	case full == "dtype":
		t, err := x.dtype(v)
		return &Type{t}, err
	case strings.HasSuffix(module, "core.multiarray") && name == "_reconstruct":
		return x.array(v)
	case strings.HasSuffix(module, "core.numeric") && name == "_frombuffer" && len(args) == 4:
		return x.buffer(v, args)
	case strings.HasSuffix(module, "core.multiarray") && name == "scalar" && len(args) == 2:
		return x.scalar(v, args)
	case full == "_codecs.encode" && len(args) == 2:
		return x.latin1(v, args)
	case (full == "copyreg._reconstructor" || full == "copy_reg._reconstructor") && len(args) == 3:
		return x.reconstructed(v, args[0])
	case full == "collections.OrderedDict" && len(args) == 0:
		return x.dict(v, true)
	case full == "collections.defaultdict" && len(args) == 1:
		return x.defaultDict(v, args[0])
	case (full == "builtins.set" || full == "builtins.frozenset") && len(args) == 1:
		items, err := x.values(x.g.Items(args[0]))
		return &Set{items}, err
	case full == "builtins.bytearray" || full == "builtins.bytes":
		return x.bytesOf(v, args)
	case full == "builtins.slice" && len(args) == 3:
		parts, err := x.values(args)
		if err != nil {
			return nil, err
		}
		return &Slice{parts[0], parts[1], parts[2]}, nil
	case strings.HasPrefix(full, "random."):
		return x.random(v, full, args)
	case (module == "sklearn._loss._loss" || module == "_loss") && strings.HasPrefix(name, "__pyx_unpickle_") && len(args) == 3:
		return x.compiled(v, args)
	case slices.ContainsFunc(constructors, func(c string) bool {
		return full == c || strings.HasSuffix(c, ".") && strings.HasPrefix(full, c) && isClass(name)
	}):
		return x.constructed(v, Class{module, name})
	}
	return nil, x.unsupported(v, "calls %s, and the model hangs on what it gives", x.written(v, module, name))
}

// defaultDict is a dict that makes containers or numbers of nothing.
func (x *reader) defaultDict(v, factory pickle.Value) (Value, error) {
	module, name, ok := x.g.Name(factory)
	full := module + "." + name
	if !ok || factory.Kind() != pickle.Global || !slices.Contains([]string{"builtins.dict", "builtins.list", "builtins.int", "builtins.float", "collections.OrderedDict"}, full) {
		return nil, x.unsupported(v, "makes a defaultdict that calls %s", full)
	}
	x.names[full] = true
	made, err := x.dict(v, false)
	if d, ok := made.(*Dict); ok {
		d.Default = &Class{module, name}
	}
	return made, err
}

// isClass reports whether a name is spelled as classes are.
func isClass(name string) bool { return name != "" && name[0] >= 'A' && name[0] <= 'Z' }

// written is a call as the trace has it.
func (x *reader) written(v pickle.Value, module, name string) string {
	n, _, _ := x.g.Node(v)
	for i := range x.g.Trace.Steps {
		if s := &x.g.Trace.Steps[i]; !s.Import && s.Node == n && s.Depth == 0 && s.Reading == "" {
			line := *s
			line.Node = -1
			return x.g.Trace.Line(line)
		}
	}
	return module + "." + name
}

func (x *reader) constructed(v pickle.Value, class Class) (Value, error) {
	args, err := x.values(x.g.Items(x.g.Args(v)))
	if err != nil {
		return nil, err
	}
	return x.instance(v, class, &Tuple{args})
}

// reconstructed is copyreg._reconstructor(class, object, None).
func (x *reader) reconstructed(v, class pickle.Value) (Value, error) {
	module, name, ok := x.g.Name(class)
	if !ok || class.Kind() != pickle.Global || !isLibrary(module) {
		return nil, x.unsupported(v, "makes an object of %s.%s", module, name)
	}
	for _, n := range []string{module + "." + name, "builtins.object"} {
		x.names[n] = true
	}
	if isWrapper(module, name) {
		return nil, x.unsupported(v, "has an array of joblib's in a way that joblib does not write")
	}
	return x.instance(v, Class{module, name}, nil)
}

// compiled is Cython's __pyx_unpickle_X(class, checksum, state): the state is
// that of the constructor, or follows.
func (x *reader) compiled(v pickle.Value, args []pickle.Value) (Value, error) {
	module, name, ok := x.g.Name(args[0])
	if !ok || args[0].Kind() != pickle.Global || module != "sklearn._loss._loss" && module != "_loss" || !isClass(name) {
		return nil, x.unsupported(v, "makes an object of %s.%s", module, name)
	}
	x.names[module+"."+name] = true
	given, err := x.value(args[2])
	if err != nil {
		return nil, err
	}
	of, ok := given.(*Tuple)
	if !ok {
		of = &Tuple{}
	}
	return x.instance(v, Class{module, name}, of)
}

// latin1 is how protocols below 3 write bytes: encode(text, "latin1").
func (x *reader) latin1(v pickle.Value, args []pickle.Value) (Value, error) {
	s, ok := x.g.Text(args[0])
	how, _ := x.g.Text(args[1])
	if !ok || how != "latin1" && how != "latin-1" {
		return nil, x.unsupported(v, "encodes a text by %q", how)
	}
	out := make(Bytes, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return nil, x.unsupported(v, "encodes a text that is not of Latin-1")
		}
		out = append(out, byte(r))
	}
	return out, nil
}

// bytesOf is bytes() or bytearray() of bytes.
func (x *reader) bytesOf(v pickle.Value, args []pickle.Value) (Value, error) {
	if len(args) == 0 {
		return Bytes{}, nil
	}
	if s, ok := x.g.Text(args[0]); ok && len(args) == 2 {
		return x.latin1(v, []pickle.Value{args[0], args[1]})
	} else if ok {
		return nil, x.unsupported(v, "makes bytes of the text %q", s)
	}
	of, err := x.value(args[0])
	if err != nil {
		return nil, err
	}
	if b, ok := of.(Bytes); ok && len(args) == 1 {
		return b, nil
	}
	return nil, x.unsupported(v, "makes bytes of what is none")
}
