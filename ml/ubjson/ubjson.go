// Package ubjson reads UBJSON (draft 12), as XGBoost writes it, in the tokens of
// JSON, in memory that does not grow with the file.
//
// Words: a marker is the letter that says of what type a value is; a counted
// array or object says how many values it has, a typed one also of which type
// all of them are.
//
// It writes nothing and judges nothing. High-precision numbers are texts.
package ubjson

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/tacit-ml/tacit/ml/jsonstream"
)

// Reader gives the tokens of one document.
type Reader struct {
	in     *bufio.Reader
	size   int64
	limits jsonstream.Limits
	at     int64
	stack  []level
	keys   int
	text   []byte
	begun  bool
	err    error
}

// level is an object or array that is open.
type level struct {
	object  bool
	counted bool
	left    int64 // values of a counted one that are to come
	typed   byte  // the marker of all values, 0 when each has its own
	valued  bool  // an object's key was read and its value is due
	keys    map[uint64]struct{}
}

// NewReader reads a document from the size bytes of r. Lengths beyond them are
// refused before anything is read for them.
func NewReader(r io.Reader, size int64, l jsonstream.Limits) *Reader {
	return &Reader{in: bufio.NewReaderSize(r, 64<<10), size: size, limits: l}
}

// Offset is the number of bytes read.
func (r *Reader) Offset() int64 { return r.at }

// Next gives the next token, and End behind the document's value, where bytes
// may follow. An error is a *jsonstream.SyntaxError, one of the input, or wraps
// jsonstream.ErrLimit; it is given again ever after.
func (r *Reader) Next() (jsonstream.Token, error) {
	if r.err != nil {
		return jsonstream.Token{}, r.err
	}
	t, err := r.next()
	r.err = err
	return t, err
}

func (r *Reader) next() (jsonstream.Token, error) {
	if len(r.stack) == 0 {
		if r.begun {
			return jsonstream.Token{Kind: jsonstream.End, From: r.at, To: r.at}, nil
		}
		r.begun = true
		m, err := r.marker()
		if err != nil {
			return jsonstream.Token{}, err
		}
		return r.value(m, r.at-1)
	}
	top := &r.stack[len(r.stack)-1]
	if top.counted && top.left == 0 && !top.valued {
		return r.close(r.at)
	}
	if top.object && !top.valued {
		return r.key(top)
	}
	if top.counted && !top.object {
		top.left--
	}
	top.valued = false
	if top.typed != 0 {
		return r.value(top.typed, r.at)
	}
	m, err := r.marker()
	if err != nil {
		return jsonstream.Token{}, err
	}
	if m == ']' && !top.counted && !top.object {
		return r.close(r.at - 1)
	}
	return r.value(m, r.at-1)
}

// key reads an object's key, or its end.
func (r *Reader) key(top *level) (jsonstream.Token, error) {
	from := r.at
	m, err := r.marker()
	if err != nil {
		return jsonstream.Token{}, err
	}
	if m == '}' && !top.counted {
		return r.close(r.at - 1)
	}
	cut, err := r.string(m)
	if err != nil {
		return jsonstream.Token{}, err
	}
	if top.counted {
		top.left--
	}
	top.valued = true
	t := jsonstream.Token{Kind: jsonstream.Key, From: from, To: r.at, Text: r.text, Cut: cut}
	h := hash(r.text)
	if _, t.Duplicate = top.keys[h]; !t.Duplicate {
		if r.keys++; r.keys > r.limits.Keys {
			return t, fmt.Errorf("ubjson: byte %d: more than %d keys in open objects: %w", from, r.limits.Keys, jsonstream.ErrLimit)
		}
		if top.keys == nil {
			top.keys = map[uint64]struct{}{}
		}
		top.keys[h] = struct{}{}
	}
	return t, nil
}

