package tracking

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/label"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Batch is what one request writes to a run.
type Batch struct {
	Run     string
	Metrics []Metric
	Params  []Param
	Tags    []Tag
}

// check checks limits and keys; values that are too long are cut.
func (b *Batch) check() error {
	if err := checkRunID(b.Run); err != nil {
		return err
	}
	if !plainMetrics(b.Metrics) {
		for i := range b.Metrics {
			if err := checkMetric(&b.Metrics[i], fmt.Sprintf("metrics[%d]", i)); err != nil {
				return err
			}
		}
	}
	for i := range b.Params {
		if err := checkParam(&b.Params[i], fmt.Sprintf("params[%d]", i)); err != nil {
			return err
		}
	}
	for i := range b.Tags {
		if err := checkTag(&b.Tags[i], fmt.Sprintf("tags[%d]", i)); err != nil {
			return err
		}
	}
	for _, l := range []struct {
		name   string
		limit  int
		length int
	}{
		{"metrics", MaxBatchMetrics, len(b.Metrics)}, {"params", MaxBatchParams, len(b.Params)}, {"tags", MaxBatchTags, len(b.Tags)},
		{"metrics, params, and tags", MaxBatch, len(b.Metrics) + len(b.Params) + len(b.Tags)},
	} {
		if l.length > l.limit {
			return invalid("A batch logging request can contain at most %d %s. Got %d %s. Please split up %s across multiple requests and try again.",
				l.limit, l.name, l.length, l.name, l.name)
		}
	}
	return checkParamsOnce(b.Params)
}

// plainMetrics reports whether all metrics pass their check, looking at each
// key once.
func plainMetrics(metrics []Metric) bool {
	seen := make(map[string]struct{}, 16)
	for i := range metrics {
		m := &metrics[i]
		if _, ok := seen[m.Key]; ok && m.Timestamp >= 0 {
			continue
		}
		if checkMetric(m, "") != nil {
			return false
		}
		seen[m.Key] = struct{}{}
	}
	return true
}

func checkParamsOnce(params []Param) error {
	seen := make(map[string]bool, len(params))
	var twice []string
	for _, p := range params {
		if seen[p.Key] {
			twice = append(twice, "'"+p.Key+"'")
		}
		seen[p.Key] = true
	}
	if twice != nil {
		return invalid("Duplicate parameter keys have been submitted: [%s]. Please ensure the request contains only one param value per param key.", strings.Join(twice, ", "))
	}
	return nil
}

// LogBatch writes metrics, params and tags to an active run: all or nothing.
// A point that is there already is ignored, a param may not change, a tag is
// overwritten.
func (s *Service) LogBatch(ctx context.Context, b Batch) (err error) {
	defer fault.Wrap(&err, "tracking.LogBatch(%s)", b.Run)
	if err := b.check(); err != nil {
		return err
	}
	return s.log(ctx, b, changedParams)
}

// LogMetric writes one point.
func (s *Service) LogMetric(ctx context.Context, run string, m Metric) (err error) {
	defer fault.Wrap(&err, "tracking.LogMetric(%s)", run)
	if err := checkMetric(&m, ""); err != nil {
		return err
	}
	return s.log(ctx, Batch{Run: run, Metrics: []Metric{m}}, nil)
}

// LogParam writes one param. The same value again is fine.
func (s *Service) LogParam(ctx context.Context, run string, p Param) (err error) {
	defer fault.Wrap(&err, "tracking.LogParam(%s)", run)
	if err := checkParam(&p, ""); err != nil {
		return err
	}
	return s.log(ctx, Batch{Run: run, Params: []Param{p}}, changedParam)
}

// SetTag writes one tag.
func (s *Service) SetTag(ctx context.Context, run string, t Tag) (err error) {
	defer fault.Wrap(&err, "tracking.SetTag(%s)", run)
	if err := checkTag(&t, ""); err != nil {
		return err
	}
	return s.log(ctx, Batch{Run: run, Tags: []Tag{t}}, nil)
}

// conflict is a param that has another value already.
type conflict struct{ Param, Was Param }

func changedParam(run string, c []conflict) error {
	return invalid("Changing param values is not allowed. Param with key='%s' was already logged with value='%s' for run ID='%s'. Attempted logging new value '%s'.",
		c[0].Param.Key, c[0].Was.Value, run, c[0].Param.Value)
}

func changedParams(run string, all []conflict) error {
	texts := make([]string, len(all))
	for i, c := range all {
		texts[i] = fmt.Sprintf("{'key': '%s', 'old_value': '%s', 'new_value': '%s'}", c.Param.Key, c.Was.Value, c.Param.Value)
	}
	return invalid("Changing param values is not allowed. Params were already logged='[%s]' for run ID='%s'.", strings.Join(texts, ", "), run)
}

