package object

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// Unsupported tells what of a pickle is not data, or not known to be.
type Unsupported struct {
	What string // "calls posix.system('id')"
	At   int64  // offset in the pickle
	Root string // the class of what the pickle holds, "" when that is not known
}

// Error names it and its place.
func (u *Unsupported) Error() string { return fmt.Sprintf("object: byte %d %s", u.At, u.What) }

// Reading is what a pickle holds.
type Reading struct {
	Root Value
	// Left is what the pickle does and the root does not hold, in the order of the
	// pickle.
	Left []Left
}

// Left is one import or call that was left out.
type Left struct {
	What string // as Python would write it
	At   int64
}

// Bounds on what one pickle may hold.
const (
	mostDepth  = 400
	mostValues = 50_000_000
	mostSteps  = 2_000_000
)

// FromPickle reads the pickle at the start of bytes 0 to size of r, which may be
// joblib's. An error is an *Unsupported, or tells where the pickle breaks.
func FromPickle(r io.ReaderAt, size int64, v *pickle.Vetting) (*Reading, error) {
	x := &reader{from: r, vetting: v, left: new(int)}
	*x.left = mostValues
	return x.read(size)
}

// reader follows one graph.
type reader struct {
	from    io.ReaderAt
	vetting *pickle.Vetting
	base    int64 // of the pickle in the file
	depth   int
	left    *int // values that may yet be made

	g     *pickle.Graph
	made  map[pickle.Value]Value
	open  map[pickle.Value]bool
	used  map[int64]bool // nodes of the model
	names map[string]bool
	// places are the offsets of the opcodes that made what the model holds.
	places map[int64]bool
	inner  []Left // of pickles in this one
}

func (x *reader) read(size int64) (*Reading, error) {
	budget := pickle.DefaultBudget()
	budget.Steps = mostSteps
	g, err := pickle.Load(x.from, size, x.vetting, budget)
	if err != nil {
		return nil, err
	}
	x.g, x.made, x.open = g, map[pickle.Value]Value{}, map[pickle.Value]bool{}
	x.used, x.names, x.places = map[int64]bool{}, map[string]bool{}, map[int64]bool{}
	root, err := x.value(g.Root)
	if part := (*Unsupported)(nil); errors.As(err, &part) && g.Root.Kind() == pickle.Object {
		module, name, _ := g.Name(g.Root)
		part.Root = module + "." + name
	}
	if err != nil {
		return nil, err
	}
	left, err := x.leftOut()
	if err != nil {
		return nil, err
	}
	if g.End < size {
		left = append(left, x.behind(g.End, size)...)
	}
	return &Reading{Root: root, Left: append(left, x.inner...)}, nil
}

func (x *reader) unsupported(v pickle.Value, format string, args ...any) error {
	_, at, _ := x.g.Node(v)
	return &Unsupported{What: fmt.Sprintf(format, args...), At: x.base + at}
}

// value makes the Value of v, once for each node.
func (x *reader) value(v pickle.Value) (Value, error) {
	if *x.left--; *x.left < 0 {
		return nil, errors.New("object: the pickle holds more than 50,000,000 values")
	}
	switch v.Kind() {
	case pickle.None, pickle.Absent:
		return nil, nil
	case pickle.Bool:
		b, _ := x.g.Bool(v)
		return b, nil
	case pickle.Int, pickle.Float, pickle.Str, pickle.Bytes, pickle.ByteArray:
		return x.constant(v)
	case pickle.Global:
		return x.class(v)
	}
	n, _, numbered := x.g.Node(v)
	if !numbered {
		return x.node(v) // the empty tuple
	}
	if done, ok := x.made[v]; ok {
		return done, nil
	}
	if x.open[v] {
		return nil, x.unsupported(v, "makes a value that holds itself")
	}
	if x.depth++; x.depth > mostDepth {
		return nil, x.unsupported(v, "makes a value more than %d deep in others", mostDepth)
	}
	x.open[v] = true
	out, err := x.node(v)
	x.depth--
	delete(x.open, v)
	if err != nil {
		return nil, err
	}
	x.made[v], x.used[n] = out, true
	return out, nil
}

func (x *reader) constant(v pickle.Value) (Value, error) {
	switch v.Kind() {
	case pickle.Int:
		if n, ok := x.g.Int(v); ok {
			return n, nil
		}
		if n, ok := x.g.Big(v); ok {
			return n, nil
		}
	case pickle.Float:
		if f, ok := x.g.Float(v); ok {
			return f, nil
		}
	case pickle.Str:
		if s, ok := x.g.Text(v); ok {
			return s, nil
		}
	default:
		if b, ok := x.g.Bytes(v); ok {
			return Bytes(b), nil
		}
	}
	return nil, fmt.Errorf("object: a %s of the pickle cannot be read", v.Kind())
}

