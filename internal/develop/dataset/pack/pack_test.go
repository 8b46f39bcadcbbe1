package pack_test

import (
	"bytes"
	"crypto/md5"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pack"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// all reads a stream to its end.
func all(stream []byte) (contents []string, err error) {
	r := pack.NewReader(bytes.NewReader(stream))
	for {
		_, content, err := r.Next()
		if errors.Is(err, io.EOF) {
			return contents, nil
		}
		if err != nil {
			return contents, err
		}
		contents = append(contents, string(content))
	}
}

func write(t rapid.TB, contents ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pack.NewWriter(&b)
	for i, c := range contents {
		id := object.ID{Sum: md5.Sum([]byte(c)), Dir: i%3 == 2}
		add := func() error { return w.Add(id, []byte(c)) }
		if i%2 == 1 {
			add = func() error { return w.Copy(id, strings.NewReader(c), int64(len(c))) }
		}
		if err := add(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPack: what was written is read; of what was cut off or changed anywhere nothing passes for whole.
func TestPack(t *testing.T) {
	draw.Check(t, func(t *rapid.T) {
		contents := rapid.SliceOf(rapid.StringN(0, 20, -1)).Draw(t, "contents")
		stream := write(t, contents...)
		got, err := all(stream)
		if err != nil || strings.Join(got, "|") != strings.Join(contents, "|") {
			t.Fatal(got, err)
		}
		cut := rapid.IntRange(0, len(stream)-1).Draw(t, "cut")
		if got, err := all(stream[:cut]); !fault.Is(err, fault.Invalid) {
			t.Fatalf("cut off at %d of %d: %q, %v", cut, len(stream), got, err)
		}
		changed := bytes.Clone(stream)
		changed[cut] ^= byte(rapid.IntRange(1, 255).Draw(t, "by"))
		if got, err := all(changed); err == nil && strings.Join(got, "|") != strings.Join(contents, "|") {
			t.Fatalf("byte %d changed: %q", cut, got)
		}
	})
}

func TestPackLimits(t *testing.T) {
	name := object.ID{}.String()
	many := strings.Repeat(object.ID{Sum: md5.Sum(nil)}.String()+" 0\n", pack.MaxObjects+1) + "\n"
	for what, c := range map[string]struct {
		stream string
		kind   fault.Kind
	}{
		"a large object": {name + " 1048577\n", fault.Limit}, "many objects": {many, fault.Limit}, "a size that is none": {name + " -1\n", fault.Invalid}, "a size in another form": {name + " 01\nx\n", fault.Invalid},
		"a name that is none": {"abc 1\nx\n", fault.Invalid}, "capitals": {strings.Repeat("AB", 16) + " 0\n\n", fault.Invalid}, "no line": {strings.Repeat("a", 1<<20), fault.Invalid}, "more behind its end": {"\n\n", fault.Invalid},
	} {
		if _, err := all([]byte(c.stream)); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzPack(f *testing.F) {
	f.Add(write(f, "", "a", strings.Repeat("b", 1000)))
	f.Fuzz(func(t *testing.T, stream []byte) {
		if _, err := all(stream); err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Limit) {
			t.Error(err)
		}
	})
}
