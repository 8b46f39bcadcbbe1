package tracking

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/tracking/curve"
	"github.com/tacit-ml/tacit/internal/develop/tracking/points"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// stored is a point as it reads back: ±Inf is the greatest finite number.
func stored(m Metric) Metric {
	if math.IsInf(m.Value, 0) {
		m.Value = math.Copysign(math.MaxFloat64, m.Value)
	}
	if m.Value == 0 {
		m.Value = 0 // there is one zero, as in MLflow's store
	}
	return m
}

func pointOf(m Metric) curve.Point {
	if math.IsNaN(m.Value) {
		return curve.Point{Step: m.Step, Timestamp: m.Timestamp, NaN: true}
	}
	return curve.Point{Step: m.Step, Timestamp: m.Timestamp, Value: stored(m).Value}
}

func metricOf(key string, p curve.Point) Metric {
	m := Metric{Key: key, Value: p.Value, Timestamp: p.Timestamp, Step: p.Step}
	if p.NaN {
		m.Value = math.NaN()
	}
	return m
}

// seriesOf sorts points by key, in the order they came within one.
func seriesOf(metrics []Metric) []curve.Series {
	if len(metrics) == 0 {
		return nil
	}
	at := make(map[string]int32, 16)
	index := make([]int32, len(metrics))
	var counts []int
	var all []curve.Series
	for i := range metrics {
		key := metrics[i].Key
		n, ok := at[key]
		if !ok {
			n = int32(len(all))
			at[key] = n
			all, counts = append(all, curve.Series{Key: key}), append(counts, 0)
		}
		index[i] = n
		counts[n]++
	}
	room := make([]curve.Point, len(metrics))
	for n, count := range counts {
		all[n].Points, room = room[:0:count], room[count:]
	}
	for i := range metrics {
		series := &all[index[i]]
		series.Points = append(series.Points, pointOf(metrics[i]))
	}
	slices.SortFunc(all, func(a, b curve.Series) int { return cmp.Compare(a.Key, b.Key) })
	return all
}

// Limits of histories.
const (
	MaxHistoryRuns   = 100    // in one bulk request
	MaxHistoryBulk   = 25_000 // points of one bulk request
	MaxHistorySample = 2500   // points of each run in a sample
)

// HistoryPage says which part of a history is asked for.
type HistoryPage = points.HistoryPage

// Sample is a question for an even sample of histories.
type Sample = points.Sample

// RunMetric is a point with its run.
type RunMetric struct {
	Run string
	Metric
}

// History gives points of a run and key by timestamp, step and value, and the
// token of the next page. A run or key that is not there has none.
func (s *Service) History(ctx context.Context, run, key string, p HistoryPage) (all []Metric, next string, err error) {
	found, next, err := s.points.History(ctx, run, key, p)
	if err != nil {
		return nil, "", err
	}
	all = make([]Metric, len(found))
	for i, p := range found {
		all[i] = metricOf(key, p)
	}
	return all, next, nil
}

// PointsMark is a text that is another one as soon as a run has more points, so
// that whoever follows the run reads them only then.
func (s *Service) PointsMark(ctx context.Context, run string) (string, error) {
	return s.points.Mark(ctx, run)
}

// BulkHistory gives the first points, at most limit in all, of one key of
// several runs, by run, timestamp, step and value.
func (s *Service) BulkHistory(ctx context.Context, runs []string, key string, limit int) ([]RunMetric, error) {
	var all []RunMetric
	if err := s.points.BulkHistory(ctx, runs, key, limit, metricsInto(&all, key)); err != nil {
		return nil, err
	}
	return all, nil
}

// SampleHistory gives of each run at most Max points of a key, spread evenly
// over its points by step, timestamp and value, the first and the last among
// them; when Max is 1, the last alone.
func (s *Service) SampleHistory(ctx context.Context, q Sample) ([]RunMetric, error) {
	var all []RunMetric
	if err := s.points.SampleHistory(ctx, q, metricsInto(&all, q.Key)); err != nil {
		return nil, err
	}
	return all, nil
}

// Sketch gives, by run, the shape of a key's history: at most most points by
// step, timestamp and value, the first and the last among them; of a long
// history what lies between is a part of it. A run without points is not there.
func (s *Service) Sketch(ctx context.Context, runs []string, key string, most int) (map[string][]Metric, error) {
	all := make(map[string][]Metric, len(runs))
	err := s.points.Sketch(ctx, runs, key, most, func(run string, found []curve.Point) {
		for _, p := range found {
			all[run] = append(all[run], metricOf(key, p))
		}
	})
	return all, err
}

// metricsInto collects the points of several runs.
func metricsInto(all *[]RunMetric, key string) func(run string, found []curve.Point) {
	return func(run string, found []curve.Point) {
		for _, p := range found {
			*all = append(*all, RunMetric{run, metricOf(key, p)})
		}
	}
}

// Merge moves the points that a run has in segments into chunks, and announces
// them when the run has ended or has not told for a minute. quiet reports that
// nothing is left to do for the run as it stands.
func (s *Service) Merge(ctx context.Context, run string) (quiet bool, err error) {
	return s.points.Merge(ctx, run)
}

// Work merges points in the background until ctx ends.
func (s *Service) Work(ctx context.Context) error { return s.points.Work(ctx) }

// runs answers what the store of points asks about runs.
type runs struct{ events EventLog }

var _ points.Runs = runs{}

// Ended reports whether a run expects no more points.
func (runs) Ended(ctx context.Context, r rows.Reader, run string) (bool, error) {
	status, err := rows.One(ctx, r, rows.Column[string], selectRunStatus, caller.Workspace(ctx), run)
	return Status(status).Ended(), err
}

// Hold keeps a run in its workspace until tx ends.
func (runs) Hold(ctx context.Context, tx *rows.Tx, run string) error {
	_, _, err := holdRun(ctx, tx, run)
	return err
}

// Sealed announces the points of a run.
func (r runs) Sealed(ctx context.Context, tx *rows.Tx, run string, points int64, hash string) error {
	return r.events.Append(ctx, tx, metricsSealed(run, points, hash))
}
