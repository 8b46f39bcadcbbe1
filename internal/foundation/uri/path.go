package uri

import (
	"path"
	"slices"
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
	return "", invalid("it is encoded more than %d times over", maxDecodings)("encode each character once")
}

// Empty is the error for a path that names nothing where a file is to be named.
func Empty() error { return invalid("it names no file")("give the path of one, as in model/MLmodel") }

// invalid is the error for a path that means none: the reason and then the
// remedy. MLflow's server says the first two words alone.
func invalid(reason string, args ...any) func(remedy string) error {
	err := fault.New(fault.Invalid, "Invalid path: "+reason+".", args...)
	return func(remedy string) error { return fault.WithHint(err, "%s", remedy) }
}

// Exact is Clean for a path that an address is made of, where empty and "."
// segments are refused: however it is quoted, it has one form. A slash at its end
// is none.
func Exact(p string) (string, error) {
	clean, err := Clean(p)
	if err == nil && clean != strings.TrimSuffix(Decode(p), "/") {
		return "", segments()
	}
	return clean, err
}

func segments() error {
	return invalid("it has empty, \".\" or \"..\" segments")("give the folders and the file by their names, one slash between them")
}

// judge refuses a decoded path that may lead out of where it is joined to.
func judge(p string) (string, error) {
	if p == "" {
		return "", nil
	}
	switch {
	case strings.HasPrefix(p, "/") || drive(p):
		return "", invalid("it begins at the root of a machine")("give it from the folder of the artifacts on, without a slash before it")
	case strings.Contains(p, "\\"):
		return "", invalid("it has a back-slash")("put slashes between folders")
	case strings.Contains(p, "#"):
		return "", invalid("it has a '#', which no address carries to the server by itself")("give the file a name without it")
	}
	if slices.Contains(strings.Split(p, "/"), "..") {
		return "", segments()
	}
	if p = path.Clean(p); p == "." {
		return "", nil
	}
	if err := checkLength(p); err != nil {
		return "", err
	}
	if blobs.CheckKey(p) != nil {
		return "", invalid("it has a control character or is not UTF-8")("give the file a name of characters that can be read")
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
