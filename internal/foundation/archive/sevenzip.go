package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strings"
	"unicode/utf16"
)

// SevenZip is what a 7z file holds.
type SevenZip struct {
	Folders []Packed
	Empty   []string // names of members without bytes
	Gaps    []Range
}

// Packed is a stream of a 7z file: its members one behind the other, packed as
// one.
type Packed struct {
	Data    Range // packed
	Size    int64 // unpacked
	Members []Slice
	coders  []coder // in the order in which they unpack
	summed  bool    // it has a checksum as a whole
}

// Slice is a member of a packed stream.
type Slice struct {
	Name string
	Size int64
}

// SevenZipLimits bound what is kept of a 7z file.
type SevenZipLimits struct {
	Members   int
	Directory int64 // bytes of the directory, unpacked
}

const (
	sevenSignature = "7z\xbc\xaf\x27\x1c"
	sevenHead      = 32
)

// IsSevenZip reports whether a file begins as a 7z file does.
func IsSevenZip(head []byte) bool { return bytes.HasPrefix(head, []byte(sevenSignature)) }

// ReadSevenZip reads the directory of a 7z file (7zFormat.txt of the LZMA SDK).
// It gives ErrFormat when it does not begin as one, LimitError when the directory
// has too much, ErrMethod when it is packed in a way that is not understood.
func ReadSevenZip(r io.ReaderAt, size int64, most SevenZipLimits) (*SevenZip, error) {
	file := window{r: r, size: size}
	head, err := file.at(0, sevenHead)
	if err != nil || head == nil || !IsSevenZip(head) {
		return nil, errors.Join(ErrFormat, err)
	}
	offset, length := u64(head[12:]), u64(head[20:])
	if offset > uint64(size) || length > uint64(size) || int64(offset+length) > size-sevenHead {
		return nil, fmt.Errorf("7z: the directory lies behind the end of the file")
	}
	if int64(length) > most.Directory {
		return nil, LimitError{"bytes of a 7z directory", most.Directory}
	}
	at := sevenHead + int64(offset)
	text, err := file.at(at, int(length))
	if err != nil {
		return nil, err
	}
	taken := []Range{{0, sevenHead}, {at, at + int64(length)}}
	for depth := 0; len(text) > 0 && text[0] == sevenEncoded; depth++ {
		if depth == 4 {
			return nil, LimitError{"directories of 7z in each other", 4}
		}
		d := &sevenReader{b: text[1:], most: most}
		folders := d.streams()
		if d.err != nil || len(folders) != 1 {
			return nil, errors.Join(d.err, errSeven)
		}
		taken = append(taken, folders[0].Data)
		if text, err = unpackDirectory(file, folders[0], most); err != nil {
			return nil, err
		}
	}
	z, err := sevenDirectory(text, most)
	if err != nil {
		return nil, err
	}
	for _, f := range z.Folders {
		if f.Data.To > size {
			return nil, fmt.Errorf("7z: a packed stream leads behind the end of the file")
		}
		taken = append(taken, f.Data)
	}
	z.Gaps = gaps(taken, size)
	return z, nil
}

