package archive

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// ErrMethod is given for a member compressed in a way that is not understood.
var ErrMethod = errors.New("compressed by a method that is not understood")

// Content is the bytes of a member, decompressed as they are read. A checksum
// or a length that does not hold is no error, for there are programs that never
// look: Oddities tells of it at the end.
type Content struct {
	member Member
	source *counted
	reader io.Reader
	read   int64
	sum    uint32
	ended  bool
}

// Open gives the bytes of a member. What the header says of encryption is not
// believed: the bytes are read as if it were not there. ErrMethod for a method
// that is not understood.
func (m Member) Open(r io.ReaderAt) (*Content, error) {
	data := io.NewSectionReader(r, m.Data.From, m.Data.Len())
	var smaller []patch
	if m.Method == XZ {
		var err error
		if smaller, err = smallerXZ(data); err != nil {
			return nil, err
		}
	}
	source := &counted{r: bufio.NewReaderSize(io.NewSectionReader(patched{data, smaller}, 0, m.Data.Len()), 64<<10)}
	c := &Content{member: m, source: source}
	var err error
	if c.reader, err = decompressor(m.Method, source); err != nil {
		return nil, err
	}
	if len(smaller) > 0 {
		c.reader = bounded{c.reader, xzDictionaryBytes}
	}
	return c, nil
}

// smallerXZ are the headers of all streams in a row that ask for too large a
// dictionary, as they are to be read.
func smallerXZ(r *io.SectionReader) (all []patch, err error) {
	file := window{r: r, size: r.Size()}
	for at := int64(0); at < file.size; {
		end, smaller, err := xzEnd(file, at)
		if all = append(all, smaller...); len(all) > mostPatches {
			return nil, LimitError{"blocks with a large dictionary", mostPatches}
		}
		var limit LimitError
		if errors.As(err, &limit) {
			return nil, err
		}
		if err != nil {
			return all, nil // the reader sees no more than was seen here
		}
		at = end
	}
	return all, nil
}

// Consumed is how many of the member's bytes the decompressor took.
func (c *Content) Consumed() int64 { return c.source.n }

// Stored reports whether the member's bytes lie in the container as they are,
// so that they can be read at any place.
func (m Member) Stored() bool { return m.Method == Store }

func decompressor(method Method, r *counted) (io.Reader, error) {
	switch method {
	case Store:
		return r, nil
	case Deflate:
		return flate.NewReader(r), nil
	case Bzip2:
		return bzip2.NewReader(r), nil
	case LZMA:
		return zipLZMA(r)
	case XZ:
		return xz.ReaderConfig{DictCap: lzma.MinDictCap}.NewReader(r)
	case Zstd:
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(windowBytes), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	default:
		return nil, fmt.Errorf("method %d: %w", method, ErrMethod)
	}
}

// zipLZMA reads a member of method 14: a version, the length of the properties,
// the properties, then the stream (APPNOTE 5.8). The reader wants the header of
// an .lzma file, which has the properties and a length; unknown here.
func zipLZMA(r io.Reader) (io.Reader, error) {
	var head [9]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	if n := u16(head[2:]); n != 5 {
		return nil, fmt.Errorf("lzma properties of %d bytes: %w", n, ErrMethod)
	}
	dictionary := u32(head[5:])
	header := binary.LittleEndian.AppendUint32([]byte{head[4]}, min(dictionary, windowBytes))
	header = append(header, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	z, err := lzma.ReaderConfig{DictCap: windowBytes}.NewReader(io.MultiReader(bytes.NewReader(header), r))
	if err == nil && dictionary > windowBytes {
		return bounded{z, lzmaDictionaryBytes}, nil
	}
	return z, err
}

// counted counts what is taken; decompressors that need it read byte by byte
// through it, so that the count is exact where the stream ends.
type counted struct {
	r *bufio.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func (c *counted) ReadByte() (byte, error) {
	b, err := c.r.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}

// Read reads on.
func (c *Content) Read(p []byte) (int, error) {
	n, err := c.reader.Read(p)
	c.sum = crc32.Update(c.sum, crc32.IEEETable, p[:n])
	c.read += int64(n)
	if err == io.EOF {
		c.ended = true
	}
	return n, err
}

// Oddities are what the header promised and the bytes do not keep; nothing until
// all is read.
func (c *Content) Oddities() []Oddity {
	if !c.ended {
		return nil
	}
	var all []Oddity
	odd := func(rule, format string, args ...any) {
		all = append(all, Oddity{Rule: rule, Offset: c.member.Data.From, Member: c.member.Name, Text: fmt.Sprintf(format, args...)})
	}
	if c.member.Size >= 0 && c.read != c.member.Size {
		odd(RuleSizes, "%d bytes are here, %d were declared", c.read, c.member.Size)
	}
	if c.member.Size >= 0 && c.sum != c.member.CRC {
		odd(RuleChecksum, "the checksum is %08x, %08x was declared", c.sum, c.member.CRC)
	}
	if rest := c.member.Data.Len() - c.source.n; rest > 0 {
		odd(RuleTrailing, "%d bytes stand behind the end of the compressed stream", rest)
	}
	return all
}

// Ended reports whether all was read.
func (c *Content) Ended() bool { return c.ended }
