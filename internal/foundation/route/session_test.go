package route

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// guarded is a door that lets in whose session or token is "right"; a page of it
// answers with the token of its forms.
func guarded(t *testing.T, public string) http.Handler {
	t.Helper()
	form := func(r *http.Request) (any, error) { return nil, r.ParseForm() }
	say := func(w http.ResponseWriter, r *http.Request, _ any) error {
		_, err := w.Write([]byte(FormToken(r.Context())))
		return err
	}
	face := Face{Name: "pages", Fail: tell, Owns: func(*http.Request, string) bool { return true }, Routes: []Route{
		{Method: "GET", Pattern: "/page", Action: "thing.read", Scope: Whole, Serve: say},
		{Method: "POST", Pattern: "/page", Action: "thing.update", Scope: Whole, Decode: form, Serve: say},
		{Method: "DELETE", Pattern: "/page", Action: "thing.update", Scope: Whole, Serve: say},
		{Method: "GET", Pattern: "/sign-in", Public: true, Serve: func(w http.ResponseWriter, r *http.Request, _ any) error {
			SetSession(w, r, "right", time.Hour)
			return nil
		}},
	}}
	o := Options{Faces: []Face{face}, Check: &asked{}, Guarded: true, Log: slog.New(slog.DiscardHandler), RequestID: func() string { return "1" }, Now: time.Now,
		Authenticate: func(ctx context.Context, c caller.Credentials) (context.Context, error) {
			if c.Unreadable || c.Session != "right" && c.Bearer != "right" {
				return ctx, fault.New(fault.Denied, "Nobody.")
			}
			me := caller.From(ctx)
			me.Actor = urn.New("user", "ada")
			return caller.With(ctx, me), nil
		}}
	if public != "" {
		u, err := url.Parse(public)
		if err != nil {
			t.Fatal(err)
		}
		o.PublicURL = u
	}
	h, err := Handler(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func send(h http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// A change by a cookie carries the token of the session's own pages; one by a
// token needs none, and wins over the cookie.
func TestChangesByCookieComeFromOwnPages(t *testing.T) {
	t.Parallel()
	h := guarded(t, "")
	const cookie = "tacit_session=right"
	token := send(h, "GET", "/page", "", "Cookie", cookie).Body.String()
	if len(token) < 32 || strings.Contains(token, "right") {
		t.Fatalf("the form's token is %q", token)
	}
	for name, c := range map[string]struct {
		method, body string
		header       []string
		status       int
	}{
		"with the token":               {"POST", FormField + "=" + token, []string{"Cookie", cookie}, 200},
		"with the token of a script":   {"DELETE", "", []string{"Cookie", cookie, formHeader, token}, 200},
		"without a token":              {"POST", "a=b", []string{"Cookie", cookie}, 403},
		"with an empty token":          {"POST", FormField + "=", []string{"Cookie", cookie}, 403},
		"with another's token":         {"POST", FormField + "=" + strings.ToLower(token), []string{"Cookie", cookie}, 403},
		"with the token in the query":  {"DELETE", "", []string{"Cookie", cookie}, 403},
		"by Authorization":             {"POST", "a=b", []string{"Authorization", "Bearer right"}, 200},
		"by Authorization with cookie": {"POST", "a=b", []string{"Authorization", "Bearer right", "Cookie", "tacit_session=wrong"}, 200},
		"by a wrong Authorization":     {"POST", FormField + "=" + token, []string{"Authorization", "Bearer wrong", "Cookie", cookie}, 403},
		"with two cookies":             {"GET", "", []string{"Cookie", cookie + "; " + cookie}, 403},
		"with an empty cookie":         {"GET", "", []string{"Cookie", "tacit_session="}, 403},
		"without anything":             {"GET", "", nil, 403},
	} {
		path := "/page"
		if strings.Contains(name, "query") {
			path += "?" + FormField + "=" + token
		}
		if w := send(h, c.method, path, c.body, c.header...); w.Code != c.status {
			t.Errorf("%s: %d %s, want %d", name, w.Code, w.Body, c.status)
		}
	}
}

// Under TLS the cookie's name itself keeps others from setting it, and a cookie
// of the name without TLS proves nobody.
func TestCookiesAreThisTacitsAlone(t *testing.T) {
	t.Parallel()
	for public, want := range map[string]string{
		"":                           "tacit_session=right; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax",
		"https://ml.example.org":     "__Host-tacit_session=right; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax",
		"https://ml.example.org/ml":  "__Secure-tacit_session=right; Path=/ml/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax",
		"http://intranet.example/ml": "tacit_session=right; Path=/ml/; Max-Age=3600; HttpOnly; SameSite=Lax",
	} {
		h := guarded(t, public)
		got := send(h, "GET", "/sign-in", "").Header().Get("Set-Cookie")
		if got != want {
			t.Errorf("at %q the cookie is %s, want %s", public, got, want)
		}
		pair, _, _ := strings.Cut(got, ";")
		if w := send(h, "GET", "/page", "", "Cookie", pair); w.Code != 200 {
			t.Errorf("at %q the cookie is answered %d", public, w.Code)
		}
		if w := send(h, "GET", "/page", "", "Cookie", "tacit_session=right"); strings.HasPrefix(public, "https") && w.Code != 403 {
			t.Errorf("at %q a cookie set without TLS is answered %d", public, w.Code)
		}
	}
}
