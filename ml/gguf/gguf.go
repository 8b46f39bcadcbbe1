package gguf

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Limits on what is held of a header.
const (
	mostText    = 4 << 20  // bytes of a text that is kept
	mostTexts   = 16 << 20 // of all of them, keys and names too
	mostKey     = 64 << 10 // of a key or a tensor's name; llama.cpp takes 64 of a name
	mostPairs   = 1 << 17
	mostTensors = 1 << 18
	mostNested  = 4
	mostFaults  = 64
)

// ErrNot is given for bytes that are no GGUF file, or one that ends in its header.
var ErrNot = errors.New("gguf: no header")

// ErrLimit is given for a header of which more would have to be held than is.
var ErrLimit = errors.New("gguf: a limit of the reader")

// Pair is a key and its value.
type Pair struct {
	Key      string
	At       int64 // of the key
	Type     uint32
	Text     string // of a text
	TextAt   int64
	Cut      bool   // Text is only the beginning
	Number   uint64 // of an integer or bool: its bits
	Elements uint64 // of an array
}

// Tensor is an entry of the header.
type Tensor struct {
	Name   string
	At     int64 // of the entry
	Shape  []uint64
	Type   uint32
	Offset uint64
	Size   int64 // in bytes, -1 when the type is not known
}

// Fault is one way in which the header breaks the format.
type Fault struct {
	Offset int64
	What   string
}

// File is what a header says.
type File struct {
	Version   uint32
	Big       bool // byte order
	Alignment uint64
	Pairs     []Pair
	Tensors   []Tensor
	HeaderEnd int64
	Data      int64 // where tensors begin
	Faults    []Fault
}

// Begins reports whether bytes have the format's magic letters.
func Begins(head []byte) bool { return len(head) >= 4 && string(head[:4]) == "GGUF" }

// Read reads the header of a file of a size. An error wraps ErrNot or ErrLimit,
// or is one of the input; the File has what was read before it.
func Read(r io.ReaderAt, size int64) (File, error) {
	h := &header{in: bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 64<<10), size: size, order: binary.LittleEndian}
	h.file.Alignment = 32
	err := h.read()
	if err == nil {
		h.file.HeaderEnd = h.at
		h.file.place(size)
	}
	return h.file, err
}

func (f *File) fault(offset int64, format string, args ...any) {
	if len(f.Faults) < mostFaults {
		f.Faults = append(f.Faults, Fault{Offset: offset, What: fmt.Sprintf(format, args...)})
	}
}

// header is the reading of one.
type header struct {
	in    *bufio.Reader
	at    int64
	size  int64
	order binary.ByteOrder
	texts int64 // bytes kept
	file  File
}

func (h *header) read() error {
	magic, err := h.bytes(8)
	if err != nil || !Begins(magic) {
		return fmt.Errorf("%w: the file does not begin with GGUF and a version", ErrNot)
	}
	h.file.Version = binary.LittleEndian.Uint32(magic[4:])
	if h.file.Version&0xffff == 0 {
		h.order, h.file.Big = binary.BigEndian, true
		h.file.Version = binary.BigEndian.Uint32(magic[4:])
	}
	if v := h.file.Version; v < 1 || v > 3 {
		return fmt.Errorf("%w: the version %d is not known", ErrNot, v)
	}
	tensors, err := h.count("tensors", 4+1+4+8)
	if err != nil {
		return err
	}
	pairs, err := h.count("pairs", 4+1+4)
	if err != nil {
		return err
	}
	if err := h.pairs(pairs); err != nil {
		return err
	}
	return h.tensors(tensors)
}

// count reads how many entries of at least a width there are.
func (h *header) count(what string, width int64) (uint64, error) {
	at := h.at
	n, err := h.length()
	if err == nil && n > uint64((h.size-h.at)/width) {
		err = fmt.Errorf("%w: byte %d: %d %s, for which the file is too short", ErrNot, at, n, what)
	}
	return n, err
}

func (h *header) pairs(n uint64) error {
	seen := map[string]bool{}
	for ; n > 0; n-- {
		p := Pair{At: h.at}
		key, _, err := h.text(mostKey, mostKey)
		if err != nil {
			return err
		}
		if p.Key = key; seen[key] {
			h.file.fault(p.At, "the key %q stands twice", key)
		}
		seen[key] = true
		if p.Type, err = h.uint32(); err != nil {
			return err
		}
		if err := h.value(&p, p.Type, 0); err != nil {
			return fmt.Errorf("%w (of the key %q)", err, key)
		}
		if key == "general.alignment" {
			h.align(p)
		}
		if len(h.file.Pairs) >= mostPairs {
			return fmt.Errorf("%w: more than %d pairs", ErrLimit, mostPairs)
		}
		h.file.Pairs = append(h.file.Pairs, p)
	}
	return nil
}

// align takes the alignment of a file when it is one.
func (h *header) align(p Pair) {
	switch {
	case p.Type != typeUint32:
		h.file.fault(p.At, "general.alignment is of the type %d, not uint32", p.Type)
	case p.Number == 0 || p.Number&(p.Number-1) != 0:
		h.file.fault(p.At, "general.alignment is %d, which is no power of two", p.Number)
	default:
		h.file.Alignment = p.Number
	}
}

// Types of values.
const (
	typeUint32 = 4
	typeBool   = 7
	typeString = 8
	typeArray  = 9
)

// widths of values by type, 0 of texts and arrays.
func width(t uint32) int64 {
	switch t {
	case 0, 1, typeBool:
		return 1
	case 2, 3:
		return 2
	case typeUint32, 5, 6:
		return 4
	case 10, 11, 12:
		return 8
	}
	return 0
}

