package keras

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

// decode gives a JSON text in UTF-8, by the rules of Python's json.loads for
// bytes, and the name of what it was written in.
func decode(raw []byte) ([]byte, string, error) {
	switch {
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		return raw[3:], "UTF-8 with a byte order mark", nil
	case bytes.HasPrefix(raw, []byte("\xff\xfe\x00\x00")):
		return decode32(raw[4:], binary.LittleEndian)
	case bytes.HasPrefix(raw, []byte("\x00\x00\xfe\xff")):
		return decode32(raw[4:], binary.BigEndian)
	case bytes.HasPrefix(raw, []byte("\xff\xfe")):
		return decode16(raw[2:], binary.LittleEndian)
	case bytes.HasPrefix(raw, []byte("\xfe\xff")):
		return decode16(raw[2:], binary.BigEndian)
	case len(raw) >= 4 && raw[0] == 0 && raw[1] == 0:
		return decode32(raw, binary.BigEndian)
	case len(raw) >= 4 && raw[1] == 0 && raw[2] == 0:
		return decode32(raw, binary.LittleEndian)
	case len(raw) >= 2 && raw[0] == 0:
		return decode16(raw, binary.BigEndian)
	case len(raw) >= 2 && raw[1] == 0:
		return decode16(raw, binary.LittleEndian)
	}
	return raw, "UTF-8", nil
}

func decode16(raw []byte, order binary.ByteOrder) ([]byte, string, error) {
	if len(raw)%2 != 0 {
		return nil, "", errors.New("keras: a text in UTF-16 has an odd number of bytes")
	}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i += 2 {
		r := rune(order.Uint16(raw[i:]))
		if utf16.IsSurrogate(r) && i+4 <= len(raw) {
			if pair := utf16.DecodeRune(r, rune(order.Uint16(raw[i+2:]))); pair != utf8.RuneError {
				r, i = pair, i+2
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out, "UTF-16", nil
}

func decode32(raw []byte, order binary.ByteOrder) ([]byte, string, error) {
	if len(raw)%4 != 0 {
		return nil, "", errors.New("keras: a text in UTF-32 has not a multiple of four bytes")
	}
	out := make([]byte, 0, len(raw)/2)
	for i := 0; i < len(raw); i += 4 {
		out = utf8.AppendRune(out, rune(order.Uint32(raw[i:])))
	}
	return out, "UTF-32", nil
}
