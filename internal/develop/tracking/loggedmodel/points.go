package loggedmodel

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/label"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Points keeps the points that tracking logs with a model's id.
type Points struct{}

var _ tracking.ModelMetrics = Points{}

// LogModelMetrics stores points that all have a ModelID, inside the
// transaction that stores them for the run. A point that is there already is
// left as it is. fault.NotFound for a model that does not exist.
func (Points) LogModelMetrics(ctx context.Context, tx *rows.Tx, run, _ string, points []tracking.Metric) error {
	workspace := caller.Workspace(ctx)
	// In one order everywhere, so that two batches never wait for each other in
	// a circle.
	sorted := slices.Clone(points)
	slices.SortStableFunc(sorted, func(a, b tracking.Metric) int {
		return cmp.Or(cmp.Compare(a.ModelID, b.ModelID), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Step, b.Step), cmp.Compare(a.Timestamp, b.Timestamp),
			cmp.Compare(a.DatasetName, b.DatasetName), cmp.Compare(a.DatasetDigest, b.DatasetDigest))
	})
	known := ""
	for i, p := range sorted {
		if err := checkPoint(p); err != nil {
			return err
		}
		if i == 0 || p.ModelID != known {
			_, err := rows.One(ctx, tx, rows.Column[int64], selectPresence, workspace, p.ModelID)
			if rows.IsNone(err) {
				return noModel(p.ModelID)
			}
			if err != nil {
				return err
			}
			known = p.ModelID
		}
		value, nan := p.Value, math.IsNaN(p.Value)
		if nan {
			value = 0
		}
		if _, err := tx.Exec(ctx, insertMetric, workspace, p.ModelID, p.Key, p.Step, p.Timestamp, run, p.DatasetName, p.DatasetDigest, value, nan); err != nil {
			return err
		}
	}
	return nil
}

func checkPoint(p tracking.Metric) error {
	if !label.Storable(p.ModelID) {
		return noModel(p.ModelID)
	}
	if err := label.Text("dataset_name", p.DatasetName, tracking.MaxDatasetName); err != nil {
		return err
	}
	if err := label.Text("dataset_digest", p.DatasetDigest, tracking.MaxDatasetDigest); err != nil {
		return err
	}
	if len(p.Key)+len(p.DatasetName)+len(p.DatasetDigest) > maxMetricKey {
		return invalid("The key, dataset name and digest of a metric have at most %d bytes together.", maxMetricKey)
	}
	return nil
}
