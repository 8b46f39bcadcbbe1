package route

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// asked keeps what the checker was asked and answers with refuse.
type asked struct {
	calls  []string
	refuse error
	only   string // the one object that is refused, "" for all
}

func (a *asked) Check(_ context.Context, action string, object urn.URN) error {
	a.calls = append(a.calls, action+" "+object.String())
	if a.only != "" && object.String() != a.only {
		return nil
	}
	return a.refuse
}

func tell(w http.ResponseWriter, _ *http.Request, err error) {
	codes := map[fault.Kind]int{fault.Invalid: 400, fault.Denied: 403, fault.NotFound: 404}
	code := codes[fault.KindOf(err)]
	if code == 0 {
		code = 500
	}
	w.WriteHeader(code)
	_, _ = io.WriteString(w, fault.Sentence(err))
}

// world answers with where a request came in, and fails on demand.
func world() Face {
	where := func(w http.ResponseWriter, r *http.Request, _ any) error {
		c := caller.From(r.Context())
		_, err := fmt.Fprintf(w, "%s %s %s %s", c.Workspace, c.Origin.Address, Link(r.Context(), "/x"), r.PathValue("name"))
		return err
	}
	return Face{
		Name: "world", Owns: func(*http.Request, string) bool { return true }, Fail: tell,
		Routes: []Route{
			{Method: "GET", Pattern: "/where/{name...}", Action: "thing.read", Serve: where,
				Objects: func(r *http.Request, _ any) []Object { return On(urn.New("thing", r.PathValue("name"))) }},
			{Method: "POST", Pattern: "/where", Action: "thing.update", Serve: where,
				Decode: func(r *http.Request) (any, error) {
					if r.Header.Get("X-Broken") != "" {
						return nil, fault.New(fault.Invalid, "broken message")
					}
					return "decoded", nil
				},
				Objects: func(_ *http.Request, m any) []Object { return On(urn.New("thing", m.(string))) }},
			{Method: "GET", Pattern: "/several", Action: "thing.read", Serve: where,
				Objects: func(r *http.Request, _ any) []Object {
					var all []Object
					for _, name := range r.URL.Query()["thing"] {
						all = append(all, For("", urn.New("thing", name)))
					}
					if box := r.URL.Query().Get("box"); box != "" {
						all = append(all, For("box.open", urn.New("box", box)))
					}
					return all
				}},
			{Method: "GET", Pattern: "/all", Action: "thing.list", Scope: Listed, Serve: where},
			{Method: "GET", Pattern: "/health", Public: true, Serve: where},
			{Method: "GET", Pattern: "/panics", Action: "thing.read", Scope: Whole, Serve: func(http.ResponseWriter, *http.Request, any) error { panic("ouch") }},
			{Method: "GET", Pattern: "/fails", Action: "thing.read", Scope: Whole, Serve: func(http.ResponseWriter, *http.Request, any) error { return errors.New("secret detail") }},
			{Method: "GET", Pattern: "/breaks", Action: "thing.read", Scope: Whole, Serve: func(w http.ResponseWriter, _ *http.Request, _ any) error {
				_, _ = io.WriteString(w, "half of")
				return errors.New("secret detail")
			}},
		},
	}
}

func door(t *testing.T, change func(*Options)) (http.Handler, *asked, *bytes.Buffer) {
	t.Helper()
	check, log := &asked{}, &bytes.Buffer{}
	o := Options{
		Faces: []Face{world()}, Check: check, Log: slog.New(slog.NewTextHandler(log, nil)),
		RequestID: func() string { return "request-1" }, Now: time.Now,
	}
	if change != nil {
		change(&o)
	}
	h, err := Handler(o)
	if err != nil {
		t.Fatal(err)
	}
	return h, check, log
}

func request(method, target string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, "http://127.0.0.1:5000"+target, nil)
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	r.RemoteAddr = "127.0.0.1:9999"
	return r
}

