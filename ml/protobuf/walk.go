package protobuf

import (
	"errors"
	"fmt"
	"io"

	"github.com/tacit-ml/tacit/ml/extent"
)

// Value is a field's value: bytes From up to To of the file, To not among them.
type Value struct {
	From, To int64
	Number   uint64 // of a varint or a fixed number, its bits
	Packed   bool   // many numbers in one value, which Numbers reads
}

// Visitor is told what is in a message, in the order of the bytes. An error of
// its own ends the walk.
type Visitor interface {
	Enter(f *Field, v Value) error // a submessage begins
	Leave(f *Field) error          // and ends
	Value(f *Field, v Value) error // any other field
}

// Range is the bytes From up to To of a file, To not among them.
type Range = extent.Range

// Unknown is a field that the schema does not have, or not of that wire type.
type Unknown struct {
	Message string
	Number  int
	Range
}

// File is a message in a file while it is walked.
type File struct {
	Unknown []Unknown // at most mostUnknown, then the walk ends with an error
	Raw     []Range   // numbers and bytes of a KiB and more, which no visitor need read

	in     io.ReaderAt
	size   int64
	from   int64 // of the window
	window []byte
	depth  int
}

// The limits of a walk.
const (
	mostUnknown = 1 << 12
	mostDepth   = 100 // that of Google's own parsers
	windowSize  = 64 << 10
	rawSize     = 1 << 10
	mostSize    = 1<<31 - 1 // that of a message
)

// NewFile prepares the walk of a file of a size.
func NewFile(in io.ReaderAt, size int64) *File { return &File{in: in, size: size} }

// Walk reads the whole file as a message of the schema. An error tells that the
// bytes are no such message, or beyond the limits: 2 GiB, nested a hundred deep.
func (f *File) Walk(s *Schema, message string, v Visitor) error {
	m, ok := s.messages[message]
	if !ok {
		return fmt.Errorf("protobuf: the schema has no message %s", message)
	}
	if f.size > mostSize {
		return errors.New("protobuf: the message has more than 2 GiB, which no reader takes")
	}
	return f.message(m, 0, f.size, v)
}

// bytes are n bytes of the file, or fewer where it ends. They hold until the
// next call.
func (f *File) bytes(at int64, n int) ([]byte, error) {
	if at < f.from || at+int64(n) > f.from+int64(len(f.window)) {
		want := int(min(max(int64(n), windowSize), f.size-at))
		if cap(f.window) < want {
			f.window = make([]byte, want, max(want, windowSize))
		}
		f.window = f.window[:want]
		got, err := f.in.ReadAt(f.window, at)
		if f.from = at; got < want {
			f.window = f.window[:0]
			return nil, fmt.Errorf("protobuf: read %d of %d bytes at %d: %w", got, want, at, errors.Join(err, io.ErrUnexpectedEOF))
		}
	}
	start := at - f.from
	return f.window[start:min(start+int64(n), int64(len(f.window)))], nil
}

// Text is a string or the bytes of a value, of a long one the first most.
func (f *File) Text(v Value, most int) (string, error) {
	n := int(min(v.To-v.From, int64(most)))
	if n <= windowSize {
		b, err := f.bytes(v.From, n)
		return string(b), err
	}
	b := make([]byte, n)
	if got, err := f.in.ReadAt(b, v.From); got < n {
		return "", fmt.Errorf("protobuf: read %d of %d bytes at %d: %w", got, n, v.From, errors.Join(err, io.ErrUnexpectedEOF))
	}
	return string(b), nil
}

// Numbers calls see with each of packed varints, until it says false.
func (f *File) Numbers(v Value, see func(n uint64) bool) error {
	for at := v.From; at < v.To; {
		n, next, err := f.varint(at, v.To)
		if err != nil {
			return err
		}
		if !see(n) {
			return nil
		}
		at = next
	}
	return nil
}

func (f *File) varint(at, end int64) (n uint64, next int64, err error) {
	b, err := f.bytes(at, int(min(10, end-at)))
	if err != nil {
		return 0, 0, err
	}
	for i, c := range b {
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return n, at + int64(i) + 1, nil
		}
	}
	return 0, 0, fmt.Errorf("protobuf: the number at %d does not end", at)
}

func (f *File) message(m *Message, from, to int64, v Visitor) error {
	if f.depth++; f.depth > mostDepth {
		return fmt.Errorf("protobuf: messages are nested more than %d deep at %d", mostDepth, from)
	}
	defer func() { f.depth-- }()
	for at := from; at < to; {
		tag, next, err := f.varint(at, to)
		if err != nil {
			return err
		}
		number := int(tag >> 3)
		if number == 0 || tag >= 1<<32 {
			return fmt.Errorf("protobuf: %d at %d names no field", tag, at)
		}
		value, err := f.value(int(tag&7), next, to)
		if err != nil {
			return err
		}
		if err := f.field(m, number, int(tag&7), at, value, v); err != nil {
			return err
		}
		at = value.To
	}
	return nil
}

// The wire types.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireLength  = 2
	wireFixed32 = 5
)

func (f *File) value(wire int, at, end int64) (Value, error) {
	switch wire {
	case wireVarint:
		n, next, err := f.varint(at, end)
		return Value{From: at, To: next, Number: n}, err
	case wireFixed32, wireFixed64:
		size := int64(8)
		if wire == wireFixed32 {
			size = 4
		}
		if size > end-at {
			return Value{}, fmt.Errorf("protobuf: the message ends in the number at %d", at)
		}
		b, err := f.bytes(at, int(size))
		v := Value{From: at, To: at + size}
		for i, c := range b {
			v.Number |= uint64(c) << (8 * i)
		}
		return v, err
	case wireLength:
		n, next, err := f.varint(at, end)
		if err == nil && n > uint64(end-next) {
			err = fmt.Errorf("protobuf: the field at %d has %d bytes and the message only %d more", at, n, end-next)
		}
		return Value{From: next, To: next + int64(n)}, err
	}
	return Value{}, fmt.Errorf("protobuf: the wire type %d at %d is not known", wire, at)
}

// field tells the visitor of one field that begins at a place.
func (f *File) field(m *Message, number, wire int, at int64, value Value, v Visitor) error {
	field := m.fields[number]
	switch {
	case field == nil || !field.fits(wire):
		if f.Unknown = append(f.Unknown, Unknown{m.Name, number, Range{From: at, To: value.To}}); len(f.Unknown) > mostUnknown {
			return fmt.Errorf("protobuf: more than %d fields are not known", mostUnknown)
		}
		return nil
	case field.Kind == Submessage:
		if err := v.Enter(field, value); err != nil {
			return err
		}
		if err := f.message(field.Message, value.From, value.To, v); err != nil {
			return err
		}
		return v.Leave(field)
	}
	value.Packed = wire == wireLength && field.Kind <= Fixed64
	if wire == wireLength && field.Kind != String && value.To-value.From >= rawSize {
		f.Raw = append(f.Raw, Range{From: value.From, To: value.To})
	}
	return v.Value(field, value)
}

// fits reports whether a field may have a wire type. Repeated numbers may lie
// packed or one by one.
func (f *Field) fits(wire int) bool {
	switch f.Kind {
	case Varint:
		return wire == wireVarint || wire == wireLength
	case Fixed32:
		return wire == wireFixed32 || wire == wireLength
	case Fixed64:
		return wire == wireFixed64 || wire == wireLength
	}
	return wire == wireLength
}
