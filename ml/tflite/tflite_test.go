package tflite

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func fixtures(t testing.TB) map[string][]byte {
	t.Helper()
	found, err := filepath.Glob("testdata/*.tflite")
	if err != nil || len(found) < 6 {
		t.Fatal(found, err)
	}
	all := map[string][]byte{}
	for _, path := range found {
		if all[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// read reads a model, whose ranges must be in order, apart and in the file.
func read(t testing.TB, b []byte) *Model {
	t.Helper()
	m, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(m.Parsed, m.Raw)
	slices.SortFunc(all, func(a, b Range) int { return int(a.From - b.From) })
	at := int64(0)
	for _, r := range all {
		if r.From < at || r.To < r.From || r.To > int64(len(b)) {
			t.Fatalf("the range %v after %d of %d", r, at, len(b))
		}
		at = r.To
	}
	return m
}

func TestWhatTheConverterWrites(t *testing.T) {
	for name, b := range fixtures(t) {
		m := read(t, b)
		if m.Version != 3 || len(m.Problems) > 0 || len(m.Operators) == 0 || m.End > int64(len(b)) || m.End < int64(len(b))-8 {
			t.Errorf("%s: version %d, end %d of %d, problems %v", name, m.Version, m.End, len(b), m.Problems)
		}
		for _, g := range m.Gaps() {
			if strings.Trim(string(b[g.From:g.To]), "\x00") != "" || g.To-g.From > 32 {
				t.Errorf("%s: the gap %v is %q", name, g, b[g.From:g.To])
			}
		}
	}
}

func TestCustomOperators(t *testing.T) {
	all := fixtures(t)
	for name, want := range map[string]string{"custom.tflite": "MatrixInverse", "flex.tflite": "FlexMatrixInverse", "reads.tflite": "FlexReadFile", "dense.tflite": ""} {
		if got := read(t, all[name]).Operators[0].Custom; got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestOffsetsThatLeave(t *testing.T) {
	whole := fixtures(t)["quantized.tflite"]
	found := 0
	for at := 8; at+4 <= len(whole); at += 8 {
		b := slices.Clone(whole)
		binary.LittleEndian.PutUint32(b[at:], 0x7ffffff0)
		if m := read(t, b); len(m.Problems) > 0 {
			found++
		}
	}
	if found < 100 {
		t.Errorf("only %d of the changed files have problems", found)
	}
	for cut := 8; cut < len(whole); cut += 101 {
		if m := read(t, whole[:cut]); len(m.Problems) == 0 {
			t.Errorf("cut at %d nothing is missed", cut)
		}
	}
	if _, err := Read(bytes.NewReader([]byte("xxxxxxxxTFL3")), 12); !errors.Is(err, ErrOther) {
		t.Errorf("no identifier: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, b := range fixtures(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 8 && string(b[4:8]) == Identifier {
			read(t, b).Gaps()
		}
	})
}
