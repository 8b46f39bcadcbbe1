package artifact

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/disk"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// lived is the service over an engine and a folder of the test.
type lived struct {
	*Service
	log *event.Log
	ctx context.Context
}

func open(t *testing.T, db *rows.DB) *lived {
	t.Helper()
	store, err := disk.Open(t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	log := event.NewLog(db, id.NewSource(time.Now, rand.Reader), time.Now, slog.New(slog.DiscardHandler))
	return &lived{New(Config{DB: db, Events: log, Blobs: store}), log, caller.With(t.Context(), caller.Local("default"))}
}

func schemas() []rows.Schema { return []rows.Schema{{Name: "event", Files: event.Migrations()}} }

// Ids as runs and logged models have them.
const (
	runID   = "0123456789abcdef0123456789abcdef"
	modelID = "m-fedcba9876543210fedcba9876543210"
)

func (r *lived) put(t *testing.T, path, text string) File {
	t.Helper()
	f, err := r.Put(r.ctx, path, strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (r *lived) read(t *testing.T, path string, part blobs.Range) string {
	t.Helper()
	body, _, err := r.Open(r.ctx, path, part)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = body.Close() }()
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// told are the events so far, the newest first: verb, subject and links.
func (r *lived) told(t *testing.T) []string {
	t.Helper()
	events, err := r.log.List(r.ctx, event.Query{Workspace: "default"})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range events {
		line := e.Verb + " " + e.Subject.String()
		for _, l := range e.Links {
			line += " " + string(l.Relation) + " " + l.To.String()
		}
		all = append(all, line)
	}
	return all
}

func TestFiles(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		r := open(t, db)
		f := r.put(t, "1/"+runID+"/artifacts/model/MLmodel", "flavors: {}")
		if want := fmt.Sprintf("%x", sha256.Sum256([]byte("flavors: {}"))); f.SHA256 != want {
			t.Errorf("the hash is %q", f.SHA256)
		}
		r.put(t, "1/"+runID+"/artifacts/a.txt", "first")
		r.put(t, "1/"+runID+"/artifacts/a.txt", "hello")
		r.put(t, "1/models/"+modelID+"/artifacts/model.skops", "x")
		if got := r.read(t, "1%2F"+runID+"/artifacts/a.txt", blobs.Range{Offset: 1, Length: 3}); got != "ell" {
			t.Errorf("a part of the file is %q", got)
		}
		list, err := r.List(r.ctx, "1/"+runID+"/artifacts/")
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			list[i].Modified, list[i].ETag = time.Time{}, ""
		}
		want := []Entry{{Path: "1/" + runID + "/artifacts/a.txt", Size: 5}, {Path: "1/" + runID + "/artifacts/model", Folder: true}}
		if diff := cmp.Diff(want, list); diff != "" {
			t.Error(diff)
		}
		for _, empty := range []string{"1/" + runID + "/artifacts/a.txt", "nothing"} {
			if list, err := r.List(r.ctx, empty); err != nil || list != nil {
				t.Errorf("List(%s) = %v, %v", empty, list, err)
			}
		}
		if err := r.Delete(r.ctx, "1/"+runID); err != nil {
			t.Fatal(err)
		}
		if list, err := r.List(r.ctx, "1"); err != nil || len(list) != 1 {
			t.Errorf("after the delete: %v, %v", list, err)
		}
		want2 := []string{
			"artifact.file.deleted tacit:artifact/1/" + runID,
			"artifact.file.stored tacit:artifact/1/models/" + modelID + "/artifacts/model.skops derived-from tacit:logged-model/" + modelID,
			"artifact.file.stored tacit:artifact/1/" + runID + "/artifacts/a.txt derived-from tacit:run/" + runID,
			"artifact.file.stored tacit:artifact/1/" + runID + "/artifacts/a.txt derived-from tacit:run/" + runID,
			"artifact.file.stored tacit:artifact/1/" + runID + "/artifacts/model/MLmodel derived-from tacit:run/" + runID,
		}
		if diff := cmp.Diff(want2, r.told(t)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestListingIsWhole(t *testing.T) {
	t.Parallel()
	r := open(t, rowstest.SQLite(t, schemas()))
	const files = pageSize + 7
	for i := range files {
		if _, err := r.Blobs.Put(r.ctx, fmt.Sprintf("artifact/default/big/%05d", i), strings.NewReader("x"), 1); err != nil {
			t.Fatal(err)
		}
	}
	list, err := r.List(r.ctx, "big")
	if err != nil || len(list) != files || list[0].Path != "big/00000" || list[files-1].Path != fmt.Sprintf("big/%05d", files-1) {
		t.Errorf("%d entries, %v", len(list), err)
	}
	if err := r.Delete(r.ctx, "big"); err != nil {
		t.Fatal(err)
	}
	if list, err := r.List(r.ctx, ""); err != nil || list != nil {
		t.Errorf("%v, %v are left", list, err)
	}
}

func TestPagesOfAFolder(t *testing.T) {
	t.Parallel()
	r := open(t, rowstest.SQLite(t, schemas()))
	for _, p := range []string{"f/a", "f/b/deep/1", "f/b/2", "f/b.txt", "f/c", "g"} {
		r.put(t, p, "x")
	}
	for limit, want := range map[int][]string{1: {"a", "b.txt", "b/", "c"}, 2: {"a b.txt", "b/ c"}, 4: {"a b.txt b/ c"}, 5: {"a b.txt b/ c"}} {
		var pages []string
		for after, n := "", 0; n == 0 || after != ""; n++ {
			page, next, err := r.Page(r.ctx, "f/", after, limit)
			if err != nil {
				t.Fatal(err)
			}
			names := make([]string, len(page))
			for i, e := range page {
				names[i] = strings.TrimPrefix(e.Path, "f/")
				if e.Folder {
					names[i] += "/"
				}
			}
			pages, after = append(pages, strings.Join(names, " ")), next
		}
		if diff := cmp.Diff(want, pages); diff != "" {
			t.Errorf("%d a page: %s", limit, diff)
		}
	}
	if page, next, err := r.Page(r.ctx, "none", "", 3); err != nil || len(page) > 0 || next != "" {
		t.Errorf("a folder that is not there: %v, %q, %v", page, next, err)
	}
	if _, _, err := r.Page(r.ctx, "../f", "", 3); !fault.Is(err, fault.Invalid) {
		t.Errorf("a path that leads out: %v", err)
	}
}

func TestWorkspacesAreApart(t *testing.T) {
	t.Parallel()
	r := open(t, rowstest.SQLite(t, schemas()))
	r.put(t, "1/secret", "x")
	other := caller.With(r.ctx, caller.Local("team"))
	if _, _, err := r.Open(other, "1/secret", blobs.Range{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("another workspace: %v", err)
	}
	if list, err := r.List(other, ""); err != nil || list != nil {
		t.Errorf("another workspace lists %v, %v", list, err)
	}
}

// torn gives some bytes, then fails.
type torn struct{ left int }

func (r *torn) Read(b []byte) (int, error) {
	if r.left == 0 {
		return 0, errors.New("connection reset by peer")
	}
	n := min(r.left, len(b))
	r.left -= n
	return n, nil
}

func TestNothingHalfWritten(t *testing.T) {
	t.Parallel()
	r := open(t, rowstest.SQLite(t, schemas()))
	before := r.put(t, "f", "before")
	if _, err := r.Put(r.ctx, "f", &torn{100}, blobs.Unknown); !fault.Is(err, fault.Invalid) {
		t.Errorf("torn: %v", err)
	}
	if _, err := r.Put(r.ctx, "f", strings.NewReader("short"), 6); !fault.Is(err, fault.Invalid) {
		t.Errorf("short: %v", err)
	}
	if info, err := r.Stat(r.ctx, "f"); err != nil || info.ETag != before.ETag || r.read(t, "f", blobs.Range{}) != "before" {
		t.Errorf("the file is now %+v, %v", info, err)
	}
	if n := len(r.told(t)); n != 1 {
		t.Errorf("%d events were written", n)
	}
	for path, kind := range map[string]fault.Kind{"none": fault.NotFound, "a": fault.Invalid, "a/../b": fault.Invalid} {
		r.put(t, "a/b", "x")
		if _, _, err := r.Open(r.ctx, path, blobs.Range{}); !fault.Is(err, kind) {
			t.Errorf("Open(%s): %v", path, err)
		}
		if _, err := r.Stat(r.ctx, path); !fault.Is(err, kind) {
			t.Errorf("Stat(%s): %v", path, err)
		}
	}
}

func TestUploadInParts(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		r := open(t, db)
		upload, err := r.CreateUpload(r.ctx, "1/"+runID+"/artifacts/big")
		if err != nil {
			t.Fatal(err)
		}
		var parts []blobs.Part
		for n, text := range []string{"one ", "two ", "three"} {
			p, err := r.PutPart(r.ctx, "1/"+runID+"/artifacts/big", upload, n+1, bytes.NewReader([]byte(text)), int64(len(text)))
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, p)
		}
		if _, err := r.Stat(r.ctx, "1/"+runID+"/artifacts/big"); !fault.Is(err, fault.NotFound) {
			t.Errorf("before it is complete: %v", err)
		}
		if f, err := r.CompleteUpload(r.ctx, "1/"+runID+"/artifacts/big", upload, parts); err != nil || f.Size != 13 {
			t.Fatalf("%+v, %v", f, err)
		}
		if got := r.read(t, "1/"+runID+"/artifacts/big", blobs.Range{}); got != "one two three" {
			t.Errorf("the file is %q", got)
		}
		if err := r.AbortUpload(r.ctx, "1/"+runID+"/artifacts/big", upload); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"artifact.file.stored tacit:artifact/1/" + runID + "/artifacts/big derived-from tacit:run/" + runID}, r.told(t)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestCallerGone: what was stored, or is gone, is told although the caller has gone
// meanwhile: who hears of files hears of these.
func TestCallerGone(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		r := open(t, db)
		left := func() context.Context { // one that is gone when the bytes are there
			ctx, leave := context.WithCancel(r.ctx)
			r.Blobs = leaving{r.Blobs, leave}
			return ctx
		}
		bytesThere := r.Blobs
		if _, err := r.Put(left(), "whole", strings.NewReader("x"), 1); err != nil {
			t.Error(err)
		}
		r.Blobs = bytesThere
		upload, err := r.CreateUpload(r.ctx, "parts")
		if err != nil {
			t.Fatal(err)
		}
		part, err := r.PutPart(r.ctx, "parts", upload, 1, strings.NewReader("x"), 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.CompleteUpload(left(), "parts", upload, []blobs.Part{part}); err != nil {
			t.Error(err)
		}
		r.Blobs = bytesThere
		if err := r.Delete(left(), "whole"); err != nil {
			t.Error(err)
		}
		want := []string{"artifact.file.deleted tacit:artifact/whole", "artifact.file.stored tacit:artifact/parts", "artifact.file.stored tacit:artifact/whole"}
		if diff := cmp.Diff(want, r.told(t)); diff != "" {
			t.Error(diff)
		}
	})
}

// leaving is a store whose caller goes when a change is made.
type leaving struct {
	blobs.Store
	leave context.CancelFunc
}

// Put stores.
func (l leaving) Put(ctx context.Context, key string, r io.Reader, size int64) (blobs.Info, error) {
	defer l.leave()
	return l.Store.Put(ctx, key, r, size)
}

// CompleteUpload completes.
func (l leaving) CompleteUpload(ctx context.Context, key, upload string, parts []blobs.Part) (blobs.Info, error) {
	defer l.leave()
	return l.Store.CompleteUpload(ctx, key, upload, parts)
}

// Delete deletes.
func (l leaving) Delete(ctx context.Context, key string) error {
	defer l.leave()
	return l.Store.Delete(ctx, key)
}
