package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// Metrics are the use cases that this resource calls.
type Metrics interface {
	LogBatch(context.Context, tracking.Batch) error
	History(ctx context.Context, run, key string, p tracking.HistoryPage) ([]tracking.Metric, string, error)
}

// PointBody is one point of a metric.
type PointBody struct {
	Value Number    `json:"value"`
	Step  int64     `json:"step"`
	Time  time.Time `json:"time"`
}

// BatchBody is what is written to a run at once: all of it or nothing.
type BatchBody struct {
	Params  pairs          `json:"params,omitempty" doc:"written once: another value for a key is refused"`
	Tags    pairs          `json:"tags,omitempty"`
	Metrics []NewPointBody `json:"metrics,omitempty" nullable:"false" doc:"points; one that is there already is ignored"`
}

// NewPointBody is a point to be written.
type NewPointBody struct {
	Key           string     `json:"key"`
	Value         Number     `json:"value"`
	Step          int64      `json:"step,omitempty"`
	Time          *time.Time `json:"time,omitempty" doc:"now unless given"`
	Model         string     `json:"model,omitempty" doc:"id of the logged model that it belongs to as well"`
	DatasetName   string     `json:"dataset_name,omitempty"`
	DatasetDigest string     `json:"dataset_digest,omitempty"`
}

type historyInput struct {
	RunPath
	Key   string `path:"key" maxLength:"1000"`
	Limit int    `query:"limit" minimum:"1" maximum:"25000" default:"1000" doc:"points of a page at most"`
	Page  string `query:"page" maxLength:"100000" doc:"next of the page before"`
}

func (f *face) metrics() {
	at := object("run", "id")
	add(f, operation{"POST", "/runs/{id}/log", "log-batch", "Write params, tags and metric points to a run", "run.update", naming(at, scored), 0}, f.logBatch)
	add(f, operation{"GET", "/runs/{id}/metrics/{key}", "get-metric-history", "The history of a metric, by time", "metric.read", at, 0}, f.getHistory)
}

// scored names the logged models that points belong to.
func scored(_ *http.Request, m BatchBody) []route.Object {
	ids := make([]string, len(m.Metrics))
	for i, p := range m.Metrics {
		ids[i] = p.Model
	}
	return eachOf("logged-model", ids, "logged-model.update")
}

func (f *face) logBatch(ctx context.Context, in *struct {
	RunPath
	Body BatchBody
}) (*changed, error) {
	b := tracking.Batch{
		Run: in.ID, Tags: ofPairs(in.Body.Tags, newTag), Metrics: make([]tracking.Metric, len(in.Body.Metrics)),
		Params: ofPairs(in.Body.Params, func(key, value string) tracking.Param { return tracking.Param{Key: key, Value: value} }),
	}
	for i, p := range in.Body.Metrics {
		b.Metrics[i] = tracking.Metric{
			Key: p.Key, Value: float64(p.Value), Timestamp: f.orNow(p.Time), Step: p.Step, ModelID: p.Model, DatasetName: p.DatasetName, DatasetDigest: p.DatasetDigest,
		}
	}
	return &changed{}, f.Metrics.LogBatch(ctx, b)
}

func (f *face) getHistory(ctx context.Context, in *historyInput) (*output[Page[PointBody]], error) {
	points, next, err := f.Metrics.History(ctx, in.ID, in.Key, tracking.HistoryPage{Max: in.Limit, Token: in.Page})
	if err == nil && len(points) == 0 && in.Page == "" {
		err = f.noMetric(ctx, in.ID, in.Key)
	}
	return pageOf(points, next, pointBody), err
}

// noMetric says why there is no point of a metric.
func (f *face) noMetric(ctx context.Context, run, key string) error {
	if _, err := f.Runs.RunHead(ctx, run); err != nil {
		return err
	}
	return fault.New(fault.NotFound, "Run with id=%s has no metric '%s'", run, key)
}

func pointBody(m tracking.Metric) PointBody {
	return PointBody{Number(m.Value), m.Step, instant(m.Timestamp)}
}
