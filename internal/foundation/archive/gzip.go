package archive

import (
	"bufio"
	"errors"
	"hash"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
)

// errGzip is given for a member of gzip that does not keep its sum or length.
var errGzip = errors.New("the checksum or the length is not that of the bytes")

// gzipHeader is where the deflated bytes begin of a member of gzip, and which bytes
// of its header no reader looks at: the extra field, the comment, and a name that is
// none (RFC 1952, 2.3). Programs set no bound to their lengths.
func gzipHeader(file window, at int64) (data int64, passed []Range, err error) {
	b, err := file.at(at, 10)
	if err != nil || b == nil {
		return 0, nil, errors.Join(errFrame, err)
	}
	const sum, extra, name, comment = 1 << 1, 1 << 2, 1 << 3, 1 << 4
	flags := b[3]
	at += 10
	if flags&extra != 0 {
		b, err := file.at(at, 2)
		if err != nil || b == nil {
			return 0, nil, errors.Join(errFrame, err)
		}
		passed = append(passed, Range{From: at + 2, To: at + 2 + int64(u16(b))})
		at += 2 + int64(u16(b))
	}
	for _, text := range []byte{name, comment} {
		if flags&text == 0 {
			continue
		}
		from := at
		printable := true
		if at, printable, err = file.textEnd(at); err != nil {
			return 0, nil, err
		}
		const most = 255
		if text == comment || !printable || at-from > most+1 {
			passed = append(passed, Range{From: from, To: at - 1})
		}
	}
	if flags&sum != 0 {
		at += 2
	}
	if at > file.size {
		return 0, nil, errFrame
	}
	return at, passed, nil
}

// textEnd is the place behind the zero byte that ends a text, and whether all of
// its bytes are letters.
func (w window) textEnd(at int64) (end int64, printable bool, err error) {
	if at > w.size {
		return 0, false, errFrame
	}
	in := bufio.NewReader(io.NewSectionReader(w.r, at, w.size-at))
	for printable = true; ; at++ {
		switch b, err := in.ReadByte(); {
		case err == io.EOF:
			return 0, false, errFrame
		case err != nil:
			return 0, false, err
		case b == 0:
			return at + 1, printable, nil
		case b < ' ':
			printable = false
		}
	}
}

// gzipBody is the bytes of one member of gzip, from behind its header to behind its
// trailer.
type gzipBody struct {
	in   *counted
	r    io.Reader
	sum  hash.Hash32
	size uint32
}

func newGzip(in *counted) *gzipBody {
	return &gzipBody{in: in, r: flate.NewReader(in), sum: crc32.NewIEEE()}
}

// Read is of io.Reader.
func (g *gzipBody) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	_, _ = g.sum.Write(p[:n]) // a hash takes all
	g.size += uint32(n)
	if err != io.EOF {
		return n, err
	}
	var trailer [8]byte
	if err := g.in.whole(trailer[:]); err != nil {
		return n, io.ErrUnexpectedEOF
	}
	if u32(trailer[:]) != g.sum.Sum32() || u32(trailer[4:]) != g.size {
		return n, errGzip
	}
	return n, io.EOF
}
