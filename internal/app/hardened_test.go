package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tacit-ml/tacit/internal/foundation/route"
)

var holes = regexp.MustCompile(`\{[^}]*\}`)

// pathOf is a path that a route answers, with what in the place of its names.
func pathOf(r route.Route, what string) string {
	if exact, ok := strings.CutSuffix(r.Pattern, "{$}"); ok {
		return exact
	}
	return holes.ReplaceAllString(r.Pattern, what)
}

// each hands over every route of every face.
func (g guarded) each(do func(face string, r route.Route)) {
	g.t.Helper()
	n := 0
	for _, face := range g.spoken {
		for _, r := range face.Routes {
			n++
			do(face.Name, r)
		}
	}
	if n < 100 {
		g.t.Errorf("only %d routes: the test does not see the faces", n)
	}
}

// Whatever is answered, by whichever face, to whom and however it ends: no other
// site reads or frames it, and no cache keeps it that may not.
func TestEveryAnswerIsHardened(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	root := g.user("root", "admin")
	kept := regexp.MustCompile(`^(/static/\{name\}|/favicon.ico|.*artifacts.*|/get-artifact|/model-versions/get-artifact)$`) // files, by their digest or to be asked for again
	g.each(func(_ string, r route.Route) {
		for _, header := range [][]string{nil, {"Authorization", root, "Content-Type", "application/json"}} {
			w := g.ask(g.door, r.Method, pathOf(r, "1"), "{}", header...)
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
				"Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
			} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s %s (%d): %s is %q", r.Method, r.Pattern, w.Code, name, got)
				}
			}
			if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script-src 'unsafe-inline'") {
				t.Errorf("%s %s (%d): the policy is %q", r.Method, r.Pattern, w.Code, policy)
			}
			if w.Header().Get("Permissions-Policy") == "" || w.Header().Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s (%d): %v", r.Method, r.Pattern, w.Code, w.Header())
			}
			if !kept.MatchString(r.Pattern) && w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s (%d) may be kept: %q", r.Method, r.Pattern, w.Code, w.Header().Get("Cache-Control"))
			}
		}
	})
}

// Browsers are told to come by TLS alone where people do, and never of this
// machine's own name, where other programs answer too.
func TestTransportSecurityIsToldWhereItHolds(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	g.Settings.PublicURL = "https://ml.example.org"
	door, err := g.Handler("")
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{"ml.example.org": "max-age=31536000", "127.0.0.1": "", "localhost": ""} {
		r := httptest.NewRequest("GET", "/health", nil)
		r.Host = host
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		if got := w.Header().Get("Strict-Transport-Security"); got != want {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
}

// endless gives bytes for ever and counts them.
type endless struct{ n int64 }

// Read gives blanks.
func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	e.n += int64(len(b))
	return len(b), nil
}

// A message of any length is refused by every route that is no stream, and
// hardly any of it is read.
func TestOversizedMessagesAreRefused(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	root := g.user("root", "admin")
	asked := 0
	g.each(func(_ string, r route.Route) {
		if r.Stream || r.Method == http.MethodGet || r.Method == http.MethodHead {
			return
		}
		asked++
		kind := "application/json"
		if !strings.HasPrefix(r.Pattern, "/api/") && !strings.HasPrefix(r.Pattern, "/ajax-api/") {
			kind = "application/x-www-form-urlencoded"
		}
		body := &endless{}
		request := httptest.NewRequest(r.Method, "http://127.0.0.1"+pathOf(r, "1"), body)
		request.ContentLength = 1 << 40
		request.Header.Set("Content-Type", kind)
		request.Header.Set("Authorization", root)
		w := httptest.NewRecorder()
		g.door.ServeHTTP(w, request)
		if w.Code < 400 || w.Code >= 500 || body.n > 1<<20 {
			t.Errorf("%s %s: %d after %d bytes: %.200s", r.Method, r.Pattern, w.Code, body.n, w.Body)
		}
	})
	if asked < 60 {
		t.Errorf("only %d routes take a message: the test does not see them", asked)
	}
}

// A message whose length nobody tells ends where its face's bound is.
func TestMessagesOfUnknownLengthAreBounded(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	root := g.user("root", "admin")
	for path, kind := range map[string]string{
		"/api/2.0/mlflow/runs/create": "application/json", "/api/2.0/mlflow/runs/log-batch": "application/json",
		"/api/v1/experiments": "application/json", "/api/v1/lineage": "application/json", "/token": "application/x-www-form-urlencoded", "/audit/verify": "application/x-www-form-urlencoded",
	} {
		body := &endless{}
		request := httptest.NewRequest("POST", "http://127.0.0.1"+path, body)
		request.ContentLength = -1
		request.Header.Set("Content-Type", kind)
		request.Header.Set("Authorization", root)
		w := httptest.NewRecorder()
		g.door.ServeHTTP(w, request)
		if w.Code < 400 || w.Code >= 500 || body.n > 64<<20 {
			t.Errorf("%s: %d after %d bytes: %.200s", path, w.Code, body.n, w.Body)
		}
	}
}

// A client that sends the head of a request and no more holds no connection:
// the server that is started ends it, and takes no head of any size.
func TestSlowAndLongHeads(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group errgroup.Group
	server := g.serve(&group, g.door, listener)
	t.Cleanup(func() {
		if err := server.Shutdown(context.Background()); err != nil || group.Wait() != nil {
			t.Error("the server did not end")
		}
	})
	if server.ReadHeaderTimeout != headTime || server.IdleTimeout != idleTime || headTime > 30*time.Second {
		t.Errorf("heads may take %s, idle connections %s", server.ReadHeaderTimeout, server.IdleTimeout)
	}
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprintf(conn, "GET /health HTTP/1.1\r\nHost: localhost\r\nX-Long: %s\r\n\r\n", strings.Repeat("a", 128<<10)); err != nil {
		t.Log(err) // the server may have refused already
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a head of 128 KiB: %v, %v", answer, err)
	}
	if testing.Short() {
		return
	}
	slow, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = slow.Close() }()
	if _, err := io.WriteString(slow, "GET /health HTTP/1.1\r\nHost: loc"); err != nil {
		t.Fatal(err)
	}
	if err := slow.SetReadDeadline(time.Now().Add(headTime + time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(slow); err != nil {
		t.Errorf("the connection of a slow client was not ended: %v", err)
	}
}
