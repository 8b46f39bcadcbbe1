package cache_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func open(t *testing.T, folder string) *cache.Cache {
	return cache.New(folder, object.Current, draw.Reader(t))
}

// TestPutAndOpen: what is put lies where DVC looks for it, protected, and nothing else lies there.
func TestPutAndOpen(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "cache"))
	for range 2 { // the same once more is no fault
		id, size, err := c.Put(context.Background(), strings.NewReader("foo"))
		if err != nil || size != 3 || id.String() != "acbd18db4cc2f85cedef654fccc4a4d8" {
			t.Fatalf("%s of %d bytes, %v", id, size, err)
		}
	}
	listing := object.ID{Sum: md5.Sum([]byte("[]")), Dir: true}
	for range 2 {
		datasettest.Must(t, c.PutBytes(listing, []byte("[]")))
	}
	if err := c.Sync(); err != nil {
		t.Fatal(err)
	}
	want := []string{"files/md5/ac/bd18db4cc2f85cedef654fccc4a4d8 -r--r--r-- foo", "files/md5/d7/51713988987e9331980363e24189ce.dir -r--r--r-- []"}
	if diff := cmp.Diff(want, datasettest.Tree(t, c.Folder())); diff != "" {
		t.Error("cache (-want +got):\n" + diff)
	}
	if got, err := read(c, listing); err != nil || got != "[]" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := read(c, object.ID{Sum: md5.Sum([]byte("bar"))}); !fault.Is(err, fault.NotFound) {
		t.Errorf("an object that is not there: %v", err)
	}
}

