package browser

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"math"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/app"
	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/develop/tracking/loggedmodel"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/blobs/disk"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/secret"
	"github.com/tacit-ml/tacit/internal/foundation/secret/secrettest"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/audit"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
	"github.com/tacit-ml/tacit/internal/ui"
)

// house is a server with the pages over real stores.
type house struct {
	*httptest.Server
	tracking *tracking.Service
	ctx      context.Context
	runs     []string // in order of their start
	registry *registry.Service
	logged   *loggedmodel.Service
	files    *artifact.Service
	data     *dataset.Service
	audit    *audit.Service
	log      *event.Log

	described *described
}

// keys are the one key that the audit log is signed with, once it was asked for.
type keys struct{ made bool }

// Keys gives it.
func (k *keys) Keys(context.Context, string) ([]secret.Key, error) {
	if !k.made {
		return nil, nil
	}
	return []secret.Key{{Version: 1, Bytes: make([]byte, 32), Made: time.Now()}}, nil
}

// Key makes it.
func (k *keys) Key(context.Context, string) ([]byte, error) {
	k.made = true
	return make([]byte, 32), nil
}

// Derived gives bytes for any purpose.
func (k *keys) Derived(string) ([]byte, error) { return make([]byte, 32), nil }

func open(t *testing.T) *house { return openAt(t, caller.DefaultWorkspace, nil) }

// openAt opens a house over SQLite that people reach at public.
func openAt(t *testing.T, workspace string, public *url.URL) *house {
	t.Helper()
	return openOn(t, rowstest.SQLite(t, app.Schemas()), workspace, public)
}

