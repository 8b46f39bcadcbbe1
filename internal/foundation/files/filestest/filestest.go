// Package filestest is the suite that every place of files passes, and a server
// between a place and what it asks, that breaks as networks do.
package filestest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
)

// Kind says what a place can do.
type Kind struct {
	Lists   bool // and takes away
	Unsized bool // takes files without their size before them
	Cut     bool // an emulator, that stores a request which broke off: what it stands for does not
}

// Run runs the suite; open gives an empty place, each time another one.
func Run(t *testing.T, kind Kind, open func(t *testing.T) files.Place) {
	tests := map[string]func(*testing.T, files.Place){"put and open": putAndOpen, "absent": absent, "refused readers": refusedReaders, "called off": calledOff}
	if kind.Cut {
		delete(tests, "refused readers")
	}
	if kind.Unsized {
		tests["unsized"] = unsized
	}
	if tests["no lists"] = noLists; kind.Lists {
		delete(tests, "no lists")
		tests["list and remove"] = listAndRemove
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			place := open(t)
			test(t, place)
			if err := place.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Contents are files that a place is given: their paths have what addresses escape.
func Contents() map[string]string {
	return map[string]string{
		"files/md5/ab/cdef": "content", "empty": "", "a/b?c#d%41 é😀+&=;.txt": "named", "large": strings.Repeat("0123456789abcdef", 1<<17),
	}
}

// Put stores a file that can be had once more.
func Put(t testing.TB, place files.Place, path, content string) {
	t.Helper()
	again := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }
	if err := place.Put(context.Background(), path, strings.NewReader(content), int64(len(content)), again); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// Read reads a file from a place on.
func Read(place files.Place, path string, from int64) (string, files.Info, error) {
	r, info, err := place.Open(context.Background(), path, from)
	if err != nil {
		return "", info, err
	}
	content, err := io.ReadAll(r)
	return string(content), info, errors.Join(err, r.Close())
}

func putAndOpen(t *testing.T, place files.Place) {
	for path, content := range Contents() {
		Put(t, place, path, "what was there before")
		Put(t, place, path, content)
		for _, from := range []int64{0, 1, int64(len(content)) / 2} {
			if from > 0 && from >= int64(len(content)) {
				continue
			}
			got, info, err := Read(place, path, from)
			if err != nil || got != content[from:] || info.Size != int64(len(content)) && info.Size != files.Unknown {
				t.Errorf("%s from %d: %d bytes of %d, %v", path, from, len(got), info.Size, err)
			}
		}
		info, err := place.Stat(context.Background(), path)
		if err != nil || info.Size != int64(len(content)) || info.Path != path {
			t.Errorf("%s: %+v, %v", path, info, err)
		}
	}
}

func absent(t *testing.T, place files.Place) {
	Put(t, place, "folder/file", "x")
	for _, path := range []string{"absent", "folder/absent", "folder"} {
		if _, _, err := Read(place, path, 0); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", path, err)
		}
		if _, err := place.Stat(context.Background(), path); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// failing gives some bytes and then a reason of its own.
type failing struct{ left int }

var errReader = fault.New(fault.Conflict, "The source is damaged.")

func (f *failing) Read(b []byte) (int, error) {
	if f.left == 0 {
		return 0, errReader
	}
	n := min(f.left, len(b))
	f.left -= n
	return n, nil
}

// refusedReaders: of a reader that fails, or is shorter than was said, nothing is stored.
func refusedReaders(t *testing.T, place files.Place) {
	for what, r := range map[string]io.Reader{"fails": &failing{1 << 20}, "short": bytes.NewReader(make([]byte, 1<<20))} {
		if err := place.Put(context.Background(), "file", r, 2<<20, nil); err == nil {
			t.Errorf("%s: stored", what)
		} else if what == "fails" && !fault.Is(err, fault.Conflict) {
			t.Errorf("the reader's own reason is lost: %v", err)
		}
		if _, err := place.Stat(context.Background(), "file"); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: left behind: %v", what, err)
		}
	}
}

func calledOff(t *testing.T, place files.Place) {
	Put(t, place, "file", "x")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := place.Put(ctx, "other", strings.NewReader("x"), 1, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := place.Stat(context.Background(), "other"); !fault.Is(err, fault.NotFound) {
		t.Error("left behind:", err)
	}
}

func unsized(t *testing.T, place files.Place) {
	content := strings.Repeat("unsized ", 1<<18)
	if err := place.Put(context.Background(), "file", strings.NewReader(content), files.Unknown, nil); err != nil {
		t.Fatal(err)
	}
	if got, _, err := Read(place, "file", 0); err != nil || got != content {
		t.Error(len(got), err)
	}
}

func noLists(t *testing.T, place files.Place) {
	if err := place.List(context.Background(), "", func(files.Info) error { return nil }); !fault.Is(err, fault.Unsupported) {
		t.Error(err)
	}
	if err := place.Remove(context.Background(), "file"); !fault.Is(err, fault.Unsupported) {
		t.Error(err)
	}
}

func listAndRemove(t *testing.T, place files.Place) {
	list := func(prefix string) (paths []string) {
		t.Helper()
		err := place.List(context.Background(), prefix, func(info files.Info) error {
			paths = append(paths, fmt.Sprint(info.Path, " ", info.Size))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(paths)
		return paths
	}
	if got := list(""); len(got) != 0 {
		t.Error("of an empty place:", got)
	}
	for _, path := range []string{"a/1", "a/2/3", "ab", "b"} {
		Put(t, place, path, path)
	}
	for prefix, want := range map[string]string{"": "a/1 3,a/2/3 5,ab 2,b 1", "a": "a/1 3,a/2/3 5,ab 2", "a/": "a/1 3,a/2/3 5", "a/2": "a/2/3 5", "c/": ""} {
		if got := strings.Join(list(prefix), ","); got != want {
			t.Errorf("%q: %s, want %s", prefix, got, want)
		}
	}
	stop := errors.New("enough")
	if err := place.List(context.Background(), "", func(files.Info) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
	for range 2 { // that one is not there is no error
		if err := place.Remove(context.Background(), "a/1", "b", "absent"); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(list(""), ","); got != "a/2/3 5,ab 2" {
		t.Error(got)
	}
}

// Blocks tests a place with a file that does not go in one request: whole, and of a
// reader that ends too soon or fails in its middle, of which nothing is left.
func Blocks(t *testing.T, place files.Place) {
	t.Helper()
	ctx := context.Background()
	content := make([]byte, 40<<20)
	for i := range content {
		content[i] = byte(i >> 12 * 31)
	}
	for what, size := range map[string]int64{"sized": int64(len(content)), "unsized": files.Unknown} {
		if err := place.Put(ctx, what, bytes.NewReader(content), size, nil); err != nil {
			t.Fatal(what, err)
		}
		r, info, err := place.Open(ctx, what, 1<<20)
		if err != nil || info.Size != int64(len(content)) {
			t.Fatal(what, info, err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content[1<<20:]) || r.Close() != nil {
			t.Errorf("%s: %d bytes, %v", what, len(got), err)
		}
	}
	for what, r := range map[string]io.Reader{"fails late": &failing{36 << 20}, "ends late": bytes.NewReader(content[:36<<20]), "too long": io.MultiReader(bytes.NewReader(content), strings.NewReader("x"))} {
		if err := place.Put(ctx, what, r, int64(len(content)), nil); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := place.Stat(ctx, what); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: left behind: %v", what, err)
		}
	}
}
