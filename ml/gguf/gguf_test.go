package gguf_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/ml/gguf"
)

// writer makes files of version 3.
type writer struct{ b []byte }

func (w *writer) u32(v uint32) *writer { w.b = binary.LittleEndian.AppendUint32(w.b, v); return w }
func (w *writer) u64(v uint64) *writer { w.b = binary.LittleEndian.AppendUint64(w.b, v); return w }
func (w *writer) text(s string) *writer {
	w.u64(uint64(len(s)))
	w.b = append(w.b, s...)
	return w
}

func begin(tensors, pairs uint64) *writer {
	w := &writer{b: []byte("GGUF")}
	return w.u32(3).u64(tensors).u64(pairs)
}

func (w *writer) tensor(name string, kind uint32, offset uint64, shape ...uint64) *writer {
	w.text(name).u32(uint32(len(shape)))
	for _, d := range shape {
		w.u64(d)
	}
	return w.u32(kind).u64(offset)
}

func (w *writer) data(n int) []byte {
	for len(w.b)%32 > 0 {
		w.b = append(w.b, 0)
	}
	return append(w.b, make([]byte, n)...)
}

func read(b []byte) (gguf.File, error) { return gguf.Read(bytes.NewReader(b), int64(len(b))) }

func good() []byte {
	w := begin(2, 3).text("general.architecture").u32(8).text("llama").text("tokenizer.chat_template").u32(8).text("{{ x }}")
	w.text("a").u32(9).u32(8).u64(2).text("x").text("yy")
	return w.tensor("t", 0, 0, 2, 3).tensor("q", 8, 32, 32, 2).data(32 + 68)
}

func TestGood(t *testing.T) {
	b := good()
	f, err := read(b)
	if err != nil || len(f.Faults) > 0 || f.Version != 3 || len(f.Pairs) != 3 || f.Pairs[1].Text != "{{ x }}" || f.Pairs[2].Elements != 2 {
		t.Fatalf("%+v %v", f, err)
	}
	if f.Tensors[1].Size != 68 || len(f.Unknown()) > 0 {
		t.Errorf("%+v", f.Tensors)
	}
	if s := f.Spans(int64(len(b))); len(s) != 1 || s[0] != [2]int64{f.Data, int64(len(b))} {
		t.Errorf("spans %v of %d bytes", s, len(b))
	}
}

func TestVersions(t *testing.T) {
	one := &writer{b: []byte("GGUF")}
	one.u32(1).u32(0).u32(1).u32(1).b = append(one.b, "k\x05\x00\x00\x00\x07\x00\x00\x00"...)
	if f, err := read(one.b); err != nil || f.Version != 1 || f.Pairs[0].Number != 7 {
		t.Errorf("version 1: %+v %v", f, err)
	}
	big := []byte("GGUF\x00\x00\x00\x03" + strings.Repeat("\x00", 16))
	if f, err := read(big); err != nil || !f.Big || f.Version != 3 {
		t.Errorf("big-endian: %+v %v", f, err)
	}
}

func TestFaults(t *testing.T) {
	for fault, b := range map[string][]byte{
		"key \"k\" stands twice":        begin(0, 2).text("k").u32(4).u32(1).text("k").u32(4).u32(1).b,
		"no power of two":               begin(0, 1).text("general.alignment").u32(4).u32(0).b,
		"no power":                      begin(0, 1).text("general.alignment").u32(4).u32(48).b,
		"not uint32":                    begin(0, 1).text("general.alignment").u32(10).u64(32).b,
		"ends behind the file":          begin(1, 0).tensor("t", 0, 32, 8).data(32),
		"not a multiple":                begin(1, 0).tensor("t", 0, 4, 8).data(64),
		"overlaps":                      begin(2, 0).tensor("t", 0, 0, 16).tensor("u", 0, 32, 8).data(64),
		"cannot store":                  begin(1, 0).tensor("t", 0, 0, 1<<40, 1<<40).data(64),
		"its type cannot":               begin(1, 0).tensor("t", 8, 0, 33).data(64),
		"tensor \"t\" stands twice":     begin(2, 0).tensor("t", 0, 0, 8).tensor("t", 0, 32, 8).data(64),
		"5 dimensions":                  begin(1, 0).tensor("t", 0, 0, 1, 1, 1, 1, 1).data(4),
		"a bool is 7":                   append(begin(0, 1).text("k").u32(7).b, 7),
		"t\" has 32 bytes from 4294967": begin(1, 0).tensor("t", 0, 4294967296, 8).data(64),
	} {
		f, err := read(b)
		if err != nil || len(f.Faults) == 0 || !strings.Contains(f.Faults[0].What, fault) {
			t.Errorf("%s: %v, %v", fault, f.Faults, err)
		}
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	for name, b := range map[string][]byte{
		"nothing":          nil,
		"another version":  {'G', 'G', 'U', 'F', 9, 0, 0, 0, 0},
		"pairs":            begin(0, 1<<60).b,
		"tensors":          begin(1<<60, 0).b,
		"a long text":      begin(0, 1).u64(1 << 62).b,
		"a long array":     begin(0, 1).text("k").u32(9).u32(4).u64(1 << 61).b,
		"an unknown type":  begin(0, 1).text("k").u32(13).u64(0).b,
		"an ending header": good()[:100],
	} {
		if _, err := read(b); !errors.Is(err, gguf.ErrNot) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := begin(0, 1).text("k").u32(9)
	for range 100 {
		w.u32(9).u64(1)
	}
	if _, err := read(w.u32(4).u64(0).b); !errors.Is(err, gguf.ErrLimit) {
		t.Errorf("arrays in arrays: %v", err)
	}
}

// TestTexts: of many long keys no more is held than the limit.
func TestTexts(t *testing.T) {
	w := begin(0, 300)
	for i := range 300 {
		w.text(strings.Repeat("k", 60_000) + string(rune('a'+i))).u32(4).u32(1)
	}
	if _, err := read(w.b); !errors.Is(err, gguf.ErrLimit) {
		t.Errorf("18 MB of keys: %v", err)
	}
}

// FuzzRead: spans are in the file and in order.
func FuzzRead(f *testing.F) {
	f.Add(good())
	f.Add(begin(1, 1).text("general.alignment").u32(4).u32(64).tensor("t", 0, 64, 8).data(200))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := read(b)
		if err != nil {
			return
		}
		last := min(h.Data, int64(len(b)))
		for _, s := range h.Spans(int64(len(b))) {
			if s[0] < last || s[1] <= s[0] || s[1] > int64(len(b)) {
				t.Fatalf("span %v behind %d in %d bytes", s, last, len(b))
			}
			last = s[1]
		}
	})
}
