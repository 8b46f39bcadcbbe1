package browser

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
)

// Names as pipelines make them: long, and without a space to break at.
const (
	longRun   = "resnet50_imagenet_lr0.003_wd0.0001_bs256_cosine_warmup5_seed1337_fold04"
	longModel = "ProductionModelForArrivalDelayOfEuropeanFlightsGradientBoostedTreesCalibrated2"
	longParam = "classifier__estimator__min_impurity_decrease"
	longAlias = "champion-of-the-winter-timetable-on-lines-to-the-north-evaluated-by-the-nightly-job-of-the-department-and-approved-by-two"
)

// longMetrics stand beside each other as the first numbers of a run.
var longMetrics = []string{
	"validation_mean_absolute_percentage_error_of_hubs",
	"validation_root_mean_squared_logarithmic_error_all",
	"validation_area_under_precision_recall_curve_late",
	"validation_expected_calibration_error_of_15_bins",
}

// fillLong makes an experiment, two runs and a model with long names, and gives
// the ids of the runs.
func (h *house) fillLong(t *testing.T) []string {
	t.Helper()
	e := must[tracking.Experiment](t)(h.tracking.CreateExperiment(h.ctx, tracking.ExperimentSpec{Name: strings.Repeat("sweep_of_all_seasons_", 24)[:500]}))
	start := time.Now().Add(-time.Hour).UnixMilli()
	var runs []string
	for i := range 2 {
		run := must[tracking.Run](t)(h.tracking.CreateRun(h.ctx, tracking.RunSpec{Experiment: e.ID, Name: longRun + strconv.Itoa(i), User: "pipeline-of-the-house@flights.example.org", Start: start,
			Tags: []tracking.Tag{{Key: "pipeline.stage.of.the.nightly.retraining.job", Value: "evaluate"}, {Key: strings.Repeat("pipeline.step", 10), Value: "evaluate"},
				{Key: "mlflow.note.content", Value: strings.Repeat("Trained by the nightly job.\n", 1000) + "The end of the note."}}}))
		batch := tracking.Batch{Run: run.ID, Params: []tracking.Param{
			{Key: longParam, Value: "RandomForestClassifier(max_depth=" + strconv.Itoa(4+i) + ")"},
			{Key: "model.optimizer.scheduler.warmup_steps_per_epoch", Value: strconv.Itoa(1200 + i)},
			{Key: "seed", Value: "1337"},
			{Key: "columns", Value: strings.Repeat("origin,destination,", 300) + "last"},
		}}
		for _, key := range longMetrics {
			for step := range 3 {
				batch.Metrics = append(batch.Metrics, tracking.Metric{Key: key, Value: 0.25 + 0.01*float64(i+step), Timestamp: start, Step: int64(step)})
			}
		}
		if err := h.tracking.LogBatch(h.ctx, batch); err != nil {
			t.Fatal(err)
		}
		for _, letters := range []int{80, 250} {
			must[artifact.File](t)(h.files.Put(h.ctx, strings.TrimPrefix(run.ArtifactURI, "mlflow-artifacts:/")+"/"+strings.Repeat("a", letters)+".txt", strings.NewReader("x"), 1))
		}
		runs = append(runs, run.ID)
	}
	must[registry.Model](t)(h.registry.CreateModel(h.ctx, registry.ModelSpec{Name: longModel}))
	must[registry.Version](t)(h.registry.CreateVersion(h.ctx, registry.VersionSpec{Model: longModel, Source: "runs:/" + runs[0] + "/model", RunID: runs[0]}))
	if err := h.registry.SetAlias(h.ctx, longModel, longAlias, 1); err != nil {
		t.Fatal(err)
	}
	if err := h.log.CatchUp(h.ctx, "lineage"); err != nil {
		t.Fatal(err)
	}
	return runs
}

// TestLongNames: names of any length stay in their place, none over another.
func TestLongNames(t *testing.T) {
	h := open(t)
	runs := h.fillLong(t)
	walk(t, h, []at{
		{"long-overview", "/", []string{longRun, longModel}},
		{"long-experiments", "/experiments", nil},
		{"long-experiment", "/experiments/1", []string{longRun}},
		{"long-run", "/runs/" + runs[0], []string{longParam, "RandomForestClassifier(max_depth=4)", longMetrics[0], "Show all 5,704 characters", "Show all 8,000 characters"}},
		{"long-run-artifacts", "/runs/" + runs[0] + "/artifacts", []string{"1 B"}},
		{"long-run-artifact", "/runs/" + runs[0] + "/artifacts?path=" + strings.Repeat("a", 250) + ".txt", []string{"1 B"}},
		{"long-run-metrics", "/runs/" + runs[0] + "/metrics", []string{longMetrics[3]}},
		{"long-compare", "/compare?run=" + runs[0] + "&run=" + runs[1], []string{longParam}},
		{"long-models", "/models", []string{longModel}},
		{"long-model", "/models/" + longModel, []string{longRun}},
		{"long-version", "/models/" + longModel + "/versions/1", []string{longRun, "Remove @" + longAlias}},
		{"long-audit", "/audit", nil},
		{"long-activity", "/activity", []string{"registry.alias.set"}},
		{"long-lineage", "/lineage?of=" + url.QueryEscape("tacit:run/"+runs[0]), nil},
		{"long-search", "/search?q=sweep", nil},
	}, []look{{1440, false, true}, {390, true, true}})
}
