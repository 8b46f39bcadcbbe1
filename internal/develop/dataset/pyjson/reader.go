package pyjson

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Reader takes JSON apart token by token, without holding the text.
type Reader struct {
	in     *bufio.Reader
	offset int64
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{in: bufio.NewReaderSize(r, 1<<16)} }

// Offset is how many bytes were read, for messages.
func (r *Reader) Offset() int64 { return r.offset }

func (r *Reader) fail(format string, args ...any) error {
	return fmt.Errorf("byte %d: %s", r.offset, fmt.Sprintf(format, args...))
}

func (r *Reader) byte() (byte, error) {
	c, err := r.in.ReadByte()
	if err == io.EOF {
		return 0, r.fail("the text ends too early")
	}
	r.offset++
	return c, err
}

// Peek is the first byte behind white space, which stays to be read; 0 at the end.
func (r *Reader) Peek() (byte, error) {
	for {
		c, err := r.in.ReadByte()
		if err == io.EOF {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c, r.in.UnreadByte()
		}
		r.offset++
	}
}

// Expect reads one byte behind white space, which must be c.
func (r *Reader) Expect(c byte) error {
	got, err := r.Peek()
	if err != nil {
		return err
	}
	if got == 0 {
		return r.fail("the text ends where %q is due", c)
	}
	if got != c {
		return r.fail("%q is due, not %q", c, got)
	}
	_, err = r.byte()
	return err
}

// End says that nothing but white space is left.
func (r *Reader) End() error {
	c, err := r.Peek()
	if err == nil && c != 0 {
		err = r.fail("nothing is due any more, and %q is there", c)
	}
	return err
}

// String appends the bytes of a string to b, at most most of them. A surrogate
// that stands for a byte gives that byte; any other lone one is no name of a file.
func (r *Reader) String(b []byte, most int) ([]byte, error) {
	if err := r.Expect('"'); err != nil {
		return nil, err
	}
	start := len(b)
	for {
		b = r.run(b)
		c, err := r.byte()
		switch {
		case err != nil:
			return nil, err
		case c == '"' && len(b)-start <= most:
			return b, nil
		case c < 0x20:
			return nil, r.fail("a control character stands in a string")
		case c == '\\':
			if b, err = r.escape(b); err != nil {
				return nil, err
			}
		case c >= utf8.RuneSelf:
			if b, err = r.multibyte(b, c); err != nil {
				return nil, err
			}
		default:
			b = append(b, c)
		}
		if len(b)-start > most {
			return nil, r.fail("a string has more than %d bytes", most)
		}
	}
}

// run appends what is buffered of plain ASCII, which is nearly all of most strings.
func (r *Reader) run(b []byte) []byte {
	ahead, _ := r.in.Peek(r.in.Buffered())
	n := 0
	for n < len(ahead) && ahead[n] >= 0x20 && ahead[n] < utf8.RuneSelf && ahead[n] != '"' && ahead[n] != '\\' {
		n++
	}
	b = append(b, ahead[:n]...)
	_, _ = r.in.Discard(n) // it is buffered
	r.offset += int64(n)
	return b
}

// multibyte appends the code point that begins with c.
func (r *Reader) multibyte(b []byte, c byte) ([]byte, error) {
	start := len(b)
	b = append(b, c)
	for !utf8.FullRune(b[start:]) {
		next, err := r.byte()
		if err != nil {
			return nil, err
		}
		b = append(b, next)
	}
	if !utf8.Valid(b[start:]) {
		return nil, r.fail("the string is not UTF-8")
	}
	return b, nil
}

func (r *Reader) escape(b []byte) ([]byte, error) {
	c, err := r.byte()
	if err != nil {
		return nil, err
	}
	switch c {
	case '"', '\\', '/':
		return append(b, c), nil
	case 'n':
		return append(b, '\n'), nil
	case 'r':
		return append(b, '\r'), nil
	case 't':
		return append(b, '\t'), nil
	case 'f':
		return append(b, '\f'), nil
	case 'b':
		return append(b, '\b'), nil
	case 'u':
		return r.unicode(b)
	}
	return nil, r.fail("\\%c is no escape of JSON", c)
}

func (r *Reader) unicode(b []byte) ([]byte, error) {
	u, err := r.unit()
	if err != nil {
		return nil, err
	}
	if u >= 0xD800 && u < 0xDC00 {
		next, err := r.in.Peek(2)
		if err != nil || string(next) != `\u` {
			return nil, r.fail("half of a surrogate pair stands alone")
		}
		_, _ = r.in.Discard(2)
		r.offset += 2
		low, err := r.unit()
		if err != nil {
			return nil, err
		}
		if u = utf16.DecodeRune(u, low); u == utf8.RuneError {
			return nil, r.fail("half of a surrogate pair stands alone")
		}
	}
	if u >= surrogate && u < 0xE000 {
		if u < surrogate+0x80 || u > surrogate+0xFF {
			return nil, r.fail("half of a surrogate pair stands alone")
		}
		return append(b, byte(u-surrogate)), nil
	}
	return utf8.AppendRune(b, u), nil
}

func (r *Reader) unit() (rune, error) {
	var u rune
	for range 4 {
		c, err := r.byte()
		if err != nil {
			return 0, err
		}
		switch {
		case c >= '0' && c <= '9':
			u = u<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			u = u<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			u = u<<4 | rune(c-'A'+10)
		default:
			return 0, r.fail("%q is no hexadecimal digit", c)
		}
	}
	return u, nil
}

// Scalar passes over a string, a number, true, false or null.
func (r *Reader) Scalar() error {
	c, err := r.Peek()
	if err != nil {
		return err
	}
	if c == '"' {
		_, err := r.String(nil, 1<<16)
		return err
	}
	var word []byte
	for len(word) < 64 {
		c, err := r.in.ReadByte()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if !bytes.ContainsRune([]byte("+-.0123456789Eaeflnrstu"), rune(c)) {
			if err := r.in.UnreadByte(); err != nil {
				return err
			}
			break
		}
		r.offset++
		word = append(word, c)
	}
	if _, err := strconv.ParseFloat(string(word), 64); err != nil && string(word) != "true" && string(word) != "false" && string(word) != "null" {
		return r.fail("%.40q is no scalar of JSON", word)
	}
	return nil
}
