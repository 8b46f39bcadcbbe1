package overview

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// What the page shows at most, and counts up to.
const (
	latestRuns   = 8
	latestEvents = 8
	latestModels = 6
	counted      = 1000
)

// Pages are the page of a workspace and its search.
type Pages struct {
	Site     *kit.Site
	Tracking Tracking
	Registry Registry
	Events   Events
	Access   Access
}

// Item is the line of the navigation.
func Item() kit.Item { return kit.Item{Name: "Overview", Icon: kit.IconHome, Path: "/", Key: "o"} }

// Routes are the addresses of the pages.
func (p *Pages) Routes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/{$}", Action: "workspace.read", Scope: route.Whole, Serve: p.overview},
		{Method: "GET", Pattern: "/search", Action: "workspace.read", Scope: route.Whole, Serve: p.search},
	}
}

type runRow struct {
	tracking.Run
	Experiment string // its name, "" where it may not be read
	Start      time.Time
	Took       string
}

type overview struct {
	Empty  bool
	Stats  []kit.Stat
	Runs   []runRow
	Models []registry.Model
	Events []kit.Told
}

// hasUser reports whether any of the runs says who made it.
func (o overview) hasUser() bool {
	return slices.ContainsFunc(o.Runs, func(r runRow) bool { return r.User != "" })
}

func (p *Pages) overview(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	var o overview
	for _, part := range []func(context.Context, *overview) error{p.runs, p.models, p.events} {
		if err := part(ctx, &o); err != nil {
			return err
		}
	}
	o.Empty = len(o.Runs) == 0 && len(o.Models) == 0
	return p.Site.Serve(w, r, kit.Page{Title: "Overview", Here: "/"}, overviewBody(o))
}

// permitted is a list as it stands beside others: empty for who may see none of it.
func permitted[T any](list T, err error) (T, error) {
	if fault.Is(err, fault.Denied) {
		var none T
		return none, nil
	}
	return list, err
}

// runs adds the newest runs and how many there are.
func (p *Pages) runs(ctx context.Context, o *overview) error {
	experiments, err := permitted(p.Tracking.SearchExperiments(ctx, tracking.ExperimentSearch{Max: counted}))
	if err != nil {
		return err
	}
	runs, err := permitted(p.Tracking.CountRuns(ctx, tracking.RunSearch{Everywhere: true, Max: 1}))
	if err != nil {
		return err
	}
	latest, err := permitted(p.Tracking.SearchRuns(ctx, tracking.RunSearch{Everywhere: true, Max: latestRuns, Brief: true}))
	if err != nil {
		return err
	}
	names, err := p.names(ctx, experiments.Experiments, latest.Runs)
	if err != nil {
		return err
	}
	for _, run := range latest.Runs {
		row := runRow{Run: run, Experiment: names[run.Experiment], Start: format.At(run.Start)}
		if run.End > 0 {
			row.Took = format.Duration(time.Duration(run.End-run.Start) * time.Millisecond)
		}
		o.Runs = append(o.Runs, row)
	}
	o.Stats = append(o.Stats,
		kit.Stat{Name: "Experiments", Value: atLeast(int64(len(experiments.Experiments)), experiments.Next), Href: kit.To(ctx, "experiments")},
		kit.Stat{Name: "Runs", Value: format.Count(runs)})
	return nil
}

// names are those of the experiments of runs, by id, that the caller may read;
// those that are known are not asked for.
func (p *Pages) names(ctx context.Context, known []tracking.Experiment, runs []tracking.Run) (map[string]string, error) {
	names := map[string]string{}
	for _, e := range known {
		names[e.ID] = e.Name
	}
	reads, err := kit.ReadsOf(ctx, p.Access)
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		if _, ok := names[run.Experiment]; ok {
			continue
		}
		if may, err := reads(tracking.ExperimentURN(run.Experiment)); err != nil {
			return nil, err
		} else if !may {
			continue
		}
		e, err := p.Tracking.Experiment(ctx, run.Experiment)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		names[run.Experiment] = e.Name
	}
	return names, nil
}

// models adds the newest registered models and how many there are.
func (p *Pages) models(ctx context.Context, o *overview) error {
	models, err := permitted(p.Registry.SearchModels(ctx, registry.ModelSearch{Max: counted}))
	if err != nil {
		return err
	}
	o.Models = models.Models[:min(len(models.Models), latestModels)]
	production := int64(0)
	for _, m := range models.Models {
		for _, v := range m.Latest {
			if v.Stage == registry.Production {
				production++
			}
		}
	}
	o.Stats = append(o.Stats,
		kit.Stat{Name: "Registered models", Value: atLeast(int64(len(models.Models)), models.Next), Href: kit.To(ctx, "models")},
		kit.Stat{Name: "Models in Production", Value: atLeast(production, models.Next), Note: "by model stage"})
	return nil
}

// events adds what happened last.
func (p *Pages) events(ctx context.Context, o *overview) error {
	visible, err := p.Access.Visible(ctx, "event.list")
	if fault.Is(err, fault.Denied) {
		return nil
	}
	if err != nil {
		return err
	}
	events, err := p.Events.List(ctx, event.Query{Workspace: caller.Workspace(ctx), Limit: latestEvents, Visible: visible})
	if err != nil {
		return err
	}
	for _, e := range events {
		o.Events = append(o.Events, kit.Tell(e))
	}
	return nil
}

// atLeast writes a count that stops where another page follows.
func atLeast(n int64, next string) string {
	if next != "" {
		return format.Count(n) + "+"
	}
	return format.Count(n)
}
