// Package safetensors reads the header of safetensors files and says what is
// wrong with it: a reader in another language may lay its tensors over bytes that
// are not theirs when the header lies.
//
// Words: the header is JSON behind 8 bytes of its length; the buffer is all bytes
// behind it; a tensor's span is its data_offsets, counted from the buffer's start.
// The format is that of huggingface/safetensors, whose own reader accepts spans
// only that lie in order, without gaps, up to the end of the buffer.
//
// It reads no tensors and judges nothing.
package safetensors

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/tacit-ml/tacit/ml/jsonstream"
)

// MostHeader is the longest header that the format's own reader takes.
const MostHeader = 100_000_000

// Tensor is an entry of the header.
type Tensor struct {
	Name     string
	Type     string // BF16, F32 …
	Shape    []int64
	From, To int64 // in the buffer
	At       int64 // in the file: of the entry
}

// Fault is one way in which the header breaks the format.
type Fault struct {
	Offset int64
	What   string
}

// File is what a header says.
type File struct {
	Buffer   int64 // where the buffer begins in the file
	Tensors  []Tensor
	Metadata map[string]string
	Faults   []Fault
}

// ErrNot is given for bytes that are no safetensors file at all.
var ErrNot = errors.New("safetensors: no header")

// Begins reports whether bytes are those of the start of a file of a size: a
// length that fits, and JSON's brace.
func Begins(head []byte, size int64) bool {
	return len(head) > 8 && head[8] == '{' && binary.LittleEndian.Uint64(head) <= uint64(max(size-8, 0))
}

// Read reads the header of a file of a size. An error wraps ErrNot, or
// jsonstream.ErrLimit, or is one of the input; what is wrong with a header that
// can be read is in Faults.
func Read(r io.ReaderAt, size int64) (File, error) {
	var start [8]byte
	if _, err := r.ReadAt(start[:], 0); err != nil {
		return File{}, fmt.Errorf("%w: the file has %d bytes", ErrNot, size)
	}
	length := binary.LittleEndian.Uint64(start[:])
	if length > uint64(size-8) {
		return File{}, fmt.Errorf("%w: its length is %d bytes, the file has %d", ErrNot, length, size)
	}
	f := File{Buffer: 8 + int64(length)}
	if length > MostHeader {
		f.fault(0, "the header has %d bytes, more than the %d that readers take", length, MostHeader)
	}
	var first [1]byte
	if _, err := r.ReadAt(first[:], 8); err == nil && length > 0 && first[0] != '{' {
		f.fault(8, "the header begins with %q and not with {", first[0])
	}
	h := header{file: &f, in: jsonstream.NewReader(io.NewSectionReader(r, 8, int64(length)), jsonstream.Limits{Depth: 8, Text: 64 << 10, Keys: 1 << 20})}
	if err := h.read(); err != nil {
		var syntax *jsonstream.SyntaxError
		if errors.As(err, &syntax) {
			return f, fmt.Errorf("%w: byte %d: %s", ErrNot, syntax.Offset+8, syntax.What)
		}
		return f, err
	}
	f.checkSpans(size - f.Buffer)
	return f, nil
}

// mostFaults bounds what is told of one file.
const mostFaults = 64

func (f *File) fault(offset int64, format string, args ...any) {
	if len(f.Faults) < mostFaults {
		f.Faults = append(f.Faults, Fault{Offset: offset, What: fmt.Sprintf(format, args...)})
	}
}

// header is the reading of one.
type header struct {
	file  *File
	in    *jsonstream.Reader
	names int // bytes of names and of metadata that are held
}

// mostNames bounds them.
const mostNames = 32 << 20

func (h *header) hold(n int) error {
	if h.names += n; h.names > mostNames {
		return fmt.Errorf("safetensors: more than %d bytes of names: %w", mostNames, jsonstream.ErrLimit)
	}
	return nil
}

func (h *header) read() error {
	t, err := h.in.Next()
	if err != nil {
		return err
	}
	if t.Kind != jsonstream.Object {
		return &jsonstream.SyntaxError{Offset: t.From, What: "the header is no object"}
	}
	for {
		k, err := h.in.Next()
		if err != nil {
			return err
		}
		if k.Kind == jsonstream.EndObject {
			_, err = h.in.Next()
			return err
		}
		name, at := string(k.Text), k.From+8
		if k.Duplicate {
			h.file.fault(at, "the key %q stands twice: readers differ in which one they take", name)
		}
		if err := h.hold(len(name)); err != nil {
			return err
		}
		if name == "__metadata__" {
			err = h.metadata()
		} else {
			err = h.tensor(name, at)
		}
		if err != nil {
			return err
		}
	}
}

// fields gives each key of the object that is next, and its value's first token.
func (h *header) fields(at int64, each func(key string, t jsonstream.Token) error) error {
	t, err := h.in.Next()
	if err != nil {
		return err
	}
	if t.Kind != jsonstream.Object {
		return &jsonstream.SyntaxError{Offset: t.From, What: "an entry of the header is no object"}
	}
	for {
		k, err := h.in.Next()
		if err != nil || k.Kind == jsonstream.EndObject {
			return err
		}
		key := string(k.Text)
		if k.Duplicate {
			h.file.fault(at, "the key %q stands twice in an entry", key)
		}
		if t, err = h.in.Next(); err != nil {
			return err
		}
		if err := each(key, t); err != nil {
			return err
		}
	}
}

