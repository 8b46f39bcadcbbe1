package sklearn

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/ml/object"
)

// Unsupported tells which class or setting is not rebuilt.
type Unsupported struct{ What string }

// Error names it.
func (u *Unsupported) Error() string { return "sklearn: " + u.What + " is not rebuilt here" }

// state is the attributes of an object, read by name. The first that is not as it
// should be is kept as the error.
type state struct {
	class   object.Class
	of      *object.Dict
	version [2]int // of scikit-learn: 1, 4
	err     error
}

// stateOf reads an object of scikit-learn.
func stateOf(v object.Value) (*state, error) {
	x, ok := v.(*object.Instance)
	if !ok {
		return nil, &Unsupported{What: fmt.Sprintf("what is no object of a class (%s)", kindOf(v))}
	}
	d, ok := x.State.(*object.Dict)
	if !ok {
		return nil, &Unsupported{What: x.Class.Full() + " without attributes"}
	}
	s := &state{class: x.Class, of: d}
	if v, ok := d.Get("_sklearn_version"); ok {
		s.version = versionOf(v)
	}
	return s, nil
}

func kindOf(v object.Value) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case string:
		return "a text"
	case *object.Dict:
		return "a dict"
	case *object.List, *object.Tuple:
		return "a list"
	case *object.Array:
		return "an array"
	case *object.Class:
		return v.Full()
	}
	return "a constant"
}

func versionOf(v object.Value) (out [2]int) {
	text, _ := v.(string)
	parts := strings.SplitN(text, ".", 3)
	for i := range min(len(parts), 2) {
		out[i], _ = strconv.Atoi(parts[i]) // 0 for what is no number, which is older than all
	}
	return out
}

// from reports whether the estimator was fitted by major.minor or newer.
func (s *state) from(major, minor int) bool {
	return s.version[0] > major || s.version[0] == major && s.version[1] >= minor
}

func (s *state) fail(format string, args ...any) {
	if s.err == nil {
		s.err = &Unsupported{What: s.class.Name + " with " + fmt.Sprintf(format, args...)}
	}
}

// get is an attribute; nil is that of None and of none.
func (s *state) get(name string) object.Value {
	v, _ := s.of.Get(name)
	return v
}

// array is an attribute's numbers, row after row, with the shape. A number is an
// array without dimensions.
func (s *state) array(name string) ([]float64, []int64) {
	switch v := s.get(name).(type) {
	case *object.Array:
		n, err := v.Numbers()
		if err != nil {
			s.fail("a %s that is not of numbers", name)
		}
		return n, v.Shape
	case nil:
		s.fail("no %s: it is not fitted, or by a version that is not known", name)
		return nil, nil
	default:
		f, ok := object.Number(v)
		if !ok {
			s.fail("a %s that is not of numbers", name)
		}
		return []float64{f}, nil
	}
}

// numbers is an array of n numbers.
func (s *state) numbers(name string, n int) []float64 {
	out, _ := s.array(name)
	if len(out) != n && s.err == nil {
		s.fail("%d numbers in %s where %d are due", len(out), name, n)
	}
	return out
}

func (s *state) number(name string) float64 {
	f, ok := object.Number(s.get(name))
	if !ok {
		s.fail("a %s that is no number", name)
	}
	return f
}

func (s *state) count(name string) int {
	n, ok := object.Integer(s.get(name))
	if !ok || n < 0 || n > 1<<31 {
		s.fail("a %s that is no number of things", name)
	}
	return int(n)
}

func (s *state) text(name string) string {
	t, _ := s.get(name).(string)
	return t
}

func (s *state) flag(name string) bool {
	b, _ := s.get(name).(bool)
	return b
}

// items are those of a list, tuple or array of objects.
func (s *state) items(name string) []object.Value {
	out, ok := itemsOf(s.get(name))
	if !ok {
		s.fail("a %s that is no list", name)
	}
	return out
}

func itemsOf(v object.Value) ([]object.Value, bool) {
	switch v := v.(type) {
	case *object.List:
		return v.Items, true
	case *object.Tuple:
		return v.Items, true
	case *object.Array:
		return v.Objects, v.Type.HasObject
	}
	return nil, false
}

// labels are classes, of numbers or texts.
type labels struct {
	numbers []float64
	texts   []string
}

func (s *state) labels(name string) labels {
	a, ok := s.get(name).(*object.Array)
	if !ok || len(a.Shape) != 1 {
		s.fail("a %s that is no array: several outputs are not rebuilt", name)
		return labels{}
	}
	if texts, ok := a.Texts(); ok && len(texts) > 0 {
		return labels{texts: texts}
	}
	n, err := a.Numbers()
	if err != nil {
		s.fail("a %s of neither numbers nor texts", name)
	}
	return labels{numbers: n}
}

func (l labels) len() int { return max(len(l.numbers), len(l.texts)) }

// of are the labels with the given numbers.
func (l labels) of(index []int) Frame {
	var c Column
	for _, i := range index {
		if l.texts != nil {
			c.Texts = append(c.Texts, l.texts[i])
		} else {
			c.Numbers = append(c.Numbers, l.numbers[i])
		}
	}
	return Frame{Rows: len(index), Columns: []Column{c}}
}

// pair makes attributes of two values.
func pair(of []object.Value) *object.Dict {
	return &object.Dict{Keys: []object.Value{"low", "high"}, Values: of}
}
