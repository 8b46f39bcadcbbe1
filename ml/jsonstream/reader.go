package jsonstream

import (
	"fmt"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Reader gives the tokens of one document.
type Reader struct {
	input
	limits Limits
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
	return &Reader{input: input{r: r, buf: make([]byte, bufferBytes)}, limits: l}
}

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
			return Token{Kind: End, From: r.Offset(), To: r.Offset()}, nil
		}
		if err != nil {
			return Token{}, r.broken(err)
		}
		from := r.Offset() - 1
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
			return Token{Kind: EndObject, From: from, To: r.Offset()}, nil
		case c == ']' && (r.state == wantFirst || r.state == wantComma && !r.stack[len(r.stack)-1].object):
			r.close()
			return Token{Kind: EndArray, From: from, To: r.Offset()}, nil
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
		for i, c := range r.buf[r.pos:r.end] {
			if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
				r.pos += i + 1
				return c, nil
			}
		}
		r.pos = r.end
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
}

func (r *Reader) key(from int64) (Token, error) {
	text, cut, err := r.quoted()
	if err != nil {
		return Token{}, err
	}
	t := Token{Kind: Key, From: from, To: r.Offset(), Text: text, Cut: cut}
	top := &r.stack[len(r.stack)-1]
	h := hash(text)
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
			return Token{Kind: Object, From: from, To: r.Offset()}, nil
		}
		r.state = wantFirst
		return Token{Kind: Array, From: from, To: r.Offset()}, nil
	case '"':
		text, cut, err := r.quoted()
		r.done()
		return Token{Kind: String, From: from, To: r.Offset(), Text: text, Cut: cut}, err
	}
	return r.word(from)
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

// word reads a number or a name, whose first byte was read.
func (r *Reader) word(from int64) (Token, error) {
	r.pos--
	n := 0
	for {
		for r.pos+n < r.end && n <= mostWord && wordByte(r.buf[r.pos+n]) {
			n++
		}
		if r.pos+n < r.end || n > mostWord {
			break
		}
		if err := r.fill(); err == io.EOF {
			break
		} else if err != nil {
			return Token{}, err
		}
	}
	if n > mostWord {
		return Token{}, r.syntax(from, fmt.Sprintf("a number or name of more than %d bytes", mostWord))
	}
	n = max(n, 1)
	w := r.buf[r.pos : r.pos+n]
	r.pos += n
	t := Token{From: from, To: r.Offset()}
	r.done()
	switch string(w) {
	case "true", "false":
		t.Kind, t.True = Bool, w[0] == 't'
	case "null":
		t.Kind = Null
	default:
		v, integer, ok := number(w)
		if !ok {
			return Token{}, r.syntax(from, fmt.Sprintf("%q is no value", w[:min(len(w), 40)]))
		}
		t.Kind, t.Number, t.Integer = Number, v, integer
	}
	return t, nil
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '+' || c == '-' || c == '.'
}

// quoted reads a string behind its first quote. What it gives is good until the
// next call.
func (r *Reader) quoted() (text []byte, cut bool, err error) {
	for i, c := range r.buf[r.pos:r.end] {
		if c == '"' {
			text = r.buf[r.pos : r.pos+i]
			r.pos += i + 1
			if len(text) > r.limits.Text {
				return text[:r.limits.Text], true, nil
			}
			return text, false, nil
		}
		if c == '\\' || c < 0x20 {
			break
		}
	}
	cut, err = r.escaped()
	return r.text, cut, err
}

// escaped reads a string that has escapes, or more bytes than the buffer, into
// r.text.
func (r *Reader) escaped() (cut bool, err error) {
	r.text = r.text[:0]
	for {
		c, err := r.byte()
		if err != nil {
			return cut, r.broken(err)
		}
		switch {
		case c == '"':
			return cut, nil
		case c == '\\':
			if err := r.escape(&cut); err != nil {
				return cut, err
			}
		case c < 0x20:
			return cut, r.syntax(r.Offset()-1, fmt.Sprintf("the control character %#x in a string", c))
		default:
			if cut = cut || len(r.text) >= r.limits.Text; !cut {
				r.text = append(r.text, c)
			}
		}
	}
}

func (r *Reader) escape(cut *bool) error {
	c, err := r.byte()
	if err != nil {
		return r.broken(err)
	}
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
		return r.syntax(r.Offset()-2, fmt.Sprintf("the escape \\%c", c))
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
	next, err := r.peek(6)
	if err != nil && err != io.EOF {
		return 0, err
	}
	if len(next) < 6 || next[0] != '\\' || next[1] != 'u' {
		return utf8.RuneError, nil
	}
	second, err := strconv.ParseUint(string(next[2:6]), 16, 16)
	pair := utf16.DecodeRune(first, rune(second))
	if err != nil || pair == utf8.RuneError {
		return utf8.RuneError, nil
	}
	r.pos += 6
	return pair, nil
}

func (r *Reader) hex() (rune, error) {
	b, err := r.peek(4)
	if len(b) < 4 {
		r.pos = r.end
		return 0, r.broken(err)
	}
	v, err := strconv.ParseUint(string(b), 16, 16)
	if err != nil {
		return 0, r.syntax(r.Offset(), fmt.Sprintf("the escape \\u%s", b))
	}
	r.pos += 4
	return rune(v), nil
}

// broken is the error of an input that ends or fails.
func (r *Reader) broken(err error) error {
	if err == io.EOF {
		return &SyntaxError{Offset: r.Offset(), What: "the document ends too early"}
	}
	return err
}

func (r *Reader) syntax(offset int64, what string) error {
	return &SyntaxError{Offset: offset, What: what}
}