// TestPutLeavesNothing of a reader that fails, nor of one that is called off.
func TestPutLeavesNothing(t *testing.T) {
	c := open(t, t.TempDir())
	broken := errors.New("broken")
	if _, _, err := c.Put(context.Background(), io.MultiReader(strings.NewReader("half"), failing{broken})); !errors.Is(err, broken) {
		t.Errorf("a reader that fails: %v", err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := c.Put(ended, strings.NewReader("whole")); !errors.Is(err, context.Canceled) {
		t.Errorf("a put that was called off: %v", err)
	}
	if left := datasettest.Tree(t, c.Folder()); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestStoreBelievesNobody: bytes that do not hash to the name, or are cut off, are refused and leave nothing.
func TestStoreBelievesNobody(t *testing.T) {
	c := open(t, t.TempDir())
	id := object.ID{Sum: md5.Sum([]byte("foo"))}
	for content, size := range map[string]int64{"fo": 2, "foo": 4, "bar": 3} {
		if err := c.Store(context.Background(), id, strings.NewReader(content), size); !fault.Is(err, fault.Conflict) {
			t.Errorf("%q for %s: %v", content, id, err)
		}
	}
	if left := datasettest.Tree(t, c.Folder()); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	datasettest.Must(t, c.Store(context.Background(), id, strings.NewReader("foo"), 3))
	if got, err := read(c, id); err != nil || got != "foo" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestUnprotected: an object of another mode is hashed before it is given; a wrong one is kept out of the way.
func TestUnprotected(t *testing.T) {
	c := open(t, t.TempDir())
	id, _, err := c.Put(context.Background(), strings.NewReader("foo"))
	if err != nil {
		t.Fatal(err)
	}
	datasettest.Must(t, os.Chmod(c.Path(id), 0o644))
	if missing, err := c.Missing(context.Background(), []object.ID{id}); err != nil || len(missing) != 1 {
		t.Errorf("an object that nobody vouches for is not missing: %v, %v", missing, err)
	}
	if got, err := read(c, id); err != nil || got != "foo" {
		t.Errorf("%q, %v", got, err)
	}
	if info, err := os.Stat(c.Path(id)); err != nil || info.Mode() != cache.Protected {
		t.Errorf("what was hashed is not protected: %v, %v", info.Mode(), err)
	}
	datasettest.Must(t, os.Chmod(c.Path(id), 0o644))
	datasettest.Must(t, os.WriteFile(c.Path(id), []byte("fo"), 0o644))
	if _, err := read(c, id); !fault.Is(err, fault.Conflict) {
		t.Errorf("an object with other bytes: %v", err)
	}
	if _, err := read(c, id); !fault.Is(err, fault.NotFound) {
		t.Errorf("it is still there: %v", err)
	}
	if _, _, err := c.Put(context.Background(), strings.NewReader("foo")); err != nil {
		t.Error(err)
	}
	if got, err := read(c, id); err != nil || got != "foo" {
		t.Errorf("put again: %q, %v", got, err)
	}
}

// TestLegacy reads what DVC 2 wrote, hashed with Unix ends of lines, and writes none.
func TestLegacy(t *testing.T) {
	c := cache.New(t.TempDir(), object.Legacy, draw.Reader(t))
	id, err := object.Parse("dd8c6a395b5dd36c56d23275028f526c")
	datasettest.Must(t, err)
	datasettest.Must(t, os.MkdirAll(filepath.Dir(c.Path(id)), 0o777))
	datasettest.Must(t, os.WriteFile(c.Path(id), []byte("a\r\nb\r\n"), 0o644))
	if got, err := read(c, id); err != nil || got != "a\r\nb\r\n" {
		t.Errorf("%q, %v", got, err)
	}
	if _, _, err := c.Put(context.Background(), strings.NewReader("")); !fault.Is(err, fault.Unsupported) {
		t.Errorf("put: %v", err)
	}
}

// TestAdopt: a file's object shares its bytes by the type of link, or has a copy.
func TestAdopt(t *testing.T) {
	if err := open(t, t.TempDir()).Adopt(object.ID{}, "file", link.Symlink); !fault.Is(err, fault.Invalid) {
		t.Errorf("an object that would be a link: %v", err)
	}
	for _, typ := range []link.Type{link.Hardlink, link.Copy} {
		folder := t.TempDir()
		c := open(t, filepath.Join(folder, "cache"))
		file := filepath.Join(folder, "file")
		datasettest.Must(t, os.WriteFile(file, []byte("foo"), 0o644))
		id := object.ID{Sum: md5.Sum([]byte("foo"))}
		for range 2 {
			datasettest.Must(t, c.Adopt(id, file, typ))
		}
		if diff := cmp.Diff([]string{"files/md5/ac/bd18db4cc2f85cedef654fccc4a4d8 -r--r--r-- foo"}, datasettest.Tree(t, c.Folder())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", typ, diff)
		}
		info, err := os.Stat(file)
		if datasettest.Must(t, err); (info.Mode() == cache.Protected) != typ.Shared() {
			t.Errorf("%s: the file has mode %v", typ, info.Mode())
		}
		datasettest.Must(t, c.Remove(id))
		if left := datasettest.Tree(t, c.Folder()); len(left) > 0 {
			t.Errorf("%s: left behind: %q", typ, left)
		}
		if err := c.Adopt(object.ID{}, filepath.Join(folder, "absent"), typ); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s of a file that is not there: %v", typ, err)
		}
	}
}

// TestMissing answers the same, however many are asked for.
func TestMissing(t *testing.T) {
	c := open(t, t.TempDir())
	var ids, absent []object.ID
	for i := range 1200 {
		content := fmt.Appendf(nil, "%d", i)
		id := object.ID{Sum: md5.Sum(content)}
		ids = append(ids, id)
		if i%7 == 0 {
			absent = append(absent, id)
			continue
		}
		if _, _, err := c.Put(context.Background(), bytes.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
	datasettest.Must(t, os.WriteFile(filepath.Join(c.Folder(), "files/md5/ab-other"), nil, 0o444))
	for _, n := range []int{10, 1200} {
		missing, err := c.Missing(context.Background(), ids[:n])
		if diff := cmp.Diff(absent[:(n+6)/7], missing); err != nil || diff != "" {
			t.Errorf("of %d: %v\n%s", n, err, diff)
		}
	}
	if missing, err := open(t, filepath.Join(c.Folder(), "absent")).Missing(context.Background(), ids); err != nil || len(missing) != len(ids) {
		t.Errorf("of a cache that is not made yet: %d, %v", len(missing), err)
	}
}

// TestFull: who writes to a full disk is told so and what to do, and nothing is left.
func TestFull(t *testing.T) {
	c := open(t, t.TempDir())
	full := failing{&os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}}
	_, _, put := c.Put(context.Background(), full)
	for what, err := range map[string]error{"put": put, "store": c.Store(context.Background(), object.ID{}, full, 1)} {
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Sentence(err), "the disk is full") || fault.HintOf(err) == "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if left := datasettest.Tree(t, c.Folder()); len(left) > 0 {
		t.Errorf("%v", left)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func read(c *cache.Cache, id object.ID) (string, error) {
	r, size, err := c.Open(context.Background(), id)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(r)
	if err == nil && int64(len(content)) != size {
		err = fmt.Errorf("%d bytes, %d were said", len(content), size)
	}
	return string(content), errors.Join(err, r.Close())
}
