package archive

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

func xzOf(t *testing.T, dictionary int, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := xz.WriterConfig{DictCap: dictionary, BlockSize: 1 << 16}.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestBlocksOfXZ: blocks are walked to the end of the stream.
func TestBlocksOfXZ(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("a model of many blocks "), 20_000)
	b := xzOf(t, 1<<20, data)
	end, smaller, err := xzEnd(window{bytes.NewReader(b), int64(len(b))}, 0)
	if err != nil || end != int64(len(b)) || len(smaller) != 0 {
		t.Errorf("ends at %d of %d, %d patches, %v", end, len(b), len(smaller), err)
	}
	s, err := OpenStream(XZFile, bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(s); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	cut := b[:len(b)*2/3]
	if s, err = OpenStream(XZFile, bytes.NewReader(cut), int64(len(cut))); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(s); err == nil || len(got) == 0 || !bytes.HasPrefix(data, got) {
		t.Errorf("cut off: %d bytes, %v", len(got), err)
	}
	two := append(b[:len(b):len(b)], xzOf(t, 64<<20, data)...)
	m := Member{Method: XZ, Data: Range{0, int64(len(two))}, Size: -1}
	for name, open := range map[string]func() (io.Reader, error){
		"stream": func() (io.Reader, error) { return OpenStream(XZFile, bytes.NewReader(two), int64(len(two))) },
		"member": func() (io.Reader, error) { return m.Open(bytes.NewReader(two)) },
	} {
		r, err := open()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || len(got) != 2*len(data) {
			t.Errorf("%s: a large dictionary in the second: %d bytes, %v", name, len(got), err)
		}
	}
}

// TestLargeDictionaries: a stream that asks for a larger dictionary than there is
// memory for is read, unless it refers further back; then the limit is told.
func TestLargeDictionaries(t *testing.T) {
	t.Parallel()
	word := make([]byte, 1<<10)
	_, _ = rand.NewChaCha8([32]byte{3}).Read(word)
	alone := func(data []byte) []byte {
		var b bytes.Buffer
		w, err := lzma.WriterConfig{DictCap: 64 << 20}.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	inXZ := func(data []byte) []byte {
		var b bytes.Buffer
		w, err := xz.WriterConfig{DictCap: 64 << 20}.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for between, want := range map[int]bool{1 << 20: true, windowBytes + 1<<20: false} {
		data := slices.Concat(word, make([]byte, between), word)
		zip := alone(data)
		inZip := append([]byte{9, 4, lzmaProperties, 0}, append(zip[:lzmaProperties:lzmaProperties], zip[13:]...)...)
		packed := map[string]struct {
			bytes []byte
			open  func(b []byte) (io.Reader, error)
		}{
			"xz":   {inXZ(data), func(b []byte) (io.Reader, error) { return OpenStream(XZFile, bytes.NewReader(b), int64(len(b))) }},
			"lzma": {zip, func(b []byte) (io.Reader, error) { return OpenStream(LZMAFile, bytes.NewReader(b), int64(len(b))) }},
			"zip": {inZip, func(b []byte) (io.Reader, error) {
				return Member{Method: LZMA, Data: Range{0, int64(len(b))}, Size: -1}.Open(bytes.NewReader(b))
			}},
		}
		for name, p := range packed {
			r, err := p.open(p.bytes)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got, err := io.ReadAll(r)
			var limit LimitError
			if want && (err != nil || !bytes.Equal(got, data)) || !want && !errors.As(err, &limit) {
				t.Errorf("%s, %d between: %d bytes of %d, %v", name, between, len(got), len(data), err)
			}
		}
	}
}
