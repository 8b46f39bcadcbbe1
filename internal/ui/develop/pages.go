package develop

import (
	"net/http"

	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

// here is the navigation's item of these pages.
const here = "/experiments"

// Pages are the pages of the wing.
type Pages struct {
	Site      *kit.Site
	Tracking  Tracking
	Artifacts Artifacts
	Versions  Versions
	Models    LoggedModels
	Data      Data
	Access    Access
}

// Items are the wing's lines of the navigation.
func Items(t Tracking) []kit.Item {
	return []kit.Item{
		{Name: "Data", Icon: kit.IconData, Path: data, Key: "d"},
		{Name: "Experiments", Icon: kit.IconFlask, Path: here, Key: "e", Count: t.CountExperiments},
	}
}

// Routes are the addresses of the pages.
func (p *Pages) Routes() []route.Route {
	return append(p.dataRoutes(), []route.Route{
		{Method: "GET", Pattern: "/experiments", Action: "experiment.list", Scope: route.Listed, Serve: p.experiments},
		{Method: "GET", Pattern: "/experiments/{id}", Action: "experiment.read", Objects: named("experiment", "id"), Serve: p.experiment},
		{Method: "GET", Pattern: "/experiments/{id}/runs.csv", Action: "run.search", Objects: named("experiment", "id"), Serve: p.runsCSV},
		{Method: "GET", Pattern: "/runs/{id}", Action: "run.read", Objects: named("run", "id"), Serve: p.run},
		{Method: "GET", Pattern: "/runs/{id}/metrics", Action: "metric.read", Objects: curvesOf, Serve: p.curves},
		{Method: "GET", Pattern: "/runs/{id}/metrics.csv", Action: "metric.read", Objects: named("run", "id"), Serve: p.curvesCSV},
		{Method: "GET", Pattern: "/runs/{id}/artifacts", Action: "artifact.read", Objects: p.filesOf, Serve: p.artifacts},
		{Method: "GET", Pattern: "/runs/{id}/artifacts/file", Action: "artifact.read", Objects: p.filesOf, Serve: p.file, Stream: true},
		{Method: "GET", Pattern: "/compare", Action: "run.read", Objects: compared, Serve: p.compare},
	}...)
}

// named names what a page shows, for the permission it asks.
func named(kind, value string) func(*http.Request, any) []route.Object {
	return func(r *http.Request, _ any) []route.Object { return route.On(urn.New(kind, r.PathValue(value))) }
}

// curvesOf names the run whose page draws its metrics: the page tells of the run.
func curvesOf(r *http.Request, _ any) []route.Object {
	run := urn.New("run", r.PathValue("id"))
	return append(route.On(run), route.For("run.read", run))
}

// filesOf names the run whose page shows files, and what is touched of the files
// that are its own or a logged model's. Who may be told that there is no such run
// or model, is asked for it.
func (p *Pages) filesOf(r *http.Request, _ any) []route.Object {
	ctx, run, q := r.Context(), urn.New("run", r.PathValue("id")), r.URL.Query()
	if model := q.Get("model"); model != "" {
		m, _ := p.Models.Model(ctx, model)
		return route.On(append(artifact.Touched(tracking.LoggedModelURN(model), m.ArtifactURI, q.Get("path")), run)...)
	}
	root, _ := p.Tracking.ArtifactRoot(ctx, run.Name())
	return route.On(artifact.Touched(run, root, q.Get("path"))...)
}
