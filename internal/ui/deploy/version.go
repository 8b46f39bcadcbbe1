package deploy

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
	"github.com/tacit-ml/tacit/internal/ui/security"
)

// versionView is what a version's page shows.
type versionView struct {
	Version    registry.Version
	Tags       []kit.Pair
	Run        *tracking.Run
	Experiment *tracking.Experiment
	Stats      []kit.Stat
	Strip      []node
	Security   security.Standing
	Wrong      error // with a form that was sent, nil when nothing is
}

// node is one step of where a version comes from.
type node struct {
	Kind, Name, Note string
	Number           string // behind the name, whole however long that is; "" for none
	Icon             kit.Icon
	Href             string // "" when there is no page
	Here             bool
}

// called is the whole name.
func (n node) called() string { return strings.TrimSpace(n.Name + " " + n.Number) }

func (p *Pages) version(w http.ResponseWriter, r *http.Request, _ any) error {
	version, err := p.find(r)
	if err != nil {
		return err
	}
	return p.show(w, r, version, nil)
}

// find gives the version that the address names.
func (p *Pages) find(r *http.Request) (registry.Version, error) {
	n, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil {
		return registry.Version{}, fault.New(fault.NotFound, "%q is not the number of a version.", r.PathValue("number"))
	}
	return p.Registry.Version(r.Context(), r.PathValue("name"), n)
}

// show answers with a version's page; wrong is what is wrong with a form that
// was sent to it.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, version registry.Version, wrong error) error {
	ctx := r.Context()
	v, err := p.viewOf(ctx, version)
	if err != nil {
		return err
	}
	// The files of a version whose run is gone are gone as well.
	if v.Security, err = security.StandingOf(ctx, p.Scans, version.Model, version.Number); err != nil {
		return err
	}
	v.Wrong = wrong
	status := http.StatusOK
	if wrong != nil {
		status = http.StatusBadRequest
	}
	n := number(version.Number)
	crumbs := []kit.Crumb{{Name: "Models", Href: kit.To(ctx, "models")}, {Name: version.Model, Href: kit.To(ctx, "models", version.Model)},
		{Name: "Version " + n, Href: kit.To(ctx, "models", version.Model, "versions", n)}}
	return p.Site.Serve(w, r, kit.Page{Title: version.Model + " " + n, Here: here, Crumbs: crumbs, Status: status}, versionBody(v))
}

func (p *Pages) viewOf(ctx context.Context, version registry.Version) (versionView, error) {
	v := versionView{Version: version, Tags: pairs(version.Tags)}
	reads, err := kit.ReadsOf(ctx, p.Access)
	if err != nil {
		return v, err
	}
	if version.RunID != "" {
		if v.Run, err = p.runOf(ctx, version.RunID, reads); err != nil {
			return v, err
		}
	}
	if v.Run != nil {
		if v.Experiment, err = p.experimentOf(ctx, v.Run.Experiment, reads); err != nil {
			return v, err
		}
		row := versionRow{Version: version, Metrics: map[string]float64{}}
		for _, m := range v.Run.Metrics {
			row.Metrics[m.Key] = m.Value
		}
		for _, c := range metricsOf([]versionRow{row}) {
			v.Stats = append(v.Stats, kit.Stat{Name: c.Key, Value: format.Metric(row.Metrics[c.Key]), Title: format.Exact(row.Metrics[c.Key]), Note: "of its run"})
		}
	}
	v.Strip = strip(ctx, v)
	return v, nil
}

// experimentOf gives an experiment, nil when it may not be read or was deleted: the
// run stays.
func (p *Pages) experimentOf(ctx context.Context, id string, reads kit.Reads) (*tracking.Experiment, error) {
	if may, err := reads(tracking.ExperimentURN(id)); err != nil || !may {
		return nil, err
	}
	e, err := p.Runs.Experiment(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return &e, err
}

// strip leads from the data to the version.
func strip(ctx context.Context, v versionView) []node {
	var all []node
	if v.Run != nil {
		for i, d := range v.Run.Inputs.Datasets {
			if i == 2 {
				break
			}
			all = append(all, node{Kind: "data", Name: d.Dataset.Name, Note: d.Dataset.Digest[:min(len(d.Dataset.Digest), 8)], Icon: kit.IconData})
		}
		n := node{Kind: "run", Name: format.Name(v.Run.Name, format.First(v.Run.ID, 8)), Icon: kit.IconFlask, Href: kit.To(ctx, "runs", v.Run.ID)}
		if len(v.Stats) > 0 {
			n.Note = v.Stats[0].Name + " " + v.Stats[0].Value
		}
		all = append(all, n)
	}
	version := node{Kind: "model version", Name: v.Version.Model, Number: number(v.Version.Number), Note: string(v.Version.Stage), Icon: kit.IconModel, Here: true,
		Href: kit.To(ctx, "models", v.Version.Model, "versions", number(v.Version.Number))}
	if len(v.Version.Aliases) > 0 {
		version.Note = "@" + v.Version.Aliases[0]
	}
	return append(all, version)
}

// loadCommand loads a version as its reader would: by alias where it has one.
func loadCommand(v registry.Version) string {
	at := "/" + number(v.Number)
	if len(v.Aliases) > 0 {
		at = "@" + v.Aliases[0]
	}
	return "import mlflow\nmodel = mlflow.pyfunc.load_model(\"models:/" + v.Model + at + "\")"
}