func TestDoor(t *testing.T) {
	t.Parallel()
	public := func(o *Options) {
		o.PublicURL = &url.URL{Scheme: "https", Host: "ml.example.org", Path: "/ml"}
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	}
	for _, c := range []struct {
		name    string
		change  func(*Options)
		request *http.Request
		status  int
		body    string
	}{
		{"a plain request", nil, request("GET", "/where/a"), 200, "default 127.0.0.1 /x a"},
		{"a workspace in the path", nil, request("GET", "/w/team/where/a"), 200, "team 127.0.0.1 /w/team/x a"},
		{"a workspace in the header", nil, request("GET", "/where/a", "X-MLFLOW-WORKSPACE", "team"), 200, "team 127.0.0.1 /w/team/x a"},
		{"path and header that agree", nil, request("GET", "/w/team/where/a", "X-MLFLOW-WORKSPACE", "team"), 200, "team 127.0.0.1 /w/team/x a"},
		{"path and header that disagree", nil, request("GET", "/w/team/where/a", "X-MLFLOW-WORKSPACE", "other"), 400, `The path names the workspace "team" and the X-MLFLOW-WORKSPACE header names "other".`},
		{"no workspace's name", nil, request("GET", "/w/No_Good!/where/a"), 400, `"No_Good!" is not a workspace's name.`},
		{"an escaped slash stays in its segment", nil, request("GET", "/w/team/where/a%2Fb"), 200, "team 127.0.0.1 /w/team/x a/b"},
		{"dots", nil, request("GET", "/where/a/../../b"), 400, `Invalid path: it has empty, "." or ".." segments.`},
		{"another host", nil, request("GET", "/where/a", "Host", "evil.example.org"), 403, `The host "evil.example.org" is not one this tacit answers for.`},
		{"another host asks for health", nil, request("GET", "/health", "Host", "10.0.0.7:5000"), 200, "default 127.0.0.1 /x "},
		{"LOCALHOST with a dot", nil, request("GET", "/where/a", "Host", "LOCALHOST.:5000"), 200, "default 127.0.0.1 /x a"},
		{"localhost", nil, request("GET", "/where/a", "Host", "localhost:5000"), 200, "default 127.0.0.1 /x a"},
		{"IPv6 loopback", nil, request("GET", "/where/a", "Host", "[::1]:5000"), 200, "default 127.0.0.1 /x a"},
		{"a foreign page's form", nil, request("POST", "/where", "Origin", "https://evil.example.org"), 403, "A page of another site may not change anything here."},
		{"a foreign page by fetch metadata", nil, request("POST", "/where", "Sec-Fetch-Site", "cross-site"), 403, "A page of another site may not change anything here."},
		{"our own page's form", nil, request("POST", "/where", "Origin", "http://127.0.0.1:5000", "Sec-Fetch-Site", "same-origin"), 200, "default 127.0.0.1 /x "},
		{"a client without an origin", nil, request("POST", "/where"), 200, "default 127.0.0.1 /x "},
		{"the scheme's own port", public, request("GET", "/ml/where/a", "Host", "ML.example.org:443"), 200, "default 127.0.0.1 /ml/x a"},
		{"another port", public, request("GET", "/ml/where/a", "Host", "ml.example.org:80"), 403, `The host "ml.example.org:80" is not one this tacit answers for.`},
		{"the port told in the public URL", func(o *Options) { o.PublicURL = &url.URL{Scheme: "http", Host: "ml.example.org:80"} },
			request("POST", "/where", "Host", "ml.example.org", "Origin", "http://ml.example.org", "Sec-Fetch-Site", "cross-site"), 200, "default 127.0.0.1 /x "},
		{"a balancer asks for health under the prefix", public, request("GET", "/ml/health", "Host", "10.0.0.7:5000"), 200, "default 127.0.0.1 /ml/x "},
		{"another host asks for more under the prefix", public, request("GET", "/ml/where/health", "Host", "other.example:5000"), 403, `The host "other.example:5000" is not one this tacit answers for.`},
		{"under a prefix", public, request("GET", "/ml/w/team/where/a", "Host", "ml.example.org"), 200, "team 127.0.0.1 /ml/w/team/x a"},
		{"a proxy that strips the prefix", public, request("GET", "/w/team/where/a", "Host", "ml.example.org"), 200, "team 127.0.0.1 /ml/w/team/x a"},
		{"the public origin", public, request("POST", "/ml/where", "Host", "ml.example.org", "Origin", "https://ml.example.org", "Sec-Fetch-Site", "same-origin"), 200, "default 127.0.0.1 /ml/x "},
		{"another origin under a prefix", public, request("POST", "/ml/where", "Host", "ml.example.org", "Origin", "https://evil.example.org"), 403, "A page of another site may not change anything here."},
		{"a trusted proxy names the client", public, request("GET", "/ml/where/a", "Host", "ml.example.org", "X-Forwarded-For", "10.9.9.9, 203.0.113.7, 127.0.0.2"), 200, "default 203.0.113.7 /ml/x a"},
		{"a proxy nobody trusts", nil, request("GET", "/where/a", "X-Forwarded-For", "203.0.113.7"), 200, "default 127.0.0.1 /x a"},
		{"the settings' workspace", func(o *Options) { o.Workspace = func() string { return "team" } }, request("GET", "/where/a"), 200, "team 127.0.0.1 /x a"},
		{"default beside the settings' workspace", func(o *Options) { o.Workspace = func() string { return "team" } }, request("GET", "/w/default/where/a"), 200, "default 127.0.0.1 /w/default/x a"},
		{"nothing there", nil, request("GET", "/nothing"), 404, "There is nothing at /nothing."},
		{"another method", nil, request("DELETE", "/where"), 404, "There is something at /where, but nothing that answers DELETE."},
		{"a broken message", nil, request("POST", "/where", "X-Broken", "1"), 400, "broken message"},
		{"a panic", nil, request("GET", "/panics"), 500, "Something went wrong inside tacit. The request id leads to the reason in the server's log."},
		{"an unknown error", nil, request("GET", "/fails"), 500, "Something went wrong inside tacit. The request id leads to the reason in the server's log."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h, _, log := door(t, c.change)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, c.request)
			if w.Code != c.status || w.Body.String() != c.body {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, c.status, c.body)
			}
			if lines := strings.Count(log.String(), "msg=request"); lines != 1 {
				t.Errorf("%d lines in the log, want one:\n%s", lines, log)
			}
			if w.Header().Get("X-Request-Id") != "request-1" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("headers: %v", w.Header())
			}
		})
	}
}

