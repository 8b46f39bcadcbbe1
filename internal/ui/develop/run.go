package develop

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/chart"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
	"github.com/tacit-ml/tacit/internal/ui/measure"
)

// runView is what every tab of a run's page shows.
type runView struct {
	Run        tracking.Run
	Experiment tracking.Experiment // zero where it may not be read
	Start, End time.Time
	Note       string
	Versions   []versionOf
	Tab        string
	Mark       string // of what a running run has, "" for one that has ended
	reads      kit.Reads
}

// running reports whether more may come of the run, so that its page follows it.
func (v runView) running() bool {
	return v.Run.Status == tracking.Running || v.Run.Status == tracking.Scheduled
}

// versionOf is a model version that came from the run.
type versionOf struct {
	Model  string
	Number int64
}

// runOverview is the first tab.
type runOverview struct {
	runView
	Stats   []kit.Stat
	Curves  []chart.Line
	Params  []kit.Pair
	Latest  []latest
	Inputs  []input
	Data    []dataUsed
	Tags    []kit.Pair
	Client  []kit.Pair
	Parent  string
	Outputs []output
	Files   filesView // the first of its own
}

// latest is the newest point of a metric.
type latest struct {
	tracking.Metric
	Text string
}

// input is a dataset that the run read.
type input struct {
	Name, Digest, Context, Source string
	Rows                          string // as the client said, "" when it did not
}

// output is a logged model that the run made.
type output struct {
	ID   string
	Name string
	Step int64
	// Files says that the model is there, and so may be its files.
	Files bool
}

func (p *Pages) view(ctx context.Context, id, tab string) (runView, error) {
	run, err := p.Tracking.Run(ctx, id)
	if err != nil {
		return runView{}, err
	}
	reads, err := kit.ReadsOf(ctx, p.Access)
	if err != nil {
		return runView{}, err
	}
	e, err := p.experimentOf(ctx, run, reads)
	if err != nil {
		return runView{}, err
	}
	v := runView{Run: run, reads: reads, Experiment: e, Start: format.At(run.Start), End: format.At(run.End),
		Note: tag(run.Tags, "mlflow.note.content"), Tab: tab}
	v.Versions, err = p.versionsOf(ctx, run.ID)
	return v, err
}

// experimentOf is a run's experiment, the zero one for who may not read it.
func (p *Pages) experimentOf(ctx context.Context, run tracking.Run, reads kit.Reads) (tracking.Experiment, error) {
	if may, err := reads(tracking.ExperimentURN(run.Experiment)); err != nil || !may {
		return tracking.Experiment{}, err
	}
	return p.Tracking.Experiment(ctx, run.Experiment)
}

