package arrow

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
)

// metadata is that of a Parquet file: a version, a list that is passed over, pairs.
func metadata(pairs ...string) []byte {
	b := []byte{0x15, 2, 0x19, 0x1c, 0x18, 1, 'a', 0, 0x11, 0x29, byte(len(pairs)/2)<<4 | 12}
	for i := 0; i < len(pairs); i += 2 {
		b = append(b, 0x18, byte(len(pairs[i])))
		b = append(append(b, pairs[i]...), 0x18, byte(len(pairs[i+1])))
		b = append(append(b, pairs[i+1]...), 0)
	}
	return append(b, 0x18, 1, 'w', 0)
}

func TestMetadata(t *testing.T) {
	b := metadata("pandas", "{}", SchemaKey, "AAAA")
	pairs, err := Metadata(b)
	if err != nil || len(pairs) != 2 || pairs[0].Value != "{}" || pairs[1].Key != SchemaKey || pairs[1].Value != "AAAA" || string(b[pairs[1].Offset:pairs[1].Offset+4]) != "AAAA" {
		t.Fatalf("%+v %v", pairs, err)
	}
	for cut := range b {
		if _, err := Metadata(b[:cut]); err == nil {
			t.Errorf("cut at %d nothing is missed", cut)
		}
	}
	if _, err := Metadata(bytes.Repeat([]byte{0x1c}, 1000)); err == nil {
		t.Error("structures in structures do not end")
	}
	if _, err := Metadata(bytes.Repeat([]byte{0x19}, 1000)); err == nil {
		t.Error("lists in lists do not end")
	}
}

func TestDecoded(t *testing.T) {
	text := "a schema"
	whole := base64.StdEncoding.EncodeToString([]byte(text))
	for value, want := range map[string]string{whole: text, whole + "!AAAA": text, whole[:9]: text[:6], "": "", "A": ""} {
		if got := string(Decoded(value)); got != want {
			t.Errorf("%q is %q, not %q", value, got, want)
		}
	}
}

func TestStrings(t *testing.T) {
	b := []byte("....\x03\x00\x00\x00abc\x00\xff\xff\xff\xff\x04\x00\x00\x00defg\x00")
	var all []string
	Strings(b, func(at, size int) { all = append(all, string(b[at:at+size])) })
	if strings.Join(all, " ") != "abc defg" {
		t.Errorf("%q", all)
	}
}

// FuzzMetadata: whatever the bytes are, the reading ends, and places lie in them.
func FuzzMetadata(f *testing.F) {
	f.Add(metadata("pandas", "{}", SchemaKey, "AAAA"))
	f.Add([]byte{0x1b, 1, 0x88, 1, 'a', 1, 'b', 0})
	f.Add([]byte{0x17, 1, 2, 3, 4, 5, 6, 7, 8, 0x1d, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		pairs, _ := Metadata(b)
		for _, p := range pairs {
			if p.Offset < 0 || p.Offset+len(p.Value) > len(b) {
				t.Fatalf("%+v of %d bytes", p, len(b))
			}
			Strings(Decoded(p.Value), func(int, int) {})
		}
		Strings(b, func(at, size int) { _ = b[at : at+size] })
	})
}

// described is the description of a message: its kind and the size of its body.
func described(kind byte, size int64) []byte {
	b := []byte{0x10, 0, 0, 0, 0x0c, 0, 0x18, 0, 0, 0, 4, 0, 0, 0, 8, 0} // where the table is, its fields
	b = append(b, 0x0c, 0, 0, 0, kind, 0, 0, 0)
	return binary.LittleEndian.AppendUint64(b, uint64(size))
}

func TestMessage(t *testing.T) {
	b := described(Schema, 4096)
	if body, err := Message(b); err != nil || body != (Body{Kind: Schema, Size: 4096}) {
		t.Fatalf("%+v, %v", body, err)
	}
	for name, b := range map[string][]byte{"no kind": described(0, 1), "less than nothing": described(Schema, -1), "nothing": nil, "a table elsewhere": {0xff, 0, 0, 0, 0, 0, 0, 0}} {
		if body, err := Message(b); err == nil {
			t.Errorf("%s: %+v", name, body)
		}
	}
}

// FuzzMessage: whatever the bytes are, the size is one that a body can have.
func FuzzMessage(f *testing.F) {
	f.Add(described(Schema, 8))
	f.Fuzz(func(t *testing.T, b []byte) {
		if body, err := Message(b); err == nil && body.Size < 0 {
			t.Fatalf("%+v", body)
		}
	})
}