func TestAForgedForwardedLineDoesNotCount(t *testing.T) {
	t.Parallel()
	h, _, _ := door(t, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	r := request("GET", "/where/a")
	r.Header.Add("X-Forwarded-For", "198.51.100.1") // the client's own
	r.Header.Add("X-Forwarded-For", "203.0.113.7")  // the proxy's
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if want := "default 203.0.113.7 /x a"; w.Body.String() != want {
		t.Errorf("got %q, want %q", w.Body, want)
	}
}

func TestShortenGivesText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{{"plain", 100, "plain"}, {"plain", 3, "pla"}, {"a\xff\x00b", 100, "a\uFFFD\uFFFDb"}, {"äöü", 5, "äö"}} {
		if got := shorten(c.in, c.n); got != c.want {
			t.Errorf("%q cut to %d bytes: got %q, want %q", c.in, c.n, got, c.want)
		}
	}
}

func TestPermissionIsAskedBeforeServing(t *testing.T) {
	t.Parallel()
	h, check, log := door(t, nil)
	for _, r := range []*http.Request{request("GET", "/where/a%20b"), request("POST", "/where"), request("GET", "/health"), request("POST", "/where", "X-Broken", "1")} {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	if diff := cmp.Diff([]string{"thing.read tacit:thing/a%20b", "thing.update tacit:thing/decoded"}, check.calls); diff != "" {
		t.Errorf("asked:\n%s", diff)
	}
	check.refuse = fault.New(fault.Denied, "You may not.")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request("GET", "/where/a"))
	if w.Code != 403 || w.Body.String() != "You may not." {
		t.Errorf("a refusal: got %d %q", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "kind=denied") {
		t.Errorf("the refusal is not in the log:\n%s", log)
	}
}

func TestEveryObjectIsAsked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		target string
		asked  []string
	}{
		{"/several?thing=a&thing=b&box=c", []string{"thing.read tacit:thing/a", "thing.read tacit:thing/b", "box.open tacit:box/c"}},
		{"/several", []string{"thing.read "}},
		{"/all", []string{"thing.list "}},
	} {
		h, check, _ := door(t, nil)
		h.ServeHTTP(httptest.NewRecorder(), request("GET", c.target))
		if diff := cmp.Diff(c.asked, check.calls); diff != "" {
			t.Errorf("%s asked:\n%s", c.target, diff)
		}
	}
	h, check, _ := door(t, nil)
	check.only = "tacit:thing/b"
	check.refuse = fault.New(fault.Denied, "You may not.")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request("GET", "/several?thing=a&thing=b&box=c"))
	if w.Code != 403 {
		t.Errorf("one refusal among several: got %d %q", w.Code, w.Body)
	}
}

