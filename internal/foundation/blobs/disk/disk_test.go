package disk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/blobstest"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "blobs"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestSuite(t *testing.T) {
	t.Parallel()
	blobstest.Run(t, func(t *testing.T) blobs.Store { return open(t) })
}

// TestNeighbours puts and deletes keys of one folder at once: that one deletion
// leaves the folder empty does not hinder another's put. Only a disk has folders.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := context.Background()
	var group sync.WaitGroup
	for i := range 8 {
		key := fmt.Sprintf("deep/folder/%d", i)
		group.Go(func() {
			for range 100 {
				if _, err := s.Put(ctx, key, strings.NewReader(key), int64(len(key))); err != nil {
					t.Errorf("put %s: %v", key, err)
					return
				}
				if _, err := s.Stat(ctx, key); err != nil {
					t.Errorf("stat %s: %v", key, err)
				}
				if err := s.Delete(ctx, key); err != nil {
					t.Errorf("delete %s: %v", key, err)
				}
			}
		})
	}
	group.Wait()
	if _, err := os.Stat(filepath.Join(s.path, "deep")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after all keys were deleted their folder is there: %v", err)
	}
}

func TestNoLinkLeadsOut(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := context.Background()
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(s.path, "link")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if _, _, err := s.Get(ctx, "link/secret", blobs.Range{}); err == nil {
		t.Error("a link led a read out of the folder")
	}
	if _, err := s.Put(ctx, "link/new", strings.NewReader("x"), 1); err == nil {
		t.Error("a link led a write out of the folder")
	}
	if _, err := os.Stat(filepath.Join(outside, "new")); err == nil {
		t.Error("the write is there")
	}
}

func TestOwnFoldersAreNoKeys(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, key := range []string{incoming + "/x", uploads + "/x/key"} {
		if _, err := s.Put(context.Background(), key, strings.NewReader("x"), 1); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want invalid", key, err)
		}
	}
}

// TestWhatStaysOfAnUpload: a completed upload is known by its parts as long as
// its key holds what it made, keeps no bytes, and is swept.
func TestWhatStaysOfAnUpload(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := context.Background()
	upload, err := s.CreateUpload(ctx, "k")
	if err != nil {
		t.Fatal(err)
	}
	var parts []blobs.Part
	for number := range 3 {
		part, err := s.PutPart(ctx, "k", upload, number+1, strings.NewReader("part"), 4)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, part)
	}
	if _, err := s.CompleteUpload(ctx, "k", upload, parts[:2]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CompleteUpload(ctx, "k", upload, parts); !fault.Is(err, fault.NotFound) {
		t.Errorf("once more of other parts: got %v, want not found", err)
	}
	left, err := fs.ReadDir(s.root.FS(), uploads+"/"+upload)
	if err != nil || len(left) != 2 {
		t.Errorf("of the upload stay %v, %v; want its key and its end", left, err)
	}
	if _, err := s.Put(ctx, "k", strings.NewReader("another"), 7); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CompleteUpload(ctx, "k", upload, parts[:2]); !fault.Is(err, fault.NotFound) {
		t.Errorf("once more over other bytes: got %v, want not found", err)
	}
	if n, err := s.Sweep(ctx, time.Now().Add(time.Hour)); n != 1 || err != nil {
		t.Errorf("swept %d, %v, want 1", n, err)
	}
}

func TestAFileWhereAFolderIsNeeded(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := context.Background()
	if _, err := s.Put(ctx, "a/b", strings.NewReader("x"), 1); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"a/b/c", "a"} {
		if _, err := s.Put(ctx, key, strings.NewReader("x"), 1); !fault.Is(err, fault.Conflict) {
			t.Errorf("put %s: got %v, want conflict", key, err)
		}
	}
}

func TestLeftoversAreCleared(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "blobs")
	s, err := Open(folder, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"old", "new"} {
		if err := os.WriteFile(filepath.Join(folder, incoming, name), []byte("part"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(filepath.Join(folder, incoming, "old"), old, old); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	if s, err = Open(folder, rand.Reader); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := os.Stat(filepath.Join(folder, incoming, "old")); err != nil {
		t.Error("opening cleared what another process may be at work on")
	}
	if n, err := s.Sweep(t.Context(), time.Now().Add(-time.Hour)); n != 1 || err != nil {
		t.Errorf("swept %d, %v, want 1", n, err)
	}
	if _, err := os.Stat(filepath.Join(folder, incoming, "old")); err == nil {
		t.Error("the old leftover is still there")
	}
	if _, err := os.Stat(filepath.Join(folder, incoming, "new")); err != nil {
		t.Error("the new file, which a running upload may own, is gone")
	}
}

func FuzzKeys(f *testing.F) {
	for _, key := range []string{"a", "../a", "a/../../b", "link/x", ".incoming/x", "a\x00", strings.Repeat("a/", 300)} {
		f.Add(key)
	}
	folder := f.TempDir()
	s, err := Open(filepath.Join(folder, "blobs"), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if _, err := s.Put(context.Background(), key, strings.NewReader("x"), 1); err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.Conflict {
				t.Errorf("%q: %v is not a refusal", key, err)
			}
			return
		}
		if _, err := os.Stat(filepath.Join(folder, "blobs", filepath.FromSlash(key))); err != nil {
			t.Errorf("%q was stored elsewhere: %v", key, err)
		}
		if err := s.Delete(context.Background(), key); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	})
}

// TestTagsWithinOneTick gives two puts of one length the same time.
func TestTagsWithinOneTick(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("files have no numbers here; their times are spread")
	}
	s := open(t)
	tags := map[string]bool{}
	for _, content := range []string{"one", "two"} {
		if _, err := s.Put(t.Context(), "k", strings.NewReader(content), 3); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(s.path, "k"), time.Time{}, time.Unix(1_700_000_000, 0)); err != nil {
			t.Fatal(err)
		}
		info, err := s.Stat(t.Context(), "k")
		if err != nil {
			t.Fatal(err)
		}
		tags[info.ETag] = true
	}
	if len(tags) != 2 {
		t.Errorf("two puts within one tick have the tag %v", tags)
	}
}
