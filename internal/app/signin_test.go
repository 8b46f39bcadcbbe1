package app

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// Every door of every face is closed to who does not sign in, to who has no
// part in the workspace, and, where it changes something, to who may only read:
// whatever the message, and before anything is looked up.
func TestEveryDoorIsClosed(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	viewer := g.user("vera", "viewer")
	holes := regexp.MustCompile(`\{[^}]*\}`)
	search := regexp.MustCompile(`\.(list|search|read)$`)
	n := 0
	for _, face := range g.spoken {
		for _, r := range face.Routes {
			if r.Public || r.Own {
				continue
			}
			n++
			path := strings.TrimSuffix(holes.ReplaceAllString(r.Pattern, "1"), "{$}")
			if strings.HasSuffix(r.Pattern, "{$}") {
				path = strings.TrimSuffix(r.Pattern, "{$}")
			}
			nobody := g.ask(g.door, r.Method, path, "")
			if nobody.Code != http.StatusUnauthorized || nobody.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s %s without credentials: %d %s", r.Method, path, nobody.Code, nobody.Body)
			}
			about := "team"
			if r.Workspace != nil {
				about = "1" // the path names another
			}
			stranger := g.ask(g.door, r.Method, "/w/team"+path, "", "Authorization", viewer)
			if stranger.Code != http.StatusForbidden || !strings.Contains(stranger.Body.String(), "no part in the workspace "+about) {
				t.Errorf("%s %s of another workspace: %d %s", r.Method, path, stranger.Code, stranger.Body)
			}
			smuggled := g.ask(g.door, r.Method, path, "", "Authorization", viewer, "X-MLFLOW-WORKSPACE", "default", "X-MLFLOW-WORKSPACE", "team")
			if smuggled.Code != http.StatusBadRequest {
				t.Errorf("%s %s with two workspaces: %d", r.Method, path, smuggled.Code)
			}
			if read := g.ask(g.door, r.Method, path, "{}", "Authorization", viewer, "Content-Type", "application/json"); !search.MatchString(r.Action) && read.Code < 400 {
				t.Errorf("%s %s (%s) let a viewer in: %d %s", r.Method, path, r.Action, read.Code, read.Body)
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d routes: the test does not see the faces", n)
	}
}

// Sign-in is the only thing that nobody needs to be somebody for, besides
// health and what is served to all.
func TestWhoEntersByWhichDoor(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	ada := g.user("ada", "contributor")
	for _, c := range []struct {
		name   string
		at     http.Handler
		method string
		path   string
		header []string
		status int
		says   string
	}{
		{"health", g.door, "GET", "/health", nil, 200, "OK"},
		{"health with a wrong token", g.door, "GET", "/health", []string{"Authorization", "Bearer x"}, 200, "OK"},
		{"metrics", g.door, "GET", "/metrics", nil, 401, "Sign in first"},
		{"metrics of a contributor", g.door, "GET", "/metrics", []string{"Authorization", ada}, 403, "maintainer"},
		{"the folder's socket", g.socket, "GET", "/api/v1/me", nil, 200, `"actor":"tacit:user/local"`},
		{"a token", g.door, "GET", "/api/v1/me", []string{"Authorization", ada}, 200, `"actor":"tacit:user/ada"`},
		{"bearer in lower case", g.door, "GET", "/api/v1/me", []string{"Authorization", strings.Replace(ada, "B", "b", 1)}, 200, `"role":"contributor"`},
		{"two Authorization headers", g.door, "GET", "/api/v1/me", []string{"Authorization", ada, "Authorization", ada}, 401, "cannot be understood"},
		{"an oversized Authorization header", g.door, "GET", "/api/v1/me", []string{"Authorization", "Bearer " + strings.Repeat("a", 5000)}, 401, "cannot be understood"},
		{"another scheme", g.door, "GET", "/api/v1/me", []string{"Authorization", "Negotiate abc"}, 401, "cannot be understood"},
		{"a token in the query", g.door, "GET", "/api/v1/server?access_token=" + strings.TrimPrefix(ada, "Bearer "), nil, 401, "Sign in first"},
		{"a page", g.door, "GET", "/experiments", nil, 401, "Sign in first"},
		{"a page with a token", g.door, "GET", "/experiments", []string{"Authorization", ada}, 200, "<html"},
		{"MLflow", g.door, "GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", nil, 401, "UNAUTHENTICATED"},
		{"MLflow with a token", g.door, "GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", []string{"Authorization", ada}, 200, "Default"},
		{"users of a contributor", g.door, "GET", "/api/v1/users", []string{"Authorization", ada}, 403, "admin"},
	} {
		w := g.ask(c.at, c.method, c.path, "", c.header...)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %d %.300s, want %d %s", c.name, w.Code, w.Body, c.status, c.says)
		}
	}
}

// No page of another site reads an answer: none allows another origin, and all
// say that they are for this site alone.
func TestNothingIsForOtherSites(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	ada := g.user("ada", "contributor")
	for _, path := range []string{"/health", "/token", "/experiments", "/api/v1/me", "/api/2.0/mlflow/experiments/get?experiment_id=0", "/nothing"} {
		for _, method := range []string{"GET", "OPTIONS"} {
			h := g.ask(g.door, method, path, "", "Authorization", ada, "Origin", "https://elsewhere.example", "Access-Control-Request-Method", "POST").Header()
			if h.Get("Access-Control-Allow-Origin") != "" || h.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s %s allows another origin: %v", method, path, h)
			}
			if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cross-Origin-Resource-Policy") != "same-origin" || h.Get("X-Frame-Options") != "DENY" {
				t.Errorf("%s %s: %v", method, path, h)
			}
		}
	}
}

// What holds a secret is not kept for who asks again: the answer is lost, and
// the thing is there once.
func TestSecretsAreNotKeptWithIdempotencyKeys(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	g.user("ada", "viewer")
	again := func() *httptest.ResponseRecorder {
		return g.ask(g.socket, "POST", "/api/v1/users/ada/tokens", `{"name":"laptop"}`, "Content-Type", "application/json", "Idempotency-Key", "k1")
	}
	first, second := again(), again()
	if first.Code != http.StatusCreated || !strings.Contains(first.Body.String(), "tacit_pat_") {
		t.Fatal(first.Code, first.Body)
	}
	if second.Code != http.StatusConflict || strings.Contains(second.Body.String(), "tacit_pat_") || !strings.Contains(second.Body.String(), "answer is lost") {
		t.Errorf("asked again: %d %s", second.Code, second.Body)
	}
	var kept int
	err := g.Rows.Read().QueryRow(context.Background(), "SELECT count(*) FROM idempotency_answer WHERE CAST(body AS TEXT) LIKE '%tacit_pat_%'").Scan(&kept)
	if err != nil || kept != 0 {
		t.Errorf("%d answers hold the token: %v", kept, err)
	}
}
