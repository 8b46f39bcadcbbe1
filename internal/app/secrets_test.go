package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
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

// No secret that passed through a door stands in the log, at its wordiest, or in
// an event, whichever way somebody signed in or tried to.
func TestSecretsAreInNoLog(t *testing.T) {
	t.Parallel()
	log := &lines{}
	h, err := Open(context.Background(), Settings{Now: time.Now, Random: rand.Reader, Version: "test", Listen: "127.0.0.1:0", Auth: "required", Dir: filepath.Join(t.TempDir(), "tacit")},
		slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
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
	events, err := rows.Collect(context.Background(), h.Rows.Read(), rows.Column[string], "SELECT actor || ' ' || subject || ' ' || links || ' ' || data || ' ' || client FROM event_log")
	if err != nil || len(events) < 10 {
		t.Fatal(len(events), err)
	}
	told := log.String() + strings.Join(events, "\n")
	if n := strings.Count(told, "msg=request"); n < 20 {
		t.Fatalf("only %d requests are in the log", n)
	}
	if len(secrets) < 9 {
		t.Fatalf("only %d secrets: a way to sign in did not work", len(secrets))
	}
	for _, s := range secrets {
		if strings.Contains(told, s) {
			t.Errorf("%.14s… is told: %.300s", s, told[max(0, strings.Index(told, s)-150):])
		}
	}
}
