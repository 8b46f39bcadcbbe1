package hdf5

import "errors"

// Class is what the elements of an attribute or a dataset are.
type Class uint8

// The classes of types, by the numbers that the format has for them.
const (
	Integer Class = iota
	Float
	Time
	String
	BitField
	Opaque
	Compound
	Reference
	Enum
	Variable // a list of another type, or a string
	Array
	Complex
)

// datatype is as much of a type as tells its texts from other values.
type datatype struct {
	class    Class
	size     int
	variable bool // a string of variable length
}

// string reports whether elements are texts.
func (d datatype) string() bool { return d.class == String || d.variable }

func parseType(b []byte) (datatype, error) {
	c := &cursor{b: b}
	class := Class(c.int(1) & 15)
	bits := c.int(3)
	d := datatype{class: class, size: c.int(4), variable: class == Variable && bits&15 == 1}
	switch {
	case c.short:
		return d, errShort
	case class > Complex:
		return d, errors.New("its type is not known")
	}
	return d, nil
}

// dataspace is the shape of an attribute or a dataset.
type dataspace struct {
	dims []uint64
	null bool
}

func (r *reader) parseSpace(b []byte) (dataspace, error) {
	c := &cursor{b: b}
	version, rank := c.int(1), c.int(1)
	c.skip(1)
	kind := 1
	switch version {
	case 1:
		c.skip(5)
	case 2:
		kind = c.int(1)
	default:
		return dataspace{}, errors.New("its shape is of a version that is not known")
	}
	d := dataspace{null: kind == 2}
	for range rank {
		d.dims = append(d.dims, c.uint(r.lengths))
	}
	return d, c.err()
}

// elements is how many there are; 2^63 - 1 for more.
func (d dataspace) elements() uint64 {
	if d.null {
		return 0
	}
	n := uint64(1)
	for _, dim := range d.dims {
		n = times(n, dim)
	}
	return n
}

// times multiplies numbers below 2^63, and gives 2^63 - 1 for what is no longer
// one.
func times(a, b uint64) uint64 {
	const most = 1<<63 - 1
	if a != 0 && b > most/a {
		return most
	}
	return a * b
}
