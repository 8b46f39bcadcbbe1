package loggedmodel

import (
	"context"
	"math"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// fill reads params, tags and points of models.
func (s *Service) fill(ctx context.Context, all []Model) error {
	at := make(map[string]*Model, len(all))
	ids := make([]string, len(all))
	for i := range all {
		at[all[i].ID], ids[i] = &all[i], all[i].ID
	}
	in, list := rows.Listed[string](s.DB.Dialect(), 2), rows.List(s.DB.Dialect(), ids)
	var id string
	each := func(statement, order string, fields []any, done func(*Model)) error {
		dest := append([]any{&id}, fields...)
		_, err := rows.Collect(ctx, s.DB.Read(), func(row rows.Scanner) (none struct{}, err error) {
			if err = row.Scan(dest...); err == nil {
				done(at[id])
			}
			return none, err
		}, statement+in+order, caller.Workspace(ctx), list)
		return err
	}
	const byKey = " ORDER BY model, key"
	var p tracking.Param
	if err := each(paramsOf, byKey, []any{&p.Key, &p.Value}, func(m *Model) { m.Params = append(m.Params, p) }); err != nil {
		return err
	}
	var t tracking.Tag
	if err := each(tagsOf, byKey, []any{&t.Key, &t.Value}, func(m *Model) { m.Tags = append(m.Tags, t) }); err != nil {
		return err
	}
	var (
		v   Metric
		nan bool
	)
	fields := []any{&v.Key, &v.Step, &v.Timestamp, &v.Run, &v.DatasetName, &v.DatasetDigest, &v.Value, &nan}
	return each(metricsOf, byKey+", step, timestamp, run, dataset_name, dataset_digest", fields, func(m *Model) {
		point := v
		point.ModelID = m.ID
		if nan {
			point.Value = math.NaN()
		}
		m.Metrics = append(m.Metrics, point)
	})
}
