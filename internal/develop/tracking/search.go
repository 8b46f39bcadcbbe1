package tracking

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/tracking/points"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/filter/search"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Limits of one page.
const (
	MaxExperimentsPage = 50_000
	MaxRunsPage        = 50_000
)

// ExperimentSearch asks for a page of experiments.
type ExperimentSearch struct {
	View    View
	Filter  string   // MLflow's grammar
	OrderBy []string // nil means the newest first
	Max     int      // 1 to MaxExperimentsPage
	Token   string   // of the page before, "" for the first
}

// ExperimentPage is one page.
type ExperimentPage struct {
	Experiments []Experiment
	Next        string // token of the next page, "" when this is the last
}

// RunSearch asks for a page of runs.
type RunSearch struct {
	Experiments []string // ids; none gives no runs
	Everywhere  bool     // of all experiments in use, whatever Experiments says
	View        View
	Filter      string   // MLflow's grammar
	OrderBy     []string // then by start, the newest first, then by id
	Max         int      // 1 to MaxRunsPage; large params, tags and inputs make a page shorter
	Token       string   // of the page before, "" for the first
	Brief       bool     // of the datasets that were used, name and digest alone
}

// RunPage is one page.
type RunPage struct {
	Runs []Run
	Next string // token of the next page, "" when this is the last
}

// attribute is a field of the listed thing itself.
func attribute(key string) filter.Field { return filter.Field{Entity: search.Attribute, Key: key} }

// experimentSchema places the fields of experiments, listed as r.
type experimentSchema struct{}

// Place finds a field.
func (experimentSchema) Place(f filter.Field) (filter.Place, bool) {
	if f == (filter.Field{Entity: objectEntity, Key: "id"}) {
		return filter.Place{Kind: filter.Text, Column: experimentIDText}, true
	}
	if f.Entity == search.Tag || f.Entity == objectTagEntity {
		return filter.Place{Kind: filter.Text, Pairs: &filter.Pairs{Table: "tracking_experiment_tag",
			On: "@.workspace = r.workspace AND @.experiment = r.experiment", Key: "@.key", Value: "@.value"}}, true
	}
	switch f.Key {
	case "name", "lifecycle":
		return filter.Place{Kind: filter.Text, Column: "r." + f.Key}, true
	case "experiment_id":
		return filter.Place{Kind: filter.Int, Column: "r.experiment"}, true
	case "creation_time":
		return filter.Place{Kind: filter.Int, Column: "r.created"}, true
	case "last_update_time":
		return filter.Place{Kind: filter.Int, Column: "r.updated"}, true
	}
	return filter.Place{}, false
}

// runSchema places the fields of runs, listed as r.
type runSchema struct{}

// Place finds a field.
func (runSchema) Place(f filter.Field) (filter.Place, bool) {
	const own = "@.workspace = r.workspace AND @.run = r.run"
	if p, ok := InExperiment(f); ok {
		return p, true
	}
	switch f.Entity {
	case search.Metric:
		return points.Place(), true
	case search.Param:
		return filter.Place{Kind: filter.Text, Pairs: &filter.Pairs{Table: "tracking_param", On: own, Key: "@.key", Value: "@.value"}}, true
	case search.Tag, objectTagEntity:
		return filter.Place{Kind: filter.Text, Pairs: &filter.Pairs{Table: "tracking_tag", On: own, Key: "@.key", Value: "@.value"}}, true
	case search.Dataset:
		return filter.Place{Kind: filter.Text, Pairs: &filter.Pairs{Table: "tracking_input", On: own, Value: "@." + f.Key}}, true
	}
	switch f.Key {
	case "artifact_uri", "status", "lifecycle":
		return filter.Place{Kind: filter.Text, Column: "r." + f.Key}, true
	case "run_id", "id":
		return filter.Place{Kind: filter.Text, Column: "r.run"}, true
	case "run_name", "name":
		return filter.Place{Kind: filter.Text, Column: "r.name"}, true
	case "user_id":
		return filter.Place{Kind: filter.Text, Column: "r.user_name"}, true
	case "experiment_id":
		return filter.Place{Kind: filter.Int, Column: "r.experiment"}, true
	case "start_time":
		return filter.Place{Kind: filter.Int, Column: "r.start_time"}, true
	case "end_time":
		return filter.Place{Kind: filter.Int, Column: "r.end_time", Nullable: true}, true
	}
	return filter.Place{}, false
}

// stages is the condition of a view over the listed thing.
func (v View) stages() string {
	switch v {
	case DeletedOnly:
		return " AND r.lifecycle = 'deleted'"
	case All:
		return ""
	}
	return " AND r.lifecycle = 'active'"
}

