// Package msgpack reads MessagePack (the specification of 2013, with types of its own
// for texts, bytes and extensions), as msgpack, srsly and Flax write it, in memory that
// does not grow with the file.
//
// A document is data: a reader of it makes numbers, texts, bytes, lists and maps. What
// an extension type stands for only its application knows; what a value of bytes is,
// likewise. Both are handed to the caller with their places. The package judges nothing.
package msgpack

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Limits of a document: libraries refuse one that is deeper (511 of Python's msgpack).
const mostDepth = 512

// ErrSyntax is wrapped by errors of bytes that are no document.
var ErrSyntax = errors.New("no MessagePack")

// ErrLimit is wrapped by errors of a document that is deeper than what is read.
var ErrLimit = errors.New("the budget of nested values was used up")

// Kind is what a value is that has bytes of its own.
type Kind uint8

// The kinds. Texts are UTF-8.
const (
	Text Kind = iota
	Bytes
	Extension
)

// Value is one with bytes of its own, at a place of the document.
type Value struct {
	Kind   Kind
	Type   int8  // of an extension, as its application numbers it; below 0 the specification does
	Offset int64 // of the first of its bytes
	Size   int64 // how many there are
	Head   []byte
}

// headSize is how many of its first bytes a value is given with.
const headSize = 4 << 10

// Read reads a document of size bytes, which begins with a map or a list and has
// nothing behind it, and tells of each value with bytes of its own. Its Head lies where
// the next value is read. An error of each ends the reading.
func Read(r io.Reader, size int64, each func(v Value) error) error {
	d := &document{in: bufio.NewReaderSize(r, 64<<10), size: size, each: each}
	first, err := d.in.Peek(1)
	if err != nil || !Begins(first) {
		return fmt.Errorf("%w: it begins with neither a map nor a list", ErrSyntax)
	}
	for left := []int64{1}; len(left) > 0; {
		top := len(left) - 1
		if left[top] == 0 {
			left = left[:top]
			continue
		}
		left[top]--
		inner, err := d.value()
		if err != nil {
			return err
		}
		if inner > 0 {
			if len(left) > mostDepth {
				return fmt.Errorf("%w: %d", ErrLimit, mostDepth)
			}
			left = append(left, inner)
		}
	}
	if d.at != size {
		return fmt.Errorf("%w: %d bytes stand behind it", ErrSyntax, size-d.at)
	}
	return nil
}

// Begins reports whether the first byte is that of a map or a list.
func Begins(head []byte) bool {
	return len(head) > 0 && (head[0] >= 0x80 && head[0] <= 0x9f || head[0] >= 0xdc && head[0] <= 0xdf)
}

// document is one that is being read.
type document struct {
	in   *bufio.Reader
	size int64
	at   int64
	each func(v Value) error
}

// value reads a value up to those that it holds, and says how many these are.
func (d *document) value() (inner int64, err error) {
	b, err := d.number(1)
	if err != nil {
		return 0, err
	}
	switch c := byte(b); {
	case c <= 0x7f || c >= 0xe0: // a small number
		return 0, nil
	case c <= 0x8f:
		return d.holds(int64(c&0x0f), 2)
	case c <= 0x9f:
		return d.holds(int64(c&0x0f), 1)
	case c <= 0xbf:
		return 0, d.bytes(Text, 0, int64(c&0x1f))
	default:
		return d.wide(c)
	}
}

// wide reads a value of which the first byte says only the type.
func (d *document) wide(c byte) (inner int64, err error) {
	switch c {
	case 0xc0, 0xc2, 0xc3: // nil, false, true
		return 0, nil
	case 0xc4, 0xc5, 0xc6:
		return 0, d.sized(Bytes, 1<<(c-0xc4))
	case 0xc7, 0xc8, 0xc9:
		return 0, d.sized(Extension, 1<<(c-0xc7))
	case 0xca, 0xce, 0xd2:
		return 0, d.skip(4)
	case 0xcb, 0xcf, 0xd3:
		return 0, d.skip(8)
	case 0xcc, 0xd0:
		return 0, d.skip(1)
	case 0xcd, 0xd1:
		return 0, d.skip(2)
	case 0xd4, 0xd5, 0xd6, 0xd7, 0xd8:
		return 0, d.extension(1 << (c - 0xd4))
	case 0xd9, 0xda, 0xdb:
		return 0, d.sized(Text, 1<<(c-0xd9))
	case 0xdc, 0xdd:
		n, err := d.number(2 << (c - 0xdc))
		if err != nil {
			return 0, err
		}
		return d.holds(int64(n), 1)
	case 0xde, 0xdf:
		n, err := d.number(2 << (c - 0xde))
		if err != nil {
			return 0, err
		}
		return d.holds(int64(n), 2)
	}
	return 0, fmt.Errorf("%w: no value begins with 0x%02x", ErrSyntax, c)
}

// holds is how many values n entries are, which must fit into what is left.
func (d *document) holds(n, each int64) (int64, error) {
	if n*each > d.size-d.at {
		return 0, fmt.Errorf("%w: %d values at %d do not fit into it", ErrSyntax, n*each, d.at)
	}
	return n * each, nil
}

// number reads a number of 1, 2 or 4 bytes.
func (d *document) number(width int) (uint32, error) {
	var b [4]byte
	n, err := io.ReadFull(d.in, b[4-width:])
	d.at += int64(n)
	if err != nil {
		return 0, d.ended(err)
	}
	return binary.BigEndian.Uint32(b[:]), nil
}

// ended is the error of a reading that came to the end, or of the input.
func (d *document) ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends at %d inside a value", ErrSyntax, d.at)
	}
	return err
}

