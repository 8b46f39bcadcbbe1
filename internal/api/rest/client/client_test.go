package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// atOnce goes on without waiting, and notes for how long it was asked to.
func atOnce(waited *[]time.Duration) func(context.Context, time.Duration) error {
	return func(_ context.Context, d time.Duration) error {
		*waited = append(*waited, d)
		return nil
	}
}

func open(t *testing.T, h http.HandlerFunc, c Config) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	one, err := ByURL(server.URL+"/ml/", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(one.Close)
	return one
}

// A write is sent again with its own key until it is answered for good.
func TestAWriteIsSentAgainWithItsKey(t *testing.T) {
	t.Parallel()
	var (
		waited []time.Duration
		seen   []string
	)
	h := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen = append(seen, fmt.Sprint(r.Method, " ", r.URL.Path, " ", r.Header.Get("Idempotency-Key"), " ", string(body)))
		switch len(seen) {
		case 1:
			panic(http.ErrAbortHandler) // the answer gets lost
		case 2:
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, `{"detail":"Busy."}`)
		default:
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"id":"7"}`)
		}
	}
	n := 0
	c := open(t, h, Config{Workspace: "team", Attempts: 5, Pause: atOnce(&waited), Key: func() string { n++; return fmt.Sprint("k", n) }})
	var made struct{ ID string }
	if err := c.Send(context.Background(), "POST", "/experiments", map[string]string{"name": "a"}, &made); err != nil || made.ID != "7" {
		t.Fatalf("%+v, %v", made, err)
	}
	one := `POST /ml/w/team/api/v1/experiments k1 {"name":"a"}`
	if diff := cmp.Diff([]string{one, one, one}, seen); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]time.Duration{time.Second, 3 * time.Second}, waited); diff != "" {
		t.Error(diff)
	}
}

func TestFailuresAreFaults(t *testing.T) {
	t.Parallel()
	status, body := 0, ""
	c := open(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}, Config{Attempts: 3})
	for _, f := range []struct {
		status int
		body   string
		kind   fault.Kind
		says   string
	}{
		{400, `{"detail":"No."}`, fault.Invalid, "No."},
		{404, `{"detail":"No run.","hint":"look"}`, fault.NotFound, "No run."},
		{403, `{"detail":"No."}`, fault.Denied, "No."},
		{422, `{"detail":"No."}`, fault.Invalid, "No."},
		{500, `{"detail":"Oh."}`, fault.Internal, "Oh."},
		{503, `{"detail":"Later."}`, fault.Unavailable, "Later."},
		{404, `<html>`, fault.Unsupported, ""},
		{200, `<html>`, fault.Unsupported, ""},
	} {
		status, body = f.status, f.body
		_, err := c.Server(context.Background())
		if fault.KindOf(err) != f.kind || f.says != "" && fault.Sentence(err) != f.says {
			t.Errorf("%d %s: %v (%s)", f.status, f.body, err, fault.KindOf(err))
		}
	}
	if _, err := c.Server(cancelled()); err == nil || fault.Is(err, fault.Unavailable) {
		t.Errorf("what the caller ended: %v", err)
	}
	for _, address := range []string{"", "127.0.0.1:5000", "ftp://a", "http://", "http://a?b=c", "http://a b", "::"} {
		if _, err := ByURL(address, Config{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestAllPages(t *testing.T) {
	t.Parallel()
	c := open(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		page := rest.Page[rest.JobBody]{Items: []rest.JobBody{{ID: q.Get("kind") + q.Get("page") + "a"}, {ID: "b"}}}
		if q.Get("page") != "22" {
			page.Next = q.Get("page") + "2"
		}
		_ = json.NewEncoder(w).Encode(page)
	}, Config{})
	read := func(most int) (ids []string) {
		if err := All(context.Background(), c, "/jobs", url.Values{"kind": {"k"}}, func(j rest.JobBody) (bool, error) {
			ids = append(ids, j.ID)
			return len(ids) < most, nil
		}); err != nil {
			t.Error(err)
		}
		return ids
	}
	if diff := cmp.Diff([]string{"ka", "b", "k2a", "b", "k22a", "b"}, read(10)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"ka", "b", "k2a"}, read(3)); diff != "" {
		t.Error(diff)
	}
}

// The folder's socket is a server like another.
func TestByFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := ByFolder(dir, Config{})
	defer c.Close()
	if _, err := c.Server(context.Background()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("nobody there: %v", err)
	}
	socket, err := net.Listen("unix", filepath.Join(dir, "tacit.sock"))
	if err != nil {
		t.Skipf("no socket in %s: %v", dir, err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"version":%q}`, r.URL.Path)
	})}
	go func() { _ = server.Serve(socket) }()
	defer func() { _ = server.Close() }()
	if about, err := c.Server(context.Background()); err != nil || about.Version != "/api/v1/server" {
		t.Errorf("%+v, %v", about, err)
	}
}
