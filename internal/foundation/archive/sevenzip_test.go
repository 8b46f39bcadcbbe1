package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var plentySeven = SevenZipLimits{Members: 1000, Directory: 1 << 20}

// TestSevenZip reads what testdata/sevenzip.py wrote: the bytes are those that
// went in, by each method that is understood, and the others are told.
func TestSevenZip(t *testing.T) {
	t.Parallel()
	var calls []byte
	for i := range int32(20_000) {
		calls = binary.LittleEndian.AppendUint32(append(calls, 0xe8), uint32(i*7%5000-2500))
	}
	want := map[string]string{"folder/text": strings.Repeat("a model, a model, ", 50), "calls": string(calls)}
	files, err := filepath.Glob("testdata/7z/*.7z")
	if err != nil || len(files) != 8 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		z, err := ReadSevenZip(bytes.NewReader(b), int64(len(b)), plentySeven)
		if err != nil || len(z.Folders) != 1 || len(z.Gaps) > 0 {
			t.Errorf("%s: %+v, %v", name, z, err)
			continue
		}
		r, err := z.Folders[0].Open(bytes.NewReader(b), nil)
		if base := filepath.Base(name); base == "ppmd.7z" || base == "sealed.7z" {
			if !errors.Is(err, ErrMethod) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, m := range z.Folders[0].Members {
			got, err := io.ReadAll(io.LimitReader(r, m.Size))
			if err != nil || string(got) != want[m.Name] {
				t.Errorf("%s: %s: %d bytes, %v", name, m.Name, len(got), err)
			}
		}
	}
}

func TestABadSevenZipIsRefused(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/7z/bzip2.7z")
	if err != nil {
		t.Fatal(err)
	}
	var limit LimitError
	if _, err := ReadSevenZip(bytes.NewReader(b), int64(len(b)), SevenZipLimits{Members: 1, Directory: 1 << 20}); !errors.As(err, &limit) {
		t.Error(err)
	}
	if _, err := ReadSevenZip(bytes.NewReader(b), int64(len(b)), SevenZipLimits{Members: 10, Directory: 10}); !errors.As(err, &limit) {
		t.Error(err)
	}
	if _, err := ReadSevenZip(bytes.NewReader(b), int64(len(b)-20), plentySeven); err == nil {
		t.Error("a file that is cut off is read")
	}
	if _, err := ReadSevenZip(strings.NewReader("no 7z"), 5, plentySeven); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
}

// FuzzSevenZip holds that no file breaks the reader, and that every place it gives
// lies in the file. The directory alone is changed, and its place is mended.
func FuzzSevenZip(f *testing.F) {
	for _, name := range []string{"bzip2", "lzma", "branches", "sealed"} {
		b, err := os.ReadFile("testdata/7z/" + name + ".7z")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		at := sevenHead + int(u64(b[12:]))
		f.Add(append(append([]byte{}, b[:sevenHead]...), b[at:]...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > sevenHead {
			if u64(b[12:]) > uint64(len(b)) {
				binary.LittleEndian.PutUint64(b[12:], 0)
			}
			binary.LittleEndian.PutUint64(b[20:], uint64(max(0, len(b)-sevenHead-int(u64(b[12:])))))
		}
		z, err := ReadSevenZip(bytes.NewReader(b), int64(len(b)), plentySeven)
		if err != nil {
			return
		}
		for _, p := range z.Folders {
			if p.Data.From < 0 || p.Data.From > p.Data.To || p.Data.To > int64(len(b)) {
				t.Fatalf("a folder lies at %v of %d bytes", p.Data, len(b))
			}
			if r, err := p.Open(bytes.NewReader(b), nil); err == nil {
				_, _ = io.Copy(io.Discard, io.LimitReader(r, 1<<20))
			}
		}
	})
}
