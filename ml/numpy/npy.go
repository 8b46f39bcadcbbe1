package numpy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Header is that of an .npy file.
type Header struct {
	Type    Dtype
	Shape   []int64
	Fortran bool  // column after column
	Offset  int64 // of the first element
	Size    int64 // bytes of the elements; 0 when they are objects, which are one pickle
}

// mostHeader is the longest header that is read. numpy writes at most some
// kilobytes, and from 1.24 on refuses more than 10,000 bytes itself.
const mostHeader = 1 << 20

// ReadHeader reads the header at the start of r, of versions 1 to 3, without
// evaluating it. An error names what is wrong with it.
func ReadHeader(r io.ReaderAt) (Header, error) {
	text, end, err := headerText(r)
	if err != nil {
		return Header{}, err
	}
	h, err := parseHeader(text)
	if err != nil {
		return Header{}, err
	}
	h.Offset = end
	if !h.Type.HasObject {
		h.Size, err = h.Type.Bytes(h.Shape)
	}
	return h, err
}

// HeaderEnd is the offset behind the header at the start of r, whatever the header
// says: numpy evaluates more ways to write a type than ReadHeader knows, and where
// it finds objects, the bytes from there on are a pickle.
func HeaderEnd(r io.ReaderAt) (int64, error) {
	_, end, err := headerText(r)
	return end, err
}

// headerText is the text of the header at the start of r, and the offset behind it.
func headerText(r io.ReaderAt) (string, int64, error) {
	var start [12]byte
	n, err := r.ReadAt(start[:], 0)
	if n < 10 {
		return "", 0, fmt.Errorf("numpy: the file has no header: %w", errors.Join(io.ErrUnexpectedEOF, endless(err)))
	}
	if string(start[:6]) != "\x93NUMPY" {
		return "", 0, errors.New("numpy: the file does not begin with numpy's magic bytes")
	}
	from, length := int64(10), int64(binary.LittleEndian.Uint16(start[8:]))
	switch major := start[6]; major {
	case 1:
	case 2, 3:
		if n < 12 {
			return "", 0, fmt.Errorf("numpy: the header is cut off: %w", io.ErrUnexpectedEOF)
		}
		from, length = 12, int64(binary.LittleEndian.Uint32(start[8:]))
	default:
		return "", 0, fmt.Errorf("numpy: the file is of version %d, which is not known", major)
	}
	if length > mostHeader {
		return "", 0, fmt.Errorf("numpy: the header has %d bytes, more than %d", length, mostHeader)
	}
	text := make([]byte, length)
	if got, err := r.ReadAt(text, from); int64(got) < length {
		return "", 0, fmt.Errorf("numpy: the header is cut off after %d of %d bytes: %w", got, length, errors.Join(io.ErrUnexpectedEOF, endless(err)))
	}
	return string(text), from + length, nil
}

// endless is err unless it only tells of the end.
func endless(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// parseHeader reads the dict of descr, fortran_order and shape.
func parseHeader(text string) (Header, error) {
	v, err := parseLiteral(text)
	if err != nil {
		return Header{}, err
	}
	d, ok := v.(dict)
	if !ok || len(d) != 3 {
		return Header{}, errors.New("numpy: the header is no dict of descr, fortran_order and shape")
	}
	var h Header
	if h.Fortran, ok = d["fortran_order"].(bool); !ok {
		return Header{}, errors.New("numpy: the header's fortran_order is neither True nor False")
	}
	if h.Shape, ok = shapeOf(d["shape"]); !ok {
		return Header{}, errors.New("numpy: the header's shape is no tuple of integers")
	}
	h.Type, err = describe(d["descr"], 0)
	return h, err
}

func shapeOf(v any) ([]int64, bool) {
	items, ok := v.(tuple)
	if !ok || len(items) > mostDimensions {
		return nil, false
	}
	shape := make([]int64, len(items))
	for i, x := range items {
		n, ok := x.(int64)
		if !ok || n < 0 {
			return nil, false
		}
		shape[i] = n
	}
	return shape, true
}

// mostDimensions is numpy 2's own bound.
const mostDimensions = 64

// describe reads a descr: a type string, or a list of fields (name, descr[,
// shape]), a name being a text or (title, text).
func describe(v any, depth int) (Dtype, error) {
	switch v := v.(type) {
	case string:
		return Parse(v)
	case list:
		return describeRecord(v, depth)
	case tuple: // of a field that is itself an array
		if len(v) == 2 {
			inner, err := describe(v[0], depth+1)
			shape, ok := shapeOf(v[1])
			if err != nil || !ok {
				return Dtype{}, errors.Join(err, errors.New("numpy: a field's type is not one"))
			}
			return repeated(inner, shape)
		}
	}
	return Dtype{}, errors.New("numpy: the header's descr is neither a type nor a list of fields")
}

func describeRecord(fields list, depth int) (Dtype, error) {
	if depth > mostNested {
		return Dtype{}, fmt.Errorf("numpy: records lie more than %d deep in records", mostNested)
	}
	d := Dtype{Kind: 'V', Order: '|'}
	for _, f := range fields {
		parts, ok := f.(tuple)
		if !ok || len(parts) < 2 || len(parts) > 3 {
			return Dtype{}, errors.New("numpy: a field of the header is no tuple of name and type")
		}
		inner, err := describe(parts[1], depth+1)
		if err != nil {
			return Dtype{}, err
		}
		var shape []int64
		if len(parts) == 3 {
			if shape, ok = shapeOf(parts[2]); !ok {
				return Dtype{}, errors.New("numpy: the shape of a field of the header is no tuple of integers")
			}
		}
		whole, err := repeated(inner, shape)
		if err != nil {
			return Dtype{}, err
		}
		d.Fields = append(d.Fields, Field{Name: fieldName(parts[0]), Offset: d.Size, Type: inner, Shape: shape})
		d.HasObject = d.HasObject || inner.HasObject
		if d.Size += whole.Size; d.Size > mostItem {
			return Dtype{}, errors.New("numpy: a record has more than 1 TiB")
		}
	}
	return d, nil
}

// repeated is the type of shape elements of a type.
func repeated(d Dtype, shape []int64) (Dtype, error) {
	if len(shape) == 0 {
		return d, nil
	}
	n, err := d.Bytes(shape)
	return Dtype{Kind: 'V', Order: '|', Size: n, HasObject: d.HasObject}, err
}

func fieldName(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case tuple:
		if len(v) == 2 {
			name, _ := v[1].(string)
			return name
		}
	}
	return ""
}