func (h *header) metadata() error {
	h.file.Metadata = map[string]string{}
	return h.fields(8, func(key string, t jsonstream.Token) error {
		if t.Kind != jsonstream.String {
			h.file.fault(t.From+8, "__metadata__ holds under %q what is no text", key)
			return h.skip(t)
		}
		h.file.Metadata[key] = string(t.Text)
		return h.hold(len(key) + len(t.Text))
	})
}

// mostTensors is the most entries that are held.
const mostTensors = 1 << 19

func (h *header) tensor(name string, at int64) error {
	t := Tensor{Name: name, At: at, From: -1, To: -1}
	shaped := false
	err := h.fields(at, func(key string, v jsonstream.Token) error {
		var err error
		switch {
		case key == "dtype" && v.Kind == jsonstream.String:
			t.Type = string(v.Text)
		case key == "shape" && v.Kind == jsonstream.Array:
			shaped = true
			t.Shape, err = h.integers(at)
		case key == "data_offsets" && v.Kind == jsonstream.Array:
			var span []int64
			if span, err = h.integers(at); len(span) == 2 {
				t.From, t.To = span[0], span[1]
			}
		default:
			h.file.fault(v.From+8, "the tensor %q has the field %q, or one of another type than it must be", name, key)
			err = h.skip(v)
		}
		return err
	})
	if err != nil {
		return err
	}
	if t.Type == "" || !shaped || t.From < 0 || t.To < t.From {
		h.file.fault(at, "the tensor %q has no dtype, no shape or no span", name)
		return nil
	}
	if len(h.file.Tensors) >= mostTensors {
		return fmt.Errorf("safetensors: more than %d tensors: %w", mostTensors, jsonstream.ErrLimit)
	}
	h.file.Tensors = append(h.file.Tensors, t)
	return nil
}

// integers reads the array that was opened.
func (h *header) integers(at int64) ([]int64, error) {
	var all []int64
	for {
		t, err := h.in.Next()
		if err != nil || t.Kind == jsonstream.EndArray {
			return all, err
		}
		if t.Kind != jsonstream.Number || !t.Integer || t.Number < 0 || t.Number > 1<<53 {
			h.file.fault(at, "a shape or span holds what is no size")
			if err := h.skip(t); err != nil {
				return nil, err
			}
			t.Number = 0
		}
		if len(all) < 64 {
			all = append(all, int64(t.Number))
		} else {
			h.file.fault(at, "a shape of more than 64 dimensions")
		}
	}
}

// skip passes over the rest of a value that was begun.
func (h *header) skip(t jsonstream.Token) error {
	for depth := 0; ; {
		switch t.Kind {
		case jsonstream.Object, jsonstream.Array:
			depth++
		case jsonstream.EndObject, jsonstream.EndArray:
			depth--
		}
		if depth == 0 {
			return nil
		}
		var err error
		if t, err = h.in.Next(); err != nil {
			return err
		}
	}
}

// bits of an element by dtype, as huggingface/safetensors has them.
func bits(dtype string) int64 {
	switch dtype {
	case "F4":
		return 4
	case "F6_E2M3", "F6_E3M2":
		return 6
	case "BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ":
		return 8
	case "I16", "U16", "F16", "BF16":
		return 16
	case "I32", "U32", "F32":
		return 32
	case "I64", "U64", "F64", "C64":
		return 64
	}
	return 0
}

// checkSpans compares spans with the types and shapes, with each other and with
// the buffer.
func (f *File) checkSpans(buffer int64) {
	for i := range f.Tensors {
		t := &f.Tensors[i]
		b := bits(t.Type)
		if b == 0 {
			f.fault(t.At, "the tensor %q has the unknown dtype %q", t.Name, t.Type)
			continue
		}
		n, ok := elements(t.Shape)
		if !ok || n > math.MaxInt64/b || n*b%8 != 0 || n*b/8 != t.To-t.From {
			f.fault(t.At, "the tensor %q has a span of %d bytes, which its dtype and shape do not make", t.Name, t.To-t.From)
		}
	}
	order := slices.Clone(f.Tensors)
	slices.SortStableFunc(order, func(a, b Tensor) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	end := int64(0)
	for _, t := range order {
		switch {
		case t.To > buffer:
			f.fault(t.At, "the tensor %q ends at byte %d of a buffer of %d", t.Name, t.To, buffer)
		case t.From > end:
			f.fault(t.At, "%d bytes before the tensor %q belong to none", t.From-end, t.Name)
		case t.From < end:
			f.fault(t.At, "the tensor %q overlaps another one", t.Name)
		}
		end = max(end, t.To)
	}
	if end < buffer {
		f.fault(f.Buffer+end, "%d bytes behind the last tensor belong to none", buffer-end)
	}
}

func elements(shape []int64) (int64, bool) {
	n := int64(1)
	for _, d := range shape {
		if d != 0 && n > math.MaxInt64/d {
			return 0, false
		}
		n *= d
	}
	return n, true
}

// Spans are the parts of the file that tensors lie in, joined and in order.
func (f *File) Spans(size int64) [][2]int64 {
	all := make([][2]int64, 0, len(f.Tensors))
	for _, t := range f.Tensors {
		if from, to := min(f.Buffer+t.From, size), min(f.Buffer+t.To, size); from < to {
			all = append(all, [2]int64{from, to})
		}
	}
	slices.SortFunc(all, func(a, b [2]int64) int { return cmp.Compare(a[0], b[0]) })
	out := all[:0]
	for _, s := range all {
		if n := len(out); n > 0 && s[0] <= out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], s[1])
			continue
		}
		out = append(out, s)
	}
	return out
}
