package tracking

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/filter/search"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// CountRuns counts what SearchRuns would give on all its pages.
func (s *Service) CountRuns(ctx context.Context, q RunSearch) (_ int64, err error) {
	defer fault.Wrap(&err, "tracking.CountRuns")
	of, err := q.within()
	if err != nil || of.nothing() {
		return 0, err
	}
	l, err := s.list(ctx, search.Runs, runSchema{}, "run.read", q.Filter, nil)
	if err != nil {
		return 0, err
	}
	if err := s.settleFor(ctx, l, of); err != nil {
		return 0, err
	}
	query := filter.Query{Dialect: s.DB.Dialect()}
	where, err := filter.Render(&query, l.Schema, l.Where)
	if err != nil {
		return 0, err
	}
	statement := countRuns + " WHERE r.workspace = " + query.Arg(caller.Workspace(ctx)) + of.render(&query) + q.View.stages() + " AND " + where
	return rows.One(ctx, s.DB.Read(), rows.Column[int64], statement, query.Args()...)
}

// CountExperiments counts the active experiments that the caller may see, those
// that SearchExperiments would give on all its pages, and stops at most.
func (s *Service) CountExperiments(ctx context.Context, most int64) (_ int64, err error) {
	defer fault.Wrap(&err, "tracking.CountExperiments")
	l, err := s.list(ctx, search.Experiments, experimentSchema{}, "experiment.read", "", nil)
	if err != nil {
		return 0, err
	}
	from, err := s.experiments(ctx)
	if err != nil {
		return 0, err
	}
	query := filter.Query{Dialect: s.DB.Dialect()}
	statement := countExperiments + from(&query) + " r WHERE r.workspace = " + query.Arg(caller.Workspace(ctx)) + ActiveOnly.stages() + " AND "
	where, err := filter.Render(&query, l.Schema, l.Where)
	if err != nil {
		return 0, err
	}
	statement += where + " LIMIT " + query.Arg(most) + ") counted"
	return rows.One(ctx, s.DB.Read(), rows.Column[int64], statement, query.Args()...)
}
