package mlflow

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
)

// batchMessage is the message of log-batch.
type batchMessage struct {
	RunID   string          `json:"run_id"`
	Metrics []metricMessage `json:"metrics"`
	Params  []pair          `json:"params"`
	Tags    []pair          `json:"tags"`
}

type metricMessage struct {
	Key           string   `json:"key"`
	Value         *number  `json:"value"`
	Timestamp     *integer `json:"timestamp"`
	Step          integer  `json:"step"`
	ModelID       string   `json:"model_id"`
	DatasetName   string   `json:"dataset_name"`
	DatasetDigest string   `json:"dataset_digest"`
}

// decodeBatch reads the message of log-batch: what clients write is read in
// one pass, and anything else, mistakes included, by decodeAnyBatch.
func decodeBatch(r *http.Request) (any, error) {
	if err := checkBody(r); err != nil || r.Body == nil {
		return decodeBatchOr(nil, err)
	}
	var text strings.Builder
	if r.ContentLength > 0 {
		text.Grow(int(r.ContentLength))
	}
	n, err := io.Copy(&text, io.LimitReader(r.Body, MaxBody+1))
	if err != nil {
		return nil, unreadable(err)
	}
	if n > MaxBody {
		return nil, tooLarge(n)
	}
	if b, ok := readBatch(text.String()); ok {
		return b, nil
	}
	return decodeBatchOr([]byte(text.String()), nil)
}

func decodeBatchOr(body []byte, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return decodeAnyBatch(body)
}

// decodeAnyBatch reads the message as every other message is read, and says
// what is wrong with it.
func decodeAnyBatch(body []byte) (*tracking.Batch, error) {
	var m batchMessage
	if err := unmarshal(body, &m); err != nil {
		return nil, err
	}
	if m.RunID == "" {
		return nil, missing("run_id")
	}
	b := &tracking.Batch{Run: m.RunID}
	for i, p := range m.Metrics {
		at := fmt.Sprintf("metrics[%d].", i)
		switch {
		case p.Key == "":
			return nil, missing(at + "key")
		case p.Value == nil:
			return nil, missing(at + "value")
		case p.Timestamp == nil:
			return nil, missing(at + "timestamp")
		}
		b.Metrics = append(b.Metrics, tracking.Metric{Key: p.Key, Value: float64(*p.Value), Timestamp: int64(*p.Timestamp), Step: int64(p.Step),
			ModelID: p.ModelID, DatasetName: p.DatasetName, DatasetDigest: p.DatasetDigest})
	}
	for i, p := range m.Params {
		if p.Key == "" {
			return nil, missing(fmt.Sprintf("params[%d].key", i))
		}
		b.Params = append(b.Params, tracking.Param(p))
	}
	for i, t := range m.Tags {
		if t.Key == "" {
			return nil, missing(fmt.Sprintf("tags[%d].key", i))
		}
		b.Tags = append(b.Tags, tracking.Tag(t))
	}
	return b, nil
}
