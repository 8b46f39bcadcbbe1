package disk

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
)

// fill writes r to a file, which must be as many bytes as size, unless that is
// blobs.Unknown.
func fill(ctx context.Context, file *os.File, key string, r io.Reader, size int64) (err error) {
	into := &bounded{ctx: ctx, File: file, size: size}
	if p, ok := r.(blobs.Pourer); ok {
		_, err = p.Pour(into)
	} else {
		_, err = io.CopyBuffer(struct{ io.Writer }{into}, struct{ io.Reader }{r}, make([]byte, bufferFor(size)))
	}
	if errors.Is(err, errOver) || err == nil && size >= 0 && into.got != size {
		return blobs.WrongSize(key, size, into.got)
	}
	return err
}

// mostBuffered bytes are written at once. With 32 KiB, what io.Copy takes, an upload
// over a connection is half as fast.
const mostBuffered = 512 << 10

// bufferFor is how many bytes are read at once of size, which may be blobs.Unknown.
func bufferFor(size int64) int64 {
	if size < 0 {
		return mostBuffered
	}
	return min(size+1, mostBuffered) // one more than come: so the end is seen in the same read
}

// bounded is a file that is written as long as the caller is there, with no more bytes
// than were said.
type bounded struct {
	*os.File
	ctx  context.Context
	size int64 // or blobs.Unknown
	got  int64
}

// errOver ends what is longer than was said.
var errOver = errors.New("more bytes came than were said")

// Write writes on.
func (b *bounded) Write(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	if b.got += int64(len(p)); b.size >= 0 && b.got > b.size {
		return 0, errOver
	}
	return b.File.Write(p)
}
