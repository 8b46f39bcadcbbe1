package demo

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Workspace is where the demo makes its things.
const Workspace = "demo"

const (
	experimentName = "flight-delay"
	modelName      = "flight-delay"
	championAlias  = "champion"
	// doneTag marks an experiment whose runs are all there.
	doneTag = "tacit.demo"
	doneAs  = "complete"
)

// Options are what a walk needs.
type Options struct {
	HTTP *http.Client
	Base string // address of tacit without workspace: http://127.0.0.1:5000
	// Program is the path of tacit, whose data commands the demo types.
	Program string
	Now     func() time.Time
	// Tell is told one line a chapter, when it ends.
	Tell func(chapter, line string, took time.Duration)
}

// Page is a page worth looking at afterwards.
type Page struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// walk is one walk through the chapters.
type walk struct {
	Options
	client     *client
	experiment string // id
	location   string // artifact root of the experiment
	best       trained
	dataset    string // MD5 of the data that the runs are trained on; "" where they were not pushed
}

func newWalk(o Options) *walk {
	return &walk{Options: o, client: &client{http: o.HTTP, base: o.Base + "/w/" + Workspace}}
}

// Run walks all chapters, skipping what is there already, and gives the pages
// to look at.
func Run(ctx context.Context, o Options) ([]Page, error) {
	w := newWalk(o)
	there, err := w.findExperiment(ctx)
	if err != nil {
		return nil, err
	}
	if !there {
		if err := w.chapters(ctx); err != nil {
			return nil, err
		}
	} else {
		o.Tell("demo", "everything is there already", 0)
	}
	return w.pages(), nil
}

func (w *walk) chapters(ctx context.Context) error {
	start := w.Now()
	flights, err := trainingFlights()
	if err != nil {
		return err
	}
	w.Tell("data", "flights.parquet, "+grouped(len(flights.labels))+" flights of January to March, version "+flights.version[:7], w.Now().Sub(start))
	start = w.Now()
	line, err := w.versions(ctx)
	if err != nil {
		return err
	}
	w.Tell("versions", line, w.Now().Sub(start))
	start = w.Now()
	line, err = w.experiments(ctx, flights)
	if err != nil {
		return err
	}
	w.Tell("experiments", line, w.Now().Sub(start))
	start = w.Now()
	if line, err = w.models(ctx); err != nil {
		return err
	}
	w.Tell("models", line, w.Now().Sub(start))
	return w.client.post(ctx, "experiments/set-experiment-tag",
		map[string]string{"experiment_id": w.experiment, "key": doneTag, "value": doneAs}, nil)
}

func (w *walk) pages() []Page {
	base := w.client.base
	return []Page{
		{"data", base + "/data"},
		{"experiment", base + "/experiments/" + w.experiment},
		{"model", base + "/models/" + url.PathEscape(modelName)},
		{"activity", base + "/activity"},
	}
}

type experiment struct {
	ID       string `json:"experiment_id"`
	Name     string `json:"name"`
	Location string `json:"artifact_location"`
	Tags     []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	} `json:"tags"`
}

// findExperiment looks for the demo's experiment and reports whether it is
// complete. One that a broken walk left behind is set aside.
func (w *walk) findExperiment(ctx context.Context) (complete bool, err error) {
	var found struct {
		Experiment experiment `json:"experiment"`
	}
	err = w.client.call(ctx, http.MethodGet, "experiments/get-by-name", url.Values{"experiment_name": {experimentName}}, &found)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	w.experiment, w.location = found.Experiment.ID, found.Experiment.Location
	for _, t := range found.Experiment.Tags {
		if t.Key == doneTag && t.Value == doneAs {
			return true, nil
		}
	}
	return false, w.setAside(ctx)
}

// setAside renames the experiment and puts it in the bin, so that its name is
// free.
func (w *walk) setAside(ctx context.Context) error {
	name := experimentName + " removed " + w.Now().UTC().Format("2006-01-02 15:04:05.000")
	err := w.client.post(ctx, "experiments/update", map[string]string{"experiment_id": w.experiment, "new_name": name}, nil)
	if err != nil {
		return err
	}
	if err := w.client.post(ctx, "experiments/delete", map[string]string{"experiment_id": w.experiment}, nil); err != nil {
		return err
	}
	err = w.client.call(ctx, http.MethodDelete, "registered-models/delete", map[string]string{"name": modelName}, nil)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// Remove takes the demo's experiment and model away; false when there was
// nothing.
func Remove(ctx context.Context, o Options) (bool, error) {
	w := newWalk(o)
	if _, err := w.findExperiment(ctx); err != nil || w.experiment == "" {
		return false, err
	}
	err := w.setAside(ctx)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		return false, nil // set aside already, as an unfinished one
	}
	return err == nil, err
}
