package curve

import (
	"encoding/binary"

	"github.com/klauspost/compress/zstd"
)

// The forms of coded bytes, their first byte.
const (
	formSegment    = 1
	formChunk      = 2
	formCompressed = 3
)

const (
	maxSeries = 1 << 16 // in one segment
	maxKey    = 4096    // bytes
	maxPlain  = MaxPoints * 40
)

// AppendSegment codes the series of one request.
func AppendSegment(b []byte, series []Series) []byte {
	b = append(b, formSegment)
	b = binary.AppendUvarint(b, uint64(len(series)))
	for _, s := range series {
		b = binary.AppendUvarint(b, uint64(len(s.Key)))
		b = append(b, s.Key...)
		b = appendPoints(b, s.Points)
	}
	return b
}

// ReadSegment calls each with every series of a segment; it may keep neither
// key nor points beyond the call. Points of keys that want refuses are not
// handed over. want nil wants all.
func ReadSegment(b []byte, want func(key []byte) bool, each func(key []byte, points []Point)) error {
	r := reader{b: b}
	if form := r.take(1); r.bad || form[0] != formSegment {
		return errCorrupt
	}
	n := r.uvarint()
	if r.bad || n > maxSeries {
		return errCorrupt
	}
	var points []Point
	for range n {
		size := r.uvarint()
		if size > maxKey {
			return errCorrupt
		}
		key := r.take(size)
		var err error
		if points, err = r.points(points[:0]); err != nil {
			return err
		}
		if want == nil || want(key) {
			each(key, points)
		}
	}
	if r.bad || len(r.b) > 0 {
		return errCorrupt
	}
	return nil
}

// Codec codes chunks. It is safe for concurrent use.
type Codec struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

// NewCodec gives a Codec.
func NewCodec() *Codec {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true),
		zstd.WithWindowSize(zstd.MinWindowSize<<6), zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderCRC(false))
	if err != nil {
		panic(err) // the options are constants
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(maxPlain))
	if err != nil {
		panic(err) // the options are constants
	}
	return &Codec{encoder, decoder}
}

// Chunk codes points, at most MaxPoints, in their order.
func (c *Codec) Chunk(points []Point) []byte {
	plain := appendPoints([]byte{formChunk}, points)
	small := c.encoder.EncodeAll(plain[1:], []byte{formCompressed})
	if len(small) < len(plain) {
		return small
	}
	return plain
}

// ReadChunk adds the points of a chunk to dst.
func (c *Codec) ReadChunk(dst []Point, b []byte) ([]Point, error) {
	if len(b) == 0 {
		return dst, errCorrupt
	}
	plain := b[1:]
	switch b[0] {
	case formChunk:
	case formCompressed:
		var err error
		if plain, err = c.decoder.DecodeAll(plain, nil); err != nil {
			return dst, errCorrupt
		}
	default:
		return dst, errCorrupt
	}
	r := reader{b: plain}
	points, err := r.points(dst)
	if err != nil {
		return dst, err
	}
	if len(r.b) > 0 {
		return dst, errCorrupt
	}
	return points, nil
}
