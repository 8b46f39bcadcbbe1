package archive

import (
	"encoding/binary"
	"io"
)

// mostSymbols bytes of a table of symbols are read.
const mostSymbols = 16 << 20

// IsSymbols reports whether the bytes of a member of ar are a table of symbols and
// nothing else: a count, as many places, and as many names that end with a zero byte, in
// the forms of System V and GNU (of 32 and of 64 bits) and in the second form of
// Microsoft's (PE Format, "Archive (Library) File Format").
func IsSymbols(r io.ReaderAt, size int64) bool {
	if size < 4 || size > mostSymbols {
		return false
	}
	b := make([]byte, size)
	if n, _ := r.ReadAt(b, 0); n < len(b) {
		return false
	}
	big, little := binary.BigEndian, binary.LittleEndian
	if areSymbols(b, 4, uint64(big.Uint32(b)), 4) {
		return true
	}
	if size >= 8 && areSymbols(b, 8, big.Uint64(b), 8) {
		return true
	}
	places := 4 + 4*int64(little.Uint32(b)) // then an index of two bytes for each name
	return places <= size-4 && areSymbols(b, places+4, uint64(little.Uint32(b[places:])), 2)
}

// areSymbols reports whether a table has so many entries of so many bytes at a place, and
// as many names of printable letters behind them. Zeros, or a newline, fill it up.
func areSymbols(b []byte, at int64, count uint64, wide int64) bool {
	rest := int64(len(b)) - at
	if rest < 0 || count > uint64(rest)/uint64(wide+1) {
		return false
	}
	names := b[at+int64(count)*wide:]
	begun := false
	for i, c := range names {
		switch {
		case count == 0:
			if c != 0 && (c != '\n' || i < len(names)-1) {
				return false
			}
		case c == 0 && begun:
			count--
			begun = false
		case c <= ' ' || c == 0x7f:
			return false
		default:
			begun = true
		}
	}
	return count == 0 && !begun
}