// unchanged marks what a running run has, and answers whoever follows it and
// has a page of the same mark already: its curves are not read again. The mark
// is another one each minute, for the times that a page tells from now.
func (p *Pages) unchanged(w http.ResponseWriter, r *http.Request, v *runView) (bool, error) {
	if !v.running() {
		return false, nil
	}
	points, err := p.Tracking.PointsMark(r.Context(), v.Run.ID)
	if err != nil {
		return false, err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%v\n%v\n%v\n%s\n%d", v.Run, v.Experiment, v.Versions, points, p.Site.Now().Unix()/60))
	v.Mark = fmt.Sprintf("%x", sum[:16])
	if r.Header.Get("If-None-Match") != `"`+v.Mark+`"` {
		return false, nil
	}
	w.WriteHeader(http.StatusNotModified)
	return true, nil
}

func (p *Pages) serveRun(w http.ResponseWriter, r *http.Request, v runView, body kitBody) error {
	ctx := r.Context()
	crumbs := append(experimentCrumbs(ctx, v.Experiment), kit.Crumb{Name: format.Name(v.Run.Name, v.Run.ID), Href: kit.To(ctx, "runs", v.Run.ID)})
	return p.Site.Serve(w, r, kit.Page{Title: format.Name(v.Run.Name, v.Run.ID), Here: here, Crumbs: crumbs, Status: body.status}, runBody(v, body.content))
}

func (p *Pages) run(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	v, err := p.view(ctx, r.PathValue("id"), "overview")
	if err != nil {
		return err
	}
	if same, err := p.unchanged(w, r, &v); same || err != nil {
		return err
	}
	o := runOverview{runView: v, Tags: ownTags(v.Run.Tags), Client: clientTags(v.Run.Tags), Parent: tag(v.Run.Tags, "mlflow.parentRunId")}
	o.Stats = headline(v)
	for _, m := range v.Run.Metrics {
		o.Latest = append(o.Latest, latest{m, format.Metric(m.Value)})
	}
	for _, param := range v.Run.Params {
		o.Params = append(o.Params, kit.Pair{Key: param.Key, Value: param.Value})
	}
	for _, d := range v.Run.Inputs.Datasets {
		o.Inputs = append(o.Inputs, inputOf(d))
	}
	if o.Data, err = p.dataOf(ctx, v.Run.ID); err != nil {
		return err
	}
	if o.Outputs, err = p.outputsOf(ctx, v); err != nil {
		return err
	}
	if o.Curves, err = p.overviewCurves(r, v.Run); err != nil {
		return err
	}
	if o.Files, err = p.brief(ctx, v); err != nil {
		return err
	}
	return p.serveRun(w, r, v, kitBody{content: overviewTab(o)})
}

// overviewCurves are the first charts that show something: a tall one, then
// three small ones.
func (p *Pages) overviewCurves(r *http.Request, run tracking.Run) ([]chart.Line, error) {
	var lines []chart.Line
	looked := 0
	for _, g := range groupsOf(run.Metrics) {
		if g.System() {
			continue
		}
		if looked++; len(lines) == 4 || looked > 12 {
			break
		}
		line, err := p.curve(r.Context(), run, g)
		if err != nil {
			return nil, err
		}
		if !moves(line) {
			continue
		}
		if len(lines) == 0 {
			line.Height = 210
			axesOf(r).put(&line)
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// headline are the few numbers that a reader looks for first, then how long
// the run took.
func headline(v runView) []kit.Stat {
	metrics := slices.Clone(v.Run.Metrics)
	slices.SortFunc(metrics, func(a, b tracking.Metric) int { return measure.Compare(a.Key, b.Key) })
	var stats []kit.Stat
	for _, m := range metrics[:min(len(metrics), 4)] {
		if measure.System(m.Key) {
			break
		}
		s := kit.Stat{Name: m.Key, Value: format.Metric(m.Value), Title: format.Exact(m.Value)}
		if m.Step > 0 {
			s.Note = "at step " + format.Count(m.Step)
		}
		stats = append(stats, s)
	}
	if !v.Start.IsZero() && !v.End.IsZero() {
		stats = append(stats, kit.Stat{Name: "Duration", Value: format.Duration(v.End.Sub(v.Start))})
	}
	return stats
}

func inputOf(d tracking.DatasetInput) input {
	in := input{Name: d.Dataset.Name, Digest: d.Dataset.Digest, Context: tag(d.Tags, "mlflow.data.context")}
	var source struct {
		URI string `json:"uri"`
		URL string `json:"url"`
	}
	// The source is a client's free text; one that is no JSON is shown as it is.
	if json.Unmarshal([]byte(d.Dataset.Source), &source) == nil {
		in.Source = source.URI + source.URL
	} else {
		in.Source = d.Dataset.Source
	}
	var profile struct {
		Rows *int64 `json:"num_rows"`
	}
	if json.Unmarshal([]byte(d.Dataset.Profile), &profile) == nil && profile.Rows != nil {
		in.Rows = format.Counted(*profile.Rows, "row")
	}
	return in
}

// versionsOf are the model versions that came from a run, the newest first: none
// for who may see no versions, and the run all the same.
func (p *Pages) versionsOf(ctx context.Context, run string) ([]versionOf, error) {
	page, err := p.Versions.SearchVersions(ctx, registry.VersionSearch{Filter: kit.Equals("run_id", run), OrderBy: []string{"version_number DESC"}, Max: 20})
	if err != nil && !fault.Is(err, fault.Denied) {
		return nil, err
	}
	var all []versionOf
	for _, v := range page.Versions {
		all = append(all, versionOf{v.Model, v.Number})
	}
	return all, nil
}

// outputsOf are the models that a run logged and the reader may read.
func (p *Pages) outputsOf(ctx context.Context, v runView) ([]output, error) {
	var all []output
	for _, o := range v.Run.Outputs {
		if may, err := v.reads(tracking.LoggedModelURN(o.ModelID)); err != nil {
			return nil, err
		} else if !may {
			continue
		}
		out := output{ID: o.ModelID, Name: format.First(o.ModelID, 10), Step: o.Step}
		m, err := p.Models.Model(ctx, o.ModelID)
		switch {
		case fault.Is(err, fault.NotFound): // deleted since; its id stays in the run
		case err != nil:
			return nil, err
		default:
			out.Name, out.Files = m.Name, true
		}
		all = append(all, out)
	}
	return all, nil
}

// activity is the address of what happened to a run.
func activity(ctx context.Context, run tracking.Run) string {
	return kit.With(kit.To(ctx, "activity"), url.Values{"subject": {urn.New("run", run.ID).String()}})
}
