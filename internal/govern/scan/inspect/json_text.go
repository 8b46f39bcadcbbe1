package inspect

import (
	"bytes"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// Python's json takes bytes in UTF-8, UTF-16 and UTF-32, with a mark in front or
// without, and skops gives it bytes.

// jsonEncoding tells how many bytes a letter of JSON has, by the noughts in its
// first four bytes, and whether the least comes first; mark is the length of the
// mark in front.
func jsonEncoding(head []byte) (width int, little bool, mark int) {
	switch {
	case bytes.HasPrefix(head, []byte("\x00\x00\xfe\xff")):
		return 4, false, 4
	case bytes.HasPrefix(head, []byte("\xff\xfe\x00\x00")):
		return 4, true, 4
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return 2, false, 2
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return 2, true, 2
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return 1, true, 3
	case len(head) < 4:
		return 1, true, 0
	case head[0] == 0 && head[1] == 0:
		return 4, false, 0
	case head[0] == 0:
		return 2, false, 0
	case head[1] == 0 && head[2] == 0 && head[3] == 0:
		return 4, true, 0
	case head[1] == 0:
		return 2, true, 0
	}
	return 1, true, 0
}

// mostWideJSON is the longest JSON of several bytes a letter that is read.
const mostWideJSON = 16 << 20

// lettersOf reads a source as JSON's letters in UTF-8. Offsets count from behind a
// mark, and letters when each has several bytes.
func lettersOf(s *Source) (io.Reader, error) {
	width, little, mark := jsonEncoding(s.Head)
	if width == 1 {
		return io.NewSectionReader(s.Bytes, int64(mark), s.Size-int64(mark)), nil
	}
	b, err := text(s, mostWideJSON)
	if err != nil {
		return nil, err
	}
	return bytes.NewReader(narrowed(b[mark:], width, little)), nil
}

// narrowed is text of several bytes a letter in UTF-8.
func narrowed(b []byte, width int, little bool) []byte {
	out := make([]byte, 0, len(b)/width)
	var half rune
	for ; len(b) >= width; b = b[width:] {
		var r rune
		for i := range width {
			at := i
			if little {
				at = width - 1 - i
			}
			r = r<<8 | rune(b[at])
		}
		if width == 2 && utf16.IsSurrogate(r) {
			if half != 0 {
				r, half = utf16.DecodeRune(half, r), 0
			} else {
				half = r
				continue
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
