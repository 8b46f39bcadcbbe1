package dataset

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
)

// TestList: whatever is asked for, what is listed is what a list of all paths has there.
func TestList(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		var all []string
		put := func(path, content string) {
			t.Helper()
			if _, err := l.Put(l.ctx, "r", path, strings.NewReader(content)); err != nil {
				t.Fatal(err)
			}
			all = append(all, path)
		}
		for i := range 12 {
			c := fmt.Sprint(i)
			put(file(c).Path(object.Current), c)
			put(file(c).Path(object.Legacy), c)
		}
		at, text := folder("0", "1")
		put(at.Path(object.Current), text)
		for _, path := range []string{"a", "files/other", "files/md5.txt", "runs/ab/cd", "zz/é", "zz/éa", "zz/ê", "zz/z", "c4/x", "A b?c"} {
			put(path, path)
		}
		slices.Sort(all)
		draw.Check(t, func(t *rapid.T) {
			text := rapid.OneOf(rapid.SampledFrom(all), rapid.SampledFrom([]string{"", "f", "files/", "files/md5/", "files/md5/c", "files/md5/c4", "files/md5/c4/", "c4", "c4/", "g", "\x7f"}))
			prefix, from, limit := text.Draw(t, "prefix"), text.Draw(t, "from"), rapid.IntRange(1, 40).Draw(t, "limit")
			cut := rapid.IntRange(0, len(prefix)).Draw(t, "cut")
			prefix = strings.ToValidUTF8(prefix[:cut], "")
			var want []string
			for _, path := range all {
				if strings.HasPrefix(path, prefix) && path >= from && len(want) < limit {
					want = append(want, path)
				}
			}
			found, err := l.List(l.ctx, "r", prefix, from, limit)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range found {
				got = append(got, f.Path)
			}
			if !slices.Equal(got, want) {
				t.Fatalf("prefix %q from %q: %q, want %q", prefix, from, got, want)
			}
		})
	})
}

// TestOtherPaths are replaced, and are no objects.
func TestOtherPaths(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		for _, content := range []string{"first", "second"} {
			s, err := l.Put(l.ctx, "r", "runs/ab/x", strings.NewReader(content))
			if err != nil || s.Size != int64(len(content)) {
				t.Fatal(s, err)
			}
		}
		l.clear()
		if n := len(l.stored()); n != 1 {
			t.Errorf("%d blobs: what was replaced stays", n)
		}
		for _, path := range []string{"files/md5/ab/cd", "", "../x", "a//b", "x\U0010ffff"} {
			if _, err := l.Put(l.ctx, "r", path, strings.NewReader("x")); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", path, err)
			}
		}
		if n := l.told("dataset.version.pushed"); n != 0 {
			t.Errorf("%d versions", n)
		}
	})
}

// TestRemove: what is taken out is not found, and a blob goes when nothing in it is in use.
func TestRemove(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		if _, err := l.PushPack(l.ctx, "r", packed(t, false, "a", "b")); err != nil {
			t.Fatal(err)
		}
		l.push("r", file("alone"), "alone")
		for _, c := range []struct {
			paths []string
			n     int
			blobs int
		}{
			{[]string{file("a").Path(object.Current), "absent", "files/md5/.."}, 1, 2},
			{[]string{file("a").Path(object.Current)}, 0, 2},
			{[]string{file("alone").Path(object.Current), file("b").Path(object.Current)}, 2, 0},
		} {
			n, err := l.Remove(l.ctx, "r", c.paths...)
			if err != nil || n != c.n {
				t.Errorf("%v: %d, %v", c.paths, n, err)
			}
			l.clear()
			if got := len(l.stored()); got != c.blobs {
				t.Errorf("%v: %d blobs are left", c.paths, got)
			}
			for _, path := range c.paths {
				if _, err := l.Stat(l.ctx, "r", path); !fault.Is(err, fault.NotFound) {
					t.Errorf("%s: %v", path, err)
				}
			}
		}
	})
}

// TestUploads: parts become an object only where all of it hashes to its name, and only at the path they began for.
func TestUploads(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		content := strings.Repeat("part one", 1<<17) + "two"
		whole := object.ID{Sum: md5.Sum([]byte(content))}
		for path, kind := range map[string]fault.Kind{whole.Path(object.Current): 0, file("other").Path(object.Current): fault.Invalid, "runs/x": 0} {
			upload, err := l.CreateUpload(l.ctx, "r", path)
			if err != nil {
				t.Fatal(err)
			}
			var parts []blobs.Part
			for i, part := range []string{content[:len(content)-3], "two"} {
				p, err := l.PutPart(l.ctx, "r", path, upload, i+1, strings.NewReader(part), int64(len(part)))
				if err != nil {
					t.Fatal(err)
				}
				parts = append(parts, p)
			}
			if _, err := l.CompleteUpload(l.ctx, "r", "runs/another", upload, parts); !fault.Is(err, fault.NotFound) {
				t.Error("at another path:", err)
			}
			s, err := l.CompleteUpload(l.ctx, "r", path, upload, parts)
			if kind != 0 && !fault.Is(err, kind) || kind == 0 && (err != nil || s.Size != int64(len(content))) {
				t.Errorf("%s: %+v, %v", path, s, err)
			}
		}
		if n := len(l.stored()); n != 2 {
			t.Errorf("%d blobs: what was refused stays", n)
		}
	})
}

// TestUploadCompletedTwice: who missed the answer or did not wait for it asks again, is told the same, and takes nothing away; of what was taken out, or replaced, nothing comes back.
func TestUploadCompletedTwice(t *testing.T) {
	each(t, func(t *testing.T, l *lived) {
		at, text := folder("a")
		l.push("r", file("a"), "a")
		for path, content := range map[string]string{file("content").Path(object.Current): "content", at.Path(object.Current): text, "runs/x": "run"} {
			upload, err := l.CreateUpload(l.ctx, "r", path)
			if err != nil {
				t.Fatal(err)
			}
			part, err := l.PutPart(l.ctx, "r", path, upload, 1, strings.NewReader(content), int64(len(content)))
			if err != nil {
				t.Fatal(err)
			}
			complete := func() error {
				_, err := l.CompleteUpload(l.ctx, "r", path, upload, []blobs.Part{part})
				return err
			}
			var errs [4]error
			var all sync.WaitGroup
			for i := range errs {
				all.Go(func() { errs[i] = complete() })
			}
			all.Wait()
			if err := errors.Join(append(errs[:], complete())...); err != nil {
				t.Fatal(path, err)
			}
			l.clear()
			if got := l.readAny(path); got != content {
				t.Errorf("%s: %q", path, got)
			}
			if _, err := l.Remove(l.ctx, "r", path); err != nil {
				t.Fatal(err)
			}
			if err := complete(); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s, taken out: %v", path, err)
			}
			l.clear()
			if err := complete(); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s, deleted: %v", path, err)
			}
		}
	})
}

// clear deletes the bytes that nothing is found by.
func (l *lived) clear() {
	l.t.Helper()
	progress := func(context.Context, int64, int64, string) error { return nil }
	if err := l.WorkClear(l.ctx, jobs.Work{Workspace: "default", Progress: progress}); err != nil {
		l.t.Fatal(err)
	}
}

// readAny reads what lies at a path.
func (l *lived) readAny(path string) string {
	l.t.Helper()
	o, _, err := l.Any(l.ctx, "r", path)
	if err != nil {
		l.t.Fatal(err)
	}
	content, err := io.ReadAll(o.Content(l.ctx))
	if err != nil {
		l.t.Error(path, err)
	}
	return string(content)
}