// openOn opens a house over the store db; what fills it fills the workspace.
func openOn(t *testing.T, db *rows.DB, workspace string, public *url.URL) *house {
	t.Helper()
	ids := id.NewSource(time.Now, rand.Reader)
	log := event.NewLog(db, ids, time.Now, slog.New(slog.DiscardHandler))
	allowed := access.New(access.Config{DB: db, Events: log, IDs: ids, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	h := &house{ctx: caller.With(context.Background(), caller.Local(workspace)), log: log}
	h.tracking = tracking.New(tracking.Config{DB: db, Events: log, Access: allowed, IDs: ids, Now: time.Now, PageKey: secrettest.Ring("page")})
	store := must[*disk.Store](t)(disk.Open(t.TempDir(), rand.Reader))
	h.files = artifact.New(artifact.Config{DB: db, Events: log, Blobs: store})
	h.data = dataset.New(dataset.Config{DB: db, Events: log, Blobs: store, Now: time.Now, Random: rand.Reader, PageKey: secrettest.Ring("page")})
	h.described = &described{Service: h.data, tables: map[object.ID]lake.Profile{}}
	h.logged = loggedmodel.New(loggedmodel.Config{DB: db, Events: log, Access: allowed, Experiments: h.tracking, IDs: ids, Now: time.Now, PageKey: secrettest.Ring("page")})
	h.registry = registry.New(registry.Config{DB: db, Events: log, Access: allowed, Runs: h.tracking, LoggedModels: h.logged, Now: time.Now, PageKey: secrettest.Ring("page")})
	h.audit = audit.New(audit.Config{DB: db, Events: log, Keys: &keys{}, Access: allowed, IDs: ids, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Settings: func() audit.Settings { return audit.Settings{} }, Text: rest.EntryText})
	face, err := ui.New(ui.Services{Tracking: h.tracking, Registry: h.registry, Artifacts: h.files, LoggedModels: h.logged, Data: h.described, Scans: verdicts{}, Boms: verdicts{}, Events: log, Access: allowed,
		Lineage: lineage.New(lineage.Config{DB: db, Events: log, Access: allowed}), Audit: h.audit,
		Decisions: allowed, Sessions: allowed, Accounts: allowed, Workspaces: allowed},
		ui.Options{Version: "0.1.0", Stores: "SQLite, local disk", Now: time.Now, Random: ids.Bytes, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	door, err := route.Handler(route.Options{Faces: []route.Face{face}, Check: allowed, Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})), RequestID: ids.UUID, Now: time.Now, PublicURL: public})
	if err != nil {
		t.Fatal(err)
	}
	h.Server = httptest.NewServer(door)
	t.Cleanup(h.Close)
	return h
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// fill makes an experiment with runs of every status, curves with a gap,
// hostile names, artifacts and a model. It gives the id of the run to look at.
func (h *house) fill(t *testing.T) string {
	t.Helper()
	if err := h.audit.Begin(h.ctx); err != nil {
		t.Fatal(err)
	}
	e := must[tracking.Experiment](t)(h.tracking.CreateExperiment(h.ctx, tracking.ExperimentSpec{Name: "flight-delay", Tags: []tracking.Tag{{Key: "team", Value: "flights"}, {Key: "mlflow.note.content", Value: "Arrival more than 15 minutes late, yes or no.\nGradient-boosted trees over a baseline."}}}))
	for i := range 70 {
		must[tracking.Experiment](t)(h.tracking.CreateExperiment(h.ctx, tracking.ExperimentSpec{Name: fmt.Sprintf("sweep-%02d with a long name that goes on", i)}))
	}
	var shown string
	for i := range 64 {
		id := h.run(t, e.ID, i)
		h.runs = append(h.runs, id)
		if i == 62 {
			shown = id
		}
	}
	h.artifacts(t, e.ID, shown)
	h.models(t, shown)
	// A page waits two seconds for the graph, which a busy machine may outlast.
	if err := h.log.CatchUp(h.ctx, "lineage"); err != nil {
		t.Fatal(err)
	}
	return shown
}

func (h *house) run(t *testing.T, experiment string, i int) string {
	t.Helper()
	start := time.Now().Add(-time.Duration(64-i) * 47 * time.Minute)
	tags := []tracking.Tag{{Key: "season", Value: "winter"}, {Key: "mlflow.source.name", Value: "train.py"}, {Key: "mlflow.source.git.commit", Value: "a41f0c2d9e8b7a6f5e4d3c2b1a09f8e7d6c5b4a3"}, {Key: "mlflow.source.git.branch", Value: "main"}}
	run := must[tracking.Run](t)(h.tracking.CreateRun(h.ctx, tracking.RunSpec{Experiment: experiment, User: []string{"ada", "mei", "kofi"}[i%3], Start: start.UnixMilli(), Tags: tags}))
	batch := tracking.Batch{Run: run.ID, Params: []tracking.Param{{Key: "learning_rate", Value: strconv.FormatFloat(0.01*float64(i%9+1), 'g', -1, 64)}, {Key: "max_depth", Value: strconv.Itoa(3 + i%8)}, {Key: "n_estimators", Value: "120"}, {Key: "objective", Value: "binary:logistic"}, {Key: "subsample", Value: "0.8"}}}
	rounds := 60
	if i == 62 {
		rounds = 160
	}
	for r := range rounds {
		x := float64(r) / 40
		at := start.UnixMilli() + int64(r)*2000
		loss := 0.44 + 0.25*math.Exp(-x*2) + 0.002*math.Sin(float64(r*7+i))
		if i == 62 && r >= 90 && r < 96 {
			loss = math.NaN()
		}
		add := func(key string, v float64) {
			batch.Metrics = append(batch.Metrics, tracking.Metric{Key: key, Value: v, Timestamp: at, Step: int64(r)})
		}
		add("valid_logloss", loss)
		add("train_logloss", 0.40+0.30*math.Exp(-x*2.2))
		add("valid_auc", 0.784-0.06*math.Exp(-x*2)+0.0001*float64(i))
		add("brier", 0.137+0.04*math.Exp(-x))
		add("seconds_per_round", 1.6+0.1*math.Sin(float64(r)))
	}
	batch.Metrics = append(batch.Metrics, tracking.Metric{Key: "calibration_error", Value: 0.0121, Timestamp: start.UnixMilli()}, tracking.Metric{Key: "rows", Value: 200000, Timestamp: start.UnixMilli()})
	for len(batch.Metrics) > 900 {
		part := batch
		part.Metrics, batch.Metrics = batch.Metrics[:900], batch.Metrics[900:]
		if err := h.tracking.LogBatch(h.ctx, part); err != nil {
			t.Fatal(err)
		}
		batch.Params = nil
	}
	if err := h.tracking.LogBatch(h.ctx, batch); err != nil {
		t.Fatal(err)
	}
	data := tracking.Dataset{Name: "flights.parquet", Digest: "9f2c41a7b3", SourceType: "local", Source: `{"uri":"data/flights.parquet"}`, Profile: `{"num_rows":200000}`}
	if err := h.tracking.LogInputs(h.ctx, run.ID, tracking.Inputs{Datasets: []tracking.DatasetInput{{Dataset: data, Tags: []tracking.Tag{{Key: "mlflow.data.context", Value: "training"}}}}}); err != nil {
		t.Fatal(err)
	}
	status := []tracking.Status{tracking.Finished, tracking.Finished, tracking.Finished, tracking.Failed, tracking.Killed}[i%5]
	if i == 62 {
		status = tracking.Finished
	}
	if i < 63 {
		end := start.Add(time.Duration(7+i%17) * time.Minute).UnixMilli()
		must[tracking.Run](t)(h.tracking.UpdateRun(h.ctx, tracking.RunUpdate{ID: run.ID, Status: &status, End: &end}))
	}
	return run.ID
}

// hostile is a name that would act if it were not escaped.
const hostile = `a <b>"hostile"<b> it's name`

// models registers a model with four versions, and one with a hostile name.
func (h *house) models(t *testing.T, run string) {
	t.Helper()
	must[registry.Model](t)(h.registry.CreateModel(h.ctx, registry.ModelSpec{Name: "flight-delay", Description: "Arrival more than 15 minutes late, yes or no", Tags: []registry.Tag{{Key: "owner", Value: "ada"}}}))
	must[registry.Model](t)(h.registry.CreateModel(h.ctx, registry.ModelSpec{Name: hostile}))
	must[registry.Version](t)(h.registry.CreateVersion(h.ctx, registry.VersionSpec{Model: hostile, Source: "runs:/" + run + "/model", RunID: run}))
	logged := must[loggedmodel.Model](t)(h.logged.Create(h.ctx, loggedmodel.Spec{Experiment: "1", Name: "trees", SourceRun: run}))
	must[loggedmodel.Model](t)(h.logged.Finalize(h.ctx, logged.ID, loggedmodel.Ready))
	if err := h.tracking.LogOutputs(h.ctx, run, []tracking.ModelOutput{{ModelID: logged.ID, Step: 159}, {ModelID: "m-deadbeefdeadbeefdeadbeefdeadbeef"}}); err != nil {
		t.Fatal(err)
	}
	root := strings.TrimPrefix(logged.ArtifactURI, "mlflow-artifacts:/")
	must[artifact.File](t)(h.files.Put(h.ctx, root+"/MLmodel", strings.NewReader("flavors:\n  xgboost: {}\n"), blobs.Unknown))
	for range 4 {
		must[registry.Version](t)(h.registry.CreateVersion(h.ctx, registry.VersionSpec{Model: "flight-delay", Source: "models:/" + logged.ID, ModelID: logged.ID, Description: "Trained on the flights of one year."}))
	}
	must[registry.Version](t)(h.registry.SetStage(h.ctx, "flight-delay", 3, "Production", true))
	must[registry.Version](t)(h.registry.SetStage(h.ctx, "flight-delay", 4, "Staging", false))
	for alias, number := range map[string]int64{"champion": 3, "rollback": 3, "challenger": 4} {
		if err := h.registry.SetAlias(h.ctx, "flight-delay", alias, number); err != nil {
			t.Fatal(err)
		}
	}
}

func (h *house) artifacts(t *testing.T, experiment, run string) {
	t.Helper()
	root := experiment + "/" + run + "/artifacts/"
	picture := image.NewRGBA(image.Rect(0, 0, 320, 200))
	for x := range 320 {
		for y := range 200 {
			picture.Set(x, y, color.RGBA{uint8(x / 2), uint8(y), 160, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		root + "calibration.png":      b.String(),
		root + "confusion.csv":        "actual,predicted,rows\non time,on time,141203\non time,late,8120\nlate,on time,21877\nlate,late,28800\n",
		root + "evil.svg":             `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><script>document.title="broken"</script><circle cx="5" cy="5" r="4" fill="teal"/></svg>`,
		root + "notes.txt":            "Retrained after the drift of 23 November.\n<b>not bold</b>\n",
		root + "shap_summary.json":    `{"dep_delay_prev":0.41,"carrier":0.12,"temp":{"mean":0.08}}`,
		root + "model/MLmodel":        "artifact_path: model\nflavors:\n  python_function:\n    loader_module: mlflow.xgboost\n",
		root + "model/model.xgb":      "\x00\x01binary",
		root + "model/env/conda.yaml": "name: env\n",
		root + "empty.txt":            "",
		root + "long/" + strings.Repeat("a-very-long-name-", 9) + ".txt": "x",
	} {
		must[artifact.File](t)(h.files.Put(h.ctx, name, strings.NewReader(content), int64(len(content))))
	}
}
