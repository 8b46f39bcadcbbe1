package arrow

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// SchemaKey is the key of Parquet's metadata under which the schema stands.
const SchemaKey = "ARROW:schema"

// Decoded is the schema of the value under SchemaKey: what stands before the first
// letter that is none of Base64, as Arrow reads it.
func Decoded(value string) []byte {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	if end := strings.IndexFunc(value, func(r rune) bool { return !strings.ContainsRune(letters, r) }); end >= 0 {
		value = value[:end]
	}
	if len(value)%4 == 1 {
		value = value[:len(value)-1]
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(value)))
	n, _ := base64.RawStdEncoding.Decode(out, []byte(value)) // all letters are of it
	return out[:n]
}

// Strings gives the places and sizes of all that can be a text in FlatBuffers: a
// length at a place that is a multiple of four, so many bytes, and a zero. Where
// tables lie is left open, so that none is missed.
func Strings(b []byte, each func(at, size int)) {
	for at := 0; at+5 <= len(b); at += 4 {
		size := int64(binary.LittleEndian.Uint32(b[at:]))
		if end := int64(at) + 4 + size; size > 0 && end < int64(len(b)) && b[end] == 0 {
			each(at+4, int(size))
		}
	}
}
