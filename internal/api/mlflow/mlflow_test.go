package mlflow

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/develop/tracking/loggedmodel"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/disk"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/secret/secrettest"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

func schemas() []rows.Schema {
	return []rows.Schema{
		{Name: "event", Files: event.Migrations()},
		{Name: tracking.Room().Name, Files: tracking.Room().Migrations},
		{Name: loggedmodel.Part().Name, Files: loggedmodel.Part().Migrations},
		{Name: registry.Room().Name, Files: registry.Room().Migrations},
	}
}

// client asks a tacit that lives in the test.
type client struct {
	t    testing.TB
	http *http.Client
	base string
}

// here keeps every file where it is asked for.
type here struct{}

// Place is the place that is asked for.
func (here) Place(ctx context.Context, _, path string) (workspace, at string, err error) {
	return caller.Workspace(ctx), path, nil
}

// serve starts the face over db.
func serve(t testing.TB, db *rows.DB) *client {
	t.Helper()
	return serveBehind(t, db, access.New(access.Config{}))
}

// serveBehind starts the face over db; check is asked at its door.
func serveBehind(t testing.TB, db *rows.DB, check route.Checker) *client {
	t.Helper()
	ids := id.NewSource(time.Now, rand.Reader)
	rooms := tracking.New(tracking.Config{
		DB: db, Events: event.NewLog(db, ids, time.Now, slog.New(slog.DiscardHandler)), Access: access.New(access.Config{}), IDs: ids, Now: time.Now, PageKey: secrettest.Ring("test"),
		Models: loggedmodel.Points{},
	})
	store, err := disk.Open(t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	log := event.NewLog(db, ids, time.Now, slog.New(slog.DiscardHandler))
	artifacts := artifact.New(artifact.Config{DB: db, Events: log, Blobs: store})
	logged := loggedmodel.New(loggedmodel.Config{DB: db, Events: log, Access: access.New(access.Config{}), Experiments: rooms, IDs: ids, Now: time.Now, PageKey: secrettest.Ring("test")})
	models := registry.New(registry.Config{LoggedModels: logged, DB: db, Events: log, Access: access.New(access.Config{}), Runs: rooms, Now: time.Now, PageKey: secrettest.Ring("test")})
	handler, err := route.Handler(route.Options{
		Faces: []route.Face{New(Services{Experiments: rooms, Runs: rooms, Metrics: rooms, Inputs: rooms,
			RegisteredModels: models, ModelVersions: models, LoggedModels: logged, Artifacts: artifacts, Places: here{}, LinkKey: secrettest.Ring("test"), Now: time.Now})},
		Check:     check,
		Log:       slog.New(slog.DiscardHandler),
		RequestID: ids.UUID,
		Now:       time.Now,
		Observe:   func(string, string, string, int, time.Duration) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return &client{t, server.Client(), server.URL}
}

// ask sends a request and gives status and body.
func (c *client) ask(method, path, body string) (int, string) {
	c.t.Helper()
	r, err := http.NewRequest(method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

// must asks, wants 200 and gives the answer's fields.
func (c *client) must(method, path, body string) map[string]any {
	c.t.Helper()
	status, text := c.ask(method, path, body)
	if status != http.StatusOK {
		c.t.Fatalf("%s %s %s: %d %s", method, path, body, status, text)
	}
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		c.t.Fatalf("%s %s: %v in %s", method, path, err, text)
	}
	return m
}

// startRun makes a run and gives its id.
func (c *client) startRun(experiment string) string {
	c.t.Helper()
	m := c.must("POST", "/api/2.0/mlflow/runs/create", `{"experiment_id":"`+experiment+`","start_time":1,"user_id":"ada","run_name":"first"}`)
	return m["run"].(map[string]any)["info"].(map[string]any)["run_id"].(string)
}
