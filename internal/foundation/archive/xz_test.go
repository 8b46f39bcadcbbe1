package archive

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
)

// packedBy is what a writer makes of data.
func packedBy[W io.WriteCloser](t testing.TB, data []byte, open func(io.Writer) (W, error)) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := open(&b)
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

func xzOf(t testing.TB, dictionary int, data []byte) []byte {
	t.Helper()
	return packedBy(t, data, xz.WriterConfig{DictCap: dictionary, BlockSize: 1 << 16}.NewWriter)
}

// TestBlocksOfXZ: blocks are read to the end of the stream, and of one that is cut off
// what there is.
func TestBlocksOfXZ(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("a model of many blocks "), 20_000)
	b := xzOf(t, 1<<20, data)
	s, err := OpenStream(XZFile, bytes.NewReader(b), int64(len(b)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(s); err != nil || !bytes.Equal(got, data) || s.Consumed() != int64(len(b)) {
		t.Errorf("%d bytes, %d consumed of %d, %v", len(got), s.Consumed(), len(b), err)
	}
	cut := b[:len(b)*2/3]
	if s, err = OpenStream(XZFile, bytes.NewReader(cut), int64(len(cut)), nil); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(s); err == nil || len(got) == 0 || !bytes.HasPrefix(data, got) {
		t.Errorf("cut off: %d bytes, %v", len(got), err)
	}
	two := slices.Concat(b, make([]byte, 8), xzOf(t, 64<<20, data))
	m := Member{Method: XZ, Data: Range{0, int64(len(two))}, Size: -1}
	for name, open := range map[string]func() (io.Reader, error){
		"stream": func() (io.Reader, error) { return OpenStream(XZFile, bytes.NewReader(two), int64(len(two)), nil) },
		"member": func() (io.Reader, error) { return m.Open(bytes.NewReader(two), nil) },
	} {
		r, err := open()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || len(got) != 2*len(data) {
			t.Errorf("%s: a large dictionary in the second: %d bytes, %v", name, len(got), err)
		}
	}
	wrong := slices.Clone(b)
	wrong[40] ^= 1
	if s, err = OpenStream(XZFile, bytes.NewReader(wrong), int64(len(wrong)), nil); err == nil {
		_, err = io.ReadAll(s)
	}
	if err == nil {
		t.Error("a changed bit is not noticed")
	}
}

// far is data that refers back so far, and is otherwise all but empty.
func far(t testing.TB, between int) []byte {
	t.Helper()
	word := make([]byte, 1<<10)
	_, _ = draw.Reader(t).Read(word)
	return slices.Concat(word, make([]byte, between), word, []byte("and the end"))
}

// TestLargeDictionaries: what refers further back than memory allows is read where
// there may be a file; where there may be none the limit is told.
func TestLargeDictionaries(t *testing.T) {
	t.Parallel()
	const dictionary = 64 << 20
	for between, inMemory := range map[int]bool{1 << 20: true, windowBytes + 1<<20: false} {
		data := far(t, between)
		alone := packedBy(t, data, lzma.WriterConfig{DictCap: dictionary}.NewWriter)
		inZip := slices.Concat([]byte{9, 4, lzmaProperties, 0}, alone[:lzmaProperties], alone[13:])
		stream := func(f Compression) func(b []byte, s Scratching) (io.ReadCloser, error) {
			return func(b []byte, s Scratching) (io.ReadCloser, error) {
				return OpenStream(f, bytes.NewReader(b), int64(len(b)), s)
			}
		}
		member := func(m Method) func(b []byte, s Scratching) (io.ReadCloser, error) {
			return func(b []byte, s Scratching) (io.ReadCloser, error) {
				return Member{Method: m, Data: Range{0, int64(len(b))}, Size: -1}.Open(bytes.NewReader(b), s)
			}
		}
		inXZ := packedBy(t, data, xz.WriterConfig{DictCap: dictionary}.NewWriter)
		inZstd := packedBy(t, data, func(w io.Writer) (*zstd.Encoder, error) {
			return zstd.NewWriter(w, zstd.WithWindowSize(dictionary), zstd.WithEncoderConcurrency(1))
		})
		for name, p := range map[string]struct {
			bytes []byte
			open  func(b []byte, s Scratching) (io.ReadCloser, error)
		}{
			"xz": {inXZ, stream(XZFile)}, "lzma": {alone, stream(LZMAFile)}, "zstd": {inZstd, stream(ZstdFile)},
			"zip by lzma": {inZip, member(LZMA)}, "zip by xz": {inXZ, member(XZ)}, "zip by zstd": {inZstd, member(Zstd)},
		} {
			for where, scratch := range map[string]Scratching{"memory": nil, "a file": OnDisk} {
				r, err := p.open(p.bytes, scratch)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				got, err := io.ReadAll(r)
				var limit LimitError
				want := inMemory || scratch != nil
				if want && (err != nil || !bytes.Equal(got, data)) || !want && !errors.As(err, &limit) {
					t.Errorf("%s, %d between, in %s: %d bytes of %d, %v", name, between, where, len(got), len(data), err)
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// TestAsTheRealOnes has what xz and zstd pack, by settings of every kind, and expects
// what they unpack.
func TestAsTheRealOnes(t *testing.T) {
	t.Parallel()
	data := slices.Concat(far(t, 5<<20), words(t, 1<<20), far(t, 100))
	for _, line := range []string{
		"xz -0", "xz -6", "xz -9e", "xz --check=none", "xz --check=crc32", "xz --check=sha256", "xz --block-size=300000 -T2",
		"xz --lzma2=lc=0,lp=4,pb=4,dict=8MiB", "xz --lzma2=lc=4,lp=0,pb=0,dict=4KiB,mode=fast,nice=273", "xz --lzma2=preset=6,dict=96MiB",
		"xz --delta=dist=1 --lzma2", "xz --delta=dist=256 --lzma2", "xz --delta=dist=7 --x86 --lzma2", "xz --x86=start=4096 --lzma2", "xz --arm --lzma2", "xz --armthumb --lzma2",
		"xz --powerpc --lzma2", "xz --sparc --lzma2", "xz --format=lzma -9", "xz --format=lzma --lzma1=lc=1,lp=3,pb=4,dict=64MiB",
		"zstd -1 --long=27", "zstd -3 --ultra --long=31", "zstd -9 --long=26", "zstd --fast=5 --long=27", "zstd -12 --no-check --long=28", "zstd -5",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			words := strings.Fields(line)
			if _, err := exec.LookPath(words[0]); err != nil {
				t.Skip(err)
			}
			c := exec.CommandContext(t.Context(), words[0], append(words[1:], "-c", "-q")...)
			c.Stdin = bytes.NewReader(data)
			b, err := c.Output()
			if err != nil {
				t.Skip(line, " is not offered here: ", err)
			}
			s, err := OpenStream(Compressed(b[:min(len(b), 14)]), bytes.NewReader(b), int64(len(b)), OnDisk)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(s)
			if err != nil || !bytes.Equal(got, data) || s.Consumed() != int64(len(b)) {
				t.Errorf("%d bytes of %d, %d consumed of %d, %v", len(got), len(data), s.Consumed(), len(b), err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// words is bytes in which much repeats, at every distance.
func words(t testing.TB, size int) []byte {
	t.Helper()
	from := draw.Rand(t)
	var b []byte
	for len(b) < size {
		switch n := from.IntN(300); {
		case n < 250 && len(b) > 1000:
			at := from.IntN(len(b) - n)
			b = append(b, b[at:at+n]...)
		default:
			for range n {
				b = append(b, byte(from.IntN(256)&from.IntN(256)))
			}
			b = append(b, 0xe8, byte(n), 0, 0, 0, 0x48, 0, byte(n), 1, 0xeb)
		}
	}
	return b
}

// FuzzDecompressors: whatever stands in a stream, nothing breaks, and of what both read
// to its end nothing differs from what the other readers say.
func FuzzDecompressors(f *testing.F) {
	data := words(f, 3000)
	for _, b := range [][]byte{
		xzOf(f, 1<<16, data), packedBy(f, data, lzma.NewWriter),
		packedBy(f, data, func(w io.Writer) (*zstd.Encoder, error) { return zstd.NewWriter(w, zstd.WithWindowSize(64<<20)) }),
	} {
		f.Add(b)
	}
	named := packedBy(f, data, func(w io.Writer) (*gzip.Writer, error) {
		z := gzip.NewWriter(w)
		z.Name, z.Comment, z.Extra = "a", "b", []byte("BC\x02\x00ab")
		return z, nil
	})
	f.Add(named)
	f.Add(append(append(bytes.Clone(named), 0, 0), named...))
	f.Fuzz(func(t *testing.T, b []byte) {
		const most = 1 << 20
		read := func(r io.Reader, err error) ([]byte, error) {
			if err != nil {
				return nil, err
			}
			return io.ReadAll(io.LimitReader(r, most))
		}
		source := func() *counted { return counting(bytes.NewReader(b)) }
		for name, open := range map[string][2]func() (io.Reader, error){
			"xz":   {func() (io.Reader, error) { return newXZ(source(), true, nil) }, func() (io.Reader, error) { return xz.NewReader(bytes.NewReader(b)) }},
			"lzma": {func() (io.Reader, error) { return OpenStream(LZMAFile, bytes.NewReader(b), int64(len(b)), nil) }, func() (io.Reader, error) { return lzma.NewReader(bytes.NewReader(b)) }},
			"zstd": {func() (io.Reader, error) { return &zstdStream{in: source()}, nil }, func() (io.Reader, error) {
				z, err := zstd.NewReader(bytes.NewReader(b), zstd.WithDecoderMaxWindow(most), zstd.WithDecoderConcurrency(1))
				if err != nil {
					return nil, err
				}
				return z.IOReadCloser(), nil
			}},
			"gzip":      {func() (io.Reader, error) { return OpenStream(GzipFile, bytes.NewReader(b), int64(len(b)), nil) }, func() (io.Reader, error) { return gzip.NewReader(bytes.NewReader(b)) }},
			"deflate64": {func() (io.Reader, error) { return newDeflate64(source()), nil }},
		} {
			ours, err := read(open[0]())
			if open[1] == nil || err != nil {
				continue
			}
			theirs, err := read(open[1]())
			if err == nil && !bytes.Equal(ours, theirs) {
				t.Errorf("%s: %d bytes, and %d by the other reader", name, len(ours), len(theirs))
			}
		}
	})
}
