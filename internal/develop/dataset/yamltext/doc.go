// Package yamltext reads, writes and edits YAML as ruamel.yaml 0.19 does for
// DVC: scalars by YAML 1.2, block style, long text folded at 80 columns.
//
// Words: a value is what package pyjson has as one, or a Time; a node is a value
// with its place in a text; an edit makes a text say another value while every
// line that still says the same stays as it is, byte for byte.
//
// It reads the YAML of .dvc and dvc.lock files: one document, no tags but the
// core's, no keys that are collections. It knows nothing of what the values mean.
package yamltext

import (
	"math/big"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
)

// Time is a scalar that YAML reads as a date or a time. Nothing of DVC's is one,
// and JSON, of which it takes its hashes, has none.
type Time string

// Equal compares values as Python does, but that a number equals none of another
// type: 1, 1.0 and true are three values to JSON. Maps are equal in any order.
func Equal(x, y any) bool {
	switch a := x.(type) {
	case pyjson.Map:
		b, ok := y.(pyjson.Map)
		return ok && equalMaps(a, b)
	case []any:
		b, ok := y.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !Equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case float64:
		b, ok := y.(float64)
		return ok && (a == b || a != a && b != b)
	}
	if a := integer(x); a != nil {
		b := integer(y)
		return b != nil && a.Cmp(b) == 0
	}
	switch y.(type) {
	case pyjson.Map, []any, *big.Int:
		return false
	}
	return x == y
}

func equalMaps(a, b pyjson.Map) bool {
	if len(a) != len(b) {
		return false
	}
	for i, e := range a {
		j := i
		if !Equal(b[j].Key, e.Key) {
			j = index(b, e.Key)
		}
		if j < 0 || !Equal(e.Value, b[j].Value) {
			return false
		}
	}
	return true
}

// index is where a map has a key, -1 for nowhere.
func index(m pyjson.Map, key any) int {
	for i := range m {
		if Equal(m[i].Key, key) {
			return i
		}
	}
	return -1
}

func integer(x any) *big.Int {
	switch v := x.(type) {
	case int:
		return big.NewInt(int64(v))
	case int64:
		return big.NewInt(v)
	case *big.Int:
		return v
	}
	return nil
}
