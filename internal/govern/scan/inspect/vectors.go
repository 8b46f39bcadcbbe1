package inspect

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
)

const (
	mostWord       = 1 << 16 // bytes of a word of a vocabulary
	mostDimensions = 1 << 16
)

// looksVectors takes a source for vectors of words in the binary form of word2vec
// (gensim's save_word2vec_format, fastText, word2vec itself) by its first line.
func looksVectors(s *Source) bool {
	_, _, _, ok := vectors(s)
	return ok
}

// vectors is what the first line says: how many words there are and how many numbers
// of four bytes stand behind each, and where they begin.
func vectors(s *Source) (words, dimensions, at int64, ok bool) {
	line, _, ended := bytes.Cut(s.Head[:min(len(s.Head), 64)], []byte("\n"))
	first, second, two := bytes.Cut(bytes.TrimSuffix(line, []byte(" ")), []byte(" "))
	if !ended || !two {
		return 0, 0, 0, false
	}
	n, err := strconv.ParseUint(string(first), 10, 40)
	d, err2 := strconv.ParseUint(string(second), 10, 40)
	words, dimensions, at = int64(n), int64(d), int64(len(line)+1)
	ok = err == nil && err2 == nil && words > 0 && dimensions > 0 && dimensions <= mostDimensions && words <= (s.Size-at)/(4*dimensions+1)
	return words, dimensions, at, ok
}

// readVectors reads the words, each up to a space, and passes over their numbers. All
// must be there, and nothing behind them.
func readVectors(v *visit, s *Source) Reading {
	words, dimensions, at, _ := vectors(s)
	in := &cursor{in: bufio.NewReaderSize(io.NewSectionReader(s.Bytes, at, s.Size-at), 64<<10), at: at}
	for n := range words {
		if n&0xfff == 0 && v.ctx.Err() != nil {
			return unfinished("word2vec", s, v.ctx.Err())
		}
		if !in.until(' ', mostWord) || !in.skip(4*dimensions) {
			return foreign()
		}
	}
	if rest := s.Size - in.at; rest > 1 || rest == 1 && !in.until('\n', 1) {
		return foreign()
	}
	return Reading{Format: "word2vec", Coverage: spanned(s.Size, at, [][2]int64{{at, s.Size}})}
}

// cursor reads a source from its start to its end.
type cursor struct {
	in *bufio.Reader
	at int64 // in the source
}

// until passes over a word and the letter that ends it.
func (c *cursor) until(end byte, most int64) bool {
	for n := int64(0); n <= most; n++ {
		b, err := c.in.ReadByte()
		if err != nil {
			return false
		}
		if c.at++; b == end {
			return true
		}
	}
	return false
}

// skip passes over bytes, which must be there.
func (c *cursor) skip(n int64) bool {
	for n > 0 {
		k, err := c.in.Discard(int(min(n, 1<<30)))
		if c.at, n = c.at+int64(k), n-int64(k); err != nil {
			return false
		}
	}
	return n == 0
}
