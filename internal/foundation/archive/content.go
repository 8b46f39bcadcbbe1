package archive

import (
	"bufio"
	"compress/bzip2"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
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

// Open gives the bytes of a member; who has read enough closes it. What the header
// says of encryption is not believed: the bytes are read as if it were not there.
// ErrMethod for a method that is not understood.
func (m Member) Open(r io.ReaderAt, scratch Scratching) (*Content, error) {
	source := counting(io.NewSectionReader(r, m.Data.From, m.Data.Len()))
	c := &Content{member: m, source: source}
	var err error
	c.reader, err = m.decompressor(source, scratch)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Close lets go of what a dictionary took.
func (c *Content) Close() error { return closeReader(c.reader) }

func closeReader(r io.Reader) error {
	if c, ok := r.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Consumed is how many of the member's bytes the decompressor took.
func (c *Content) Consumed() int64 { return c.source.n }

// Stored reports whether the member's bytes lie in the container as they are,
// so that they can be read at any place.
func (m Member) Stored() bool { return m.Method == Store }

func (m Member) decompressor(r *counted, scratch Scratching) (io.Reader, error) {
	switch m.Method {
	case Store:
		return r, nil
	case Deflate:
		return flate.NewReader(r), nil
	case Deflate64:
		return newDeflate64(r), nil
	case Bzip2:
		return bzip2.NewReader(r), nil
	case LZMA:
		return m.lzma(r, scratch)
	case XZ:
		return newXZ(r, true, scratch)
	case Zstd:
		return newZstd(r, scratch)
	default:
		return nil, fmt.Errorf("%s: %w", m.Method, ErrMethod)
	}
}

// lzma reads a member of method 14: a version, the length of the properties, the
// properties, then the stream (APPNOTE 5.8). Whether its end is marked a flag says
// that nobody need believe: a stream that has no mark may end where the member does,
// when as many bytes came as were declared.
func (m Member) lzma(r *counted, scratch Scratching) (io.Reader, error) {
	var head [4 + lzmaProperties]byte
	if err := r.whole(head[:]); err != nil {
		return nil, err
	}
	if n := u16(head[2:]); n != lzmaProperties {
		return nil, fmt.Errorf("lzma properties of %d bytes: %w", n, ErrMethod)
	}
	z, err := newLZMA(r, head[4], int64(u32(head[5:])), -1, scratch)
	if err != nil {
		return nil, err
	}
	return &unmarked{lzmaStream: z, declared: m.Size}, nil
}

// lzmaProperties are a byte for the model and four for the dictionary's size.
const lzmaProperties = 5

// unmarked is a stream that may end without a mark.
type unmarked struct {
	*lzmaStream
	declared int64
}

// Read is of io.Reader.
func (u *unmarked) Read(p []byte) (int, error) {
	n, err := u.lzmaStream.Read(p)
	if err == io.ErrUnexpectedEOF && u.coder.out.total == u.declared {
		u.in.skip(u.held)
		u.held, err = 0, io.EOF
	}
	return n, err
}

// counted counts what is taken; decompressors that need it read byte by byte
// through it, so that the count is exact where the stream ends.
type counted struct {
	r *bufio.Reader
	n int64
}

func counting(r io.Reader) *counted { return &counted{r: bufio.NewReaderSize(r, 64<<10)} }

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
