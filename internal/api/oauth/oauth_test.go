package oauth

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/access/hashing"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// open gives the face's handler with a user ada, and the secret of a service
// trainer.
func open(t *testing.T) (h http.Handler, secret string) {
	t.Helper()
	db := rowstest.SQLite(t, []rows.Schema{event.Schema(), {Name: "access", Files: access.Room().Migrations}})
	ids, log := id.NewSource(time.Now, rand.Reader), slog.New(slog.DiscardHandler)
	s := access.New(access.Config{
		DB: db, Events: event.NewLog(db, ids, time.Now, log), IDs: ids, Now: time.Now, Log: log, Required: true,
		Hashing: hashing.Parameters{Memory: 8, Time: 1, Threads: 1},
	})
	owner := access.Local(caller.With(context.Background(), caller.Local("default")))
	if _, err := s.CreateUser(owner, "ada", "correct horse", "default", roles.Viewer); err != nil {
		t.Fatal(err)
	}
	_, secret, err := s.CreateService(owner, "trainer", "default", roles.Contributor)
	if err != nil {
		t.Fatal(err)
	}
	h, err = route.Handler(route.Options{Faces: []route.Face{New(s)}, Check: s, Authenticate: s.Authenticate, Log: log, RequestID: ids.UUID, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return h, secret
}

// post sends pairs of a form.
func post(h http.Handler, path string, user, password string, pairs ...string) (int, map[string]any, http.Header) {
	var form []string
	for i := 0; i+1 < len(pairs); i += 2 {
		form = append(form, url.QueryEscape(pairs[i])+"="+url.QueryEscape(pairs[i+1]))
	}
	r := httptest.NewRequest("POST", "http://127.0.0.1"+path, bytes.NewReader([]byte(strings.Join(form, "&"))))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if user != "" {
		r.SetBasicAuth(user, password)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var said map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &said)
	return w.Code, said, w.Header()
}

func TestGrants(t *testing.T) {
	t.Parallel()
	h, secret := open(t)
	status, said, header := post(h, "/token", "", "", "grant_type", "password", "username", "ada", "password", "correct horse", "scope", "viewer")
	if status != 200 || said["token_type"] != "bearer" || said["expires_in"] != 3600.0 || said["scope"] != "viewer" || header.Get("Cache-Control") != "no-store" {
		t.Fatalf("password: %d %v %v", status, said, header)
	}
	refresh, _ := said["refresh_token"].(string)
	status, said, _ = post(h, "/token", "", "", "grant_type", "refresh_token", "refresh_token", refresh)
	if status != 200 || said["refresh_token"] == refresh || said["scope"] != "viewer" {
		t.Fatalf("refresh: %d %v", status, said)
	}
	next, _ := said["refresh_token"].(string)
	for _, token := range []string{refresh, next} { // the first one is replayed, which ends the second
		if status, said, _ := post(h, "/token", "", "", "grant_type", "refresh_token", "refresh_token", token); status != 400 || said["error"] != "invalid_grant" {
			t.Errorf("replayed: %d %v", status, said)
		}
	}
	for name, ask := range map[string]func() (int, map[string]any, http.Header){
		"in the form": func() (int, map[string]any, http.Header) {
			return post(h, "/token", "", "", "grant_type", "client_credentials", "client_id", "trainer", "client_secret", secret)
		},
		"by basic": func() (int, map[string]any, http.Header) {
			return post(h, "/token", "trainer", url.QueryEscape(secret), "grant_type", "client_credentials")
		},
	} {
		status, said, _ := ask()
		if _, has := said["refresh_token"]; status != 200 || has || said["access_token"] == nil {
			t.Errorf("client credentials %s: %d %v", name, status, said)
		}
	}
	if status, _, _ := post(h, "/revoke", "", "", "token", "unknown"); status != 200 {
		t.Errorf("revoking what is not known: %d", status)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	h, secret := open(t)
	for _, c := range []struct {
		name, user, password string
		pairs                []string
		status               int
		code                 string
	}{
		{"nothing", "", "", nil, 400, "invalid_request"},
		{"another grant", "", "", []string{"grant_type", "authorization_code"}, 400, "unsupported_grant_type"},
		{"no user", "", "", []string{"grant_type", "password", "password", "x"}, 400, "invalid_request"},
		{"a wrong password", "", "", []string{"grant_type", "password", "username", "ada", "password", "wrong horse"}, 400, "invalid_grant"},
		{"an unknown user", "", "", []string{"grant_type", "password", "username", "eve", "password", "wrong horse"}, 400, "invalid_grant"},
		{"a parameter twice", "", "", []string{"grant_type", "password", "username", "ada", "username", "eve", "password", "correct horse"}, 400, "invalid_request"},
		{"a scope that is none", "", "", []string{"grant_type", "password", "username", "ada", "password", "correct horse", "scope", "all things"}, 400, "invalid_scope"},
		{"a scope of no action", "", "", []string{"grant_type", "password", "username", "ada", "password", "correct horse", "scope", "frob.nix"}, 400, "invalid_scope"},
		{"no client", "", "", []string{"grant_type", "client_credentials"}, 401, "invalid_client"},
		{"a wrong secret", "trainer", "wrong", []string{"grant_type", "client_credentials"}, 401, "invalid_client"},
		{"a user as client", "ada", "correct horse", []string{"grant_type", "client_credentials"}, 401, "invalid_client"},
		{"a secret in two ways", "trainer", secret, []string{"grant_type", "client_credentials", "client_secret", secret}, 400, "invalid_request"},
		{"a refresh token that is none", "", "", []string{"grant_type", "refresh_token", "refresh_token", "x"}, 400, "invalid_grant"},
		{"a form that is too large", "", "", []string{"grant_type", strings.Repeat("x", maxForm)}, 400, "invalid_request"},
	} {
		status, said, header := post(h, "/token", c.user, c.password, c.pairs...)
		if status != c.status || said["error"] != c.code || said["access_token"] != nil {
			t.Errorf("%s: %d %v, want %d %s", c.name, status, said, c.status, c.code)
		}
		if status == 401 && header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: no challenge", c.name)
		}
	}
	r := httptest.NewRequest("POST", "http://127.0.0.1/token?grant_type=password&username=ada&password=correct+horse", nil)
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != 400 {
		t.Errorf("a password in the address: %d", w.Code)
	}
	for range 20 {
		post(h, "/token", "", "", "grant_type", "password", "username", "ada", "password", "wrong horse")
	}
	if status, _, header := post(h, "/token", "", "", "grant_type", "password", "username", "ada", "password", "correct horse"); status != 429 || header.Get("Retry-After") == "" {
		t.Errorf("too many: %d %v", status, header)
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	h, _ := open(t)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1:5000/.well-known/oauth-authorization-server", nil))
	var said struct {
		Issuer string
		Token  string `json:"token_endpoint"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || said.Issuer != "http://127.0.0.1:5000" || said.Token != "http://127.0.0.1:5000/token" {
		t.Errorf("%v %s", err, w.Body)
	}
}
