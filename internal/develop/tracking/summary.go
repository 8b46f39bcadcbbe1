package tracking

import (
	"context"
	"strconv"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/filter/search"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// RunSummary is what a list of experiments says of the runs of one.
type RunSummary struct {
	Runs int64 // active ones
	Last int64 // start of the newest, in milliseconds since 1970; 0 when none told it
}

// SumUpRuns counts the active runs of each experiment that the caller may see,
// in one statement. An experiment without such runs is not in the answer.
func (s *Service) SumUpRuns(ctx context.Context, experiments []string) (_ map[string]RunSummary, err error) {
	defer fault.Wrap(&err, "tracking.SumUpRuns")
	within, err := experimentIDs(experiments)
	if err != nil || len(within) == 0 {
		return nil, err
	}
	l, err := s.list(ctx, search.Runs, runSchema{}, "run.read", "", nil)
	if err != nil {
		return nil, err
	}
	query := filter.Query{Dialect: s.DB.Dialect()}
	where, err := filter.Render(&query, l.Schema, l.Where)
	if err != nil {
		return nil, err
	}
	statement := sumUpRuns + " WHERE r.workspace = " + query.Arg(caller.Workspace(ctx)) + " AND r.experiment IN " + query.In(within...) +
		ActiveOnly.stages() + " AND " + where + " GROUP BY r.experiment"
	all := make(map[string]RunSummary, len(experiments))
	_, err = rows.Collect(ctx, s.DB.Read(), func(row rows.Scanner) (struct{}, error) {
		var (
			experiment int64
			sum        RunSummary
		)
		err := row.Scan(&experiment, &sum.Runs, &sum.Last)
		all[strconv.FormatInt(experiment, 10)] = sum
		return struct{}{}, err
	}, statement, query.Args()...)
	return all, err
}
