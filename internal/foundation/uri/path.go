package uri

import (
	"path"
	"strings"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// maxDecodings bounds how often a path may be escaped in itself.
const maxDecodings = 10

// MaxPath is the longest path, in bytes: what the longest key leaves for it
// behind the name of its workspace.
const MaxPath = blobs.MaxKey - 80

// Clean gives the path that p means, or fault.Invalid: p is decoded until
// nothing is left to decode, and must then lie below where it is joined to. It
// is "" for the place itself.
func Clean(p string) (string, error) {
	for range maxDecodings {
		decoded := decode(p)
		if decoded == p {
			return judge(p)
		}
		p = decoded
	}
	return "", InvalidPath()
}

// InvalidPath is the error for a path that means none.
func InvalidPath() error { return fault.New(fault.Invalid, "Invalid path") }

// judge refuses a decoded path that may lead out of where it is joined to.
func judge(p string) (string, error) {
	if p == "" {
		return "", nil
	}
	if strings.HasPrefix(p, "/") || strings.ContainsAny(p, "\\#") || drive(p) {
		return "", InvalidPath()
	}
	for segment := range strings.SplitSeq(p, "/") {
		if segment == ".." {
			return "", InvalidPath()
		}
	}
	if p = path.Clean(p); p == "." {
		return "", nil
	}
	if err := checkLength(p); err != nil {
		return "", err
	}
	if err := blobs.CheckKey(p); err != nil {
		return "", fault.Because(err, fault.Invalid, "Invalid path")
	}
	return p, nil
}

// checkLength refuses a path that no store takes.
func checkLength(p string) error {
	if len(p) > MaxPath {
		return fault.WithHint(fault.New(fault.Invalid, "Invalid path: it has %d bytes, at most %d are taken.", len(p), MaxPath), "give its folders shorter names")
	}
	for name := range strings.SplitSeq(p, "/") {
		if len(name) > blobs.MaxSegment {
			return fault.WithHint(fault.New(fault.Invalid, "Invalid path: a name in it has %d bytes, at most %d are taken.", len(name), blobs.MaxSegment), "give the file a shorter name")
		}
	}
	return nil
}

// drive reports whether p begins as an absolute path of Windows does.
func drive(p string) bool {
	return len(p) >= 3 && p[1] == ':' && p[2] == '/' && (p[0]|0x20) >= 'a' && (p[0]|0x20) <= 'z'
}

// Decode takes off all layers of percent-encoding.
func Decode(s string) string {
	for {
		decoded := decode(s)
		if decoded == s {
			return s
		}
		s = decoded
	}
}

// decode takes one layer of percent-encoding off; what is no encoding of a
// character, as in "per%cent", stays.
func decode(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		escaped := escapes(s[i:])
		if len(escaped) == 0 {
			b = append(b, s[i])
			i++
			continue
		}
		for len(escaped) > 0 {
			r, n := utf8.DecodeRune(escaped)
			if r == utf8.RuneError && n == 1 {
				b = append(b, s[i:i+3]...)
			} else {
				b = append(b, escaped[:n]...)
			}
			escaped, i = escaped[n:], i+3*n
		}
	}
	return string(b)
}

// escapes are the bytes that the escapes at the beginning of s stand for.
func escapes(s string) []byte {
	var b []byte
	for len(s) > 2 && s[0] == '%' && digit(s[1]) >= 0 && digit(s[2]) >= 0 {
		b = append(b, byte(digit(s[1])<<4|digit(s[2])))
		s = s[3:]
	}
	return b
}

// digit is the value of a hexadecimal digit, -1 for another character.
func digit(c byte) int {
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
