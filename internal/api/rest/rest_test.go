package rest

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
	"sync"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/disk"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/idempotency"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/jobs/queue"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/secret/secrettest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/installation"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

// places is where a server of the test keeps things.
type places struct{}

func (places) RowsAddress() string  { return "here" }
func (places) BlobsAddress() string { return "there" }

func (places) Checks(context.Context) []CheckBody {
	return []CheckBody{{"warn", "disk", "1 GB free", "make room"}}
}

// asked notes what permissions were asked.
type asked struct {
	mu  sync.Mutex
	all []string
}

func (a *asked) Check(_ context.Context, action string, object urn.URN) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = append(a.all, action+" "+object.String())
	return nil
}

// world is the face behind the door, over rooms that are whole.
type world struct {
	http.Handler
	db        *rows.DB
	ids       *id.Source
	artifacts *artifact.Service
	jobs      *queue.Queue
	asked     *asked
	now       time.Time
}

func schemas() []rows.Schema {
	return append(queue.Schemas(), event.Schema(), idempotency.Schema(),
		rows.Schema{Name: "tracking", Files: tracking.Room().Migrations}, rows.Schema{Name: "registry", Files: registry.Room().Migrations},
		rows.Schema{Name: "lineage", Files: lineage.Room().Migrations})
}

func newWorld(t testing.TB, db *rows.DB) *world {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	w := &world{db: db, ids: id.NewSource(time.Now, rand.Reader), asked: &asked{}, now: time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)}
	now := func() time.Time { return w.now }
	store, err := disk.Open(t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	events := event.NewLog(db, w.ids, now, log)
	yes := access.New(access.Config{})
	runs := tracking.New(tracking.Config{DB: db, Events: events, Access: yes, IDs: w.ids, Now: now, PageKey: secrettest.Ring("k")})
	models := registry.New(registry.Config{DB: db, Events: events, Access: yes, Runs: runs, Now: now, PageKey: secrettest.Ring("k")})
	w.artifacts = artifact.New(artifact.Config{DB: db, Events: events, Blobs: store})
	w.jobs = queue.New(queue.Config{DB: db, Now: time.Now, Spread: id.NewSource(time.Now, rand.Reader).Spread, Log: log})
	w.jobs.Handle("test.work", jobs.Settings{}, func(context.Context, jobs.Work) error { return nil })
	face, _, err := New(Services{
		Version: "1.2.3", Started: w.now, Now: now, Stores: places{}, Checks: places{}, Experiments: runs, Runs: runs, Metrics: runs, Artifacts: w.artifacts,
		Models: models, Versions: models, Jobs: &installation.Service{Port: w.jobs, Events: events}, Events: events, Access: yes, Answers: idempotency.New(db, w.ids, now), PageKey: secrettest.Ring("k"),
		Lineage: lineage.New(lineage.Config{DB: db, Events: events, Access: yes}),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Handler, err = route.Handler(route.Options{Faces: []route.Face{face}, Check: w.asked, Log: log, RequestID: w.ids.UUID, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// each runs a test over a whole world on each engine.
func each(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) { test(t, newWorld(t, db)) })
}

// send sends a request with pairs of header names and values.
func (w *world) send(method, path, body string, header ...string) *httptest.ResponseRecorder {
	var reader io.Reader
	if body != "" {
		reader = bytes.NewReader([]byte(body))
	}
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, reader)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, r)
	return answer
}

// must sends a request that is answered with a status, and reads the answer.
func must[T any](t *testing.T, w *world, status int, method, path, body string, header ...string) (into T) {
	t.Helper()
	answer := w.send(method, path, body, header...)
	if answer.Code != status {
		t.Fatalf("%s %s: %d %s, want %d", method, path, answer.Code, answer.Body, status)
	}
	if status == http.StatusNoContent {
		if answer.Body.Len() > 0 {
			t.Errorf("%s %s: 204 with a body: %s", method, path, answer.Body)
		}
		return into
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &into); err != nil {
		t.Fatalf("%s %s: %q is no JSON: %v", method, path, answer.Body, err)
	}
	return into
}

// done sends a request that changes something.
func (w *world) done(t *testing.T, method, path, body string) {
	t.Helper()
	must[struct{}](t, w, http.StatusNoContent, method, path, body)
}

func TestServerAndChecks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		about := must[ServerBody](t, w, 200, "GET", "/w/team/api/v1/server", "")
		if about != (ServerBody{"1.2.3", w.now, "team", "tacit:user/local", "here", "there"}) {
			t.Errorf("server: %+v", about)
		}
		checks := must[Page[CheckBody]](t, w, 200, "GET", "/api/v1/server/checks", "")
		if len(checks.Items) != 1 || checks.Items[0] != (places{}).Checks(context.Background())[0] {
			t.Errorf("checks: %+v", checks)
		}
	})
}

