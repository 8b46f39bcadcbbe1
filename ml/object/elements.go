package object

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/tacit-ml/tacit/ml/numpy"
)

// order is the byte order of a type.
func order(d numpy.Dtype) binary.ByteOrder {
	if d.Order == '>' {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// number reads an element that is a bool, an integer or a float of 4 or 8 bytes.
func number(d numpy.Dtype, p []byte) (float64, bool) {
	if int64(len(p)) != d.Size {
		return 0, false
	}
	o := order(d)
	switch d.Kind {
	case 'b':
		return float64(p[0]), true
	case 'f':
		switch d.Size {
		case 4:
			return float64(math.Float32frombits(o.Uint32(p))), true
		case 8:
			return math.Float64frombits(o.Uint64(p)), true
		}
	case 'i':
		switch d.Size {
		case 1:
			return float64(int8(p[0])), true
		case 2:
			return float64(int16(o.Uint16(p))), true
		case 4:
			return float64(int32(o.Uint32(p))), true
		case 8:
			return float64(int64(o.Uint64(p))), true
		}
	case 'u':
		switch d.Size {
		case 1:
			return float64(p[0]), true
		case 2:
			return float64(o.Uint16(p)), true
		case 4:
			return float64(o.Uint32(p)), true
		case 8:
			return float64(o.Uint64(p)), true
		}
	}
	return 0, false
}

// Numbers are the elements row after row as float64; integers above 2⁵³ are
// rounded. An error tells that they are no numbers.
func (a *Array) Numbers() ([]float64, error) {
	if a.Type.HasObject {
		return objectNumbers(a.Objects)
	}
	return a.column(a.Type, 0)
}

func objectNumbers(all []Value) ([]float64, error) {
	out := make([]float64, len(all))
	for i, v := range all {
		var ok bool
		if out[i], ok = Number(v); !ok {
			return nil, fmt.Errorf("object: element %d of an array is no number", i)
		}
	}
	return out, nil
}

// Column is a field of an array of records, as Numbers has it. ok is false when
// there is no such field.
func (a *Array) Column(field string) (out []float64, ok bool, err error) {
	for _, f := range a.Type.Fields {
		if f.Name == field && len(f.Shape) == 0 {
			out, err = a.column(f.Type, f.Offset)
			return out, true, err
		}
	}
	return nil, false, nil
}

func (a *Array) column(d numpy.Dtype, offset int64) ([]float64, error) {
	n := a.Len()
	if n*a.Type.Size > int64(len(a.Data)) || offset+d.Size > a.Type.Size {
		return nil, fmt.Errorf("object: an array of %v has %d bytes", a.Shape, len(a.Data))
	}
	out := make([]float64, n)
	for i := range out {
		at := a.place(int64(i))*a.Type.Size + offset
		var ok bool
		if out[i], ok = number(d, a.Data[at:at+d.Size]); !ok {
			return nil, fmt.Errorf("object: elements of the type %s are no numbers that are read", d)
		}
	}
	return out, nil
}

// place is where the element is that comes as number i row after row.
func (a *Array) place(i int64) int64 {
	if !a.Fortran || len(a.Shape) < 2 {
		return i
	}
	at, stride := int64(0), a.Len()
	for d := len(a.Shape) - 1; d >= 0; d-- {
		stride /= max(a.Shape[d], 1)
		at += i % a.Shape[d] * stride
		i /= a.Shape[d]
	}
	return at
}

// Texts are the elements of an array of texts row after row; ok is false when it
// is none.
func (a *Array) Texts() (out []string, ok bool) {
	if a.Type.HasObject {
		for _, v := range a.Objects {
			s, is := v.(string)
			if !is {
				return nil, false
			}
			out = append(out, s)
		}
		return out, true
	}
	if a.Type.Kind != 'U' || a.Type.Size == 0 || a.Len()*a.Type.Size > int64(len(a.Data)) {
		return nil, false
	}
	o := order(a.Type)
	for i := range a.Len() {
		at := a.place(i) * a.Type.Size
		var s strings.Builder
		for p := a.Data[at : at+a.Type.Size]; len(p) >= 4; p = p[4:] {
			s.WriteRune(rune(o.Uint32(p)))
		}
		out = append(out, strings.TrimRight(s.String(), "\x00"))
	}
	return out, true
}
