package jsonstream

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Reader gives the tokens of one document.
type Reader struct {
	in     *bufio.Reader
	limits Limits
	at     int64
	stack  []level
	keys   int // of all levels
	text   []byte
	state  state
	err    error
}

// level is an object or array that is open.
type level struct {
	object bool
	keys   map[uint64]struct{} // hashes
}

type state uint8

const (
	wantValue   state = iota
	wantFirst         // a value or the end of an array
	wantKey           // a key or the end of an object
	wantNextKey       // a key
	wantColon
	wantComma
	wantNothing
	ended
)

// NewReader reads a document from r.
func NewReader(r io.Reader, l Limits) *Reader {
	return &Reader{in: bufio.NewReaderSize(r, 64<<10), limits: l}
}

// Offset is the number of bytes read.
func (r *Reader) Offset() int64 { return r.at }

// Next gives the next token. After the document's value only white space may
// follow; then it gives End. An error is a *SyntaxError, one of the input, or
// wraps ErrLimit; it is given again ever after.
func (r *Reader) Next() (Token, error) {
	if r.err != nil {
		return Token{}, r.err
	}
	t, err := r.next()
	r.err = err
	return t, err
}

func (r *Reader) next() (Token, error) {
	for {
		c, err := r.space()
		if err == io.EOF && r.state >= wantNothing {
			r.state = ended
			return Token{Kind: End, From: r.at, To: r.at}, nil
		}
		if err != nil {
			return Token{}, r.broken(err)
		}
		from := r.at - 1
		switch {
		case r.state == wantColon && c == ':':
			r.state = wantValue
		case r.state == wantComma && c == ',':
			r.state = wantValue
			if r.stack[len(r.stack)-1].object {
				r.state = wantNextKey
			}
		case c == '}' && (r.state == wantKey || r.state == wantComma && r.stack[len(r.stack)-1].object):
			r.close()
			return Token{Kind: EndObject, From: from, To: r.at}, nil
		case c == ']' && (r.state == wantFirst || r.state == wantComma && !r.stack[len(r.stack)-1].object):
			r.close()
			return Token{Kind: EndArray, From: from, To: r.at}, nil
		case c == '"' && (r.state == wantKey || r.state == wantNextKey):
			return r.key(from)
		case r.state == wantValue || r.state == wantFirst:
			return r.value(c, from)
		default:
			return Token{}, r.syntax(from, fmt.Sprintf("%q where it must not stand", c))
		}
	}
}

// space skips white space and gives the byte behind it.
func (r *Reader) space() (byte, error) {
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			return 0, err
		}
		r.at++
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c, nil
		}
	}
}

func (r *Reader) key(from int64) (Token, error) {
	cut, err := r.quoted()
	if err != nil {
		return Token{}, err
	}
	t := Token{Kind: Key, From: from, To: r.at, Text: r.text, Cut: cut}
	top := &r.stack[len(r.stack)-1]
	h := hash(r.text)
	if _, t.Duplicate = top.keys[h]; !t.Duplicate {
		if r.keys++; r.keys > r.limits.Keys {
			return Token{}, fmt.Errorf("json: byte %d: more than %d keys in open objects: %w", from, r.limits.Keys, ErrLimit)
		}
		if top.keys == nil {
			top.keys = map[uint64]struct{}{}
		}
		top.keys[h] = struct{}{}
	}
	r.state = wantColon
	return t, nil
}

