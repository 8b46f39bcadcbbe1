package archive

import (
	"encoding/binary"
	"io"
	"strings"
)

// windowBytes is the most that a decompressor may keep of what it has written: the
// memory that one member takes. A stream that asks for a larger dictionary is read
// with this one, which is enough unless it refers further back: presets of xz and
// lzma ask for 64 MiB whatever the size of the file is. Where it does refer further
// back, it ends in a LimitError.
const windowBytes = 32 << 20

// mostPatches bounds the headers that are given otherwise than they lie.
const mostPatches = 4096

// patch is bytes in the place of those that lie at an offset.
type patch struct {
	at    int64
	bytes []byte
}

// patched is a file with some bytes replaced.
type patched struct {
	io.ReaderAt
	patches []patch // in the order of their offsets
}

// ReadAt is of io.ReaderAt.
func (p patched) ReadAt(b []byte, off int64) (int, error) {
	n, err := p.ReaderAt.ReadAt(b, off)
	for _, c := range p.patches {
		from, to := max(c.at, off), min(c.at+int64(len(c.bytes)), off+int64(n))
		if from < to {
			copy(b[from-off:to-off], c.bytes[from-c.at:])
		}
	}
	return n, err
}

// bounded tells a reference beyond the dictionary, of a stream that asked for a
// larger one, as the limit that it is.
type bounded struct {
	io.Reader
	what string
}

// Read reads on.
func (b bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && strings.Contains(err.Error(), "distance out of range") {
		err = LimitError{b.what, windowBytes}
	}
	return n, err
}

// Names of limits.
const (
	xzDictionaryBytes   = "bytes of an xz dictionary"
	lzmaDictionaryBytes = "bytes of an lzma dictionary"
)

// smallerLZMA is a header of an .lzma file, as which it asks for a dictionary of
// windowBytes at most; nothing where it does.
func smallerLZMA(file window, at int64) ([]patch, error) {
	b, err := file.at(at, lzmaProperties)
	if err != nil || b == nil || u32(b[1:]) <= windowBytes {
		return nil, err
	}
	return []patch{{at, binary.LittleEndian.AppendUint32([]byte{b[0]}, windowBytes)}}, nil
}

// lzmaProperties are a byte for the model and four for the dictionary's size.
const lzmaProperties = 5
