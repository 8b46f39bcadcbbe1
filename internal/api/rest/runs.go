package rest

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// Runs are the use cases that this resource calls.
type Runs interface {
	SearchRuns(context.Context, tracking.RunSearch) (tracking.RunPage, error)
	CreateRun(context.Context, tracking.RunSpec) (tracking.Run, error)
	Run(ctx context.Context, id string) (tracking.Run, error)
	UpdateRun(context.Context, tracking.RunUpdate) (tracking.Run, error)
	DeleteRun(ctx context.Context, id string) error
	RestoreRun(ctx context.Context, id string) error
	SetTag(ctx context.Context, run string, t tracking.Tag) error
	DeleteTag(ctx context.Context, run, key string) error
	RunHead(ctx context.Context, id string) (tracking.Run, error)
	ArtifactRoot(ctx context.Context, id string) (string, error)
}

// RunBody is one run.
type RunBody struct {
	ID           string               `json:"id"`
	Name         string               `json:"name"`
	Experiment   string               `json:"experiment" doc:"id of its experiment"`
	User         string               `json:"user,omitempty"`
	Status       string               `json:"status" enum:"RUNNING,SCHEDULED,FINISHED,FAILED,KILLED"`
	Lifecycle    string               `json:"lifecycle" enum:"active,deleted"`
	Started      time.Time            `json:"started"`
	Ended        *time.Time           `json:"ended,omitempty"`
	ArtifactRoot string               `json:"artifact_root" doc:"URI below which its artifacts lie"`
	Params       pairs                `json:"params"`
	Tags         pairs                `json:"tags"`
	Metrics      map[string]PointBody `json:"metrics" doc:"the latest point of each metric"`
	Datasets     []DatasetBody        `json:"datasets" nullable:"false" doc:"dataset inputs"`
	UsedModels   []string             `json:"used_models" nullable:"false" doc:"ids of the logged models that it used"`
	MadeModels   []string             `json:"made_models" nullable:"false" doc:"ids of the logged models that it made"`
	URL          string               `json:"url" doc:"where a person looks at it"`
}

// DatasetBody is a dataset as a run used it.
type DatasetBody struct {
	Name       string `json:"name"`
	Digest     string `json:"digest"`
	SourceType string `json:"source_type,omitempty"`
	Source     string `json:"source,omitempty"`
	Tags       pairs  `json:"tags"`
}

// NewRunBody is what a new run is made of.
type NewRunBody struct {
	Name    string     `json:"name,omitempty" doc:"a name of chance unless given"`
	User    string     `json:"user,omitempty"`
	Started *time.Time `json:"started,omitempty" doc:"now unless given"`
	Tags    pairs      `json:"tags,omitempty"`
}

// RunChangeBody is what of a run changes; what is absent stays.
type RunChangeBody struct {
	Name   string     `json:"name,omitempty"`
	Status string     `json:"status,omitempty" enum:"RUNNING,SCHEDULED,FINISHED,FAILED,KILLED"`
	Ended  *time.Time `json:"ended,omitempty" doc:"now unless given, when the status ends the run"`
}

// RunPath names a run.
type RunPath struct {
	ID string `path:"id" maxLength:"256"`
}

// RunTagPath names a tag of a run.
type RunTagPath struct {
	RunPath
	Key string `path:"key" maxLength:"1000"`
}

type listRunsInput struct {
	Experiments []string `query:"experiment,explode" nullable:"false" required:"true" minItems:"1" maxItems:"1000" doc:"id of an experiment; given again for more"`
	ListQuery
	LifecycleQuery
}

func (f *face) runs() {
	at := object("run", "id")
	add(f, operation{"GET", "/runs", "list-runs", "Runs of experiments, the last begun first", "run.search", queried("experiment", "experiment"), 0}, f.listRuns)
	add(f, operation{"POST", "/experiments/{id}/runs", "create-run", "Begin a run", "run.create", numbered("experiment", "id"), http.StatusCreated}, f.createRun)
	add(f, operation{"GET", "/runs/{id}", "get-run", "One run with all it has", "run.read", at, 0}, f.getRun)
	add(f, operation{"PATCH", "/runs/{id}", "update-run", "Rename a run, or say where it stands", "run.update", at, 0}, f.updateRun)
	add(f, operation{"DELETE", "/runs/{id}", "delete-run", "Put a run into the bin", "run.delete", at, 0}, f.deleteRun)
	add(f, operation{"POST", "/runs/{id}/restore", "restore-run", "Take a run out of the bin", "run.delete", at, 0}, f.restoreRun)
	add(f, operation{"PUT", "/runs/{id}/tags/{key}", "set-run-tag", "Set a tag of a run", "run.update", at, 0}, f.setRunTag)
	add(f, operation{"DELETE", "/runs/{id}/tags/{key}", "delete-run-tag", "Take a tag off a run", "run.update", at, 0}, f.deleteRunTag)
}