func TestHandlerRefusesATableThatIsNone(t *testing.T) {
	t.Parallel()
	serve := func(http.ResponseWriter, *http.Request, any) error { return nil }
	for name, routes := range map[string][]Route{
		"no action":          {{Method: "GET", Pattern: "/a", Serve: serve}},
		"public with action": {{Method: "GET", Pattern: "/a", Public: true, Action: "a.read", Serve: serve}},
		"public with scope":  {{Method: "GET", Pattern: "/a", Public: true, Scope: Whole, Serve: serve}},
		"no object":          {{Method: "GET", Pattern: "/a", Action: "a.read", Serve: serve}},
		"objects and scope": {{Method: "GET", Pattern: "/a", Action: "a.read", Scope: Listed, Serve: serve,
			Objects: func(*http.Request, any) []Object { return nil }}},
		"twice": {{Method: "GET", Pattern: "/a", Action: "a.read", Scope: Whole, Serve: serve}, {Method: "GET", Pattern: "/a", Action: "a.read", Scope: Whole, Serve: serve}},
	} {
		if _, err := Handler(Options{Faces: []Face{{Name: "f", Routes: routes}}}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Links lead to where people are: on the folder's socket any host is taken, and
// the port that the scheme means anyway is not told.
func TestLinksLeadToWherePeopleAre(t *testing.T) {
	t.Parallel()
	public, err := url.Parse("https://ml.example.org/tacit")
	if err != nil {
		t.Fatal(err)
	}
	face := world()
	face.Routes = append(face.Routes, Route{Method: "GET", Pattern: "/address", Action: "thing.read", Scope: Whole, Serve: func(w http.ResponseWriter, r *http.Request, _ any) error {
		_, err := io.WriteString(w, Address(r.Context(), "/runs/1"))
		return err
	}})
	for _, c := range []struct {
		public       *url.URL
		socket, host string
		want         string
	}{
		{nil, "http://127.0.0.1:5000", "tacit", "http://127.0.0.1:5000/w/team/runs/1"},
		{public, "http://127.0.0.1:5000", "tacit", "https://ml.example.org/tacit/w/team/runs/1"},
		{public, "", "ml.example.org", "https://ml.example.org/tacit/w/team/runs/1"},
		{public, "", "ML.example.org:443", "https://ml.example.org/tacit/w/team/runs/1"},
		{public, "", "127.0.0.1:5000", "http://127.0.0.1:5000/tacit/w/team/runs/1"},
		{nil, "", "localhost:5000", "http://localhost:5000/w/team/runs/1"},
	} {
		h, err := Handler(Options{Faces: []Face{face}, Check: &asked{}, Log: slog.New(slog.DiscardHandler), RequestID: func() string { return "r" }, Now: time.Now,
			PublicURL: c.public, Socket: c.socket})
		if err != nil {
			t.Fatal(err)
		}
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, httptest.NewRequest("GET", "http://"+c.host+"/w/team/address", nil))
		if got := answer.Body.String(); answer.Code != http.StatusOK || got != c.want {
			t.Errorf("%d %s, want %s", answer.Code, got, c.want)
		}
	}
}

// What a request leaves is told with the permission that its route asked.
func TestTheCallerCarriesTheAction(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ target, want string }{{"/asks", "thing.read"}, {"/open", ""}} {
		face := world()
		serve := func(w http.ResponseWriter, r *http.Request, _ any) error {
			_, err := io.WriteString(w, caller.From(r.Context()).Action)
			return err
		}
		face.Routes = append(face.Routes,
			Route{Method: "GET", Pattern: "/asks", Action: "thing.read", Scope: Whole, Serve: serve},
			Route{Method: "GET", Pattern: "/open", Public: true, Serve: serve})
		h, _, _ := door(t, func(o *Options) { o.Faces = []Face{face} })
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request("GET", c.target))
		if w.Code != 200 || w.Body.String() != c.want {
			t.Errorf("%s: got %d %q, want %q", c.target, w.Code, w.Body, c.want)
		}
	}
}
