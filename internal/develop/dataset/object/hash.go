package object

import (
	"bytes"
	"crypto/md5" //nolint:gosec // the name of an object is its md5: the format's own, and no proof of who wrote it
	"errors"
	"io"
)

// Hashing is how the name of a file is taken.
type Hashing uint8

// The hashings.
const (
	MD5      Hashing = iota // of the bytes
	Dos2Unix                // of the bytes with \r\n as \n where they look like text: the legacy layout's
)

const (
	chunk  = 1 << 20 // how much DVC reads at once, which decides what is taken for text
	looked = 512     // how much of each chunk is looked at
)

// Hash reads r to its end and gives the md5 and how many bytes there were.
func Hash(r io.Reader, h Hashing) (sum [16]byte, size int64, err error) {
	digest := md5.New() //nolint:gosec // as above
	buffer := make([]byte, chunk)
	for {
		n, err := io.ReadFull(r, buffer)
		size += int64(n)
		block := buffer[:n]
		if h == Dos2Unix && isText(block[:min(n, looked)]) {
			block = dos2unix(block)
		}
		digest.Write(block)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return [16]byte(digest.Sum(nil)), size, nil
		}
		if err != nil {
			return [16]byte{}, size, err
		}
	}
}

// isText is DVC's guess: no NUL, and at most three bytes of ten that are neither
// printable ASCII nor white space. What is empty is text.
func isText(block []byte) bool {
	other := 0
	for _, b := range block {
		switch {
		case b == 0:
			return false
		case b >= 0x20 && b < 0x7f, b == '\n', b == '\r', b == '\t', b == '\f', b == '\b':
		default:
			other++
		}
	}
	// Python divides the two and compares with 0.30, which is the same for any
	// block this short.
	return other*10 <= len(block)*3
}

// dos2unix takes the \r of each \r\n out of the block, in place. A \r at its end
// stays: what follows it is in another chunk, and DVC does not look there.
func dos2unix(block []byte) []byte {
	out := block[:0]
	for {
		i := bytes.Index(block, []byte("\r\n"))
		if i < 0 {
			return append(out, block...)
		}
		out = append(out, block[:i]...)
		block = block[i+1:]
	}
}
