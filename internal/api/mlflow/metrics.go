package mlflow

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// Metrics are the use cases that this resource calls.
type Metrics interface {
	LogMetric(ctx context.Context, run string, m tracking.Metric) error
	LogBatch(context.Context, tracking.Batch) error
	History(ctx context.Context, run, key string, p tracking.HistoryPage) ([]tracking.Metric, string, error)
	BulkHistory(ctx context.Context, runs []string, key string, limit int) ([]tracking.RunMetric, error)
	SampleHistory(context.Context, tracking.Sample) ([]tracking.RunMetric, error)
}

func (f *face) metrics() []route.Route {
	const at = "/2.0/mlflow/"
	return slices.Concat(
		written("POST", at+"runs/log-metric", "run.update", logMetricObjects, f.logMetric),
		both(at+"runs/log-batch", route.Route{Method: "POST", Action: "run.update", Decode: decodeBatch, Objects: batchObjects, Serve: f.logBatch}),
		written("GET", at+"metrics/get-history", "metric.read", historyObject, f.getHistory),
		written("GET", at+"metrics/get-history-bulk-interval", "metric.read", sampleObjects, f.getHistorySample),
		[]route.Route{{Method: "GET", Pattern: "/ajax-api/2.0/mlflow/metrics/get-history-bulk", Action: "metric.read", Objects: bulkObjects, Serve: f.getHistoryBulk}},
	)
}

// emptyObject is the answer that says nothing more than done.
var emptyObject = []byte("{}")

type logMetricRequest struct {
	RunID         string   `json:"run_id"`
	RunUUID       string   `json:"run_uuid"`
	Key           string   `json:"key"`
	Value         *number  `json:"value"`
	Timestamp     *integer `json:"timestamp"`
	Step          integer  `json:"step"`
	ModelID       string   `json:"model_id"`
	DatasetName   string   `json:"dataset_name"`
	DatasetDigest string   `json:"dataset_digest"`
}

func (m *logMetricRequest) run() string {
	if m.RunID != "" {
		return m.RunID
	}
	return m.RunUUID
}

// logMetricObjects ask for the run, and for the model that the metric is of.
func logMetricObjects(m *logMetricRequest) []route.Object {
	objects := route.On(runURN(m.run()))
	if m.ModelID != "" {
		objects = append(objects, modelToUpdate(m.ModelID))
	}
	return objects
}

func modelToUpdate(id string) route.Object {
	return route.For("logged-model.update", loggedModelURN(id))
}

func (f *face) logMetric(ctx context.Context, m *logMetricRequest) ([]byte, error) {
	if err := required("run_id", m.run(), "key", m.Key); err != nil {
		return nil, err
	}
	if m.Value == nil {
		return nil, missing("value")
	}
	if m.Timestamp == nil {
		return nil, missing("timestamp")
	}
	return emptyObject, f.Metrics.LogMetric(ctx, m.run(), tracking.Metric{Key: m.Key, Value: float64(*m.Value), Timestamp: int64(*m.Timestamp), Step: int64(m.Step),
		ModelID: m.ModelID, DatasetName: m.DatasetName, DatasetDigest: m.DatasetDigest})
}

// batchObjects ask for the run, and for each model that a metric is of.
func batchObjects(_ *http.Request, m any) []route.Object {
	b := m.(*tracking.Batch)
	objects := route.On(runURN(b.Run))
	last := ""
	for i := range b.Metrics {
		id := b.Metrics[i].ModelID
		if id == last || id == "" {
			continue
		}
		last = id
		if o := modelToUpdate(id); !slices.ContainsFunc(objects, func(other route.Object) bool { return other.Name() == id && other.Kind == o.Kind }) {
			objects = append(objects, o)
		}
	}
	return objects
}

func (f *face) logBatch(w http.ResponseWriter, r *http.Request, m any) error {
	if err := f.Metrics.LogBatch(r.Context(), *m.(*tracking.Batch)); err != nil {
		return err
	}
	return respondJSON(w, emptyObject)
}

type historyRequest struct {
	RunID      string   `json:"run_id"`
	RunUUID    string   `json:"run_uuid"`
	MetricKey  string   `json:"metric_key"`
	MaxResults *integer `json:"max_results"`
	PageToken  string   `json:"page_token"`
}

func (m *historyRequest) run() string {
	if m.RunID != "" {
		return m.RunID
	}
	return m.RunUUID
}

func historyObject(m *historyRequest) []route.Object { return route.On(runURN(m.run())) }

