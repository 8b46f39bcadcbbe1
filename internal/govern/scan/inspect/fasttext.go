package inspect

import (
	"bufio"
	"encoding/binary"
	"io"
)

// What begins a model of fastText, and the versions that there are (fasttext.h and
// Model of fastText 0.9.3; gensim writes version 12).
const fastTextMagic = "\xba\x16\x4f\x2f"

func looksFastText(s *Source) bool {
	return s.Starts(fastTextMagic) && len(s.Head) >= 8 && (s.Head[4] == 11 || s.Head[4] == 12) && s.Head[5]|s.Head[6]|s.Head[7] == 0
}

// readFastText reads a model of fastText: how it was trained, its words, and two
// matrices of numbers, quantized or not. All must be there, and nothing behind them.
func readFastText(v *visit, s *Source) Reading {
	f := fastText{cursor: cursor{in: bufio.NewReaderSize(bytesOf(s), 64<<10)}, size: s.Size}
	const settings = 12*4 + 8 // numbers, and the threshold of sampling
	ok := f.skip(8+settings) && f.words(v)
	header := f.at
	quantized := ok && f.flag()
	ok = ok && f.matrix(quantized)
	quantized = ok && f.flag() && quantized // the output alone is not
	ok = ok && f.matrix(quantized) && f.at == s.Size
	switch {
	case v.ctx.Err() != nil:
		return unfinished("fasttext", s, v.ctx.Err())
	case !ok:
		return foreign()
	}
	return Reading{Format: "fasttext", Coverage: spanned(s.Size, header, [][2]int64{{header, s.Size}})}
}

// fastText is a model that is being read. Its methods report whether what they read
// is there.
type fastText struct {
	cursor
	size   int64
	broken bool
}

func (f *fastText) number(width int) int64 {
	b := make([]byte, 8)
	n, err := io.ReadFull(f.in, b[:width])
	if f.at += int64(n); err != nil {
		f.broken = true
		return -1
	}
	if width == 4 {
		return int64(int32(binary.LittleEndian.Uint32(b)))
	}
	return int64(binary.LittleEndian.Uint64(b))
}

func (f *fastText) flag() bool { return f.number(1) == 1 }

// words reads the dictionary: each word up to a zero, its count and whether it is a
// label; then pairs of the words that were left out when it was quantized.
func (f *fastText) words(v *visit) bool {
	entries := f.number(4)
	if !f.skip(4+4+8) || entries < 0 || entries > f.size/10 {
		return false
	}
	pruned := f.number(8)
	for n := range entries {
		if n&0xfff == 0 && v.ctx.Err() != nil || !f.until(0, mostWord) || !f.skip(8+1) {
			return false
		}
	}
	return !f.broken && (pruned <= 0 || pruned <= f.size/8 && f.skip(8*pruned))
}

// matrix reads one of numbers of four bytes, or the codes and centroids that stand for
// it (QMatrix and ProductQuantizer).
func (f *fastText) matrix(quantized bool) bool {
	if !quantized {
		return f.table(4)
	}
	normed := f.flag()
	rows, columns, codes := f.number(8), f.number(8), f.number(4)
	if f.broken || rows < 0 || columns < 0 || codes < 0 || !f.skip(codes) || !f.centroids() {
		return false
	}
	return !normed || rows <= f.size && f.skip(rows) && f.centroids()
}

// table reads rows, columns and numbers of a width.
func (f *fastText) table(width int64) bool {
	rows, columns := f.number(8), f.number(8)
	if f.broken || rows < 0 || columns <= 0 || rows > f.size/columns/width {
		return !f.broken && rows == 0 && columns == 0
	}
	return f.skip(rows * columns * width)
}

// centroids reads a quantizer: four sizes, the first of which is how many numbers each
// of its 256 centroids has in all.
func (f *fastText) centroids() bool {
	const perDimension = 256 * 4
	dimensions := f.number(4)
	return f.skip(3*4) && !f.broken && dimensions >= 0 && dimensions <= f.size/perDimension && f.skip(dimensions*perDimension)
}
