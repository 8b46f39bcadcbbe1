package archive

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// bzip2ed is the payload as bz2.compress of Python has it: the standard library
// writes no bzip2.
const bzip2ed = "\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\xb7\xd8\x72\x81\x00\x00\x0f\x91\x80\x40\x04\x26\x44\xc4\x20\x20\x00\x21\xb5\x46\x4c\x35\x08\x06\x9a\x68\x93\xaa\x55\x98\x51\x66\x8c\x63\x33\x8a\x8f\x8b\xb9\x22\x9c\x28\x48\x5b\xec\x39\x40\x80"

// compressed is the text in a format, written by the library of the format.
func compressed(t testing.TB, format Compression, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch format {
	case GzipFile:
		w = gzip.NewWriter(&b)
	case ZlibFile:
		w = zlib.NewWriter(&b)
	case ZFile:
		fmt.Fprintf(&b, "%s%-19s", zfilePrefix, fmt.Sprintf("%#x", len(text)))
		w = zlib.NewWriter(&b)
	case XZFile:
		w, err = xz.NewWriter(&b)
	case LZMAFile:
		w, err = lzma.NewWriter(&b)
	case ZstdFile:
		w, err = zstd.NewWriter(&b)
	case LZ4File:
		w = lz4.NewWriter(&b)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestStreamsAreReadOverTheirEnds(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(payload, 50_000)
	for _, c := range []struct {
		format Compression
		row    bool // several in a row are one file to the format's tools
	}{{GzipFile, true}, {ZlibFile, false}, {ZFile, false}, {XZFile, true}, {LZMAFile, false}, {ZstdFile, true}, {LZ4File, true}, {Bzip2File, true}} {
		t.Run(string(c.format), func(t *testing.T) {
			t.Parallel()
			text := long
			var one []byte
			if c.format == Bzip2File {
				one, text = []byte(bzip2ed), payload
			} else {
				one = compressed(t, c.format, text)
			}
			if got := Compressed(one); got != c.format {
				t.Fatalf("taken for %q", got)
			}
			file, want := one, text
			if c.row {
				file, want = append(bytes.Clone(one), one...), text+text
			}
			for _, junk := range []string{"", "junk behind the end"} {
				s, err := OpenStream(c.format, bytes.NewReader(append(bytes.Clone(file), junk...)), int64(len(file)+len(junk)), nil)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(s)
				if err != nil || string(got) != want {
					t.Fatalf("junk %q: %d bytes of %d, %v", junk, len(got), len(want), err)
				}
				if s.Consumed() != int64(len(file)) {
					t.Errorf("junk %q: ended at %d of %d", junk, s.Consumed(), len(file))
				}
			}
			for _, cut := range []int{len(one) - 1, len(one) / 2, 13} {
				s, err := OpenStream(c.format, bytes.NewReader(one[:cut]), int64(cut), nil)
				if err != nil {
					continue
				}
				if got, err := io.ReadAll(s); err == nil {
					t.Errorf("cut off at %d of %d: %d bytes and no error", cut, len(one), len(got))
				}
			}
		})
	}
}