// hash is FNV-1a.
func hash(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

func (r *Reader) close(from int64) (jsonstream.Token, error) {
	top := r.stack[len(r.stack)-1]
	r.stack = r.stack[:len(r.stack)-1]
	r.keys -= len(top.keys)
	t := jsonstream.Token{Kind: jsonstream.EndArray, From: from, To: r.at}
	if top.object {
		t.Kind = jsonstream.EndObject
	}
	return t, nil
}

// marker reads the next one that is not N, which says nothing.
func (r *Reader) marker() (byte, error) {
	for {
		b, err := r.bytes(1)
		if err != nil {
			return 0, err
		}
		if b[0] != 'N' {
			return b[0], nil
		}
	}
}

// bytes reads n ≤ 8 of them.
func (r *Reader) bytes(n int) ([]byte, error) {
	b, err := r.in.Peek(n)
	if err != nil {
		return nil, r.broken(err)
	}
	r.at += int64(n)
	_, err = r.in.Discard(n)
	return b, err
}

func (r *Reader) value(m byte, from int64) (jsonstream.Token, error) {
	t := jsonstream.Token{From: from}
	var err error
	switch m {
	case 'Z':
		t.Kind = jsonstream.Null
	case 'T', 'F':
		t.Kind, t.True = jsonstream.Bool, m == 'T'
	case 'i', 'U', 'I', 'l', 'L':
		var n int64
		n, err = r.integer(m)
		t.Kind, t.Number, t.Integer = jsonstream.Number, float64(n), true
	case 'd', 'D':
		t.Kind = jsonstream.Number
		t.Number, err = r.float(m)
	case 'C':
		var b []byte
		if b, err = r.bytes(1); err == nil {
			r.text = append(r.text[:0], b[0])
			t.Kind, t.Text = jsonstream.String, r.text
		}
	case 'S', 'H':
		var length byte
		if length, err = r.marker(); err == nil {
			t.Kind = jsonstream.String
			t.Cut, err = r.string(length)
			t.Text = r.text
		}
	case '[', '{':
		return r.open(m, from)
	default:
		err = r.syntax(from, fmt.Sprintf("the marker %q", m))
	}
	t.To = r.at
	return t, err
}

// open reads the head of an array or object.
func (r *Reader) open(m byte, from int64) (jsonstream.Token, error) {
	if len(r.stack) >= r.limits.Depth {
		return jsonstream.Token{}, fmt.Errorf("ubjson: byte %d: more than %d levels deep: %w", from, r.limits.Depth, jsonstream.ErrLimit)
	}
	l := level{object: m == '{'}
	next, err := r.in.Peek(1)
	if err != nil {
		return jsonstream.Token{}, r.broken(err)
	}
	if next[0] == '$' {
		b, err := r.bytes(2)
		if err != nil {
			return jsonstream.Token{}, err
		}
		l.typed = b[1]
		if next, err = r.in.Peek(1); err != nil {
			return jsonstream.Token{}, r.broken(err)
		}
		if next[0] != '#' {
			return jsonstream.Token{}, r.syntax(from, "a type without a count")
		}
	}
	if next[0] == '#' {
		b, err := r.bytes(2)
		if err != nil {
			return jsonstream.Token{}, err
		}
		if l.left, err = r.integer(b[1]); err != nil {
			return jsonstream.Token{}, err
		}
		l.counted = true
		if l.left < 0 || l.left > (r.size-r.at)/max(width(l.typed), 1) {
			return jsonstream.Token{}, r.syntax(from, fmt.Sprintf("a count of %d values, for which the file is too short", l.left))
		}
	}
	r.stack = append(r.stack, l)
	t := jsonstream.Token{Kind: jsonstream.Array, From: from, To: r.at}
	if l.object {
		t.Kind = jsonstream.Object
	}
	return t, nil
}

// width is how many bytes a value of a type has at least. Values of none are
// refused as many as the file has bytes, so that a count alone costs nothing.
func width(m byte) int64 {
	switch m {
	case 'I':
		return 2
	case 'l', 'd':
		return 4
	case 'L', 'D':
		return 8
	}
	return 1
}

func (r *Reader) integer(m byte) (int64, error) {
	n := map[byte]int{'i': 1, 'U': 1, 'I': 2, 'l': 4, 'L': 8}[m]
	if n == 0 {
		return 0, r.syntax(r.at, fmt.Sprintf("%q, which is no type of integers", m))
	}
	b, err := r.bytes(n)
	if err != nil {
		return 0, err
	}
	switch m {
	case 'i':
		return int64(int8(b[0])), nil
	case 'U':
		return int64(b[0]), nil
	case 'I':
		return int64(int16(binary.BigEndian.Uint16(b))), nil
	case 'l':
		return int64(int32(binary.BigEndian.Uint32(b))), nil
	}
	return int64(binary.BigEndian.Uint64(b)), nil
}

func (r *Reader) float(m byte) (float64, error) {
	if m == 'd' {
		b, err := r.bytes(4)
		if err != nil {
			return 0, err
		}
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b))), nil
	}
	b, err := r.bytes(8)
	if err != nil {
		return 0, err
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
}

// string reads a text whose length has the marker m into r.text.
func (r *Reader) string(m byte) (cut bool, err error) {
	n, err := r.integer(m)
	if err != nil {
		return false, err
	}
	if n < 0 || n > r.size-r.at {
		return false, r.syntax(r.at, fmt.Sprintf("a text of %d bytes, of which the file has %d", n, r.size-r.at))
	}
	keep := min(n, int64(r.limits.Text))
	r.text = append(r.text[:0], make([]byte, keep)...)
	got, err := io.ReadFull(r.in, r.text)
	r.at += int64(got)
	if err != nil {
		return false, r.broken(io.EOF)
	}
	for rest := n - keep; rest > 0; {
		step, err := r.in.Discard(int(min(rest, 1<<20)))
		r.at += int64(step)
		if rest -= int64(step); err != nil {
			return true, r.broken(err)
		}
	}
	return keep < n, nil
}

func (r *Reader) broken(err error) error {
	if err == io.EOF {
		return r.syntax(r.at, "the document ends too early")
	}
	return err
}

func (r *Reader) syntax(offset int64, what string) error {
	return &jsonstream.SyntaxError{Offset: offset, What: what}
}