// SearchExperiments gives a page of the experiments that the caller may see.
func (s *Service) SearchExperiments(ctx context.Context, q ExperimentSearch) (_ ExperimentPage, err error) {
	defer fault.Wrap(&err, "tracking.SearchExperiments")
	if err := checkMax(q.Max, MaxExperimentsPage); err != nil {
		return ExperimentPage{}, err
	}
	orderBy := q.OrderBy
	if len(orderBy) == 0 {
		orderBy = []string{"creation_time DESC", "experiment_id ASC"}
	}
	l, err := s.list(ctx, search.Experiments, experimentSchema{}, "experiment.read", q.Filter, orderBy)
	if err != nil {
		return ExperimentPage{}, err
	}
	l.Orders = filter.Then(l.Orders, attribute("experiment_id"), true)
	scope := page.Scope("experiments", strconv.Itoa(int(q.View)), q.Filter, strings.Join(orderBy, "\n"))
	if l.After, err = page.Open(s.PageKey, scope, q.Token); err != nil {
		return ExperimentPage{}, err
	}
	from, err := s.experiments(ctx)
	if err != nil {
		return ExperimentPage{}, err
	}
	all, next, err := listed(ctx, s.DB, l, searchExperiments, from, q.View.stages(), within{}, q.Max, scanExperimentInto)
	if err != nil {
		return ExperimentPage{}, err
	}
	if err := s.fillExperimentTags(ctx, all); err != nil {
		return ExperimentPage{}, err
	}
	return ExperimentPage{all, page.Next(s.PageKey, scope, next)}, nil
}

func scanExperimentInto(row rows.Scanner, keys []any) (Experiment, error) {
	var (
		e  Experiment
		id int64
	)
	err := row.Scan(append([]any{&id, &e.Name, &e.ArtifactLocation, &e.Lifecycle, &e.Created, &e.Updated}, keys...)...)
	e.ID = experimentText(id)
	return e, err
}

// list parses a search and joins it with what the caller may see.
func (s *Service) list(ctx context.Context, g *search.Grammar, schema filter.Schema, action, text string, orderBy []string) (filter.List, error) {
	where, err := g.Filter(text)
	if err != nil {
		return filter.List{}, err
	}
	orders, err := g.Orders(orderBy)
	if err != nil {
		return filter.List{}, err
	}
	visible, err := s.Access.Visible(ctx, action)
	if err != nil {
		return filter.List{}, err
	}
	return filter.List{Schema: schema, Where: filter.And{where, visible}, Orders: orders}, nil
}

// source renders what a list is over.
type source func(*filter.Query) string

func fromTable(name string) source { return func(*filter.Query) string { return name } }

// withDefault are the experiments of a workspace, the experiment "Default"
// among them also when no record holds it.
func withDefault(workspace string) source {
	return func(q *filter.Query) string {
		w, e := q.Arg(workspace), defaultExperiment()
		return "(" + experimentRecords + w + " UNION ALL SELECT CAST(" + w + " AS TEXT), 0, " + q.Arg(e.Name) + ", " + q.Arg(e.ArtifactLocation) + ", " +
			q.Arg(string(e.Lifecycle)) + ", 0, 0 WHERE NOT EXISTS (" + experimentRecords + w + " AND experiment = 0))"
	}
}

// experiments are what a list of experiments is over.
func (s *Service) experiments(ctx context.Context) (source, error) {
	made, err := hasDefault(ctx, s.DB.Read())
	if err != nil {
		return nil, err
	}
	if made {
		return fromTable("tracking_experiment"), nil
	}
	return withDefault(caller.Workspace(ctx)), nil
}

// listed runs a list's statement and gives the page and where it ended: nil
// when nothing follows.
func listed[T any](ctx context.Context, db *rows.DB, l filter.List, selected string, table source, stages string, of within, size int, scan func(rows.Scanner, []any) (T, error)) ([]T, []filter.Key, error) {
	q := filter.Query{Dialect: db.Dialect()}
	from := filter.Statement{Select: selected, From: table(&q) + " r", Where: "r.workspace = " + q.Arg(caller.Workspace(ctx))}
	from.Where += of.render(&q) + stages
	return filter.Fetch(ctx, db.Read(), &q, l, from, size, scan)
}

