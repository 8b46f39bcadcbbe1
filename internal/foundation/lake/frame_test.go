package lake

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
)

func allKinds(t testing.TB) stamped {
	t.Helper()
	b := NewBatch(Column{Name: "b", Kind: Bool}, Column{Name: "i", Kind: Int}, Column{Name: "f", Kind: Float}, Column{Name: "t", Kind: Text}, Column{Name: "r", Kind: Bytes})
	for _, row := range [][]any{{true, 1, math.Inf(-1), "é", []byte{0xff}}, {nil, nil, nil, nil, nil}, {false, math.MinInt64, 0.1, "", []byte{}}} {
		if err := b.Add(row...); err != nil {
			t.Fatal(err)
		}
	}
	return stamped{Table{"w", "t"}, -1, "i", b}
}

// frames reads all that is read of a write-ahead file's frames.
func frames(content []byte) (all []stamped, err error) {
	r := bytes.NewReader(content)
	for {
		s, err := readFrame(r)
		if err != nil {
			return all, err
		}
		all = append(all, s)
	}
}

var exported = cmp.AllowUnexported(stamped{})

func TestFramesReadBack(t *testing.T) {
	t.Parallel()
	s := allKinds(t)
	f := frame(s)
	got, err := frames(append(append([]byte{}, f...), f...))
	if err != io.EOF {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]stamped{s, s}, got, exported); diff != "" {
		t.Error(diff)
	}
	for cut := 1; cut < len(f); cut++ {
		if got, err := frames(append(append([]byte{}, f...), f[:cut]...)); len(got) != 1 || !errors.Is(err, errTorn) {
			t.Fatalf("broken off at %d: %d frames, %v", cut, len(got), err)
		}
	}
	for at := 4; at < len(f); at++ { // the length apart, which makes it seem broken off
		bad := bytes.Clone(f)
		bad[at] ^= 0x10
		if got, err := frames(bad); len(got) != 0 || !errors.Is(err, errDamaged) {
			t.Fatalf("changed at %d: %d frames, %v", at, len(got), err)
		}
	}
	if _, err := frames(make([]byte, 4096)); !errors.Is(err, errTorn) {
		t.Errorf("zeros: %v", err)
	}
}

func FuzzFrames(f *testing.F) {
	one := frame(allKinds(f))
	f.Add(one)
	f.Add(append(bytes.Clone(one), one[:20]...))
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0, 9})
	f.Fuzz(func(t *testing.T, content []byte) {
		all, err := frames(content)
		if err != io.EOF && !errors.Is(err, errTorn) && !errors.Is(err, errDamaged) {
			t.Fatalf("got %v", err)
		}
		for _, s := range all {
			again, err := readFrame(bytes.NewReader(frame(s)))
			if err != nil {
				t.Fatalf("a frame that was read cannot be written: %v", err)
			}
			if diff := cmp.Diff(s, again, exported, cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })); diff != "" {
				t.Fatal(diff)
			}
		}
		// A payload that is none must not be believed for its checksum.
		if len(content) > 0 && len(content) < maxFrame {
			d := &decoder{b: content}
			d.append()
		}
	})
}

func FuzzSniff(f *testing.F) {
	for _, s := range []string{"", "a,b\n1,2\n", "\xef\xbb\xbfa;b\r\n\"x\ny\";2", "a\ta\t\tA_1\n", "\"", "1,2\n3,4", "\xff\xfea", "a|\"b\"\"c\"\r1|2\r"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		layout, names, err := Sniff(head)
		again, sameNames, sameErr := Sniff(bytes.Clone(head))
		if layout != again || !cmp.Equal(names, sameNames) || (err == nil) != (sameErr == nil) {
			t.Fatal("the same bytes give another answer")
		}
		if err != nil {
			return
		}
		taken := map[string]bool{}
		for _, n := range names {
			if key := strings.ToLower(n); n == "" || taken[key] {
				t.Fatalf("the name %q is empty or there twice: %q", n, names)
			} else {
				taken[key] = true
			}
		}
		if !strings.ContainsRune(",\t;|", rune(layout.Delimiter)) {
			t.Fatalf("delimiter %q", layout.Delimiter)
		}
	})
}

// What a manifest holds is what it was told, in whatever order.
func TestManifestHolds(t *testing.T) {
	t.Parallel()
	draw.Check(t, func(t *rapid.T) {
		var m manifest
		told := map[int64]bool{}
		for _, n := range rapid.SliceOf(rapid.Int64Range(1, 40)).Draw(t, "numbers") {
			m.hold("w", n)
			told[n] = true
		}
		for n := int64(0); n <= 41; n++ {
			if m.holds("w", n) != told[n] || m.sees(leafName("w", n)) == told[n] && n > 0 {
				t.Fatalf("%d: told %v, held %v", n, told[n], m.Held)
			}
		}
		for i, r := range m.Held["w"] {
			if r[0] > r[1] || i > 0 && r[0] <= m.Held["w"][i-1][1]+1 {
				t.Fatalf("ranges %v", m.Held["w"])
			}
		}
	})
}
