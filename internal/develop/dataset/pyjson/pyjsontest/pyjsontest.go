// Package pyjsontest reads the golden values that testdata/make.py writes: one
// line of JSON each, in which Python's values keep their types.
//
// It is for tests alone.
package pyjsontest

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
)

// Lines calls each with the parts of every line of a golden file. The files lie
// in the folder testdata beside the package's, or where TACIT_DVC_GOLDEN says.
func Lines(t testing.TB, name string, each func(line int, parts []json.RawMessage)) {
	t.Helper()
	folder := os.Getenv("TACIT_DVC_GOLDEN")
	if folder == "" {
		folder = filepath.Join("..", "testdata")
	}
	f, err := os.Open(filepath.Join(folder, name)) //nolint:gosec // the tests' own file
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<26)
	n := 0
	for in.Scan() {
		n++
		var parts []json.RawMessage
		if err := json.Unmarshal(in.Bytes(), &parts); err != nil {
			t.Fatalf("%s:%d: %v", name, n, err)
		}
		each(n, parts)
	}
	if err := in.Err(); err != nil || n < 10 {
		t.Fatalf("%s: %d lines, %v", name, n, err)
	}
}

// Value is a value of Python.
func Value(t testing.TB, raw json.RawMessage) any {
	t.Helper()
	var parts []json.RawMessage
	kind := ""
	must(t, json.Unmarshal(raw, &parts))
	must(t, json.Unmarshal(parts[0], &kind))
	switch kind {
	case "n":
		return nil
	case "b":
		return string(parts[1]) == "true"
	case "l":
		return list(t, parts[1])
	case "m":
		return object(t, parts[1])
	}
	s := Text(t, parts[1])
	switch kind {
	case "i":
		n, _ := new(big.Int).SetString(s, 10)
		if n.IsInt64() {
			return n.Int64()
		}
		return n
	case "f":
		b, err := hex.DecodeString(s)
		must(t, err)
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	case "s":
		b, err := hex.DecodeString(s)
		must(t, err)
		return string(b)
	}
	return Other(s)
}

// Other is a value of a type that only Python has.
type Other string

// Text is a text, "" for null.
func Text(t testing.TB, raw json.RawMessage) string {
	t.Helper()
	s := ""
	must(t, json.Unmarshal(raw, &s))
	return s
}

func list(t testing.TB, raw json.RawMessage) []any {
	t.Helper()
	var items []json.RawMessage
	must(t, json.Unmarshal(raw, &items))
	all := []any{}
	for _, i := range items {
		all = append(all, Value(t, i))
	}
	return all
}

func object(t testing.TB, raw json.RawMessage) pyjson.Map {
	t.Helper()
	var items [][2]json.RawMessage
	must(t, json.Unmarshal(raw, &items))
	m := pyjson.Map{}
	for _, i := range items {
		m = append(m, pyjson.Member{Key: Value(t, i[0]), Value: Value(t, i[1])})
	}
	return m
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
