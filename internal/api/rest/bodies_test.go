package rest

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	dvc "github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

// Whatever a message holds, the answer is the client's to understand: never
// 500, and a failure is a whole problem.
func FuzzBodies(f *testing.F) {
	w := newWorld(f, rowstest.SQLite(f, schemas()))
	var run RunBody
	if err := json.Unmarshal(w.send("POST", "/api/v1/experiments/0/runs", `{}`).Body.Bytes(), &run); err != nil {
		f.Fatal(err)
	}
	w.send("POST", "/api/v1/models", `{"name":"m"}`)
	paths := [][2]string{
		{"POST", "/api/v1/runs/" + run.ID + "/log"}, {"PATCH", "/api/v1/runs/" + run.ID}, {"POST", "/api/v1/experiments"}, {"POST", "/api/v1/experiments/0/runs"},
		{"POST", "/api/v1/models"}, {"POST", "/api/v1/models/m/versions"}, {"PUT", "/api/v1/models/m/aliases/a"}, {"PUT", "/api/v1/runs/" + run.ID + "/tags/k"},
	}
	for i, s := range []string{
		`{"params":{"a":"b"},"tags":{"c":"\u0000"},"metrics":[{"key":"m","value":"NaN","step":-1,"time":"2026-01-01T00:00:00Z"},{"key":"n","value":1e308,"model":"m-1"}]}`,
		`{"name":"x","status":"FINISHED","ended":"9999-12-31T23:59:59Z"}`, `{"name":"e","artifact_root":"s3://b","tags":{"":""}}`,
		`{"started":"0000-01-01T00:00:00Z"}`, `{"name":"a/b"}`, `{"source":"models:/m@a","run":"","tags":null}`, `{"version":9223372036854775807}`, `{"value":"\ud800"}`, `[`, `null`, `"x"`,
	} {
		f.Add(uint8(i), s)
	}
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		at := paths[int(which)%len(paths)]
		answer := w.send(at[0], at[1], body)
		if answer.Code >= http.StatusInternalServerError {
			t.Fatalf("%v %q: %d %s", at, body, answer.Code, answer.Body)
		}
		var p problem
		if answer.Code >= http.StatusBadRequest && (json.Unmarshal(answer.Body.Bytes(), &p) != nil || p.Status != answer.Code || p.Detail == "") {
			t.Errorf("%v %q: %d %s", at, body, answer.Code, answer.Body)
		}
	})
}

// some sees a part of what a list holds.
type some struct{}

func (some) Visible(context.Context, string) (filter.Node, error) {
	return filter.Not{Node: filter.True{}}, nil
}

func (some) Check(_ context.Context, action string, object urn.URN) error {
	if action == "data.read" && object.String() == dataset.URN("open").String() {
		return nil
	}
	return fault.New(fault.Denied, "No.")
}

func (some) Told(_ context.Context, all []event.Event) ([]event.Event, error) { return all, nil }

// busyQueue cannot answer now.
type busyQueue struct{ Jobs }

func (busyQueue) Status(context.Context, int64) (jobs.Status, error) {
	return jobs.Status{}, fault.New(fault.Unavailable, "Later.")
}

func TestWhoMayNotSeeAllJobsSeesNone(t *testing.T) {
	t.Parallel()
	face, _, err := New(Services{Access: some{}, Jobs: busyQueue{}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	h, err := route.Handler(route.Options{Faces: []route.Face{face}, Check: access.New(access.Config{}), Log: slog.New(slog.DiscardHandler), RequestID: func() string { return "r" }, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Handler: h}
	if p := must[problem](t, w, http.StatusForbidden, "GET", "/api/v1/jobs", ""); p.Title != "denied" {
		t.Errorf("%+v", p)
	}
	if got := w.send("GET", "/api/v1/jobs/1", ""); got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") != "1" {
		t.Errorf("%d %v, want 503 and when to come again", got.Code, got.Header())
	}
}

// shared has one data version in two remotes.
type shared struct{ Data }

func (shared) DataOf(context.Context, string) ([]dataset.Data, error) {
	id, err := dvc.Parse("acbd18db4cc2f85cedef654fccc4a4d8")
	of := func(remote string) dataset.Version {
		return dataset.Version{ID: id, Remote: remote, Places: []dataset.Place{{Path: remote + "/salaries.csv", Repository: "https://host/" + remote}}}
	}
	return []dataset.Data{{ID: id, By: dataset.ByTag, Versions: []dataset.Version{of("hr"), of("open"), of("hr")}}, {ID: id, By: dataset.ByTag, Versions: []dataset.Version{of("hr")}}}, err
}

// TestRunsDataAreOfReadableRemotes: of the data of a run nobody is told what a remote has
// that they may not read.
func TestRunsDataAreOfReadableRemotes(t *testing.T) {
	t.Parallel()
	face, _, err := New(Services{Access: some{}, Data: shared{}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	h, err := route.Handler(route.Options{Faces: []route.Face{face}, Check: access.New(access.Config{}), Log: slog.New(slog.DiscardHandler), RequestID: func() string { return "r" }, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Handler: h}
	all := must[Page[RunDataBody]](t, w, http.StatusOK, "GET", "/api/v1/runs/0123456789abcdef0123456789abcdef/data", "")
	if len(all.Items) != 2 || len(all.Items[0].Versions) != 1 || all.Items[0].Versions[0].Remote != "open" || len(all.Items[1].Versions) != 0 {
		t.Errorf("%+v", all)
	}
}
