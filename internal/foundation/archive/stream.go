package archive

import (
	"bytes"
	"compress/bzip2"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/s2"
	"github.com/pierrec/lz4/v4"
)

// Compression is the format of a file that is one compressed stream, or several
// in a row.
type Compression string

// The compressions that are understood, by the names that people know.
const (
	GzipFile   Compression = "gzip"
	ZlibFile   Compression = "zlib"
	Bzip2File  Compression = "bzip2"
	XZFile     Compression = "xz"
	LZMAFile   Compression = "lzma"
	ZstdFile   Compression = "zstd"
	LZ4File    Compression = "lz4"
	LzipFile   Compression = "lzip"
	SnappyFile Compression = "snappy"
	ZFile      Compression = "joblib-zfile" // joblib to 0.9: ZF, the length as 19 characters, zlib
	// DeflateFile has neither header nor sum: Compressed does not know it.
	DeflateFile Compression = "deflate"
)

const (
	zfilePrefix = "ZF"
	zfileHead   = len(zfilePrefix) + 19
)

// Compressed names the compression of a file by its first bytes, "" when it has
// none. Fourteen bytes are enough.
func Compressed(head []byte) Compression {
	starts := func(s string) bool { return bytes.HasPrefix(head, []byte(s)) }
	switch {
	case starts("\x1f\x8b\x08"):
		return GzipFile
	case starts("BZh") && len(head) > 3 && head[3] >= '1' && head[3] <= '9':
		return Bzip2File
	case starts("\xfd7zXZ\x00"):
		return XZFile
	case starts("\x28\xb5\x2f\xfd"), len(head) >= 4 && head[0]&0xf0 == 0x50 && string(head[1:4]) == "\x2a\x4d\x18":
		return ZstdFile
	case starts("\x04\x22\x4d\x18"), starts("\x02\x21\x4c\x18"):
		return LZ4File
	case starts("LZIP\x00"), starts("LZIP\x01"):
		return LzipFile
	case starts("\xff\x06\x00\x00sNaPpY"):
		return SnappyFile
	case starts(zfilePrefix + "0x"):
		return ZFile
	case looksLZMA(head):
		return LZMAFile
	case looksZlib(head):
		return ZlibFile
	}
	return ""
}

// looksZlib knows zlib by the two bytes of its header: the method and the window,
// which most writers leave at 32 KiB, and a sum of five bits. Of smaller windows one
// that needs a dictionary is not taken for it: too many bytes look so.
func looksZlib(head []byte) bool {
	const deflated, widest, preset = 8, 7, 1 << 5
	if len(head) < 2 || head[0]&0x0f != deflated || head[0]>>4 > widest || (uint(head[0])<<8|uint(head[1]))%31 != 0 {
		return false
	}
	return head[0]>>4 == widest || head[1]&preset == 0
}

// looksLZMA knows a file of LZMA alone, which has no signature: by what writers use
// unless told otherwise, and by what liblzma asks of a file whose format it guesses.
func looksLZMA(head []byte) bool {
	if len(head) < 5 {
		return false
	}
	if head[0] == 0x5d && head[1] == 0 && (head[2] == 0 || head[3] == 0 && head[4] == 0) {
		return true
	}
	if len(head) < lzmaProperties+8+1 || head[0] >= 9*5*5 || head[lzmaProperties+8] != 0 {
		return false
	}
	// A power of two, or one and a half times one; no more than 256 GiB.
	dictionary, size := u32(head[1:]), u64(head[lzmaProperties:])
	if dictionary == 0 {
		return false
	}
	top := uint32(1) << (bits.Len32(dictionary) - 1)
	return (dictionary == 1<<32-1 || dictionary == top || dictionary == top+top/2) && (size == 1<<64-1 || size < 1<<38)
}

// NeedsDictionary reports whether a stream was begun with bytes that are elsewhere.
func NeedsDictionary(format Compression, head []byte) bool {
	const preset = 1 << 5
	return format == ZlibFile && len(head) > 1 && head[1]&preset != 0
}

// Deflated reports whether the bytes of a file can be a deflated stream without header
// and sum: at their beginning, and where they are few as a whole, they unpack.
func Deflated(r io.ReaderAt, size int64) bool {
	const tried = 256 << 10
	in := counting(io.NewSectionReader(r, 0, size))
	n, err := io.CopyN(io.Discard, flate.NewReader(in), tried)
	if err == io.EOF {
		return n > 0 && in.n == size
	}
	return err == nil
}

// Stream is the decompressed bytes of a file. Streams of one format in a row are
// read as one, as the tools of the format do. Where the last ends before the
// file does, Consumed says where.
type Stream struct {
	format  Compression
	file    window
	scratch Scratching
	at      int64 // where the unit begins
	taken   *counted
	unit    io.Reader
	units   int
	limit   int64 // of the unit, when its end is known before it is read; else -1
	passed  []Range
	err     error // of the unit, to be told when what came before it is read
	ended   bool
}

// OpenStream begins to read a file of so many bytes; who has read enough closes the
// stream.
func OpenStream(format Compression, r io.ReaderAt, size int64, scratch Scratching) (*Stream, error) {
	s := &Stream{format: format, file: window{r: r, size: size}, scratch: scratch}
	if format == ZFile {
		s.at = int64(zfileHead)
	}
	if err := s.begin(); err != nil {
		return nil, err
	}
	return s, nil
}

// Consumed is how many bytes of the file belong to the streams that were read to
// their end.
func (s *Stream) Consumed() int64 { return s.at }

