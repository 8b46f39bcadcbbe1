package hdf5

import (
	"errors"
	"fmt"
	"io"
)

const signature = "\x89HDF\r\n\x1a\n"

// superblock finds and reads the superblock, which begins at 0, 512, 1024 and so
// on, and gives the address of the root group's header.
func (r *reader) superblock() (uint64, error) {
	at, err := r.find()
	if err != nil {
		return 0, err
	}
	head := make([]byte, min(r.size-at, 256))
	if n, err := r.in.ReadAt(head, at); n < len(head) {
		return 0, err
	}
	c := &cursor{b: head}
	c.skip(8)
	version := c.int(1)
	r.file.Version, r.file.UserBlock = version, at
	var base, end, root uint64
	switch version {
	case 0, 1:
		base, end, root, err = r.superblock0(c, version)
	case 2, 3:
		base, end, root, err = r.superblock2(c)
	default:
		return 0, fmt.Errorf("hdf5: the superblock is of version %d, which is not known", version)
	}
	if err = errors.Join(err, c.err()); err != nil {
		return 0, fmt.Errorf("hdf5: the superblock: %w", err)
	}
	if base > uint64(r.size) {
		return 0, fmt.Errorf("hdf5: the superblock's base address %d lies behind the end", base)
	}
	r.file.Parsed = append(r.file.Parsed, Extent{From: at, To: at + int64(c.at)})
	// The library corrects a base address that is not where it found the
	// superblock: somebody put bytes before the file, or took them away.
	if r.base = at; base != uint64(at) {
		r.problem(0, "the superblock lies at %d and says that it does at %d", at, base)
	}
	r.file.End = r.offset(end - min(base, end)) // the address of the end counts from the file's begin
	if missing := end - min(base, end); missing > uint64(r.size-at) {
		r.problem(0, "the file should end at %d and is cut off at %d", end, r.size)
	}
	return root, nil
}

// find looks for the signature at every place where a library does.
func (r *reader) find() (int64, error) {
	var b [8]byte
	for at := int64(0); at+8 <= r.size; at = max(512, at*2) {
		if n, err := r.in.ReadAt(b[:], at); n < len(b) {
			return 0, err
		}
		if string(b[:]) == signature {
			return at, nil
		}
	}
	return 0, ErrOther
}

func (r *reader) superblock0(c *cursor, version int) (base, end, root uint64, err error) {
	c.skip(4)
	r.offsets, r.lengths = c.int(1), c.int(1)
	if err := r.sizes(); err != nil {
		return 0, 0, 0, err
	}
	c.skip(1)
	r.leafK, r.groupK = c.int(2), c.int(2)
	c.skip(4)
	if version == 1 {
		r.chunkK = c.int(2)
		c.skip(2)
	}
	base = c.uint(r.offsets)
	c.skip(r.offsets)
	end = c.uint(r.offsets)
	driver := c.uint(r.offsets)
	if !r.undefined(driver) {
		r.problem(0, "the file has a driver block, as files in several parts have")
	}
	c.skip(r.offsets)
	root = c.uint(r.offsets)
	c.skip(24)
	return base, end, root, nil
}

func (r *reader) superblock2(c *cursor) (base, end, root uint64, err error) {
	r.offsets, r.lengths = c.int(1), c.int(1)
	if err := r.sizes(); err != nil {
		return 0, 0, 0, err
	}
	c.skip(1)
	base = c.uint(r.offsets)
	if extension := c.uint(r.offsets); !r.undefined(extension) {
		r.queue = append(r.queue, pending{extension, "superblock extension"})
	}
	end, root = c.uint(r.offsets), c.uint(r.offsets)
	c.skip(4)
	return base, end, root, nil
}

func (r *reader) sizes() error {
	for _, n := range []int{r.offsets, r.lengths} {
		if n != 2 && n != 4 && n != 8 {
			return fmt.Errorf("a number of %d bytes is not known", n)
		}
	}
	return nil
}

// Begins reports whether a superblock begins at one of the places where a
// library looks for it, up to the size.
func Begins(in io.ReaderAt, size int64) bool {
	r := &reader{in: in, size: size}
	_, err := r.find()
	return err == nil
}
