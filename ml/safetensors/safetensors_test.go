package safetensors_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/ml/jsonstream"
	"github.com/tacit-ml/tacit/ml/safetensors"
)

func file(header string, buffer int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, buffer)...)
}

func read(b []byte) (safetensors.File, error) {
	return safetensors.Read(bytes.NewReader(b), int64(len(b)))
}

const good = `{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BF16","shape":[],"data_offsets":[24,26]}}   `

func TestGood(t *testing.T) {
	f, err := read(file(good, 26))
	if err != nil || len(f.Faults) > 0 || len(f.Tensors) != 2 || f.Metadata["format"] != "pt" {
		t.Fatalf("%+v %v", f, err)
	}
	if s := f.Spans(1 << 20); len(s) != 1 || s[0] != [2]int64{f.Buffer, f.Buffer + 26} {
		t.Errorf("spans %v", s)
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		header string
		buffer int
		fault  string
	}{
		{" " + good, 26, "begins with ' '"},
		{good, 27, "1 bytes behind the last tensor"},
		{good, 25, "ends at byte 26"},
		{`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8, "stands twice"},
		{`{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12, "4 bytes before"},
		{`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12, "overlaps"},
		{`{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, 8, "do not make"},
		{`{"a":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}}`, 8, "unknown dtype"},
		{`{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,8]}}`, 8, "do not make"},
		{`{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}`, 8, "no size"},
		{`{"a":{"dtype":"F32","shape":[2]}}`, 0, "no span"},
		{`{"__metadata__":{"x":{"y":[1]}}}`, 0, "no text"},
		{`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"code":{}}}`, 8, "field \"code\""},
	} {
		f, err := read(file(c.header, c.buffer))
		if err != nil || len(f.Faults) == 0 || !strings.Contains(f.Faults[0].What, c.fault) {
			t.Errorf("%s: %v, %v", c.header, f.Faults, err)
		}
	}
}

func TestWhatIsNone(t *testing.T) {
	for _, b := range [][]byte{nil, file(`[1]`, 0), file(`{"a":1}`, 0), file(`{"a":`, 0), {255, 255, 255, 255, 255, 255, 255, 127, '{'}} {
		if _, err := read(b); !errors.Is(err, safetensors.ErrNot) {
			t.Errorf("%q: %v", b, err)
		}
	}
	deep := file(`{"__metadata__":{"x":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+"}}", 0)
	if _, err := read(deep); !errors.Is(err, jsonstream.ErrLimit) {
		t.Errorf("a deep header: %v", err)
	}
}

// TestNames: of many long names no more is held than the limit.
func TestNames(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"__metadata__":{"a":"b"`)
	for i := range 600 {
		fmt.Fprintf(&b, `,"%d%s":"x"`, i, strings.Repeat("k", 60_000))
	}
	b.WriteString("}}")
	if _, err := read(file(b.String(), 0)); !errors.Is(err, jsonstream.ErrLimit) {
		t.Errorf("36 MB of names: %v", err)
	}
}

// FuzzRead: spans are in the file and in order.
func FuzzRead(f *testing.F) {
	f.Add(file(good, 26))
	f.Add(file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},"b":{"dtype":"F4","shape":[3],"data_offsets":[0,9]}}`, 12))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := read(b)
		if err != nil {
			return
		}
		last := h.Buffer
		for _, s := range h.Spans(int64(len(b))) {
			if s[0] < last || s[1] <= s[0] || s[1] > int64(len(b)) {
				t.Fatalf("span %v behind %d in %d bytes", s, last, len(b))
			}
			last = s[1]
		}
	})
}
