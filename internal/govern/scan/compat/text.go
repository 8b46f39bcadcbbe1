package compat

import (
	"strings"
	"unicode/utf8"
)

// decodeUTF8 decodes as bytes.decode("utf-8") does; with pass, lone surrogates
// are let through, as Python's surrogatepass does. The text keeps the bytes.
func decodeUTF8(b []byte, pass bool) (string, error) {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		if _, n := utf8.DecodeRune(b[i:]); n > 1 {
			i += n
			continue
		}
		if pass && len(b)-i >= 3 && b[i] == 0xed && b[i+1]&0xe0 == 0xa0 && b[i+2]&0xc0 == 0x80 {
			i += 3
			continue
		}
		n, reason := wrongUTF8(b[i:])
		return "", notDecoded("utf-8", b, i, n, reason)
	}
	return string(b), nil
}

// wrongUTF8 tells how many bytes of a sequence that is none CPython blames, and
// for what.
func wrongUTF8(b []byte) (int, string) {
	need, low, high := 0, byte(0x80), byte(0xbf)
	switch c := b[0]; {
	case c >= 0xc2 && c <= 0xdf:
		need = 1
	case c >= 0xe0 && c <= 0xef:
		need = 2
		if c == 0xe0 {
			low = 0xa0
		} else if c == 0xed {
			high = 0x9f
		}
	case c >= 0xf0 && c <= 0xf4:
		need = 3
		if c == 0xf0 {
			low = 0x90
		} else if c == 0xf4 {
			high = 0x8f
		}
	default:
		return 1, "invalid start byte"
	}
	for i := 1; i <= need; i++ {
		if i >= len(b) {
			return i, "unexpected end of data"
		}
		if b[i] < low || b[i] > high {
			return i, "invalid continuation byte"
		}
		low, high = 0x80, 0xbf
	}
	return 1, "invalid start byte"
}

// notDecoded is a UnicodeDecodeError, which is a ValueError.
func notDecoded(codec string, b []byte, at, n int, reason string) error {
	if n == 1 {
		return raise(valueError, "'%s' codec can't decode byte 0x%02x in position %d: %s", codec, b[at], at, reason)
	}
	return raise(valueError, "'%s' codec can't decode bytes in position %d-%d: %s", codec, at, at+n-1, reason)
}

func decodeASCII(b []byte) (string, error) {
	for i, c := range b {
		if c >= utf8.RuneSelf {
			return "", notDecoded("ascii", b, i, 1, "ordinal not in range(128)")
		}
	}
	return string(b), nil
}

func decodeLatin1(b []byte) string {
	out := make([]rune, len(b))
	for i, c := range b {
		out[i] = rune(c)
	}
	return string(out)
}

// unescape is codecs.escape_decode: the escapes of Python's bytes literals.
func unescape(b []byte) ([]byte, error) {
	if strings.IndexByte(string(b), '\\') < 0 {
		return b, nil
	}
	plain := map[byte]byte{'\\': '\\', '\'': '\'', '"': '"', 'b': '\b', 'f': '\f', 't': '\t', 'n': '\n', 'r': '\r', 'v': '\v', 'a': '\a'}
	var out []byte
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			out = append(out, b[i])
			continue
		}
		i++
		if i == len(b) {
			return nil, raise(valueError, "Trailing \\ in string")
		}
		c := b[i]
		switch p, simple := plain[c]; {
		case simple:
			out = append(out, p)
		case c == '\n':
		case c >= '0' && c <= '7':
			v := 0
			n := 0
			for ; n < 3 && i+n < len(b) && b[i+n] >= '0' && b[i+n] <= '7'; n++ {
				v = v<<3 | int(b[i+n]-'0')
			}
			i += n - 1
			out = append(out, byte(v))
		case c == 'x':
			if i+2 >= len(b) || hexDigit(b[i+1]) < 0 || hexDigit(b[i+2]) < 0 {
				return nil, raise(valueError, "invalid \\x escape at position %d", i-1)
			}
			out = append(out, byte(hexDigit(b[i+1])<<4|hexDigit(b[i+2])))
			i += 2
		default:
			out = append(out, '\\', c)
		}
	}
	return out, nil
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// decodeRawUnicode is str(b, "raw-unicode-escape"): latin-1 with \uXXXX and
// \UXXXXXXXX behind an odd number of backslashes.
func decodeRawUnicode(b []byte) (string, error) {
	var out strings.Builder
	for i := 0; i < len(b); {
		if b[i] != '\\' || i+1 == len(b) {
			out.WriteRune(rune(b[i]))
			i++
			continue
		}
		width := map[byte]int{'u': 4, 'U': 8}[b[i+1]]
		if width == 0 {
			out.WriteByte('\\')
			out.WriteRune(rune(b[i+1]))
			i += 2
			continue
		}
		v, n := 0, 0
		for ; n < width && i+2+n < len(b) && hexDigit(b[i+2+n]) >= 0; n++ {
			v = v<<4 | hexDigit(b[i+2+n])
		}
		switch {
		case n < width && width == 4:
			return "", notDecoded("rawunicodeescape", b, i, n+2, `truncated \uXXXX escape`)
		case n < width:
			return "", notDecoded("rawunicodeescape", b, i, n+2, `truncated \UXXXXXXXX escape`)
		case v > utf8.MaxRune:
			return "", notDecoded("rawunicodeescape", b, i, n+2, `\Uxxxxxxxx out of range`)
		}
		if v >= 0xd800 && v < 0xe000 { // a surrogate, in the bytes that surrogatepass gives it
			out.Write([]byte{byte(0xe0 | v>>12), byte(0x80 | v>>6&0x3f), byte(0x80 | v&0x3f)})
		} else {
			out.WriteRune(rune(v))
		}
		i += 2 + width
	}
	return out.String(), nil
}
