package tracking

import (
	"cmp"
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/label"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// RunHead finds a run, deleted ones included, with its tags and nothing else of
// what it has: what a decision about it looks at. fault.NotFound.
func (s *Service) RunHead(ctx context.Context, id string) (_ Run, err error) {
	defer fault.Wrap(&err, "tracking.RunHead(%s)", id)
	if label.Stored("", id) != nil {
		return Run{}, noRun(id)
	}
	run, missing := readRun(ctx, s.DB.Read(), id)
	if missing != nil && !fault.Is(missing, fault.NotFound) {
		return run, missing
	}
	// One that is not there takes the same statements.
	run.Tags, err = rows.Collect(ctx, s.DB.Read(), func(row rows.Scanner) (t Tag, err error) {
		var of string
		return t, row.Scan(&of, &t.Key, &t.Value)
	}, runTags+rows.In(2, 1), caller.Workspace(ctx), id)
	return run, cmp.Or(err, missing)
}

// RunPlace says in which workspace a run is, deleted ones included, and the root of
// its files: the caller's workspace comes first, and "" is none. It asks no
// permission: nobody may be told who may not read the run there.
func (s *Service) RunPlace(ctx context.Context, id string) (workspace, root string, err error) {
	defer fault.Wrap(&err, "tracking.RunPlace(%s)", id)
	_, err = rows.One(ctx, s.DB.Read(), func(row rows.Scanner) (none struct{}, err error) {
		return none, row.Scan(&workspace, &root)
	}, selectRunPlace, caller.Workspace(ctx), id)
	if rows.IsNone(err) {
		err = nil
	}
	return workspace, root, err
}

// The entities by which a decision names the listed things and their
// experiments, beside the words of MLflow's grammar.
const (
	objectEntity        = "object"
	objectTagEntity     = "object-tag"
	experimentEntity    = "experiment"
	experimentTagEntity = "experiment-tag"
)

// experimentIDText is the id of the listed thing's experiment as a text of the
// collation that all texts have, which it takes from the column beside it.
const experimentIDText = "SUBSTR(r.workspace, 1, 0) || CAST(r.experiment AS TEXT)"

// InExperiment places the fields of the experiment that listed things, named r,
// have in a column experiment; false when the field is no such.
func InExperiment(f filter.Field) (filter.Place, bool) {
	const own = "@.workspace = r.workspace AND @.experiment = r.experiment"
	switch {
	case f.Entity == experimentTagEntity:
		return filter.Place{Kind: filter.Text, Pairs: &filter.Pairs{Table: "tracking_experiment_tag", On: own, Key: "@.key", Value: "@.value"}}, true
	case f == filter.Field{Entity: experimentEntity, Key: "id"}:
		return filter.Place{Kind: filter.Text, Column: experimentIDText}, true
	case f == filter.Field{Entity: experimentEntity, Key: "name"}:
		return filter.Place{Kind: filter.Text, Pairs: &filter.Pairs{Table: "tracking_experiment", On: own, Value: "@.name"}}, true
	}
	return filter.Place{}, false
}