// values makes those of items.
func (x *reader) values(items []pickle.Value) ([]Value, error) {
	out := make([]Value, len(items))
	for i, v := range items {
		var err error
		if out[i], err = x.value(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (x *reader) node(v pickle.Value) (Value, error) {
	switch v.Kind() {
	case pickle.List:
		items, err := x.values(x.g.Items(v))
		return &List{items}, err
	case pickle.Tuple:
		items, err := x.values(x.g.Items(v))
		return &Tuple{items}, err
	case pickle.Set, pickle.FrozenSet:
		items, err := x.values(x.g.Items(v))
		return &Set{items}, err
	case pickle.Dict:
		return x.dict(v, false)
	case pickle.Object:
		return x.object(v)
	case pickle.Call:
		return x.call(v)
	}
	return nil, x.unsupported(v, "holds a value of which only the loading process knows: %s", v.Kind())
}

func (x *reader) dict(v pickle.Value, ordered bool) (Value, error) {
	items, err := x.values(x.g.Items(v))
	if err != nil {
		return nil, err
	}
	d := &Dict{Ordered: ordered}
	at := map[Value]int{}
	for i := 0; i+1 < len(items); i += 2 {
		key := items[i]
		switch key.(type) {
		case string, int64, float64, bool, nil, *Scalar:
		default:
			return nil, x.unsupported(v, "makes a dict with a key that is neither text nor number")
		}
		if n, twice := at[key]; twice {
			d.Values[n] = items[i+1]
			continue
		}
		at[key] = len(d.Keys)
		d.Keys, d.Values = append(d.Keys, key), append(d.Values, items[i+1])
	}
	return d, nil
}

// class is a global that is held as a value: only types of numbers and texts are
// known to be data.
func (x *reader) class(v pickle.Value) (Value, error) {
	module, name, ok := x.g.Name(v)
	n, _ := x.g.Through(v)
	if !ok {
		return nil, &Unsupported{What: "holds a name that is computed", At: x.base}
	}
	if !held(module, name) {
		return nil, &Unsupported{What: "holds " + module + "." + name, At: x.base + x.g.Trace.Globals[n].Offset}
	}
	x.names[module+"."+name] = true
	return &Class{module, name}, nil
}

func held(module, name string) bool {
	plain := " float int bool str object "
	if module == "numpy" {
		plain = " float64 float32 float16 int64 int32 int16 int8 uint64 uint32 uint16 uint8 bool bool_ str_ object_ ndarray "
	}
	return (module == "numpy" || module == "builtins") && strings.Contains(plain, " "+name+" ")
}

// leftOut is what the pickle does and the root does not hold.
func (x *reader) leftOut() ([]Left, error) {
	t := x.g.Trace
	if len(t.Steps) >= mostSteps {
		return nil, fmt.Errorf("object: the pickle makes more than %d calls", mostSteps)
	}
	states := map[int64]int{}
	for v := range x.made {
		_, at, _ := x.g.Node(v)
		x.places[at] = true
	}
	var others []*pickle.Step
	for i := range t.Steps {
		s := &t.Steps[i]
		if s.Depth > 0 || s.Reading != "" {
			continue // of pickles that are read by themselves, or as nobody reads them
		}
		if x.isModels(s) {
			if s.Use == pickle.UseBuild && !s.Import {
				if states[s.On]++; states[s.On] > 1 {
					return nil, &Unsupported{What: "sets the state of an object a second time: " + t.Line(*s), At: x.base + s.Offset}
				}
			}
			continue
		}
		others = append(others, s)
	}
	return x.told(others), nil
}

// told are steps as lines: without the import of what is called, and with the name
// of a result only where a later line has it.
func (x *reader) told(steps []*pickle.Step) (left []Left) {
	called := map[uint32]bool{}
	named := map[string]bool{}
	for _, s := range steps {
		if s.Import {
			continue
		}
		called[s.Global] = true
		for _, word := range strings.FieldsFunc(s.Callee+" "+s.Args, func(r rune) bool { return r != 'v' && (r < '0' || r > '9') }) {
			named[word] = true
		}
	}
	for _, s := range steps {
		line := *s
		switch {
		case s.Import && called[s.Global]:
			continue
		case s.Node >= 0 && !named[fmt.Sprintf("v%d", s.Node)]:
			line.Node = -1
		}
		left = append(left, Left{What: x.g.Trace.Line(line), At: x.base + s.Offset})
	}
	return left
}

// isModels reports whether a step makes or fills a value that the root holds.
func (x *reader) isModels(s *pickle.Step) bool {
	t := x.g.Trace
	switch {
	case s.Import:
		g := &t.Globals[s.Global]
		return x.names[g.Module+"."+g.Name]
	case s.Node >= 0:
		return x.used[s.Node]
	case s.On >= 0:
		return x.used[s.On]
	}
	return x.places[s.Offset] // what a call that makes a value calls itself
}