// Passed is what of the consumed bytes no reader looks at: frames that are skipped,
// fields of headers. The first of very many are told, and the last one's end.
func (s *Stream) Passed() []Range { return s.passed }

// Ended reports whether the last stream was read to its end.
func (s *Stream) Ended() bool { return s.ended }

// Units is how many streams in a row were begun.
func (s *Stream) Units() int { return s.units }

// Close lets go of what a dictionary took.
func (s *Stream) Close() error { return closeReader(s.unit) }

// begin opens the stream at s.at.
func (s *Stream) begin() (err error) {
	if err := closeReader(s.unit); err != nil {
		return err
	}
	if s.limit, err = frameEnd(s.format, s.file, s.at); errors.Is(err, errFrame) {
		s.limit = -1 // what there is of it is read all the same
	} else if err != nil {
		return fmt.Errorf("%s at %d: %w", s.format, s.at, err)
	}
	to := s.file.size
	if s.limit >= 0 {
		to = s.limit
	}
	from, err := s.passOver()
	if err != nil {
		return fmt.Errorf("%s at %d: %w", s.format, s.at, err)
	}
	s.taken = counting(io.NewSectionReader(s.file.r, from, to-from))
	s.taken.n = from - s.at
	s.unit, err = s.open(s.taken)
	if err != nil {
		s.unit = nil
		return fmt.Errorf("%s at %d: %w", s.format, s.at, err)
	}
	s.units++
	return nil
}

// passOver keeps what of the unit at s.at no reader looks at, and gives the place
// from which it is decompressed.
func (s *Stream) passOver() (from int64, err error) {
	var passed []Range
	from = s.at
	switch {
	case s.format == GzipFile:
		from, passed, err = gzipHeader(s.file, s.at)
	case s.format == ZstdFile && s.limit >= 0:
		const magic = 4
		if b, err := s.file.at(s.at, magic); err == nil && b != nil && b[0]&0xf0 == 0x50 {
			passed = []Range{{From: s.at + 2*magic, To: s.limit}}
		}
	}
	for _, r := range passed {
		const most = 1 << 12
		if n := len(s.passed); n >= most {
			s.passed[n-1].To = r.To
		} else if r.To > r.From {
			s.passed = append(s.passed, r)
		}
	}
	return from, err
}

func (s *Stream) open(r *counted) (io.Reader, error) {
	switch s.format {
	case GzipFile:
		return newGzip(r), nil
	case ZlibFile, ZFile:
		return zlib.NewReader(r)
	case Bzip2File:
		return bzip2.NewReader(r), nil
	case XZFile:
		return newXZ(r, false, s.scratch)
	case LZMAFile:
		var head [lzmaProperties + 8]byte
		if err := r.whole(head[:]); err != nil {
			return nil, err
		}
		return newLZMA(r, head[0], int64(u32(head[1:])), int64(u64(head[lzmaProperties:])), s.scratch)
	case ZstdFile:
		return newZstd(r, s.scratch)
	case LZ4File:
		return lz4.NewReader(r), nil
	case LzipFile:
		return newLzip(r, s.scratch)
	case SnappyFile:
		return s2.NewReader(r, s2.ReaderMaxBlockSize(64<<10)), nil
	case DeflateFile:
		return flate.NewReader(r), nil
	}
	return nil, fmt.Errorf("%q: %w", s.format, ErrMethod)
}

// Read reads on, over the ends of streams that others follow.
func (s *Stream) Read(p []byte) (int, error) {
	for !s.ended {
		if s.err == nil {
			var n int
			n, s.err = s.unit.Read(p)
			if n > 0 || s.err == nil {
				return n, nil // what was decompressed counts, whatever comes behind it
			}
		}
		if !s.complete(s.err) {
			if s.err == io.EOF {
				s.err = io.ErrUnexpectedEOF
			}
			return 0, fmt.Errorf("%s at %d: %w", s.format, s.at+s.taken.n, s.err)
		}
		if err := s.next(s.err); err != nil {
			return 0, err
		}
		s.err = nil
	}
	return 0, io.EOF
}

// complete reports whether a stream was read to its end: err is io.EOF, or its
// reader's complaint of what follows, which it took for more of the same.
func (s *Stream) complete(err error) bool {
	var structural bzip2.StructuralError
	return err == io.EOF || s.format == Bzip2File && errors.As(err, &structural) && structural == "bad magic value in continuation file"
}

// next begins the stream that follows the one that ended with err, if there is
// one: behind zero bytes, with which tapes are filled up.
func (s *Stream) next(err error) error {
	switch {
	case s.limit >= 0:
		s.at = s.limit
	case s.format == Bzip2File && err != io.EOF:
		s.at += s.taken.n - 2
	default:
		s.at += s.taken.n
	}
	s.ended = true
	if s.format == ZFile || s.format == ZlibFile || s.format == LZMAFile || s.format == DeflateFile {
		return nil
	}
	const padding = 4 << 10
	from := s.at
	for from < s.file.size && from-s.at < padding {
		b, err := s.file.at(from, 1)
		if err != nil {
			return err
		}
		if b[0] != 0 {
			break
		}
		from++
	}
	head, err := s.file.at(from, int(min(14, s.file.size-from)))
	if err != nil {
		return err
	}
	if from == s.file.size {
		s.at = from
		return nil
	}
	if Compressed(head) != s.format {
		return nil
	}
	s.at, s.ended = from, false
	return s.begin()
}
