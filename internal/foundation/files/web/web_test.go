package web_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/filestest"
	"github.com/tacit-ml/tacit/internal/foundation/files/web"
)

// store is a web server that keeps files in memory.
type store struct {
	lock   sync.Mutex
	kept   map[string][]byte
	method string
	header http.Header // that each request must have
	noHead bool
}

func newStore() *store { return &store{kept: map[string][]byte{}, method: "POST"} }

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name := range s.header {
		if r.Header.Get(name) != s.header.Get(name) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
	}
	if r.Method == s.method {
		content, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		s.lock.Lock()
		defer s.lock.Unlock()
		s.kept[r.URL.Path] = content
		return
	}
	if s.noHead && r.Method == "HEAD" || r.Method != "GET" && r.Method != "HEAD" {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	s.lock.Lock()
	content, ok := s.kept[r.URL.Path]
	s.lock.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("ETag", `"`+http.CanonicalHeaderKey(r.URL.Path[1:2])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

func open(t *testing.T, c web.Config) *web.Place {
	t.Helper()
	c.Retries.First = time.Millisecond
	place, err := web.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return place
}

func TestWeb(t *testing.T) {
	filestest.Run(t, filestest.Kind{Unsized: true}, func(t *testing.T) files.Place {
		server := httptest.NewServer(newStore())
		t.Cleanup(server.Close)
		return open(t, web.Config{URL: server.URL + "/below/"})
	})
}

func TestNetworks(t *testing.T) {
	b := filestest.Break(t, newStore())
	filestest.Networks(t, b, open(t, web.Config{URL: b.URL}))
}

// TestOptions: each option reaches the server, and without it the server refuses.
func TestOptions(t *testing.T) {
	basic := http.Header{"Authorization": {"Basic YWRhOnBhc3M="}}
	for what, c := range map[string]struct {
		server *store
		config web.Config
	}{
		"basic":              {&store{header: basic}, web.Config{User: "ada", Password: "pass"}},
		"in the address":     {&store{header: basic}, web.Config{URL: "ada:pass@"}},
		"a header":           {&store{header: http.Header{"X-Token": {"t"}}}, web.Config{Header: "X-Token", Value: "t"}},
		"a method":           {&store{method: "PUT"}, web.Config{Method: "PUT"}},
		"a server with GET":  {&store{noHead: true}, web.Config{}},
		"the client's name":  {&store{header: http.Header{"User-Agent": {"tacit/1"}}}, web.Config{Client: "tacit/1"}},
		"as the bytes are":   {&store{header: http.Header{"Accept-Encoding": {"identity"}}}, web.Config{}},
		"a path of the base": {&store{}, web.Config{}},
	} {
		t.Run(what, func(t *testing.T) {
			s := &store{kept: map[string][]byte{}, method: c.server.method, header: c.server.header, noHead: c.server.noHead}
			if s.method == "" {
				s.method = "POST"
			}
			server := httptest.NewServer(s)
			defer server.Close()
			user := c.config.URL
			c.config.URL = strings.Replace(server.URL, "://", "://"+user, 1)
			place := open(t, c.config)
			filestest.Put(t, place, "file", "content")
			if info, err := place.Stat(context.Background(), "file"); err != nil || info.Size != 7 {
				t.Error(info, err)
			}
			if strings.Contains(place.Address(), "pass") {
				t.Error("the address tells the password:", place.Address())
			}
			if c.server.header == nil || what == "as the bytes are" {
				return
			}
			_, err := open(t, web.Config{URL: server.URL}).Stat(context.Background(), "file")
			if !fault.Is(err, fault.Denied) {
				t.Error("without it:", err)
			}
		})
	}
	for _, wrong := range []string{"", "ftp://host/x", "http://", "://"} {
		if _, err := web.Open(web.Config{URL: wrong}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func TestCertificates(t *testing.T) {
	server := httptest.NewTLSServer(newStore())
	defer server.Close()
	server.Config.ErrorLog = nil
	roots := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for what, c := range map[string]struct {
		config web.Config
		kind   fault.Kind
	}{"the machine's own": {web.Config{}, fault.Denied}, "a file": {web.Config{Roots: roots}, fault.NotFound}, "any": {web.Config{Unverified: true}, fault.NotFound}} {
		c.config.URL = server.URL
		if _, err := open(t, c.config).Stat(context.Background(), "file"); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestRedirections: a header with a secret does not go along to another host.
func TestRedirections(t *testing.T) {
	var got http.Header
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = maps.Clone(r.Header) }))
	defer other.Close()
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer first.Close()
	if _, _, err := filestest.Read(open(t, web.Config{URL: first.URL, Header: "X-Token", Value: "secret", User: "ada", Password: "pass"}), "file", 0); err != nil {
		t.Fatal(err)
	}
	if got.Get("X-Token") != "" || got.Get("Authorization") != "" || got == nil {
		t.Error(got)
	}
}

// TestSilence: a server that does not answer, or stops in its middle, is not waited for without end.
func TestSilence(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "GET" {
			w.Header().Set("Content-Length", "10")
			_, _ = w.Write([]byte("12345"))
			w.(http.Flusher).Flush()
		}
		<-release
	}))
	defer server.Close()
	defer close(release)
	place := open(t, web.Config{URL: server.URL, ReadTimeout: 50 * time.Millisecond, Retries: files.Retries{Attempts: 2}})
	if _, err := place.Stat(context.Background(), "file"); !fault.Is(err, fault.Unavailable) {
		t.Error(err)
	}
	if got, _, err := filestest.Read(place, "file", 0); !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.Conflict) {
		t.Error(got, err)
	}
}
