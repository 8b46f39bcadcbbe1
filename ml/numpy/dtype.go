package numpy

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Dtype is the type of an array's elements.
type Dtype struct {
	Kind   byte  // b i u f c, m and M of times, S U V of fixed size, O of objects
	Order  byte  // '<', '>' or '|' where it does not matter
	Size   int64 // bytes of an element
	Unit   string
	Fields []Field // of a record, in order
	// HasObject is whether an element holds Python objects, which are pickled.
	HasObject bool
}

// Field is one of a record.
type Field struct {
	Name   string
	Offset int64
	Type   Dtype
	Shape  []int64 // of a field that is itself an array
}

// mostItem bounds the size of an element: what overflows is refused.
const mostItem = 1 << 40

// Parse reads a type string of numpy's array interface: "<f8", "|S10", "<U5",
// "O", "M8[ns]", "V16". A missing order is the machine's, little-endian.
func Parse(s string) (Dtype, error) {
	d := Dtype{Order: '<'}
	rest := s
	if rest != "" && strings.IndexByte("<>|=", rest[0]) >= 0 {
		if rest[0] != '=' {
			d.Order = rest[0]
		}
		rest = rest[1:]
	}
	if rest == "" || strings.IndexByte("biufcmMSaUVO?", rest[0]) < 0 {
		return Dtype{}, fmt.Errorf("numpy: the type %q is not known", s)
	}
	d.Kind = rest[0]
	rest = rest[1:]
	if at := strings.IndexByte(rest, '['); at >= 0 && (d.Kind == 'm' || d.Kind == 'M') && strings.HasSuffix(rest, "]") {
		d.Unit, rest = rest[at+1:len(rest)-1], rest[:at]
	}
	n := int64(0)
	if rest != "" {
		v, err := strconv.ParseUint(rest, 10, 40)
		if err != nil {
			return Dtype{}, fmt.Errorf("numpy: the type %q has no size that can be read", s)
		}
		n = int64(v)
	}
	if err := d.sized(n, rest != ""); err != nil {
		return Dtype{}, fmt.Errorf("numpy: the type %q: %w", s, err)
	}
	return d, nil
}

// sized sets the size from the number behind the kind.
func (d *Dtype) sized(n int64, given bool) error {
	allowed := map[byte][]int64{'b': {1}, 'i': {1, 2, 4, 8}, 'u': {1, 2, 4, 8}, 'f': {2, 4, 8, 10, 12, 16}, 'c': {8, 16, 20, 24, 32}, 'm': {8}, 'M': {8}, 'O': {4, 8}}
	switch d.Kind {
	case '?':
		d.Kind, d.Size = 'b', 1
		return nil
	case 'a':
		d.Kind = 'S'
	case 'U':
		n *= 4
	case 'O':
		d.HasObject = true
		if !given {
			n = 8
		}
	case 'm', 'M':
		if !given {
			n = 8
		}
	}
	if sizes, ok := allowed[d.Kind]; ok {
		for _, s := range sizes {
			if s == n {
				d.Size = n
				return nil
			}
		}
		return fmt.Errorf("no such size: %d", n)
	}
	d.Size = n
	return nil
}

// IsFlexible reports whether the size is the element's own and not the kind's.
func (d Dtype) IsFlexible() bool { return d.Kind == 'S' || d.Kind == 'U' || d.Kind == 'V' }

// Bytes is how many bytes an array of shape has; an error tells of a negative
// dimension or of more than 1 TiB.
func (d Dtype) Bytes(shape []int64) (int64, error) {
	total := uint64(d.Size)
	empty := false
	for _, n := range shape {
		if n < 0 {
			return 0, fmt.Errorf("numpy: a dimension is %d", n)
		}
		if n == 0 {
			empty = true
		}
		hi, lo := bits.Mul64(total, uint64(max(n, 1)))
		if hi != 0 || lo > mostItem {
			return 0, fmt.Errorf("numpy: an array of shape %v of %s has more than 1 TiB", shape, d)
		}
		total = lo
	}
	if empty {
		return 0, nil
	}
	return int64(total), nil
}

// String is numpy's type string; that of a record is its size as "|V16".
func (d Dtype) String() string {
	size := d.Size
	if d.Kind == 'U' {
		size /= 4
	}
	if d.Kind == 'O' {
		return "|O"
	}
	order := d.Order
	if d.Size == 1 || d.Kind == 'S' || d.Kind == 'V' {
		order = '|'
	}
	unit := ""
	if d.Unit != "" {
		unit = "[" + d.Unit + "]"
	}
	return fmt.Sprintf("%c%c%d%s", order, d.Kind, size, unit)
}
