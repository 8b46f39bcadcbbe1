package object

import (
	"math/big"
	"strconv"

	"github.com/tacit-ml/tacit/ml/numpy"
)

// Value is nil for None, a bool, int64, *big.Int, float64 or string, or a Bytes,
// *List, *Tuple, *Dict, *Set, *Slice, *Array, *Scalar, *Type, *Class or *Instance.
// The same pointer is the same object.
type Value any

// Bytes is of bytes.
type Bytes []byte

// List is of list.
type List struct{ Items []Value }

// Tuple is of tuple.
type Tuple struct{ Items []Value }

// Set is of set.
type Set struct{ Items []Value }

// Slice is of slice.
type Slice struct{ Start, Stop, Step Value }

// Dict is of dict, collections.OrderedDict or defaultdict, in order; no key is there twice. Keys
// are constants or scalars of numpy.
type Dict struct {
	Ordered bool
	Default *Class // what a collections.defaultdict calls for a key that it lacks; nil for others
	Keys    []Value
	Values  []Value
}

// Get is the value under a text, and whether there is one.
func (d *Dict) Get(key string) (Value, bool) {
	for i, k := range d.Keys {
		if k == key {
			return d.Values[i], true
		}
	}
	return nil, false
}

// Array is a numpy.ndarray: the bytes of its elements, or its objects.
type Array struct {
	Type    numpy.Dtype
	Shape   []int64
	Fortran bool // column after column; never of objects
	Data    []byte
	Objects []Value // row after row, when Type.HasObject
}

// Len is the number of elements.
func (a *Array) Len() int64 {
	n := int64(1)
	for _, d := range a.Shape {
		n *= d
	}
	return n
}

// Scalar is one element with its type: numpy.float64(0.5).
type Scalar struct {
	Type numpy.Dtype
	Data []byte
}

// Plain is the int64, float64 or string that a scalar is, and the name of its
// class in numpy; ok is false for others.
func (s *Scalar) Plain() (v Value, class string, ok bool) {
	switch s.Type.Kind {
	case 'i', 'u':
		n, ok := Integer(s)
		return n, map[byte]string{'i': "int", 'u': "uint"}[s.Type.Kind] + strconv.FormatInt(8*s.Type.Size, 10), ok
	case 'f':
		f, ok := number(s.Type, s.Data)
		return f, "float" + strconv.FormatInt(8*s.Type.Size, 10), ok
	case 'U':
		texts, ok := (&Array{Type: s.Type, Data: s.Data}).Texts()
		if ok {
			return texts[0], "str_", true
		}
	}
	return nil, "", false
}

// Type is a numpy.dtype as a value.
type Type struct{ Of numpy.Dtype }

// Class names a class or function that is held, not used: a dtype of numpy.
type Class struct{ Module, Name string }

// Full is the name with its module.
func (c Class) Full() string { return c.Module + "." + c.Name }

// Instance is an object of a class. Args are those of its constructor, nil when
// it was made without; State is what __setstate__ takes or the attributes, nil
// without. At is where the pickle makes it.
type Instance struct {
	Class Class
	Args  *Tuple
	State Value
	At    int64
}

// Field is an attribute, and whether there is one.
func (x *Instance) Field(name string) (Value, bool) {
	if d, ok := x.State.(*Dict); ok {
		return d.Get(name)
	}
	return nil, false
}

// Integer is v as an int64 if it is an integer, of Python or numpy.
func Integer(v Value) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case *big.Int:
		return v.Int64(), v.IsInt64()
	case *Scalar:
		if k := v.Type.Kind; k == 'i' || k == 'u' {
			f, ok := number(v.Type, v.Data)
			return int64(f), ok && float64(int64(f)) == f
		}
	}
	return 0, false
}

// Number is v as a float64 if it is a number, of Python or numpy.
func Number(v Value) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case *Scalar:
		return number(v.Type, v.Data)
	}
	return 0, false
}