func unpackDirectory(file window, f Packed, most SevenZipLimits) ([]byte, error) {
	if f.Size > most.Directory {
		return nil, LimitError{"bytes of a 7z directory", most.Directory}
	}
	r, err := f.Open(file.r, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // of memory alone
	return io.ReadAll(io.LimitReader(r, f.Size))
}

// The marks of the directory.
const (
	sevenEnd = iota
	sevenHeader
	_
	sevenMoreStreams
	sevenStreams
	sevenFiles
	sevenPack
	sevenUnpack
	sevenSub
	sevenSizes
	sevenSums
	sevenFolder
	sevenUnpackSizes
	sevenCounts
	sevenEmptyStream
	_
	_
	sevenNames
	sevenEncoded = 0x17
)

var errSeven = errors.New("7z: the directory is not as the format has it")

// sevenReader reads the directory. After an error nothing more is read.
type sevenReader struct {
	b    []byte
	most SevenZipLimits
	err  error
}

func (d *sevenReader) fail() {
	if d.err == nil {
		d.err = errSeven
	}
	d.b = nil
}

func (d *sevenReader) byte() byte {
	if len(d.b) == 0 {
		d.fail()
		return 0
	}
	c := d.b[0]
	d.b = d.b[1:]
	return c
}

func (d *sevenReader) take(n int64) []byte {
	if n < 0 || n > int64(len(d.b)) {
		d.fail()
		return nil
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
}

// number reads an integer: the leading ones of the first byte are the count of
// those that follow.
func (d *sevenReader) number() int64 {
	first := d.byte()
	more := bits.LeadingZeros8(^first)
	var n uint64
	for i, c := range d.take(int64(more)) {
		n |= uint64(c) << (8 * i)
	}
	if more < 8 {
		n |= uint64(first&(1<<(7-more)-1)) << (8 * more)
	}
	if n > 1<<60 {
		d.fail()
		return 0
	}
	return int64(n)
}

// count reads how many of something there are, which is no more than there are
// bytes or members.
func (d *sevenReader) count() int {
	n := d.number()
	if n > int64(d.most.Members) {
		d.fail()
		d.err = LimitError{"members", int64(d.most.Members)}
		return 0
	}
	return int(n)
}

// set reads a list of n bits.
func (d *sevenReader) set(n int) []bool {
	b := d.take(int64(n+7) / 8)
	out := make([]bool, n)
	if b != nil {
		for i := range out {
			out[i] = b[i/8]>>(7-i%8)&1 == 1
		}
	}
	return out
}

// sums passes over checksums of n things and reports which have one.
func (d *sevenReader) sums(n int) []bool {
	defined := make([]bool, n)
	if d.byte() == 0 {
		defined = d.set(n)
	} else {
		for i := range defined {
			defined[i] = true
		}
	}
	for _, has := range defined {
		if has {
			d.take(4)
		}
	}
	return defined
}

// sevenDirectory reads a directory that is not packed.
func sevenDirectory(text []byte, most SevenZipLimits) (*SevenZip, error) {
	d := &sevenReader{b: text, most: most}
	z := &SevenZip{}
	if len(text) == 0 {
		return z, nil
	}
	if d.byte() != sevenHeader {
		return nil, errSeven
	}
	for d.err == nil {
		switch d.byte() {
		case sevenEnd:
			return z, d.err
		case sevenMoreStreams:
			d.streams()
		case sevenStreams:
			z.Folders = d.streams()
		case sevenFiles:
			d.files(z)
		default:
			d.fail()
		}
	}
	return nil, d.err
}

// files gives the members their names; those with bytes are in the order of the
// streams.
func (d *sevenReader) files(z *SevenZip) {
	n := d.count()
	empty := make([]bool, n)
	var names []string
	for d.err == nil {
		kind := d.byte()
		if kind == sevenEnd {
			break
		}
		inner := &sevenReader{b: d.take(d.number()), most: d.most}
		switch kind {
		case sevenEmptyStream:
			empty = inner.set(n)
		case sevenNames:
			if inner.byte() == 0 {
				names = sevenNamesOf(inner.b)
			}
		}
	}
	var full []string
	for i := range n {
		name := fmt.Sprintf("%d", i)
		if i < len(names) {
			name = names[i]
		}
		if empty[i] {
			z.Empty = append(z.Empty, name)
		} else {
			full = append(full, name)
		}
	}
	for i := range z.Folders {
		for j := range z.Folders[i].Members {
			if len(full) > 0 {
				z.Folders[i].Members[j].Name, full = full[0], full[1:]
			}
		}
	}
}

func sevenNamesOf(b []byte) []string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = u16(b[2*i:])
	}
	return strings.Split(string(utf16.Decode(units)), "\x00")
}