// SearchRuns gives a page of the runs that the caller may see, with all they have.
func (s *Service) SearchRuns(ctx context.Context, q RunSearch) (_ RunPage, err error) {
	defer fault.Wrap(&err, "tracking.SearchRuns")
	if err := checkMax(q.Max, MaxRunsPage); err != nil {
		return RunPage{}, err
	}
	of, err := q.within()
	if err != nil {
		return RunPage{}, err
	}
	l, err := s.list(ctx, search.Runs, runSchema{}, "run.read", q.Filter, q.OrderBy)
	if err != nil {
		return RunPage{}, err
	}
	l.Orders = filter.Then(filter.Then(l.Orders, attribute("start_time"), true), attribute("run_id"), false)
	scope := page.Scope("runs", strconv.Itoa(int(q.View)), of.text(), q.Filter, strings.Join(q.OrderBy, "\n"))
	if l.After, err = page.Open(s.PageKey, scope, q.Token); err != nil || of.nothing() {
		return RunPage{}, err
	}
	if err := s.settleFor(ctx, l, of); err != nil {
		return RunPage{}, err
	}
	read := func(size int) ([]Run, []filter.Key, error) {
		return listed(ctx, s.DB, l, searchRuns, fromTable("tracking_run"), q.View.stages(), of, size, scanRun)
	}
	all, next, err := read(q.Max)
	if err != nil {
		return RunPage{}, err
	}
	fit, err := s.fitting(ctx, all, q.Brief)
	if err != nil {
		return RunPage{}, err
	}
	if fit < len(all) {
		if all, next, err = read(fit); err != nil {
			return RunPage{}, err
		}
	}
	if err := s.points.SettleRuns(ctx, runIDs(all)); err != nil {
		return RunPage{}, err
	}
	if err := s.fillRuns(ctx, all, q.Brief); err != nil {
		return RunPage{}, err
	}
	return RunPage{all, page.Next(s.PageKey, scope, next)}, nil
}

// settleFor stores the latest points that are due of the runs of experiments
// where a list asks for such points.
func (s *Service) settleFor(ctx context.Context, l filter.List, of within) error {
	if !l.Uses(search.Metric) {
		return nil
	}
	due, err := s.points.Due(ctx)
	if err != nil || len(due) == 0 {
		return err
	}
	if of.everywhere {
		return s.points.SettleRuns(ctx, due)
	}
	experiments := make([]int64, len(of.ids))
	for i, id := range of.ids {
		experiments[i] = id.(int64)
	}
	d := s.DB.Dialect()
	due, err = rows.Collect(ctx, s.DB.Read(), rows.Column[string], runsAmong+rows.Listed[string](d, 2)+" AND experiment IN "+rows.Listed[int64](d, 3),
		caller.Workspace(ctx), rows.List(d, due), rows.List(d, experiments))
	if err != nil {
		return err
	}
	return s.points.SettleRuns(ctx, due)
}

// within are the experiments whose runs a search is over; the zero value is no
// condition.
type within struct {
	ids        []any
	everywhere bool // all in use
	named      bool // ids are all, also when there are none
}

func (q RunSearch) within() (within, error) {
	if q.Everywhere {
		return within{everywhere: true}, nil
	}
	ids, err := experimentIDs(q.Experiments)
	return within{ids: ids, named: true}, err
}

// text tells one from another, for page tokens.
func (w within) text() string {
	if w.everywhere {
		return "everywhere"
	}
	texts := make([]string, len(w.ids))
	for i, id := range w.ids {
		texts[i] = experimentText(id.(int64))
	}
	return strings.Join(texts, ",")
}

// nothing says that no run can be within.
func (w within) nothing() bool { return w.named && len(w.ids) == 0 }

// render is the condition over runs that are listed as r.
func (w within) render(q *filter.Query) string {
	switch {
	case w.everywhere:
		return inUse
	case w.named:
		return " AND r.experiment IN " + q.In(w.ids...)
	}
	return ""
}

// maxExperiments bounds the experiments that one search looks at.
const maxExperiments = 10_000

func experimentIDs(texts []string) ([]any, error) {
	if len(texts) > maxExperiments {
		return nil, invalid("A search looks at %d experiments at most, %d were named.", maxExperiments, len(texts))
	}
	ids := make([]any, len(texts))
	for i, t := range texts {
		id, err := experimentID(t)
		if err != nil {
			return nil, err
		}
		ids[i] = id
	}
	return ids, nil
}

// HaveExperiments is nil when all experiments named by their ids are there,
// deleted ones included. fault.NotFound tells the first that is not.
func (s *Service) HaveExperiments(ctx context.Context, ids []string) (err error) {
	defer fault.Wrap(&err, "tracking.HaveExperiments")
	asked, err := experimentIDs(ids)
	if err != nil {
		return err
	}
	numbers := make([]int64, len(asked))
	for i, id := range asked {
		numbers[i] = id.(int64)
	}
	d := s.DB.Dialect()
	there, err := rows.Collect(ctx, s.DB.Read(), rows.Column[int64], experimentsAmong+rows.Listed[int64](d, 2), caller.Workspace(ctx), rows.List(d, numbers))
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if n != 0 && !slices.Contains(there, n) { // the experiment "Default" is there without a record
			return noExperiment(n)
		}
	}
	return nil
}