func TestProblems(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			method, path, body string
			status             int
		}{
			{"GET", "/api/v1/events/none", "", 404},
			{"GET", "/api/v1/events?limit=0", "", 422},
			{"GET", "/api/v1/events?limit=x", "", 422},
			{"GET", "/api/v1/events?page=7", "", 400},
			{"GET", "/api/v1/experiments?max_results=7", "", 422}, // no parameter is left unread
			{"GET", "/api/v1/experiments?filter=nonsense", "", 400},
			{"GET", "/api/v1/experiments?page=nonsense", "", 400},
			{"GET", "/api/v1/experiments/x", "", 400},
			{"GET", "/api/v1/experiments/77", "", 404},
			{"GET", "/api/v1/runs", "", 422},
			{"GET", "/api/v1/runs/none", "", 404},
			{"POST", "/api/v1/experiments", `{"name":"a","colour":"red"}`, 422},
			{"POST", "/api/v1/experiments", `{}`, 422},
			{"POST", "/api/v1/experiments", `{"name":`, 400},
			{"POST", "/api/v1/experiments", "", 400},
			{"POST", "/api/v1/experiments", `{"name":"Default"}`, 409},
			{"POST", "/api/v1/models", `{"name":"a/b"}`, 400},
			{"GET", "/api/v1/models/none/versions/0", "", 422},
			{"GET", "/api/v1/models/none/versions/1", "", 404},
			{"GET", "/api/v1/jobs/1", "", 404},
			{"DELETE", "/api/v1/server", "", 405},
			{"GET", "/api/v1/nothing", "", 404},
		} {
			answer := w.send(c.method, c.path, c.body)
			var p problem
			if err := json.Unmarshal(answer.Body.Bytes(), &p); err != nil {
				t.Errorf("%s %s: %q: %v", c.method, c.path, answer.Body, err)
			}
			if answer.Code != c.status || p.Status != c.status || p.Detail == "" || p.Title == "" || answer.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s %s: %d %s (%s), want %d", c.method, c.path, answer.Code, answer.Body, answer.Header().Get("Content-Type"), c.status)
			}
		}
	})
}

// A list below a thing that is not there is none, and says so as the thing does;
// one that is empty is a list.
func TestListsBelowWhatIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		run := must[RunBody](t, w, 201, "POST", "/api/v1/experiments/0/runs", `{}`).ID
		must[ModelBody](t, w, 201, "POST", "/api/v1/models", `{"name":"empty"}`)
		for list, thing := range map[string]string{
			"/runs?experiment=999":                      "/experiments/999",
			"/runs?experiment=0&experiment=999":         "/experiments/999",
			"/runs/none/metrics/a":                      "/runs/none",
			"/runs/none/artifacts":                      "/runs/none",
			"/models/none/versions":                     "/models/none",
			"/models/none/versions?filter=run_id%3D'r'": "/models/none",
			"/models/none/versions?order=name&limit=1":  "/models/none",
		} {
			must[problem](t, w, 404, "GET", "/api/v1"+thing, "")
			want, got := w.send("GET", "/api/v1"+thing, ""), w.send("GET", "/api/v1"+list, "")
			if got.Code != want.Code || got.Body.String() != want.Body.String() {
				t.Errorf("%s: %d %s, want %d %s", list, got.Code, got.Body, want.Code, want.Body)
			}
		}
		for _, path := range []string{"/runs/" + run + "/metrics/none", "/runs/" + run + "/artifacts?path=none"} {
			if p := must[problem](t, w, 404, "GET", "/api/v1"+path, ""); !strings.Contains(p.Detail, "'none'") {
				t.Errorf("%s: %+v", path, p)
			}
		}
		for _, path := range []string{"/runs?experiment=0&filter=run_name%3D'x'", "/runs/" + run + "/artifacts", "/models/empty/versions"} {
			if p := must[Page[struct{}]](t, w, 200, "GET", "/api/v1"+path, ""); len(p.Items) != 0 {
				t.Errorf("%s: %+v", path, p)
			}
		}
	})
}

// A refusal names the place that is wrong, and what to do.
func TestProblemsNamePlaceAndRemedy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, rowstest.SQLite(t, schemas()))
	for _, c := range []struct{ method, path, body, detail, hint string }{
		{"GET", "/api/v1/events?limit=0", "", "query.limit: expected number >= 1", "/api/v1/openapi.json says what GET /api/v1/events takes"},
		{"GET", "/api/v1/experiments?max_results=7", "", "query.max_results: unknown query parameter", "/api/v1/openapi.json"},
		{"GET", "/api/v1/runs", "", "query.experiment: required query parameter is missing", "/api/v1/openapi.json"},
		{"POST", "/api/v1/experiments", `{"name":"a","colour":"red"}`, "body.colour: unexpected property", "/api/v1/openapi.json says what POST /api/v1/experiments takes"},
		{"POST", "/api/v1/experiments", `{"name":7}`, "body.name: expected string", "/api/v1/openapi.json"},
		{"POST", "/api/v1/experiments", "", "request body is required", "/api/v1/openapi.json"},
		{"POST", "/api/v1/experiments", `{"name":"\ud800"}`, `\ud800, which is half of a surrogate pair`, "write both halves"},
		{"PUT", "/api/v1/experiments", "{}", "nothing that answers PUT", "use GET or HEAD or POST"},
	} {
		answer := w.send(c.method, c.path, c.body)
		var p problem
		if err := json.Unmarshal(answer.Body.Bytes(), &p); err != nil || !strings.Contains(p.Detail, c.detail) || !strings.Contains(p.Hint, c.hint) || p.Type != "about:blank" {
			t.Errorf("%s %s %s: %v %s\nwant %q, hint %q", c.method, c.path, c.body, err, answer.Body, c.detail, c.hint)
		}
	}
	if got := w.send("DELETE", "/api/v1/server", ""); got.Code != http.StatusMethodNotAllowed || got.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("%d, Allow %q: want 405 with the methods that are answered", got.Code, got.Header().Get("Allow"))
	}
	form := httptest.NewRequest("POST", "http://127.0.0.1/api/v1/experiments", strings.NewReader("name=a"))
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, form)
	if answer.Code != http.StatusUnsupportedMediaType || !strings.Contains(answer.Body.String(), `"hint":"send JSON, with Content-Type: application/json"`) {
		t.Errorf("a form: %d %s", answer.Code, answer.Body)
	}
}