// log writes a batch. Its statements guard themselves against others that
// write to the run, and take their records in the order of keys, so that two
// batches never wait for each other in a circle.
func (s *Service) log(ctx context.Context, b Batch, changed func(string, []conflict) error) error {
	if label.Stored("", b.Run) != nil {
		return noRun(b.Run)
	}
	series := seriesOf(b.Metrics)
	return s.guarded(ctx, func(tx *rows.Tx) error {
		experiment, lifecycle, err := holdRun(ctx, tx, b.Run)
		if rows.IsNone(err) {
			return noRun(b.Run)
		}
		if err != nil {
			return err
		}
		if err := activeRun(b.Run, lifecycle); err != nil {
			return err
		}
		written, err := s.logParams(ctx, tx, b, changed)
		if err != nil {
			return err
		}
		if err := s.logTags(ctx, tx, b); err != nil {
			return err
		}
		if len(written) > 0 || len(b.Tags) > 0 {
			if err := s.Events.Append(ctx, tx, runDescribed(b.Run, written, b.Tags)); err != nil {
				return err
			}
		}
		if len(series) == 0 {
			return nil
		}
		if err := s.points.Append(ctx, tx, b.Run, series); err != nil {
			return err
		}
		return s.logModelPoints(ctx, tx, b, experimentText(experiment))
	})
}

// holdRun says where a run of the caller's workspace stands, and keeps it there until
// tx ends: nobody moves or removes it with what it has, and misses what tx adds.
// rows.IsNone of its error says that it is not there.
func holdRun(ctx context.Context, tx *rows.Tx, run string) (experiment int64, lifecycle Lifecycle, err error) {
	statement := selectRunState
	if tx.Dialect() == rows.Postgres {
		statement = holdRunPostgres
	}
	err = tx.QueryRow(ctx, statement, caller.Workspace(ctx), run).Scan(&experiment, &lifecycle)
	return experiment, lifecycle, err
}

// logParams writes those params that are new and gives them.
func (s *Service) logParams(ctx context.Context, tx *rows.Tx, b Batch, changed func(string, []conflict) error) ([]Param, error) {
	params := slices.Clone(b.Params)
	slices.SortFunc(params, func(a, b Param) int { return cmp.Compare(a.Key, b.Key) })
	workspace := caller.Workspace(ctx)
	var (
		written   []Param
		conflicts []conflict
	)
	for _, p := range params {
		n, err := tx.Exec(ctx, insertParam, workspace, b.Run, p.Key, p.Value)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			written = append(written, p)
			continue
		}
		was, err := rows.One(ctx, tx, rows.Column[string], selectParam, workspace, b.Run, p.Key)
		if err != nil {
			return nil, err
		}
		if was != p.Value {
			conflicts = append(conflicts, conflict{p, Param{p.Key, was}})
		}
	}
	if conflicts != nil {
		return nil, changed(b.Run, conflicts)
	}
	return written, nil
}

func (s *Service) logTags(ctx context.Context, tx *rows.Tx, b Batch) error {
	workspace := caller.Workspace(ctx)
	for _, t := range lastOfKey(b.Tags) {
		if t.Key == runNameTag {
			if t.Value == "" {
				continue // a run always has a name
			}
			if _, err := tx.Exec(ctx, nameRun, workspace, b.Run, t.Value); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, upsertTag, workspace, b.Run, t.Key, t.Value); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) logModelPoints(ctx context.Context, tx *rows.Tx, b Batch, experiment string) error {
	if s.Models == nil {
		return nil
	}
	var points []Metric
	for _, m := range b.Metrics {
		if m.ModelID != "" {
			points = append(points, stored(m))
		}
	}
	if points == nil {
		return nil
	}
	return s.Models.LogModelMetrics(ctx, tx, b.Run, experiment, points)
}

// DeleteTag takes a tag off an active run. fault.NotFound when it has no such
// tag.
func (s *Service) DeleteTag(ctx context.Context, run, key string) (err error) {
	defer fault.Wrap(&err, "tracking.DeleteTag(%s)", run)
	if err := label.Stored("key", key); err != nil {
		return err
	}
	return s.changeRun(ctx, run, func(tx *rows.Tx, _ Run) error {
		was, err := rows.One(ctx, tx, rows.Column[string], deleteTag, caller.Workspace(ctx), run, key)
		if rows.IsNone(err) {
			return fault.New(fault.NotFound, "No tag with name: %s in run with id %s", key, run)
		}
		if err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, runUntagged(run, Tag{key, was}))
	})
}

// changeRun runs change on an active run in a transaction.
func (s *Service) changeRun(ctx context.Context, id string, change func(*rows.Tx, Run) error) error {
	if label.Stored("", id) != nil {
		return noRun(id)
	}
	return s.write(ctx, func(tx *rows.Tx) error {
		r, err := readRun(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := activeRun(r.ID, r.Lifecycle); err != nil {
			return err
		}
		return change(tx, r)
	})
}
