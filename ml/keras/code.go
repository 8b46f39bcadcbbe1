package keras

import (
	"encoding/base64"
	"strings"
)

// marshalled notes a string that is code by its own look, wherever it stands.
func (w *walk) marshalled(n uint32) {
	if node := w.nodes[n]; node.to-node.from > 40 && looksCode(w.document.text[node.from+1:node.from+13]) {
		w.code(n)
	}
}

// looksCode reports whether twelve characters of Base64 begin a code object of
// Python 3: its tag, and two small counts of arguments in four bytes each.
func looksCode(start []byte) bool {
	var b [9]byte
	if n, err := base64.StdEncoding.Decode(b[:], start); err != nil || n < len(b) || b[0]&0x7f != 'c' {
		return false
	}
	return b[1] < 64 && b[2]|b[3]|b[4] == 0 && b[5] < 64 && b[6]|b[7]|b[8] == 0
}

// legacyCode notes the code of Keras 1 and 2: a member beside whose name there
// is one that says "lambda", function and function_type.
func (w *walk) legacyCode(n uint32, count map[string]int) {
	for name := range count {
		kind, ok := strings.CutSuffix(name, "_type")
		if !ok || w.text(n, name) != "lambda" {
			continue
		}
		if value, ok := w.member(n, kind); ok {
			w.steps = append(w.steps, "."+kind)
			w.firstCode(value)
			w.steps = w.steps[:len(w.steps)-1]
		}
	}
}

// objectCode notes the code of an object that is made of it: __lambda__, and
// the settings of a Lambda layer that are lists or dicts of texts.
func (w *walk) objectCode(o Object) {
	if o.config == 0 || o.Function {
		return
	}
	var names []string
	switch o.Class {
	case "__lambda__":
		names = []string{"code", "value"}
	case "Lambda":
		names = []string{"function", "output_shape", "mask"}
	}
	for _, name := range names {
		value, ok := w.member(o.config, name)
		if !ok || o.Class == "Lambda" && !w.isTuple(value) {
			continue
		}
		w.steps = append(w.steps, ".config."+name)
		w.firstCode(value)
		w.steps = w.steps[:len(w.steps)-1]
	}
}

// isTuple reports whether a value is how a tuple of code, defaults and closure
// is written: an array that begins with a text, or an object of items.
func (w *walk) isTuple(n uint32) bool {
	switch w.nodes[n].kind {
	case kindArray:
		return w.nodes[n].after > n+1 && w.nodes[n+1].kind == kindString
	case kindObject:
		_, items := w.member(n, "items")
		return items
	}
	return false
}

// firstCode notes the first string in a value.
func (w *walk) firstCode(n uint32) {
	end := w.nodes[n].after
	for items, ok := w.member(n, "items"); n < end; n++ {
		if ok && n < items {
			continue
		}
		if w.nodes[n].kind == kindString {
			w.code(n)
			return
		}
	}
}

// code notes a string as code, once.
func (w *walk) code(n uint32) {
	at := int64(w.nodes[n].from)
	if w.seen[at] {
		return
	}
	w.seen[at] = true
	w.Code = append(w.Code, Code{Place: w.place(), Offset: at, Length: int64(w.nodes[n].to) - at, Bytes: unbase64(w.string(n))})
}

// unbase64 decodes as Python's binascii does, which passes over what is no
// character of Base64. It is nil when too little is left.
func unbase64(text string) []byte {
	clean := strings.Map(func(r rune) rune {
		if r < 128 && isWord(byte(r)) && r != '-' && r != '.' || r == '/' {
			return r
		}
		return -1
	}, text)
	out, err := base64.RawStdEncoding.DecodeString(clean)
	if err != nil || len(out) < 4 {
		return nil
	}
	return out
}
