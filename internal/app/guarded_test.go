package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// guarded is a house that nobody enters without signing in, with its two doors.
type guarded struct {
	*House
	t            *testing.T
	door, socket http.Handler
}

func openGuarded(t *testing.T) guarded {
	t.Helper()
	return openGuardedBy(t, time.Now)
}

// openTwins opens two guarded houses by one clock that stands: what they say of
// the same things is the same.
func openTwins(t *testing.T) (one, other guarded) {
	t.Helper()
	at := time.Now()
	stands := func() time.Time { return at }
	return openGuardedBy(t, stands), openGuardedBy(t, stands)
}

// openTicking opens a guarded house by a clock that goes on by a microsecond with
// each look: what is made is in its order, and all of it just now.
func openTicking(t *testing.T) guarded {
	t.Helper()
	at := time.Now()
	var looks atomic.Int64
	return openGuardedBy(t, func() time.Time { return at.Add(time.Duration(looks.Add(1)) * time.Microsecond) })
}

func openGuardedBy(t *testing.T, now func() time.Time) guarded {
	t.Helper()
	return openGuardedOn(t, "", now)
}

// openGuardedOn opens a guarded house whose records are at an address, "" for its folder.
func openGuardedOn(t *testing.T, records string, now func() time.Time) guarded {
	t.Helper()
	h, err := Open(context.Background(), Settings{Now: now, Random: rand.Reader, Version: "test", Listen: "127.0.0.1:0", Auth: "required", Rows: records, Dir: filepath.Join(t.TempDir(), "tacit")}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	g := guarded{House: h, t: t}
	if g.door, err = h.Handler(""); err != nil {
		t.Fatal(err)
	}
	if g.socket, err = h.Handler("http://127.0.0.1:5000"); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g guarded) ask(at http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, bytes.NewReader([]byte(body)))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	at.ServeHTTP(w, r)
	return w
}

// user makes a user, and gives the Authorization header of a token.
func (g guarded) user(name, role string) string {
	g.t.Helper()
	const asJSON = "application/json"
	if w := g.ask(g.socket, "POST", "/api/v1/users", `{"name":"`+name+`","password":"correct horse","role":"`+role+`"}`, "Content-Type", asJSON); w.Code != http.StatusCreated {
		g.t.Fatal(w.Code, w.Body)
	}
	w := g.ask(g.socket, "POST", "/api/v1/users/"+name+"/tokens", `{"name":"t"}`, "Content-Type", asJSON)
	var made struct{ Token string }
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || made.Token == "" {
		g.t.Fatal(w.Code, w.Body)
	}
	return "Bearer " + made.Token
}

// made is what a call of MLflow's API answers to the folder's owner, at the keys
// find. A call that begins with a slash is the whole path.
func (g guarded) made(call, body string, find ...string) string {
	g.t.Helper()
	if !strings.HasPrefix(call, "/") {
		call = "/api/2.0/mlflow/" + call
	}
	w := g.ask(g.socket, "POST", call, body, "Content-Type", "application/json")
	var at any
	if err := json.Unmarshal(w.Body.Bytes(), &at); err != nil || w.Code != http.StatusOK {
		g.t.Fatal(call, body, w.Code, w.Body)
	}
	for _, key := range find {
		at = at.(map[string]any)[key]
	}
	text, _ := at.(string)
	return text
}

// proxied is where files are stored and read by their path.
const proxied = "/api/2.0/mlflow-artifacts/artifacts"

// stored stores a file.
func (g guarded) stored(path, content string) {
	g.t.Helper()
	if w := g.ask(g.socket, "PUT", proxied+"/"+path, content); w.Code != http.StatusOK {
		g.t.Fatal(path, w.Code, w.Body)
	}
}

// filed makes an experiment, at a location, with one run that has a tag and a
// file; it gives the folder of its runs and that of the run.
func (g guarded) filed(name, location, tag string) (above, run string) {
	g.t.Helper()
	id := g.made("experiments/create", `{"name":"`+name+`","artifact_location":"`+location+`"}`, "experiment_id")
	uri := g.made("runs/create", `{"experiment_id":"`+id+`","tags":[{"key":"`+tag+`","value":"yes"}]}`, "run", "info", "artifact_uri")
	root := strings.TrimLeft(strings.TrimPrefix(uri, "mlflow-artifacts:"), "/")
	g.stored(root+"/f.txt", "kept")
	run = strings.TrimSuffix(root, "/artifacts")
	return run[:strings.LastIndex(run, "/")], run
}

// folder is where tacit.yaml lies.
func (g guarded) folder() string { return filepath.Dir(g.Settings.Dir) }

// write writes a file beside tacit.yaml.
func (g guarded) write(name, text string) {
	g.t.Helper()
	if err := os.WriteFile(filepath.Join(g.folder(), name), []byte(text), 0o600); err != nil {
		g.t.Fatal(err)
	}
}

// ruled puts policies in force.
func (g guarded) ruled(cedar string) {
	g.t.Helper()
	g.write("tacit.yaml", "access:\n  policies: |\n    "+strings.ReplaceAll(cedar, "\n", "\n    ")+"\n")
	if err := g.Reload(); err != nil {
		g.t.Fatal(err)
	}
}
