package sqlite

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func fixtures(t testing.TB) map[string][]byte {
	t.Helper()
	all, err := filepath.Glob("testdata/*.db")
	if err != nil || len(all) < 4 {
		t.Fatal(all, err)
	}
	out := map[string][]byte{}
	for _, at := range all {
		if out[filepath.Base(at)], err = os.ReadFile(at); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// read gives the sums of the values of each table.
func read(t testing.TB, b []byte, budget Budget) (*File, map[string][]string) {
	t.Helper()
	sums := map[string][]string{}
	f, err := Read(bytes.NewReader(b), int64(len(b)), budget, func(v Value) error {
		data, err := io.ReadAll(v.Bytes())
		if err != nil || int64(len(data)) != v.Size {
			t.Errorf("%d of %d bytes of %s: %v", len(data), v.Size, v.Table, err)
		}
		if n := min(len(data), 4); v.Offset < 0 || v.Offset+int64(n) > int64(len(b)) {
			t.Errorf("%s: a value at %d", v.Table, v.Offset)
		}
		sum := sha256.Sum256(data)
		sums[v.Table] = append(sums[v.Table], hex.EncodeToString(sum[:8]))
		return nil
	})
	if err != nil && !errors.Is(err, ErrOther) {
		t.Fatal(err)
	}
	return f, sums
}

func TestWhatSQLiteReads(t *testing.T) {
	var golden map[string]map[string][]string
	b, err := os.ReadFile("testdata/golden.json")
	if err = errors.Join(err, json.Unmarshal(b, &golden)); err != nil {
		t.Fatal(err)
	}
	for name, b := range fixtures(t) {
		f, sums := read(t, b, DefaultBudget())
		if len(f.Problems) > 0 || f.Size != int64(len(b)) {
			t.Errorf("%s: %d bytes of %d, problems %v", name, f.Size, len(b), f.Problems)
		}
		covered := int64(0)
		for _, r := range slices.Concat(f.Parsed, f.Free) {
			covered += r.Size()
		}
		if covered != int64(len(b)) {
			t.Errorf("%s: %d bytes of %d are known", name, covered, len(b))
		}
		for table, want := range golden[name] {
			slices.Sort(sums[table])
			if len(want) == 0 || !slices.Equal(sums[table], want) {
				t.Errorf("%s: %s has %d values, sqlite reads %d", name, table, len(sums[table]), len(want))
			}
		}
	}
}

func TestSchema(t *testing.T) {
	f, _ := read(t, fixtures(t)["wide.db"], DefaultBudget())
	if len(f.Schema) != 2 || f.Schema[1].Kind != "view" || f.Schema[1].Name != "v" || !strings.Contains(f.Schema[1].SQL, "x'00112233'") {
		t.Errorf("%+v", f.Schema)
	}
}

// What is damaged or leads back is a problem, and ends.
func TestDamage(t *testing.T) {
	whole := fixtures(t)["small.db"]
	for name, change := range map[string]func(b []byte) []byte{
		"a page of no kind":     func(b []byte) []byte { b[512] = 7; return b },
		"the root twice":        func(b []byte) []byte { copy(b[32:], []byte{0, 0, 0, 1}); return b },
		"cells that overlap":    func(b []byte) []byte { copy(b[110:], b[108:110]); return b },
		"a format of tomorrow":  func(b []byte) []byte { b[19] = 9; return b },
		"a page that is not":    func(b []byte) []byte { copy(b[32:], []byte{0, 9, 0, 1}); return b },
		"cut":                   func(b []byte) []byte { return b[:len(b)-2048] },
		"a cell behind its end": func(b []byte) []byte { b[108], b[109] = 1, 0xff; return b },
	} {
		f, _ := read(t, change(slices.Clone(whole)), DefaultBudget())
		if f == nil || len(f.Problems) == 0 {
			t.Errorf("%s: no problem: %+v", name, f)
		}
	}
	for _, b := range [][]byte{nil, whole[:50], append([]byte(Signature), make([]byte, 100)...)} {
		if _, err := Read(bytes.NewReader(b), int64(len(b)), DefaultBudget(), nil); !errors.Is(err, ErrOther) {
			t.Errorf("%d bytes: %v", len(b), err)
		}
	}
	for name, budget := range map[string]Budget{
		"tables": {Tables: 1, Cells: 1 << 20, Depth: 40, Schema: 1 << 20}, "cells": {Tables: 10, Cells: 9, Depth: 40, Schema: 1 << 20},
		"levels": {Tables: 10, Cells: 1 << 20, Depth: 1, Schema: 1 << 20}, "statement": {Tables: 10, Cells: 1 << 20, Depth: 40, Schema: 5},
	} {
		if f, _ := read(t, whole, budget); len(f.Problems) == 0 || !strings.Contains(f.Problems[0].What, "budget") {
			t.Errorf("%s: %+v", name, f.Problems)
		}
	}
	stop := errors.New("stop")
	if _, err := Read(bytes.NewReader(whole), int64(len(whole)), DefaultBudget(), func(Value) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the error of a caller: %v", err)
	}
}

// FuzzRead: whatever the bytes are, the reading ends, and ranges lie in the file.
func FuzzRead(f *testing.F) {
	for _, b := range fixtures(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, _ := read(t, b, Budget{Tables: 100, Cells: 1 << 16, Depth: 20, Schema: 1 << 16})
		if file == nil {
			return
		}
		at := int64(0)
		all := slices.Concat(file.Parsed, file.Free)
		slices.SortFunc(all, func(a, b Range) int { return int(a.From - b.From) })
		for _, r := range all {
			if r.From < at || r.To <= r.From || r.To > int64(len(b)) {
				t.Fatalf("the range %v after %d of %d", r, at, len(b))
			}
			at = r.To
		}
	})
}