func (d *document) sized(kind Kind, width int) error {
	n, err := d.number(width)
	if err != nil {
		return err
	}
	if kind == Extension {
		return d.extension(int64(n))
	}
	return d.bytes(kind, 0, int64(n))
}

func (d *document) extension(size int64) error {
	t, err := d.number(1)
	if err != nil {
		return err
	}
	return d.bytes(Extension, int8(t), size)
}

// bytes reads those of a value, and tells of it.
func (d *document) bytes(kind Kind, kindOf int8, size int64) error {
	if size > d.size-d.at {
		return fmt.Errorf("%w: a value of %d bytes at %d does not fit into it", ErrSyntax, size, d.at)
	}
	head, err := d.in.Peek(int(min(size, headSize)))
	if err != nil {
		return d.ended(err)
	}
	if d.each != nil {
		if err := d.each(Value{Kind: kind, Type: kindOf, Offset: d.at, Size: size, Head: head}); err != nil {
			return err
		}
	}
	if kind != Text {
		return d.skip(size)
	}
	return d.text(size)
}

// text passes over a text, of which all letters must be UTF-8.
func (d *document) text(size int64) error {
	for size > 0 {
		b, err := d.in.Peek(int(min(size, headSize)))
		if err != nil {
			return d.ended(err)
		}
		if cut := int64(len(b)) < size; cut { // the last letter may go on
			for n := 0; n < utf8.UTFMax && len(b) > 0 && !utf8.Valid(b); n++ {
				b = b[:len(b)-1]
			}
		}
		if len(b) == 0 || !utf8.Valid(b) {
			return fmt.Errorf("%w: the text at %d is no UTF-8", ErrSyntax, d.at)
		}
		size -= int64(len(b))
		if err := d.skip(int64(len(b))); err != nil {
			return err
		}
	}
	return nil
}

func (d *document) skip(n int64) error {
	for n > 0 {
		k, err := d.in.Discard(int(min(n, 1<<30)))
		d.at, n = d.at+int64(k), n-int64(k)
		if err != nil {
			return d.ended(err)
		}
	}
	return nil
}
