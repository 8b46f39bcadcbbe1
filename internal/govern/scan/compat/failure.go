package compat

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// failure is a Python exception. Its text is what str() of it gives.
type failure struct {
	class string // of Python, the nearest one that somebody catches
	text  string
}

// The classes that are told apart.
const (
	valueError   = "ValueError"
	osError      = "OSError"
	badZip       = "zipfile.BadZipFile"
	runtimeError = "RuntimeError"
	zlibError    = "zlib.error"
	otherError   = "Exception"
)

// Error is the text.
func (f *failure) Error() string { return f.text }

func raise(class, format string, args ...any) error {
	return &failure{class, fmt.Sprintf(format, args...)}
}

// isA reports whether err is a Python exception of one of the classes.
func isA(err error, classes ...string) bool {
	var f *failure
	if !errors.As(err, &f) {
		return false
	}
	for _, c := range classes {
		if f.class == c {
			return true
		}
	}
	return false
}

// reprBytes is repr() of bytes.
func reprBytes(b []byte) string {
	quote := byte('\'')
	if strings.IndexByte(string(b), '\'') >= 0 && strings.IndexByte(string(b), '"') < 0 {
		quote = '"'
	}
	var out strings.Builder
	out.WriteByte('b')
	out.WriteByte(quote)
	for _, c := range b {
		switch {
		case c == quote || c == '\\':
			out.WriteByte('\\')
			out.WriteByte(c)
		case c == '\n':
			out.WriteString(`\n`)
		case c == '\r':
			out.WriteString(`\r`)
		case c == '\t':
			out.WriteString(`\t`)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&out, `\x%02x`, c)
		default:
			out.WriteByte(c)
		}
	}
	out.WriteByte(quote)
	return out.String()
}

// reprText is repr() of a str.
func reprText(s string) string {
	quote := '\''
	if strings.ContainsRune(s, '\'') && !strings.ContainsRune(s, '"') {
		quote = '"'
	}
	var out strings.Builder
	out.WriteRune(quote)
	for i, r := range s {
		switch {
		case r == quote || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\r':
			out.WriteString(`\r`)
		case r == '\t':
			out.WriteString(`\t`)
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd"):
			fmt.Fprintf(&out, `\x%02x`, s[i])
		case r == ' ' || unicode.IsPrint(r):
			out.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&out, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			fmt.Fprintf(&out, `\U%08x`, r)
		}
	}
	out.WriteRune(quote)
	return out.String()
}

// reprFloat is repr() of a float.
func reprFloat(f float64) string {
	switch s := strconv.FormatFloat(f, 'g', -1, 64); s {
	case "+Inf":
		return "inf"
	case "-Inf":
		return "-inf"
	case "NaN":
		return "nan"
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	at := strings.IndexByte(s, 'e')
	if power, err := strconv.Atoi(s[at+1:]); err == nil && power >= -4 && power < 16 {
		s = strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.ContainsRune(s, '.') {
			s += ".0"
		}
	}
	return s
}
