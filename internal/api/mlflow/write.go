package mlflow

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// writer writes one JSON object field by field into bytes: the responses that
// are large or frequent are written so, without reflection.
type writer struct {
	b     []byte
	comma bool
}

// begin opens an object or list.
func (o *writer) begin(c byte) {
	o.b = append(o.b, c)
	o.comma = false
}

// end closes it.
func (o *writer) end(c byte) {
	o.b = append(o.b, c)
	o.comma = true
}

// next separates from what stands before.
func (o *writer) next() {
	if o.comma {
		o.b = append(o.b, ',')
	}
	o.comma = true
}

// key writes a field's name, which needs no escaping.
func (o *writer) key(name string) {
	o.next()
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, '"', ':')
}

func (o *writer) text(name, value string) {
	o.key(name)
	o.b = appendText(o.b, value)
}

// some writes a text unless it is empty.
func (o *writer) some(name, value string) {
	if value != "" {
		o.text(name, value)
	}
}

func (o *writer) int(name string, value int64) {
	o.key(name)
	o.b = strconv.AppendInt(o.b, value, 10)
}

func (o *writer) float(name string, value float64) {
	o.key(name)
	o.b = appendFloat(o.b, value)
}

// open begins the object or list of a field.
func (o *writer) open(name string, c byte) {
	o.key(name)
	o.begin(c)
}

// item begins an object in a list.
func (o *writer) item() {
	o.next()
	o.begin('{')
}

// appendFloat writes the shortest number that reads back the same, and the
// text "NaN", which JSON has no number for.
func appendFloat(b []byte, v float64) []byte {
	if math.IsNaN(v) {
		return append(b, `"NaN"`...)
	}
	return appendNumber(b, v)
}

// appendNumber writes a finite number as Python does: with a fraction, and with
// an exponent where it is very large or small.
func appendNumber(b []byte, v float64) []byte {
	if a := math.Abs(v); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(b, v, 'e', -1, 64)
	}
	start := len(b)
	b = strconv.AppendFloat(b, v, 'f', -1, 64)
	for _, c := range b[start:] {
		if c == '.' {
			return b
		}
	}
	return append(b, '.', '0')
}

const hexDigits = "0123456789abcdef"

// appendText writes a JSON string; what is not UTF-8 becomes U+FFFD.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			b = append(b, s[start:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, '\\', 'n')
			case '\r':
				b = append(b, '\\', 'r')
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			b = append(b, s[start:i]...)
			b = append(b, "\ufffd"...)
			i++
			start = i
			continue
		}
		i += n
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}