func (f *face) listRuns(ctx context.Context, in *listRunsInput) (*output[Page[RunBody]], error) {
	if err := f.Experiments.HaveExperiments(ctx, in.Experiments); err != nil {
		return nil, err
	}
	found, err := f.Runs.SearchRuns(ctx, tracking.RunSearch{
		Experiments: in.Experiments, View: in.view(), Filter: in.Filter, OrderBy: in.Order, Max: in.Limit, Token: in.Page,
	})
	return pageOf(found.Runs, found.Next, func(r tracking.Run) RunBody { return runBody(ctx, r) }), err
}

func (f *face) createRun(ctx context.Context, in *struct {
	ExperimentPath
	Body NewRunBody
}) (*made[RunBody], error) {
	r, err := f.Runs.CreateRun(ctx, tracking.RunSpec{
		Experiment: in.ID, Name: in.Body.Name, User: in.Body.User, Start: f.orNow(in.Body.Started), Tags: ofPairs(in.Body.Tags, newTag),
	})
	return &made[RunBody]{route.Link(ctx, root+"/runs/"+url.PathEscape(r.ID)), runBody(ctx, r)}, err
}

func (f *face) getRun(ctx context.Context, in *RunPath) (*output[RunBody], error) {
	r, err := f.Runs.Run(ctx, in.ID)
	return &output[RunBody]{runBody(ctx, r)}, err
}

func (f *face) updateRun(ctx context.Context, in *struct {
	RunPath
	Body RunChangeBody
}) (*changed, error) {
	change := tracking.RunUpdate{ID: in.ID, Name: in.Body.Name}
	if in.Body.Status != "" {
		change.Status = new(tracking.Status(in.Body.Status))
	}
	if in.Body.Ended != nil || tracking.Status(in.Body.Status).Ended() {
		change.End = new(f.orNow(in.Body.Ended))
	}
	_, err := f.Runs.UpdateRun(ctx, change)
	return &changed{}, err
}

func (f *face) deleteRun(ctx context.Context, in *RunPath) (*changed, error) {
	return &changed{}, f.Runs.DeleteRun(ctx, in.ID)
}

func (f *face) restoreRun(ctx context.Context, in *RunPath) (*changed, error) {
	return &changed{}, f.Runs.RestoreRun(ctx, in.ID)
}

func (f *face) setRunTag(ctx context.Context, in *struct {
	RunTagPath
	Body TagBody
}) (*changed, error) {
	return &changed{}, f.Runs.SetTag(ctx, in.ID, tracking.Tag{Key: in.Key, Value: in.Body.Value})
}

func (f *face) deleteRunTag(ctx context.Context, in *RunTagPath) (*changed, error) {
	return &changed{}, f.Runs.DeleteTag(ctx, in.ID, in.Key)
}

func runBody(ctx context.Context, r tracking.Run) RunBody {
	b := RunBody{
		ID: r.ID, Name: r.Name, Experiment: r.Experiment, User: r.User, Status: string(r.Status), Lifecycle: string(r.Lifecycle),
		Started: instant(r.Start), Ended: instantOrNone(r.End), ArtifactRoot: r.ArtifactURI,
		Params: pairsOf(r.Params, func(p tracking.Param) (key, value string) { return p.Key, p.Value }),
		Tags:   pairsOf(r.Tags, tagPair), Metrics: make(map[string]PointBody, len(r.Metrics)),
		Datasets: make([]DatasetBody, len(r.Inputs.Datasets)), UsedModels: append([]string{}, r.Inputs.Models...), MadeModels: make([]string, len(r.Outputs)),
		URL: route.Address(ctx, "/runs/"+url.PathEscape(r.ID)),
	}
	for _, m := range r.Metrics {
		b.Metrics[m.Key] = pointBody(m)
	}
	for i, d := range r.Inputs.Datasets {
		b.Datasets[i] = DatasetBody{d.Dataset.Name, d.Dataset.Digest, d.Dataset.SourceType, d.Dataset.Source, pairsOf(d.Tags, tagPair)}
	}
	for i, o := range r.Outputs {
		b.MadeModels[i] = o.ModelID
	}
	return b
}
