package rest

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// Experiments are the use cases that this resource calls.
type Experiments interface {
	SearchExperiments(context.Context, tracking.ExperimentSearch) (tracking.ExperimentPage, error)
	CreateExperiment(context.Context, tracking.ExperimentSpec) (tracking.Experiment, error)
	Experiment(ctx context.Context, id string) (tracking.Experiment, error)
	HaveExperiments(ctx context.Context, ids []string) error
	RenameExperiment(ctx context.Context, id, name string) error
	DeleteExperiment(ctx context.Context, id string) error
	RestoreExperiment(ctx context.Context, id string) error
	SetExperimentTag(ctx context.Context, id string, t tracking.Tag) error
	DeleteExperimentTag(ctx context.Context, id, key string) error
}

// ExperimentBody is one experiment.
type ExperimentBody struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	Lifecycle    string    `json:"lifecycle" enum:"active,deleted"`
	ArtifactRoot string    `json:"artifact_root" doc:"URI below which its runs keep their artifacts"`
	Created      time.Time `json:"created"`
	Updated      time.Time `json:"updated"`
	Tags         pairs     `json:"tags"`
	URL          string    `json:"url" doc:"where a person looks at it"`
}

// NewExperimentBody is what a new experiment is made of.
type NewExperimentBody struct {
	Name         string `json:"name"`
	ArtifactRoot string `json:"artifact_root,omitempty" doc:"tacit keeps the artifacts unless a URI is given"`
	Tags         pairs  `json:"tags,omitempty"`
}

// ExperimentChangeBody is what of an experiment changes.
type ExperimentChangeBody struct {
	Name string `json:"name"`
}

// ExperimentPath names an experiment.
type ExperimentPath struct {
	ID string `path:"id" maxLength:"64"`
}

// ExperimentTagPath names a tag of an experiment.
type ExperimentTagPath struct {
	ExperimentPath
	Key string `path:"key" maxLength:"1000"`
}

type listExperimentsInput struct {
	ListQuery
	LifecycleQuery
}

func (f *face) experiments() {
	at := numbered("experiment", "id")
	add(f, operation{"GET", "/experiments", "list-experiments", "Experiments, the newest first", "experiment.list", listed, 0}, f.listExperiments)
	add(f, operation{"POST", "/experiments", "create-experiment", "Make an experiment", "experiment.create", target{objects: newExperiment}, http.StatusCreated}, f.createExperiment)
	add(f, operation{"GET", "/experiments/{id}", "get-experiment", "One experiment", "experiment.read", at, 0}, f.getExperiment)
	add(f, operation{"PATCH", "/experiments/{id}", "update-experiment", "Give an experiment another name", "experiment.update", naming(at, renamedExperiment), 0}, f.updateExperiment)
	add(f, operation{"DELETE", "/experiments/{id}", "delete-experiment", "Put an experiment and its runs into the bin", "experiment.delete", at, 0}, f.deleteExperiment)
	add(f, operation{"POST", "/experiments/{id}/restore", "restore-experiment", "Take an experiment and its runs out of the bin", "experiment.delete", at, 0}, f.restoreExperiment)
	add(f, operation{"PUT", "/experiments/{id}/tags/{key}", "set-experiment-tag", "Set a tag of an experiment", "experiment.update", at, 0}, f.setExperimentTag)
	add(f, operation{"DELETE", "/experiments/{id}/tags/{key}", "delete-experiment-tag", "Take a tag off an experiment", "experiment.update", at, 0}, f.deleteExperimentTag)
}

// newExperiment asks for making an experiment, and for one of this name.
func newExperiment(r *http.Request, body []byte) []route.Object {
	making := target{objects: func(*http.Request, []byte) []route.Object { return []route.Object{{}} }}
	return naming(making, func(_ *http.Request, m NewExperimentBody) []route.Object {
		if m.Name == "" {
			return nil
		}
		return route.On(tracking.ExperimentNamedURN(tracking.NewExperiment, m.Name))
	}).objects(r, body)
}

// renamedExperiment asks for the experiment by its new name as well, and for making
// one of that name.
func renamedExperiment(r *http.Request, m ExperimentChangeBody) []route.Object {
	if m.Name == "" {
		return nil
	}
	named := tracking.ExperimentNamedURN(plain(r.PathValue("id")), m.Name)
	return []route.Object{{URN: named}, route.For("experiment.create", named)}
}

func (f *face) listExperiments(ctx context.Context, in *listExperimentsInput) (*output[Page[ExperimentBody]], error) {
	found, err := f.Experiments.SearchExperiments(ctx, tracking.ExperimentSearch{View: in.view(), Filter: in.Filter, OrderBy: in.Order, Max: in.Limit, Token: in.Page})
	return pageOf(found.Experiments, found.Next, func(e tracking.Experiment) ExperimentBody { return experimentBody(ctx, e) }), err
}

func (f *face) createExperiment(ctx context.Context, in *struct{ Body NewExperimentBody }) (*made[ExperimentBody], error) {
	e, err := f.Experiments.CreateExperiment(ctx, tracking.ExperimentSpec{Name: in.Body.Name, ArtifactLocation: in.Body.ArtifactRoot, Tags: ofPairs(in.Body.Tags, newTag)})
	return &made[ExperimentBody]{route.Link(ctx, root+"/experiments/"+url.PathEscape(e.ID)), experimentBody(ctx, e)}, err
}

func (f *face) getExperiment(ctx context.Context, in *ExperimentPath) (*output[ExperimentBody], error) {
	e, err := f.Experiments.Experiment(ctx, in.ID)
	return &output[ExperimentBody]{experimentBody(ctx, e)}, err
}

func (f *face) updateExperiment(ctx context.Context, in *struct {
	ExperimentPath
	Body ExperimentChangeBody
}) (*changed, error) {
	return &changed{}, f.Experiments.RenameExperiment(ctx, in.ID, in.Body.Name)
}

func (f *face) deleteExperiment(ctx context.Context, in *ExperimentPath) (*changed, error) {
	return &changed{}, f.Experiments.DeleteExperiment(ctx, in.ID)
}

func (f *face) restoreExperiment(ctx context.Context, in *ExperimentPath) (*changed, error) {
	return &changed{}, f.Experiments.RestoreExperiment(ctx, in.ID)
}

func (f *face) setExperimentTag(ctx context.Context, in *struct {
	ExperimentTagPath
	Body TagBody
}) (*changed, error) {
	return &changed{}, f.Experiments.SetExperimentTag(ctx, in.ID, tracking.Tag{Key: in.Key, Value: in.Body.Value})
}

func (f *face) deleteExperimentTag(ctx context.Context, in *ExperimentTagPath) (*changed, error) {
	return &changed{}, f.Experiments.DeleteExperimentTag(ctx, in.ID, in.Key)
}

func experimentBody(ctx context.Context, e tracking.Experiment) ExperimentBody {
	return ExperimentBody{
		ID: e.ID, Name: e.Name, Lifecycle: string(e.Lifecycle), ArtifactRoot: e.ArtifactLocation, Created: instant(e.Created), Updated: instant(e.Updated),
		Tags: pairsOf(e.Tags, tagPair), URL: route.Address(ctx, "/experiments/"+url.PathEscape(e.ID)),
	}
}

func newTag(key, value string) tracking.Tag { return tracking.Tag{Key: key, Value: value} }

func tagPair(t tracking.Tag) (key, value string) { return t.Key, t.Value }
