package store

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
)

const (
	// Whole is the largest file that goes in one request, in bytes.
	Whole = 32 << 20
	// block is how large a block of a larger file is: what one upload holds in memory.
	block = 8 << 20
	// maxBlocks is how many blocks a file has at most.
	maxBlocks = 40_000
)

// Upload is how a place takes a file.
type Upload struct {
	// Whole stores a file of size bytes at once.
	Whole func(ctx context.Context, r io.Reader, size int64) (files.Info, error)
	// Begin begins to take blocks.
	Begin func(ctx context.Context) (Blocks, error)
}

// Blocks are what an upload is made of, in their order. A block that failed with
// fault.Unavailable is sent again.
type Blocks interface {
	// Block stores one; last says that none comes after it.
	Block(ctx context.Context, from int64, b []byte, last bool) error
	// End makes a file of them.
	End(ctx context.Context) (files.Info, error)
}

// Put stores a file: a small one at once, as often as it can be had again, and a large
// one, or one of a size that nobody knows, in blocks, each as often as need be.
func Put(ctx context.Context, retries files.Retries, u Upload, r io.Reader, size int64, again func() (io.ReadCloser, error)) (info files.Info, err error) {
	if size != files.Unknown && size <= Whole {
		from := files.Renewed(r, again)
		defer func() { _ = from.Close() }()
		err = retries.Do(ctx, func() error {
			// What is still being sent when an answer comes early is not what is sent next.
			info, err = u.Whole(ctx, io.NopCloser(from.Reader), size)
			return err
		}, from.Renew)
		return info, err
	}
	return putBlocks(ctx, retries, u, r, size)
}

func putBlocks(ctx context.Context, retries files.Retries, u Upload, r io.Reader, size int64) (files.Info, error) {
	buffer, next := make([]byte, length(size)), make([]byte, 1)
	n, last, err := fill(r, buffer, next)
	if err != nil {
		return files.Info{}, err
	}
	if last {
		if size != files.Unknown && size != int64(n) {
			return files.Info{}, short(int64(n), size)
		}
		var info files.Info
		err := retries.Do(ctx, func() (err error) { info, err = u.Whole(ctx, bytes.NewReader(buffer[:n]), int64(n)); return err }, files.Always)
		return info, err
	}
	var blocks Blocks
	if err := retries.Do(ctx, func() (err error) { blocks, err = u.Begin(ctx); return err }, files.Always); err != nil {
		return files.Info{}, err
	}
	for at := int64(0); ; {
		if end := at + int64(n); last && size != files.Unknown && end != size {
			return files.Info{}, short(end, size)
		}
		if err := retries.Do(ctx, func() error { return blocks.Block(ctx, at, buffer[:n], last) }, files.Always); err != nil {
			return files.Info{}, err
		}
		if at += int64(n); last {
			break
		}
		buffer[0] = next[0]
		if n, last, err = fill(r, buffer[1:], next); err != nil {
			return files.Info{}, err
		}
		n++
	}
	var info files.Info
	err = retries.Do(ctx, func() (err error) { info, err = blocks.End(ctx); return err }, files.Always)
	return info, err
}

func short(got, said int64) error {
	return fault.New(fault.Conflict, "There are %d bytes where %d were said.", got, said)
}

// length is how large the blocks of a file are: a multiple of 256 KiB.
func length(size int64) int64 {
	const step = 256 << 10
	return max(block, (size/maxBlocks/step+1)*step)
}

// fill reads a block, and the byte behind it: last says that there is none.
func fill(r io.Reader, b, next []byte) (n int, last bool, err error) {
	n, err = io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return n, true, nil
	}
	if err != nil {
		return n, false, err
	}
	_, err = io.ReadFull(r, next)
	if errors.Is(err, io.EOF) {
		return n, true, nil
	}
	return n, false, err
}