// hash is FNV-1a.
func hash(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

func (r *Reader) value(c byte, from int64) (Token, error) {
	switch c {
	case '{', '[':
		if len(r.stack) >= r.limits.Depth {
			return Token{}, fmt.Errorf("json: byte %d: more than %d levels deep: %w", from, r.limits.Depth, ErrLimit)
		}
		r.stack = append(r.stack, level{object: c == '{'})
		if c == '{' {
			r.state = wantKey
			return Token{Kind: Object, From: from, To: r.at}, nil
		}
		r.state = wantFirst
		return Token{Kind: Array, From: from, To: r.at}, nil
	case '"':
		cut, err := r.quoted()
		r.done()
		return Token{Kind: String, From: from, To: r.at, Text: r.text, Cut: cut}, err
	}
	return r.word(c, from)
}

// close ends the innermost level.
func (r *Reader) close() {
	r.keys -= len(r.stack[len(r.stack)-1].keys)
	r.stack = r.stack[:len(r.stack)-1]
	r.done()
}

// done is after a value.
func (r *Reader) done() {
	r.state = wantComma
	if len(r.stack) == 0 {
		r.state = wantNothing
	}
}

// mostWord is the longest number that is read.
const mostWord = 512

// word reads a number or a name.
func (r *Reader) word(c byte, from int64) (Token, error) {
	r.text = append(r.text[:0], c)
	for {
		c, err := r.in.ReadByte()
		if err == io.EOF {
			break
		}
		if err != nil {
			return Token{}, err
		}
		if !wordByte(c) {
			if err := r.in.UnreadByte(); err != nil {
				return Token{}, err
			}
			break
		}
		if r.at++; len(r.text) >= mostWord {
			return Token{}, r.syntax(from, fmt.Sprintf("a number or name of more than %d bytes", mostWord))
		}
		r.text = append(r.text, c)
	}
	t := Token{From: from, To: r.at}
	r.done()
	switch w := string(r.text); w {
	case "true", "false":
		t.Kind, t.True = Bool, w == "true"
	case "null":
		t.Kind = Null
	default:
		n, integer, ok := number(w)
		if !ok {
			return Token{}, r.syntax(from, fmt.Sprintf("%q is no value", w[:min(len(w), 40)]))
		}
		t.Kind, t.Number, t.Integer = Number, n, integer
	}
	return t, nil
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '+' || c == '-' || c == '.'
}

// number reads JSON's numbers, and the three of Python's that JSON has not.
func number(w string) (v float64, integer, ok bool) {
	switch w {
	case "NaN", "Infinity", "-Infinity":
		v, err := strconv.ParseFloat(w, 64)
		return v, false, err == nil
	}
	integer = true
	for i, c := range []byte(w) {
		digit := c >= '0' && c <= '9'
		if i == 0 && !digit && c != '-' || !digit && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			return 0, false, false
		}
		integer = integer && (digit || i == 0)
	}
	v, err := strconv.ParseFloat(w, 64)
	if e, is := err.(*strconv.NumError); is && e.Err == strconv.ErrRange {
		err = nil // as Python: infinite, or nought
	}
	return v, integer, err == nil
}

// quoted reads a string behind its first quote into r.text.
func (r *Reader) quoted() (cut bool, err error) {
	r.text = r.text[:0]
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			return cut, r.broken(err)
		}
		r.at++
		switch {
		case c == '"':
			return cut, nil
		case c == '\\':
			if err := r.escape(&cut); err != nil {
				return cut, err
			}
		case c < 0x20:
			return cut, r.syntax(r.at-1, fmt.Sprintf("the control character %#x in a string", c))
		default:
			if cut = cut || len(r.text) >= r.limits.Text; !cut {
				r.text = append(r.text, c)
			}
		}
	}
}

func (r *Reader) escape(cut *bool) error {
	c, err := r.in.ReadByte()
	if err != nil {
		return r.broken(err)
	}
	r.at++
	var one rune
	switch c {
	case '"', '\\', '/':
		one = rune(c)
	case 'b':
		one = '\b'
	case 'f':
		one = '\f'
	case 'n':
		one = '\n'
	case 'r':
		one = '\r'
	case 't':
		one = '\t'
	case 'u':
		if one, err = r.unicode(); err != nil {
			return err
		}
	default:
		return r.syntax(r.at-2, fmt.Sprintf("the escape \\%c", c))
	}
	if *cut = *cut || len(r.text) >= r.limits.Text; !*cut {
		r.text = utf8.AppendRune(r.text, one)
	}
	return nil
}

// unicode reads what follows \u, and a second half of a surrogate pair.
func (r *Reader) unicode() (rune, error) {
	first, err := r.hex()
	if err != nil || !utf16.IsSurrogate(first) {
		return first, err
	}
	if next, err := r.in.Peek(6); err != nil || next[0] != '\\' || next[1] != 'u' {
		return utf8.RuneError, nil
	} else if second, err := strconv.ParseUint(string(next[2:6]), 16, 16); err != nil || utf16.DecodeRune(first, rune(second)) == utf8.RuneError {
		return utf8.RuneError, nil
	} else {
		n, err := r.in.Discard(6)
		r.at += int64(n)
		return utf16.DecodeRune(first, rune(second)), err
	}
}

func (r *Reader) hex() (rune, error) {
	var b [4]byte
	n, err := io.ReadFull(r.in, b[:])
	r.at += int64(n)
	if err != nil {
		return 0, r.broken(io.EOF)
	}
	v, err := strconv.ParseUint(string(b[:]), 16, 16)
	if err != nil {
		return 0, r.syntax(r.at-4, fmt.Sprintf("the escape \\u%s", b[:]))
	}
	return rune(v), nil
}

// broken is the error of an input that ends or fails.
func (r *Reader) broken(err error) error {
	if err == io.EOF {
		return &SyntaxError{Offset: r.at, What: "the document ends too early"}
	}
	return err
}

func (r *Reader) syntax(offset int64, what string) error {
	return &SyntaxError{Offset: offset, What: what}
}
