//go:build unix

package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"testing"
)

// kept is what a crash would leave of the names of files and folders: those that were
// there when the folder that they are in was synced last.
type kept struct {
	t    *testing.T
	lock sync.Mutex
	has  map[string]uint64 // by path, the number of what was there
	n    int               // how often a folder was synced
}

// sync notes what a folder has.
func (k *kept) sync(s *Store, f *os.File) error {
	k.lock.Lock()
	defer k.lock.Unlock()
	k.n++
	folder := strings.TrimPrefix(strings.TrimPrefix(f.Name(), s.path), "/")
	entries, err := fs.ReadDir(s.root.FS(), path.Clean(folder))
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			k.has[path.Join(folder, e.Name())] = fileNumber(info)
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it was taken away meanwhile
	}
	return err
}

// check fails unless a crash would leave all that a key is named by.
func (k *kept) check(s *Store, key string) {
	k.lock.Lock()
	defer k.lock.Unlock()
	for p := key; p != "."; p = path.Dir(p) {
		info, err := s.root.Lstat(p)
		if err != nil || k.has[p] != fileNumber(info) {
			k.t.Errorf("%s was stored, and %s would be lost: %v", key, p, err)
		}
	}
}

func watchedStore(t *testing.T) (*Store, *kept) {
	s := open(t)
	k := &kept{t: t, has: map[string]uint64{}}
	s.sync = func(f *os.File) error { return k.sync(s, f) }
	return s, k
}

// TestWhatIsStoredIsDurable: whatever is put beside it and taken away at the same time,
// once Put has ended a crash leaves the file and every folder above it.
func TestWhatIsStoredIsDurable(t *testing.T) {
	t.Parallel()
	s, k := watchedStore(t)
	ctx := context.Background()
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 60 {
				key := fmt.Sprintf("w/r/%d/%d/%d", i%3, i%2, worker)
				if _, err := s.Put(ctx, key, strings.NewReader(key), int64(len(key))); err != nil {
					t.Error(err)
				}
				k.check(s, key)
				if err := s.Delete(ctx, key); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

// TestOneSyncForOneFile: where the folders are known to be there for good, one of them is
// synced; what another process made anew is synced again.
func TestOneSyncForOneFile(t *testing.T) {
	t.Parallel()
	s, k := watchedStore(t)
	put := func(key string, most int) {
		t.Helper()
		before := k.n
		if _, err := s.Put(context.Background(), key, strings.NewReader("x"), 1); err != nil {
			t.Fatal(err)
		}
		if n := k.n - before; n > most {
			t.Errorf("%s: %d folders were synced, want %d", key, n, most)
		}
		k.check(s, key)
	}
	put("a/b/c/1", 4)
	put("a/b/c/2", 1)
	put("a/b/3", 1)
	put("a/b/new/4", 2)
	if err := os.RemoveAll(s.path + "/a/b"); err != nil {
		t.Fatal(err)
	}
	put("a/b/c/5", 4)
}

// TestAFolderMadeAnewIsSyncedAnew: while a file is put into a folder, that is taken away
// and made anew by others. It is not taken for settled then.
func TestAFolderMadeAnewIsSyncedAnew(t *testing.T) {
	t.Parallel()
	s, k := watchedStore(t)
	ctx := context.Background()
	other, err := s.receive(ctx, incoming, "x/b", strings.NewReader("b"), 1)
	if err != nil {
		t.Fatal(err)
	}
	meanwhile := func() {
		if err := s.root.Remove("x/a"); err != nil {
			t.Error(err)
		}
		if s.clear("x") != "." {
			t.Error("the folder stays")
		}
		if err := s.move(other, "x/b"); err != nil {
			t.Error(err)
		}
	}
	n := 0
	s.sync = func(f *os.File) error {
		err := k.sync(s, f)
		if n++; n == 2 {
			meanwhile()
		}
		return err
	}
	for _, key := range []string{"x/a", "x/c"} {
		if _, err := s.Put(ctx, key, strings.NewReader("x"), 1); err != nil {
			t.Fatal(err)
		}
	}
	k.check(s, "x/c")
}
