package hdf5

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// collectionStart is what a collection of a global heap begins with: signature and
// version.
const collectionStart = "GCOL\x01"

// HeapObjects gives the objects of all collections that lie in a file, whatever
// refers to them: the elements of variable length of attributes and datasets. They
// are looked for in all its bytes, since references may be packed. An error is of
// each, of the bytes, or tells that there are more than most of them.
func (f *File) HeapObjects(in io.ReaderAt, size int64, most int, each func(Extent) error) error {
	const piece = 1 << 20
	b := make([]byte, piece)
	left := most
	for from := int64(0); from < size; from += piece - int64(len(collectionStart)) + 1 {
		n, err := in.ReadAt(b[:min(piece, size-from)], from)
		if int64(n) < min(piece, size-from) {
			return fmt.Errorf("hdf5: %d bytes at %d cannot be read: %w", piece, from, err)
		}
		for at := 0; ; at += len(collectionStart) {
			next := bytes.Index(b[at:n], []byte(collectionStart))
			if next < 0 {
				break
			}
			at += next
			if err := f.heapObjects(in, size, from+int64(at), &left, each); err != nil {
				return err
			}
			if left <= 0 {
				return fmt.Errorf("hdf5: the budget of %d elements of variable length was used up", most)
			}
		}
		if from+int64(n) >= size {
			break
		}
	}
	return nil
}

// heapObjects gives the objects of a collection at an offset.
func (f *File) heapObjects(in io.ReaderAt, size, offset int64, left *int, each func(Extent) error) error {
	w := window{in: in, size: size}
	prefix, head := int64(8+f.lengths), int64(8+f.lengths)
	total, ok := w.number(offset+8, f.lengths)
	if !ok || total < prefix {
		return nil // the letters stand in numbers
	}
	end := min(offset+total, size)
	for at := offset + prefix; at+head <= end && *left > 0; *left-- {
		index, _ := w.number(at, 2)
		n, ok := w.number(at+8, f.lengths)
		if !ok || n < 0 {
			return nil
		}
		if index == 0 { // free space, whose size has its head in it
			at += max(n, head)
			continue
		}
		if to := min(at+head+n, size); n > 0 && to > at+head {
			if err := each(Extent{From: at + head, To: to}); err != nil {
				return err
			}
		}
		if n > end-at-head {
			return nil
		}
		at += head + (n+7)/8*8
	}
	return nil
}

// window reads numbers of a file, of which it holds a piece.
type window struct {
	in   io.ReaderAt
	size int64
	at   int64
	held []byte
}

func (w *window) number(at int64, n int) (int64, bool) {
	if at < 0 || at > w.size-int64(n) {
		return 0, false
	}
	if at < w.at || at+int64(n) > w.at+int64(len(w.held)) {
		const piece = 4 << 10
		b := make([]byte, min(piece, w.size-at))
		if got, _ := w.in.ReadAt(b, at); got < len(b) {
			return 0, false
		}
		w.at, w.held = at, b
	}
	var wide [8]byte
	copy(wide[:], w.held[at-w.at:at-w.at+int64(n)])
	v := int64(binary.LittleEndian.Uint64(wide[:]))
	return v, v >= 0
}
