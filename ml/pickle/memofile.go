package pickle

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Scratch is a file of a scan's own, for what does not fit into memory. Nobody
// else writes it.
type Scratch interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

const (
	// pageBuffer bytes are written at once.
	pageBuffer = 64 << 10
	nearPages  = 256 // read from the file and kept
	// filedSize is how long a page is in the file at most, as it is encoded.
	filedSize = 2 + 8*mostPalette + 16*pageSize/step + pageSize + pageSize
	asValues  = 0xff // in place of the width of kinds: a page that cannot be packed
)

// pageFile keeps pages of memos outside of memory, one behind the other. A page
// that was put never changes, so that copies of a memo share their file.
type pageFile struct {
	open   func() (Scratch, error) // nil: there is none
	file   Scratch
	size   int64 // with what is in the buffer
	buffer []byte
	near   [nearPages]nearPage
	full   bool  // nothing more can be put
	lost   error // why a page cannot be read
}

// nearPage is a page of the file in memory, whose place is one less than past.
type nearPage struct {
	past   int64
	packed *packedPage
	values *[pageSize]Value
}

// usable reports whether pages can be put.
func (f *pageFile) usable() bool { return f != nil && f.open != nil && !f.full }

// put appends a page, packed if it can be, and gives its place.
func (f *pageFile) put(p *packedPage, values *[pageSize]Value) (at int64, ok bool) {
	if f.file == nil {
		file, err := f.open()
		if err != nil {
			f.full = true
			return 0, false
		}
		f.file = file
	}
	at = f.size
	before := len(f.buffer)
	f.buffer = appendPage(f.buffer, p, values)
	f.size += int64(len(f.buffer) - before)
	if len(f.buffer) >= pageBuffer {
		from := f.size - int64(len(f.buffer))
		if _, err := f.file.WriteAt(f.buffer, from); err != nil {
			f.full = true // what is in the buffer can still be read from it
			f.size, f.buffer = at, f.buffer[:before]
			return 0, false
		}
		f.buffer = f.buffer[:0]
	}
	return at, true
}

// get is an entry of the page at a place, 0 when it has none or cannot be read.
func (f *pageFile) get(at int64, n int) Value {
	p := f.page(at)
	switch {
	case p == nil:
		return 0
	case p.values != nil:
		return p.values[n]
	}
	return p.packed.get(n)
}

// into writes the entries of the page at a place.
func (f *pageFile) into(at int64, values *[pageSize]Value) {
	switch p := f.page(at); {
	case p == nil:
		clear(values[:])
	case p.values != nil:
		*values = *p.values
	default:
		p.packed.into(values)
	}
}

func (f *pageFile) page(at int64) *nearPage {
	// Places are some hundred bytes apart, so that neighbours rarely meet.
	near := &f.near[at/512%nearPages]
	if near.past == at+1 {
		return near
	}
	encoded := make([]byte, max(filedSize, 1+8*pageSize))
	if from := f.size - int64(len(f.buffer)); at >= from {
		encoded = encoded[:copy(encoded, f.buffer[at-from:])]
	} else {
		n, err := f.file.ReadAt(encoded, at)
		if err != nil && err != io.EOF {
			f.lost = fmt.Errorf("the memo cannot be read from its file: %w", err)
			return nil
		}
		// The end of a page may not have been written yet.
		encoded = append(encoded[:min(int64(n), from-at)], f.buffer...)
	}
	*near = nearPage{past: at + 1}
	near.packed, near.values = decodePage(encoded)
	return near
}

// close ends the file.
func (f *pageFile) close() {
	if f.file != nil {
		_ = f.file.Close() // nothing in it is read again
	}
}

// appendPage encodes a page: the width of a kind, and behind it the palette, the
// starts, the kinds and the deltas; or asValues and the values.
func appendPage(b []byte, p *packedPage, values *[pageSize]Value) []byte {
	if p == nil {
		b = append(b, asValues)
		for _, v := range values {
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		}
		return b
	}
	b = append(b, byte(p.width), byte(len(p.palette)))
	for _, v := range p.palette {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	for _, s := range p.starts {
		b = binary.LittleEndian.AppendUint64(b, uint64(s[0]))
		b = binary.LittleEndian.AppendUint64(b, uint64(s[1]))
	}
	return append(append(b, p.kinds...), p.deltas[:]...)
}

// decodePage reads what appendPage wrote.
func decodePage(b []byte) (*packedPage, *[pageSize]Value) {
	next := func() uint64 {
		n := binary.LittleEndian.Uint64(b)
		b = b[8:]
		return n
	}
	width := b[0]
	if b = b[1:]; width == asValues {
		values := new([pageSize]Value)
		for i := range values {
			values[i] = Value(next())
		}
		return nil, values
	}
	p := &packedPage{width: uint(width), palette: make([]Value, b[0])}
	b = b[1:]
	for i := range p.palette {
		p.palette[i] = Value(next())
	}
	for i := range p.starts {
		p.starts[i] = [2]int64{int64(next()), int64(next())}
	}
	p.kinds = append(p.kinds, b[:pageSize*p.width/8]...)
	copy(p.deltas[:], b[len(p.kinds):])
	return p, nil
}
