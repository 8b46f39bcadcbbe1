package object_test

import (
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func TestNamesAndPlaces(t *testing.T) {
	t.Parallel()
	const name = "d41d8cd98f00b204e9800998ecf8427e"
	for _, s := range []string{name, name + ".dir"} {
		id, err := object.Parse(strings.ToUpper(name) + s[32:])
		if err != nil || id.String() != s {
			t.Fatalf("%s: %s, %v", s, id, err)
		}
		for layout, path := range map[object.Layout]string{object.Current: "files/md5/d4/" + s[2:], object.Legacy: "d4/" + s[2:]} {
			back, l, err := object.ParsePath(path)
			if id.Path(layout) != path || err != nil || back != id || l != layout {
				t.Errorf("%s: %s, %v, %v", path, id.Path(layout), back, err)
			}
		}
	}
	for _, s := range []string{"", name[1:], name + "0", name + ".DIR", name + ".dir.dir", "g" + name[1:], " " + name[1:]} {
		if _, err := object.Parse(s); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q is a name: %v", s, err)
		}
	}
	for _, s := range []string{
		"", name, "d4" + name[2:], "D4/" + name[2:], "d4/1D" + name[4:], "files/md5/" + name, "files/md5/d4/" + name[2:] + "/", "/d4/" + name[2:], "../d4/" + name[2:],
		"files/md5/d4/" + name[2:] + ".dir.dir", "files/md5/d41/" + name[3:], "files/md5//d4/" + name[2:], "files/sha256/d4/" + name[2:], "d4\\" + name[2:],
	} {
		if _, _, err := object.ParsePath(s); !fault.Is(err, fault.Invalid) || s != "" && !strings.Contains(err.Error(), s[:1]) {
			t.Errorf("%q is a place: %v", s, err)
		}
	}
}

// Values of dvc 3.67.1's own hashing.
func TestHashes(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", 1<<20-1) + "\r\ny\r\n"
	for _, c := range []struct {
		text    string
		hashing object.Hashing
		want    string
	}{
		{"", object.MD5, "d41d8cd98f00b204e9800998ecf8427e"},
		{"", object.Dos2Unix, "d41d8cd98f00b204e9800998ecf8427e"},
		{"a\r\nb\r\n", object.MD5, "59b0d7772f0561efb95518f3cb8abc60"},
		{"a\r\nb\r\n", object.Dos2Unix, "dd8c6a395b5dd36c56d23275028f526c"},
		{large, object.Dos2Unix, "e1825541a28894307881fc219afcc49f"},
	} {
		for _, r := range []io.Reader{strings.NewReader(c.text), iotest.HalfReader(strings.NewReader(c.text)), iotest.DataErrReader(strings.NewReader(c.text))} {
			sum, size, err := object.Hash(r, c.hashing)
			if got := hex.EncodeToString(sum[:]); err != nil || got != c.want || size != int64(len(c.text)) {
				t.Errorf("%.20q: %s, want %s, %d bytes, %v", c.text, got, c.want, size, err)
			}
		}
	}
	if _, _, err := object.Hash(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("abc"))), object.MD5); err == nil {
		t.Error("a read that fails gives a hash")
	}
}

func FuzzParsePath(f *testing.F) {
	f.Add("files/md5/d4/1d8cd98f00b204e9800998ecf8427e.dir")
	f.Fuzz(func(t *testing.T, s string) {
		if id, layout, err := object.ParsePath(s); err == nil && id.Path(layout) != s {
			t.Errorf("%q is the place of %s, which is %q", s, id, id.Path(layout))
		}
	})
}

// TestDigest: however the bytes come, their hash is that of Hash.
func TestDigest(t *testing.T) {
	t.Parallel()
	const chunk = 1 << 20
	for _, text := range []string{"", "a\r\nb\r\n", strings.Repeat("x", chunk-1) + "\r\ny\r\n", strings.Repeat("\r\n", chunk), "\x00" + strings.Repeat("\r\n", chunk)} {
		for _, h := range []object.Hashing{object.MD5, object.Dos2Unix} {
			want, _, err := object.Hash(strings.NewReader(text), h)
			if err != nil {
				t.Fatal(err)
			}
			for _, piece := range []int{1000, 4096, chunk, chunk + 1} {
				d := object.NewDigest(h)
				for rest := []byte(text); len(rest) > 0; {
					n, err := d.Write(rest[:min(piece, len(rest))])
					if rest = rest[n:]; err != nil {
						t.Fatal(err)
					}
				}
				if got := d.Sum(); got != want {
					t.Errorf("%.10q of %d bytes in pieces of %d: %x, want %x", text, len(text), piece, got, want)
				}
			}
		}
	}
}
