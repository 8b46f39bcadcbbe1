// Package pack is many small objects as one stream: for each its name, a space,
// its size in bytes and a line feed, then the bytes. What ends without the end mark,
// an empty line, was cut off.
//
// Words. An object is named as in package object, and lies in the current layout; a
// stream holds each at most once where its writer says so.
//
// It is how tacit sends objects to tacit; dvc never sees it. It hashes all that it
// reads, and stores nothing.
package pack

import (
	"bufio"
	"crypto/md5" //nolint:gosec // the name of an object is its md5
	"errors"
	"io"
	"strconv"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// The limits of one stream: who writes begins another one.
const (
	MaxObjects = 20_000   // in one stream
	MaxBytes   = 32 << 20 // of all its objects together
	MaxObject  = 1 << 20  // of one: a larger one is sent alone
)

// maxHead is the longest line before an object.
const maxHead = 64

// Writer writes a stream.
type Writer struct {
	out  *bufio.Writer
	line []byte
}

// NewWriter writes to w.
func NewWriter(w io.Writer) *Writer { return &Writer{out: bufio.NewWriterSize(w, 256<<10)} }

// Add writes an object. The bytes are those that its name says.
func (w *Writer) Add(id object.ID, content []byte) error {
	if err := w.head(id, int64(len(content))); err != nil {
		return err
	}
	_, err := w.out.Write(content)
	return err
}

func (w *Writer) head(id object.ID, size int64) error {
	w.line = append(id.Append(w.line[:0]), ' ')
	w.line = append(strconv.AppendInt(w.line, size, 10), '\n')
	_, err := w.out.Write(w.line)
	return err
}

// Copy writes an object of size bytes from r: fewer are io.ErrUnexpectedEOF.
func (w *Writer) Copy(id object.ID, r io.Reader, size int64) error {
	if err := w.head(id, size); err != nil {
		return err
	}
	n, err := io.CopyN(w.out, r, size)
	if errors.Is(err, io.EOF) && n < size {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Close writes the end mark; a stream without it is refused.
func (w *Writer) Close() error {
	if err := w.out.WriteByte('\n'); err != nil {
		return err
	}
	return w.out.Flush()
}

// Reader reads a stream.
type Reader struct {
	in      *bufio.Reader
	objects int
	bytes   int64
	content []byte
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{in: bufio.NewReaderSize(r, 256<<10)} }

// Next gives the next object and its bytes, which hash to its name and hold until
// Next is called again. io.EOF at the end mark; fault.Invalid for what is no such
// stream, and for bytes that do not hash to their name; fault.Limit beyond the
// limits.
func (r *Reader) Next() (object.ID, []byte, error) {
	line, err := r.in.ReadSlice('\n')
	if err != nil {
		if errors.Is(err, bufio.ErrBufferFull) {
			return object.ID{}, nil, malformed("a line before an object has no end")
		}
		return object.ID{}, nil, cutOff(err)
	}
	if len(line) == 1 {
		if _, err := r.in.ReadByte(); !errors.Is(err, io.EOF) {
			return object.ID{}, nil, malformed("there is something behind its end")
		}
		return object.ID{}, nil, io.EOF
	}
	id, size, err := head(line)
	if err != nil {
		return id, nil, err
	}
	if r.objects++; r.objects > MaxObjects {
		return id, nil, fault.New(fault.Limit, "A pack has at most %d objects.", MaxObjects)
	}
	if r.bytes += size; size > MaxObject || r.bytes > MaxBytes {
		return id, nil, fault.New(fault.Limit, "A pack has at most %d bytes, and an object in it at most %d.", MaxBytes, MaxObject)
	}
	if int64(cap(r.content)) < size {
		r.content = make([]byte, size, max(size, 64<<10))
	}
	content := r.content[:size]
	if _, err := io.ReadFull(r.in, content); err != nil {
		return id, nil, cutOff(err)
	}
	if sum := md5.Sum(content); sum != id.Sum { //nolint:gosec // as above
		return id, nil, fault.New(fault.Invalid, "What came for the object %s hashes to %x.", id, sum)
	}
	return id, content, nil
}

// head reads the line before an object.
func head(line []byte) (id object.ID, size int64, err error) {
	if len(line) > maxHead {
		return id, 0, malformed("a line before an object is too long")
	}
	text := string(line[:len(line)-1])
	for i := range len(text) {
		if text[i] != ' ' {
			continue
		}
		id, err = object.Parse(text[:i])
		if err == nil && id.String() == text[:i] {
			size, err = strconv.ParseInt(text[i+1:], 10, 64)
			if err == nil && size >= 0 && strconv.FormatInt(size, 10) == text[i+1:] {
				return id, size, nil
			}
		}
		break
	}
	return id, 0, malformed("a line before an object is none")
}

func malformed(why string) error {
	return fault.New(fault.Invalid, "It is no pack of objects: %s.", why)
}

func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.Because(io.ErrUnexpectedEOF, fault.Invalid, "The pack was cut off.") // never io.EOF, which says that it is whole
	}
	return err
}
