package inspect

import (
	"fmt"
	"io"
	"path"
	"strings"
)

// headBytes is how much of a source formats see to know it by.
const headBytes = 8 << 10

// Source is bytes that lie still while they are inspected.
type Source struct {
	Path   string // as a Part has it
	Bytes  io.ReaderAt
	Size   int64
	Head   []byte // the first bytes, at most headBytes
	Beside Beside // what lies in the same folder or container; nil when nothing is known of it
}

// Beside opens what lies beside a source, by its name relative to the source's
// folder; fs.ErrNotExist when nothing has that name.
type Beside func(name string) (*Source, error)

// NewSource reads the head of bytes of a size. A source that is shorter than
// its size is an error.
func NewSource(path string, r io.ReaderAt, size int64, beside Beside) (*Source, error) {
	head := make([]byte, min(size, headBytes))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Source{Path: path, Bytes: r, Size: size, Head: head, Beside: beside}, nil
}

// Name is the last name of the path, in lower case: a hint, never a reason.
func (s *Source) Name() string {
	return strings.ToLower(path.Base(s.Path[strings.LastIndexByte(s.Path, ':')+1:]))
}

// Starts reports whether the source begins with the bytes of a signature.
func (s *Source) Starts(signature string) bool { return strings.HasPrefix(string(s.Head), signature) }
