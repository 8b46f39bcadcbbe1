// Package pyjson writes JSON as Python's json.dumps(value, sort_keys=True) does,
// byte for byte, and reads such text back piece by piece: names in DVC's formats
// are hashes of it.
//
// Words: a value is nil, bool, int, int64, *big.Int, float64, string, []any or
// Map; a string is bytes, of which those that are no UTF-8 stand for what Python
// calls surrogate escapes, as in the names of files.
//
// It is no JSON library: what is read is read strictly, and by what expects it.
package pyjson

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Map is an object with its keys in the order in which they were set.
type Map []Member

// Member is a key and its value. A key is nil, a bool, a number or a string.
type Member struct {
	Key   any
	Value any
}

// Get is the value of a string key, and whether it is there.
func (m Map) Get(key string) (any, bool) {
	for _, e := range m {
		if e.Key == any(key) {
			return e.Value, true
		}
	}
	return nil, false
}

// Set replaces the value of a string key, or adds both at the end.
func (m *Map) Set(key string, value any) {
	for i, e := range *m {
		if e.Key == any(key) {
			(*m)[i].Value = value
			return
		}
	}
	*m = append(*m, Member{key, value})
}

// Marshal writes the value with sorted keys, ", " and ": " between, and ASCII
// alone. An error names what Python could not write either.
func Marshal(value any) ([]byte, error) { return Append(nil, value) }

// Append is Marshal behind what b holds.
func Append(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case *big.Int:
		return v.Append(b, 10), nil
	case float64:
		return append(b, jsonFloat(v)...), nil
	case string:
		return AppendString(b, v), nil
	case []any:
		return appendList(b, v)
	case Map:
		return appendMap(b, v)
	}
	return nil, fmt.Errorf("pyjson: a value of type %T has no form in JSON", value)
}

func appendList(b []byte, list []any) ([]byte, error) {
	b = append(b, '[')
	var err error
	for i, v := range list {
		if i > 0 {
			b = append(b, ", "...)
		}
		if b, err = Append(b, v); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendMap(b []byte, m Map) ([]byte, error) {
	sorted := slices.Clone(m)
	mixed := false
	slices.SortStableFunc(sorted, func(x, y Member) int {
		c, ok := compareKeys(x.Key, y.Key)
		mixed = mixed || !ok
		return c
	})
	if mixed {
		return nil, fmt.Errorf("pyjson: keys of different types have no order")
	}
	b = append(b, '{')
	for i, e := range sorted {
		if i > 0 {
			b = append(b, ", "...)
		}
		key, err := keyText(e.Key)
		if err != nil {
			return nil, err
		}
		b = append(AppendString(b, key), ": "...)
		if b, err = Append(b, e.Value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// compareKeys orders keys as Python does before it writes them as strings:
// numbers and bools among themselves, strings among themselves, nothing else.
func compareKeys(x, y any) (int, bool) {
	a, aString := x.(string)
	b, bString := y.(string)
	if aString && bString {
		return CompareStrings(a, b), true
	}
	m, n := number(x), number(y)
	if aString != bString || m == nil || n == nil {
		return 0, false
	}
	return m.Cmp(n), true
}

func number(x any) *big.Float {
	switch v := x.(type) {
	case bool:
		if v {
			return big.NewFloat(1)
		}
		return new(big.Float)
	case int:
		return new(big.Float).SetInt64(int64(v))
	case int64:
		return new(big.Float).SetInt64(v)
	case *big.Int:
		return new(big.Float).SetInt(v)
	case float64:
		if !math.IsNaN(v) {
			return big.NewFloat(v)
		}
	}
	return nil
}

func keyText(key any) (string, error) {
	switch v := key.(type) {
	case string:
		return v, nil
	case nil, bool, int, int64, *big.Int, float64:
		b, err := Append(nil, v)
		return string(b), err
	}
	return "", fmt.Errorf("pyjson: a key of type %T has no form in JSON", key)
}

// CompareStrings orders as Python orders strings: by code points, of which a
// byte that is no UTF-8 has one between U+DC80 and U+DCFF.
func CompareStrings[T ~string | ~[]byte](x, y T) int {
	a, b := string(x), string(y)
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	// Back to where the code point begins that holds the first difference: bytes
	// before a start belong to code points that are equal on both sides.
	for back := 0; i > 0 && back < utf8.UTFMax-1; back++ {
		i--
		if utf8.RuneStart(a[i]) {
			break
		}
	}
	for i < len(a) && i < len(b) {
		p, n := codePoint(a[i:])
		q, m := codePoint(b[i:])
		if p != q {
			return cmp.Compare(p, q)
		}
		a, b = a[i+n:], b[i+m:]
		i = 0
	}
	return cmp.Compare(len(a)-i, len(b)-i)
}

// surrogate is what Python's surrogate escape adds to a byte that is no UTF-8.
const surrogate = 0xDC00

func codePoint(s string) (rune, int) {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		return surrogate + rune(s[0]), 1
	}
	return r, n
}
