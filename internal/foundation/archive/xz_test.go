package archive

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/ulikunitz/xz"
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

// TestDictionariesOfXZ: blocks are walked to the end of the stream, and one that
// would take too much memory is refused before it takes any.
func TestDictionariesOfXZ(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("a model of many blocks "), 20_000)
	b := xzOf(t, 1<<20, data)
	end, dictionary, err := xzEnd(window{bytes.NewReader(b), int64(len(b))}, 0)
	if err != nil || end != int64(len(b)) || dictionary != 1<<20 {
		t.Errorf("ends at %d of %d, dictionary %d, %v", end, len(b), dictionary, err)
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
	large := append(b[:len(b):len(b)], xzOf(t, 64<<20, data)...)
	var limit LimitError
	if s, err = OpenStream(XZFile, bytes.NewReader(large), int64(len(large))); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(s); !errors.As(err, &limit) {
		t.Errorf("a large dictionary in the second stream: %v", err)
	}
	m := Member{Method: XZ, Data: Range{0, int64(len(large))}}
	if _, err := m.Open(bytes.NewReader(large)); !errors.As(err, &limit) {
		t.Errorf("and in a member: %v", err)
	}
}
