package archive

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"testing/iotest"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
)

func unpacking(data []byte, held int64) (Unpacking, *int) {
	opened := 0
	return Unpacking{
		Open:  func() (io.Reader, error) { opened++; return iotest.HalfReader(bytes.NewReader(data)), nil },
		Spend: func(int64) error { return nil },
		Spill: func(int64) error { return nil },
		Held:  held,
	}, &opened
}

// TestUnpacked: at any place, in any order, the bytes are those of the stream,
// whether they are held, read through a window, or lie in a file.
func TestUnpacked(t *testing.T) {
	t.Parallel()
	rand := draw.Rand(t)
	data := make([]byte, 9<<20+77)
	for i := range data {
		data[i] = byte(rand.Uint32())
	}
	for name, change := range map[string]func(*Unpacking){
		"held":   func(u *Unpacking) { u.Held = 16 << 20 },
		"window": func(*Unpacking) {},
		"heavy":  func(u *Unpacking) { u.Heavy = true },
		"once":   func(u *Unpacking) { u.Once = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			how, opened := unpacking(data, 1<<20)
			change(&how)
			u, err := Unpack(how)
			if err != nil || u.Size() != int64(len(data)) {
				t.Fatal(u.Size(), err)
			}
			defer u.Close()
			again, err := io.ReadAll(io.NewSectionReader(u, 0, u.Size()))
			if err != nil || !bytes.Equal(again, data) {
				t.Fatalf("in order: %d bytes, %v", len(again), err)
			}
			rand := draw.Rand(t)
			for range 40 {
				from := rand.IntN(len(data))
				p := make([]byte, rand.IntN(300<<10))
				n, err := u.ReadAt(p, int64(from))
				if !bytes.Equal(p[:n], data[from:min(len(data), from+len(p))]) || (n < len(p)) != (err == io.EOF) {
					t.Fatalf("%d bytes at %d: %d, %v", len(p), from, n, err)
				}
			}
			if name == "once" && *opened != 1 {
				t.Errorf("begun %d times", *opened)
			}
		})
	}
}

// TestUnpackedBroken: of a stream that breaks there is what came before, and of
// one that costs too much as well.
func TestUnpackedBroken(t *testing.T) {
	t.Parallel()
	data := make([]byte, 3<<20)
	broken, tooMuch := errors.New("broken"), errors.New("too much")
	for _, held := range []int64{1 << 10, 8 << 20} {
		how, _ := unpacking(data, held)
		how.Open = func() (io.Reader, error) {
			return io.MultiReader(bytes.NewReader(data), iotest.ErrReader(broken)), nil
		}
		u, err := Unpack(how)
		if !errors.Is(err, broken) || u.Size() != int64(len(data)) {
			t.Errorf("%d, %v", u.Size(), err)
		}
		how.Open = func() (io.Reader, error) {
			return io.MultiReader(bytes.NewReader(data[:100]), iotest.ErrReader(io.ErrUnexpectedEOF)), nil
		}
		if u, err = Unpack(how); !errors.Is(err, io.ErrUnexpectedEOF) || u.Size() != 100 {
			t.Errorf("cut off: %d, %v", u.Size(), err)
		}
		left := int64(1 << 20)
		how, _ = unpacking(data, held)
		how.Spend = func(n int64) error {
			if left -= n; left < 0 {
				return tooMuch
			}
			return nil
		}
		if u, err = Unpack(how); !errors.Is(err, tooMuch) || u.Size() != 1<<20 {
			t.Errorf("%d, %v", u.Size(), err)
		}
		left = 16 << 20
		if got, err := io.ReadAll(io.NewSectionReader(u, 0, u.Size())); err != nil || len(got) != 1<<20 {
			t.Errorf("what was paid for: %d bytes, %v", len(got), err)
		}
	}
}

// TestUnpackedIntoAFile: a large one that is read back and forth ends in a file
// that has no name, and nothing of it stays.
func TestUnpackedIntoAFile(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	how, opened := unpacking(nil, 1<<20)
	const size = spillFrom + 5
	how.Open = func() (io.Reader, error) { *opened++; return io.LimitReader(&numbers{}, size), nil }
	u, err := Unpack(how)
	if err != nil || u.Size() != size {
		t.Fatal(u.Size(), err)
	}
	p := make([]byte, 8)
	for i := range 20 {
		for _, off := range []int64{200<<20 - int64(i)<<20, 1<<20 + int64(i)} {
			if _, err := u.ReadAt(p, off); err != nil || p[0] != byte(off>>8) {
				t.Fatalf("at %d: %v, %v", off, p, err)
			}
		}
	}
	if *opened > mostBegun+2 {
		t.Errorf("begun %d times", *opened)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
	if err := u.Close(); err != nil {
		t.Error(err)
	}
}

// numbers is a stream in which each byte is its place divided by 256.
type numbers struct{ at int64 }

func (n *numbers) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte((n.at + int64(i)) >> 8)
	}
	n.at += int64(len(p))
	return len(p), nil
}