func (h *header) value(p *Pair, kind uint32, depth int) error {
	switch {
	case kind == typeString:
		p.TextAt = h.at
		text, cut, err := h.text(mostText, h.size)
		p.Text, p.Cut = text, cut
		return err
	case kind == typeArray:
		return h.array(p, depth)
	case width(kind) == 0:
		return fmt.Errorf("%w: byte %d: a value of the unknown type %d", ErrNot, h.at, kind)
	}
	b, err := h.bytes(int(width(kind)))
	if err != nil {
		return err
	}
	switch len(b) {
	case 1:
		if p.Number = uint64(b[0]); kind == typeBool && b[0] > 1 {
			h.file.fault(h.at-1, "a bool is %d", b[0])
		}
	case 2:
		p.Number = uint64(h.order.Uint16(b))
	case 4:
		p.Number = uint64(h.order.Uint32(b))
	case 8:
		p.Number = h.order.Uint64(b)
	}
	return nil
}

// array passes over an array's elements.
func (h *header) array(p *Pair, depth int) error {
	if depth >= mostNested {
		return fmt.Errorf("%w: byte %d: arrays lie more than %d deep in arrays", ErrLimit, h.at, mostNested)
	}
	kind, err := h.uint32()
	if err != nil {
		return err
	}
	least := width(kind)
	if kind == typeString || kind == typeArray {
		least = 4
	}
	if least == 0 {
		return fmt.Errorf("%w: byte %d: an array of the unknown type %d", ErrNot, h.at-4, kind)
	}
	n, err := h.count("elements", least)
	if err != nil {
		return err
	}
	p.Elements += n
	if w := width(kind); w > 0 {
		return h.skip(int64(n) * w)
	}
	for ; n > 0; n-- {
		if kind == typeString {
			_, _, err = h.text(0, h.size)
		} else {
			err = h.array(p, depth+1)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (h *header) tensors(n uint64) error {
	seen := map[string]bool{}
	for ; n > 0; n-- {
		t := Tensor{At: h.at}
		var err error
		if t.Name, _, err = h.text(mostKey, mostKey); err != nil {
			return err
		}
		if seen[t.Name] {
			h.file.fault(t.At, "the tensor %q stands twice", t.Name)
		}
		seen[t.Name] = true
		if err := h.shape(&t); err != nil {
			return err
		}
		if t.Type, err = h.uint32(); err != nil {
			return err
		}
		b, err := h.bytes(8)
		if err != nil {
			return err
		}
		t.Offset = h.order.Uint64(b)
		if len(h.file.Tensors) >= mostTensors {
			return fmt.Errorf("%w: more than %d tensors", ErrLimit, mostTensors)
		}
		h.file.Tensors = append(h.file.Tensors, t)
	}
	return nil
}

func (h *header) shape(t *Tensor) error {
	n, err := h.uint32()
	if err != nil {
		return err
	}
	if n > 4 {
		h.file.fault(t.At, "the tensor %q has %d dimensions, more than ggml's 4", t.Name, n)
	}
	if n > 64 {
		return fmt.Errorf("%w: byte %d: a tensor of %d dimensions", ErrNot, t.At, n)
	}
	for ; n > 0; n-- {
		d, err := h.length()
		if err != nil {
			return err
		}
		t.Shape = append(t.Shape, d)
	}
	return nil
}

// text reads a text, of which it keeps so many bytes; one of more than most is
// an error.
func (h *header) text(keep, most int64) (text string, cut bool, err error) {
	at := h.at
	n, err := h.length()
	if err != nil {
		return "", false, err
	}
	if n > uint64(h.size-h.at) {
		return "", false, fmt.Errorf("%w: byte %d: a text of %d bytes, of which the file has %d", ErrNot, at, n, h.size-h.at)
	}
	if int64(n) > most {
		return "", false, fmt.Errorf("%w: byte %d: a key or name of %d bytes", ErrLimit, at, n)
	}
	if h.texts += min(int64(n), keep); h.texts > mostTexts {
		return "", false, fmt.Errorf("%w: more than %d bytes of texts", ErrLimit, mostTexts)
	}
	kept := make([]byte, min(int64(n), keep))
	if _, err := io.ReadFull(h.in, kept); err != nil {
		return "", false, h.ended(err)
	}
	h.at += int64(len(kept))
	return string(kept), int64(n) > keep, h.skip(int64(n) - int64(len(kept)))
}

// length reads what is 8 bytes wide from version 2 on.
func (h *header) length() (uint64, error) {
	if h.file.Version == 1 {
		n, err := h.uint32()
		return uint64(n), err
	}
	b, err := h.bytes(8)
	if err != nil {
		return 0, err
	}
	return h.order.Uint64(b), nil
}

func (h *header) uint32() (uint32, error) {
	b, err := h.bytes(4)
	if err != nil {
		return 0, err
	}
	return h.order.Uint32(b), nil
}

// bytes reads n ≤ 8 of them, good until the next call.
func (h *header) bytes(n int) ([]byte, error) {
	b, err := h.in.Peek(n)
	if err != nil {
		return nil, h.ended(err)
	}
	h.at += int64(n)
	_, err = h.in.Discard(n)
	return b, err
}

func (h *header) skip(n int64) error {
	for n > 0 {
		step, err := h.in.Discard(int(min(n, 1<<20)))
		h.at += int64(step)
		n -= int64(step)
		if err != nil {
			return h.ended(err)
		}
	}
	return nil
}

func (h *header) ended(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("%w: the file ends in it, at byte %d", ErrNot, h.at)
	}
	return err
}
