package web_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/net/webdav"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/filestest"
	"github.com/tacit-ml/tacit/internal/foundation/files/web"
)

func davServer(t *testing.T) http.Handler {
	t.Helper()
	return &webdav.Handler{FileSystem: webdav.Dir(t.TempDir()), LockSystem: webdav.NewMemLS()}
}

func openDav(t *testing.T, url string) *web.Dav {
	t.Helper()
	place, err := web.OpenDav(web.Config{URL: url, Random: draw.Reader(t), Retries: files.Retries{First: time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	return place
}

// late stores what came of a file that broke off, when its client is long gone.
type late struct {
	http.Handler
	stored chan struct{}
}

// ServeHTTP serves.
func (l *late) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPut {
		l.Handler.ServeHTTP(w, r)
		return
	}
	came, err := io.ReadAll(r.Body)
	if err == nil {
		r.Body = io.NopCloser(bytes.NewReader(came))
		l.Handler.ServeHTTP(w, r)
		return
	}
	put := httptest.NewRequest(http.MethodPut, r.URL.Path, bytes.NewReader(came))
	go func() {
		time.Sleep(20 * time.Millisecond)
		l.Handler.ServeHTTP(httptest.NewRecorder(), put)
		close(l.stored)
	}()
}

// TestDavStoresLate: of a file that broke off nothing is found under its name, however
// late the server stores what came.
func TestDavStoresLate(t *testing.T) {
	slow := &late{davServer(t), make(chan struct{})}
	server := httptest.NewServer(slow)
	t.Cleanup(server.Close)
	place := openDav(t, server.URL)
	half := io.MultiReader(strings.NewReader(strings.Repeat("half", 64<<10)), iotest.ErrReader(errors.New("broke off")))
	if err := place.Put(t.Context(), "a/file", half, 1<<20, nil); err == nil {
		t.Fatal("half a file is stored")
	}
	<-slow.stored
	if _, err := place.Stat(t.Context(), "a/file"); !fault.Is(err, fault.NotFound) {
		t.Error("half a file is there:", err)
	}
}

func TestDav(t *testing.T) {
	filestest.Run(t, filestest.Kind{Lists: true, Unsized: true}, func(t *testing.T) files.Place {
		server := httptest.NewServer(davServer(t))
		t.Cleanup(server.Close)
		return openDav(t, server.URL+"/made/by the first")
	})
}

func TestDavNetworks(t *testing.T) {
	b := filestest.Break(t, davServer(t))
	place := openDav(t, b.URL)
	filestest.Put(t, place, "folder/made", "x")
	content := "what is there is there once"
	for _, broken := range []filestest.Broken{filestest.Busy, filestest.Dropped, filestest.Limited} {
		b.Next(broken)
		filestest.Put(t, place, "folder/file", content)
		b.Next(broken)
		if info, err := place.Stat(context.Background(), "folder/file"); err != nil || info.Size != int64(len(content)) {
			t.Error(info, err)
		}
		b.Next(broken)
		n := 0
		if err := place.List(context.Background(), "folder/", func(files.Info) error { n++; return nil }); err != nil || n != 2 {
			t.Error(n, err)
		}
	}
}

// TestNoDav: a server that answers something else is told so.
func TestNoDav(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }))
	defer server.Close()
	if _, err := openDav(t, server.URL).Stat(context.Background(), "file"); !fault.Is(err, fault.Unavailable) {
		t.Error(err)
	}
}
