package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// lines is a log that many write.
type lines struct {
	mu sync.Mutex
	bytes.Buffer
}

// Write adds to it.
func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(b)
}

// wordiest is a log that tells all that it can.
func wordiest(to *lines) *slog.Logger {
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// tellsNone looks for secrets in a house's log and in all of its events.
func tellsNone(t *testing.T, h *House, log *lines, requests int, secrets map[string]string) {
	t.Helper()
	events, err := rows.Collect(context.Background(), h.Rows.Read(), rows.Column[string], "SELECT actor || ' ' || subject || ' ' || links || ' ' || data || ' ' || client FROM event_log")
	if err != nil || len(events) == 0 {
		t.Fatal(len(events), err)
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	told := log.String() + strings.Join(events, "\n")
	if n := strings.Count(told, "msg=request"); n < requests {
		t.Fatalf("only %d requests are in the log", n)
	}
	for name, s := range secrets {
		if len(s) < 6 {
			t.Errorf("there is no %s: a way to sign in did not work", name)
			continue
		}
		for _, form := range []string{s, url.QueryEscape(s), base64.StdEncoding.EncodeToString([]byte(s))} {
			if at := strings.Index(told, form); at >= 0 {
				t.Errorf("%s is told: %.300s", name, told[max(0, at-150):])
			}
		}
	}
}

// No secret that passed through a door stands in the log, at its wordiest, or in
// an event, whichever way somebody signed in or tried to.
func TestSecretsAreInNoLog(t *testing.T) {
	t.Parallel()
	log := &lines{}
	h, err := Open(context.Background(), Settings{Now: time.Now, Random: rand.Reader, Version: "test", Listen: "127.0.0.1:0", Auth: "required", Dir: filepath.Join(t.TempDir(), "tacit")},
		wordiest(log))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	g := guarded{House: h, t: t}
	if g.door, err = h.Handler(""); err != nil {
		t.Fatal(err)
	}
	if g.socket, err = h.Handler("http://127.0.0.1:5000"); err != nil {
		t.Fatal(err)
	}
	const password, wrong, next = "correct horse", "wrong battery staple", "another horse altogether"
	personal := strings.TrimPrefix(g.user("ada", "admin"), "Bearer ")
	secrets := []string{password, wrong, next, personal, base64.StdEncoding.EncodeToString([]byte("ada:" + password))}
	basic := func(user, password string) []string {
		return []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))}
	}
	form := func(path string, values url.Values) map[string]any {
		w := g.ask(g.door, "POST", path, values.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		var answer map[string]any
		_ = json.Unmarshal(w.Body.Bytes(), &answer)
		for _, key := range []string{"access_token", "refresh_token"} {
			if s, ok := answer[key].(string); ok {
				secrets = append(secrets, s)
			}
		}
		return answer
	}
	w := g.ask(g.socket, "POST", "/api/v1/services", `{"name":"trainer","role":"contributor"}`, "Content-Type", "application/json")
	var service struct{ Secret string }
	if err := json.Unmarshal(w.Body.Bytes(), &service); err != nil || service.Secret == "" {
		t.Fatal(w.Code, w.Body)
	}
	secrets = append(secrets, service.Secret)
	for _, header := range [][]string{basic("ada", password), basic("ada", wrong), basic("ada", personal), basic(wrong, wrong), basic("trainer", service.Secret), {"Authorization", "Bearer " + personal}, {"Authorization", "Bearer " + personal[:20]}, {"Authorization", wrong}, {"Cookie", "tacit_session=" + personal}} {
		g.ask(g.door, "GET", "/api/v1/me", "", header...)
		g.ask(g.door, "GET", "/experiments?access_token="+personal, "", header...)
	}
	first := form("/token", url.Values{"grant_type": {"password"}, "username": {"ada"}, "password": {password}})
	form("/token", url.Values{"grant_type": {"password"}, "username": {"ada"}, "password": {wrong}})
	form("/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"trainer"}, "client_secret": {service.Secret}})
	for range 2 { // the second time it is stolen
		form("/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first["refresh_token"].(string)}})
	}
	form("/revoke", url.Values{"token": {personal}})
	g.ask(g.door, "GET", "/api/v1/me", "", "Authorization", "Bearer "+personal)
	if w := g.ask(g.socket, "PUT", "/api/v1/users/ada/password", `{"password":"`+next+`"}`, "Content-Type", "application/json"); w.Code >= http.StatusBadRequest {
		t.Fatal(w.Code, w.Body)
	}
	all := map[string]string{}
	for i, s := range secrets {
		all[fmt.Sprintf("secret %d, %.14s…", i, s)] = s
	}
	if len(all) < 9 {
		t.Fatalf("only %d secrets: a way to sign in did not work", len(all))
	}
	tellsNone(t, h, log, 20, all)
}

// The same of what people sign in by at the pages: passwords, right and wrong,
// invitations, sessions, the tokens of forms, new tokens and secrets.
func TestSecretsOfThePagesAreInNoLog(t *testing.T) {
	t.Parallel()
	log := &lines{}
	h, err := Open(context.Background(), Settings{Now: time.Now, Random: rand.Reader, Version: "test", Listen: "127.0.0.1:0", Auth: "required", Dir: filepath.Join(t.TempDir(), "tacit")}, wordiest(log))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	g := guarded{House: h, t: t}
	if g.door, err = h.Handler(""); err != nil {
		t.Fatal(err)
	}
	if g.socket, err = h.Handler("http://127.0.0.1:5000"); err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{"a wrong password": "wrong battery staple", "the first password": "chosen by the first", "her password": "correct horse",
		"her next password": "a horse of another colour", "a forged session": "tacit_ses_forged-in-a-browser", "a forged invitation": "tacit_inv_forged-in-a-browser"}
	link, err := h.FirstLink(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	_, secrets["the first invitation"], _ = strings.Cut(link, "token=")
	b := g.browser()
	b.get(link)
	b.get("/welcome?token=" + secrets["a forged invitation"])
	b.post("/welcome", "token", secrets["a forged invitation"], "name", "root", "new", secrets["the first password"], "again", secrets["the first password"])
	b.get(link)
	b.post("/welcome", "token", secrets["the first invitation"], "name", "root", "new", secrets["a wrong password"], "again", secrets["the first password"])
	b.wants(b.post("/welcome", "token", secrets["the first invitation"], "name", "root", "new", secrets["the first password"], "again", secrets["the first password"]), 303, "")
	secrets["the first session"] = b.cookies["tacit_session"]
	b.wants(b.get("/people"), 200, "root")
	secrets["a form's token"] = formToken.FindStringSubmatch(b.page)[1]
	b.post("/people/users", "name", "ada", "role", "contributor")
	secrets["her invitation"] = said(b.page, `token=(tacit_inv_[A-Za-z0-9_-]+)`)
	b.post("/people/services", "name", "trainer", "role", "contributor")
	secrets["a service's secret"] = said(b.page, `tacit_sec_[A-Za-z0-9_-]+`)
	b.get("/account")
	b.post("/account/tokens", "name", "laptop", "days", "30")
	secrets["a personal token"] = said(b.page, `tacit_pat_[A-Za-z0-9_-]+`)
	b.post("/account/password", "old", secrets["a wrong password"], "new", secrets["her next password"], "again", secrets["her next password"])

	ada := g.browser()
	ada.get("/welcome?token=" + secrets["her invitation"])
	ada.post("/welcome", "token", secrets["her invitation"], "new", secrets["her password"], "again", secrets["her password"])
	ada.get("/sign-in?then=/account&password=" + url.QueryEscape(secrets["her password"]))
	ada.post("/sign-in", "username", "ada", "password", secrets["a wrong password"])
	ada.post("/sign-in", "username", secrets["her password"], "password", "ada") // the fields exchanged
	ada.signIn("ada", "/account")
	secrets["her session"] = ada.cookies["tacit_session"]
	ada.get("/account")
	ada.post("/account/password", "old", secrets["her password"], "new", secrets["her next password"], "again", secrets["her next password"])
	thief := g.browser()
	thief.cookies["tacit_session"] = secrets["a forged session"]
	thief.get("/account")
	thief.cookies["tacit_session"] = secrets["her session"] // which has ended
	thief.get("/account")
	tellsNone(t, h, log, 20, secrets)
}

// said is what a page says in a form: the group of the pattern, or all of it.
func said(page, pattern string) string {
	m := regexp.MustCompile(pattern).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return m[len(m)-1]
}

// And of what goes between a browser, tacit and a provider: the client's secret,
// the code, the state, what proves it, and the provider's tokens, also where the
// provider tells them back in its refusal.
func TestSecretsOfAProviderAreInNoLog(t *testing.T) {
	const client = "the-secret-of-the-client"
	t.Setenv("TACIT_TEST_OIDC_SECRET", client)
	f := newForger(t)
	f.code, f.access = "code-that-nobody-may-know", "access-that-nobody-may-know"
	p := &provided{t: t, issuer: f.URL, config: filepath.Join(t.TempDir(), "tacit.yaml")}
	p.open("nobody@example.org")
	secrets := map[string]string{"the client's secret": client, "the code": f.code, "the provider's token": f.access}
	visit := func(name string, token func(map[string]any) string) {
		f.token = func(claims map[string]any) string {
			idToken := token(claims)
			if idToken != "" {
				secrets["the ID token, "+name] = idToken
			}
			return idToken
		}
		one := p.person()
		one.get(p.URL + "/sign-in/with/sso?then=/account")
		one.get(one.back) // once more
		secrets["the state, "+name], secrets["the nonce, "+name], secrets["the flow, "+name] = f.asked.Get("state"), f.asked.Get("nonce"), one.flow
		secrets["what proves the code, "+name] = f.proved.Get("code_verifier")
		site, _ := url.Parse(p.URL)
		for _, c := range one.Jar.Cookies(site) {
			if c.Name == "tacit_session" {
				secrets["the session, "+name] = c.Value
			}
		}
	}
	visit("right", f.with(nil))
	visit("forged", f.forgeries()["an unknown key"])
	visit("for another", f.with(map[string]any{"aud": "another"}))
	f.refuses = true
	visit("refused", f.with(nil))
	if secrets["the session, right"] == "" {
		t.Error("nobody was signed in")
	}
	tellsNone(t, p.House, &p.log, 8, secrets)
}