func (f *face) getHistory(ctx context.Context, m *historyRequest) ([]byte, error) {
	if err := required("run_id", m.run(), "metric_key", m.MetricKey); err != nil {
		return nil, err
	}
	p := tracking.HistoryPage{Token: m.PageToken}
	if m.MaxResults != nil {
		if *m.MaxResults <= 0 {
			return nil, fault.New(fault.Invalid, "Invalid value %d for parameter 'max_results' supplied. It must be a positive integer.", *m.MaxResults)
		}
		p.Max = size(*m.MaxResults)
	}
	points, next, err := f.Metrics.History(ctx, m.run(), m.MetricKey, p)
	if err != nil {
		return nil, err
	}
	o := &writer{b: make([]byte, 0, 64+96*len(points))}
	o.begin('{')
	if len(points) > 0 {
		o.open("metrics", '[')
		for i := range points {
			o.item()
			o.metric(&points[i])
			o.end('}')
		}
		o.end(']')
	}
	o.some("next_page_token", next)
	o.end('}')
	return o.b, nil
}

type historySampleRequest struct {
	RunIDs     []string `json:"run_ids"`
	MetricKey  string   `json:"metric_key"`
	StartStep  *integer `json:"start_step"`
	EndStep    *integer `json:"end_step"`
	MaxResults *integer `json:"max_results"`
}

func sampleObjects(m *historySampleRequest) []route.Object { return runsOf(m.RunIDs) }

func (m *historySampleRequest) check() error {
	if len(m.RunIDs) == 0 {
		return missing("run_ids")
	}
	if len(m.RunIDs) > tracking.MaxHistoryRuns {
		return fault.New(fault.Invalid, "GetMetricHistoryBulkInterval request must specify at most %d run_ids. Received %d run_ids."+seeDocs, tracking.MaxHistoryRuns, len(m.RunIDs))
	}
	if err := required("metric_key", m.MetricKey); err != nil {
		return err
	}
	if m.MaxResults != nil && (*m.MaxResults < 1 || *m.MaxResults > tracking.MaxHistorySample) {
		return fault.New(fault.Invalid, "max_results must be between 1 and %d."+seeDocs, tracking.MaxHistorySample)
	}
	if (m.StartStep == nil) != (m.EndStep == nil) {
		return fault.New(fault.Invalid, "If either start step or end step are specified, both must be specified.")
	}
	if m.StartStep != nil && *m.StartStep > *m.EndStep {
		return fault.New(fault.Invalid, "end_step must be greater than start_step. Found start_step=%d and end_step=%d.", *m.StartStep, *m.EndStep)
	}
	return nil
}

func (f *face) getHistorySample(ctx context.Context, m *historySampleRequest) ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	limit := integer(tracking.MaxHistorySample)
	if m.MaxResults != nil {
		limit = *m.MaxResults
	}
	points, err := f.Metrics.SampleHistory(ctx, tracking.Sample{Runs: m.RunIDs, Key: m.MetricKey, Max: size(limit), First: m.StartStep.pointer(), Last: m.EndStep.pointer()})
	if err != nil {
		return nil, err
	}
	o := &writer{b: make([]byte, 0, 64+140*len(points))}
	o.begin('{')
	if len(points) > 0 {
		o.open("metrics", '[')
		for i := range points {
			o.item()
			o.metric(&points[i].Metric)
			o.text("run_id", points[i].Run)
			o.end('}')
		}
		o.end(']')
	}
	o.end('}')
	return o.b, nil
}

func bulkObjects(r *http.Request, _ any) []route.Object { return runsOf(r.URL.Query()["run_id"]) }

// getHistoryBulk answers the older charts of the web interface: its own field
// order, and NaN as the bare word.
func (f *face) getHistoryBulk(w http.ResponseWriter, r *http.Request, _ any) error {
	query := r.URL.Query()
	runs := query["run_id"]
	switch {
	case len(runs) == 0:
		return fault.New(fault.Invalid, "GetMetricHistoryBulk request must specify at least one run_id.")
	case len(runs) > tracking.MaxHistoryRuns:
		return fault.New(fault.Invalid, "GetMetricHistoryBulk request cannot specify more than %d run_ids. Received %d run_ids.", tracking.MaxHistoryRuns, len(runs))
	case !query.Has("metric_key"):
		return fault.New(fault.Invalid, "GetMetricHistoryBulk request must specify a metric_key.")
	}
	limit := tracking.MaxHistoryBulk
	if text := query.Get("max_results"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return fault.New(fault.Invalid, "Invalid value '%s' for parameter 'max_results' supplied. It must be a positive integer.", text)
		}
		limit = min(n, limit)
	}
	points, err := f.Metrics.BulkHistory(r.Context(), runs, query.Get("metric_key"), limit)
	if err != nil {
		return err
	}
	o := &writer{b: make([]byte, 0, 64+140*len(points))}
	o.begin('{')
	o.open("metrics", '[')
	for _, p := range points {
		o.item()
		o.text("key", p.Key)
		o.text("run_id", p.Run)
		o.int("step", p.Step)
		o.int("timestamp", p.Timestamp)
		o.key("value")
		if p.Value != p.Value {
			o.b = append(o.b, "NaN"...)
		} else {
			o.b = appendNumber(o.b, p.Value)
		}
		o.end('}')
	}
	o.end(']')
	o.end('}')
	return respondJSON(w, o.b)
}
