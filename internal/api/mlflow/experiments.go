package mlflow

import (
	"context"
	"net/http"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// Experiments are the use cases that this resource calls.
type Experiments interface {
	CreateExperiment(context.Context, tracking.ExperimentSpec) (tracking.Experiment, error)
	Experiment(ctx context.Context, id string) (tracking.Experiment, error)
	ExperimentByName(ctx context.Context, name string) (tracking.Experiment, error)
	SearchExperiments(context.Context, tracking.ExperimentSearch) (tracking.ExperimentPage, error)
	RenameExperiment(ctx context.Context, id, name string) error
	DeleteExperiment(ctx context.Context, id string) error
	RestoreExperiment(ctx context.Context, id string) error
	SetExperimentTag(ctx context.Context, id string, t tracking.Tag) error
	DeleteExperimentTag(ctx context.Context, id, key string) error
}

func (f *face) experiments() []route.Route {
	const at = "/2.0/mlflow/experiments/"
	return slices.Concat(
		rpc("POST", at+"create", "experiment.create", newExperimentNames, f.createExperiment),
		rpc("GET", at+"get", "experiment.read", objectOf, f.getExperiment),
		both(at+"get-by-name", route.Route{Method: "GET", Action: "experiment.read", Decode: f.decodeName, Objects: namedObject, Serve: f.getExperimentByName}),
		scoped(route.Listed, rpc("POST", at+"search", "experiment.list", nil, f.searchExperiments)),
		scoped(route.Listed, rpc("GET", at+"search", "experiment.list", nil, f.searchExperiments)),
		rpc("POST", at+"update", "experiment.update", renamedExperiment, f.updateExperiment),
		rpc("POST", at+"delete", "experiment.delete", objectOf, f.deleteExperiment),
		rpc("POST", at+"restore", "experiment.delete", objectOf, f.restoreExperiment),
		rpc("POST", at+"set-experiment-tag", "experiment.update", objectOf, f.setExperimentTag),
		rpc("POST", at+"delete-experiment-tag", "experiment.update", objectOf, f.deleteExperimentTag),
	)
}

// pair is a tag or param of a message.
type pair struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func tagsOf(pairs []pair) []tracking.Tag {
	tags := make([]tracking.Tag, len(pairs))
	for i, p := range pairs {
		tags[i] = tracking.Tag(p)
	}
	return tags
}

func pairsOf(tags []tracking.Tag) []pair {
	pairs := make([]pair, len(tags))
	for i, t := range tags {
		pairs[i] = pair(t)
	}
	return pairs
}

// experimentRequest is the message of all that act on one experiment.
type experimentRequest struct {
	ExperimentID   string `json:"experiment_id"`
	ExperimentName string `json:"experiment_name"`
	NewName        string `json:"new_name"`
	Key            string `json:"key"`
	Value          string `json:"value"`
}

func objectOf(m *experimentRequest) []route.Object {
	return experimentsOf([]string{m.ExperimentID})
}

// newExperimentNames ask for making an experiment, and for one of this name.
func newExperimentNames(m *createExperimentRequest) []route.Object {
	objects := []route.Object{{}}
	if m.Name != "" {
		objects = append(objects, route.Object{URN: tracking.ExperimentNamedURN(tracking.NewExperiment, m.Name)})
	}
	return objects
}

// renamedExperiment asks for the experiment by both its names, and for making one
// of the new name.
func renamedExperiment(m *experimentRequest) []route.Object {
	objects := objectOf(m)
	if m.ExperimentID != "" && m.NewName != "" {
		named := tracking.ExperimentNamedURN(m.ExperimentID, m.NewName)
		objects = append(objects, route.Object{URN: named}, route.For("experiment.create", named))
	}
	return objects
}

// experimentsOf names experiments, each once.
func experimentsOf(ids []string) []route.Object { return each(ids, tracking.ExperimentURN) }

type experimentMessage struct {
	ID               string `json:"experiment_id"`
	Name             string `json:"name"`
	ArtifactLocation string `json:"artifact_location"`
	Lifecycle        string `json:"lifecycle_stage"`
	Updated          int64  `json:"last_update_time"`
	Created          int64  `json:"creation_time"`
	Tags             []pair `json:"tags,omitempty"`
	Workspace        string `json:"workspace"`
}

func experimentOf(ctx context.Context, e tracking.Experiment) experimentMessage {
	return experimentMessage{e.ID, e.Name, e.ArtifactLocation, string(e.Lifecycle), e.Updated, e.Created, pairsOf(e.Tags), caller.Workspace(ctx)}
}

type createExperimentRequest struct {
	Name             string `json:"name"`
	ArtifactLocation string `json:"artifact_location"`
	Tags             []pair `json:"tags"`
}

type createExperimentResponse struct {
	ExperimentID string `json:"experiment_id"`
}

func (f *face) createExperiment(ctx context.Context, m *createExperimentRequest) (*createExperimentResponse, error) {
	if err := required("name", m.Name); err != nil {
		return nil, err
	}
	e, err := f.Experiments.CreateExperiment(ctx, tracking.ExperimentSpec{Name: m.Name, ArtifactLocation: m.ArtifactLocation, Tags: tagsOf(m.Tags)})
	return &createExperimentResponse{e.ID}, err
}

type getExperimentResponse struct {
	Experiment experimentMessage `json:"experiment"`
}

func (f *face) getExperiment(ctx context.Context, m *experimentRequest) (*getExperimentResponse, error) {
	if err := required("experiment_id", m.ExperimentID); err != nil {
		return nil, err
	}
	e, err := f.Experiments.Experiment(ctx, m.ExperimentID)
	return &getExperimentResponse{experimentOf(ctx, e)}, err
}

// decodeName finds the experiment that a message names: permissions are asked
// on its id.
func (f *face) decodeName(r *http.Request) (any, error) {
	var m experimentRequest
	if err := decode(r, &m, nil); err != nil {
		return nil, err
	}
	if err := required("experiment_name", m.ExperimentName); err != nil {
		return nil, err
	}
	e, err := f.Experiments.ExperimentByName(r.Context(), m.ExperimentName)
	return &e, err
}

func namedObject(_ *http.Request, m any) []route.Object {
	return route.On(tracking.ExperimentURN(m.(*tracking.Experiment).ID))
}

func (f *face) getExperimentByName(w http.ResponseWriter, r *http.Request, m any) error {
	return respond(w, &getExperimentResponse{experimentOf(r.Context(), *m.(*tracking.Experiment))})
}

type searchExperimentsRequest struct {
	MaxResults count    `json:"max_results"`
	PageToken  string   `json:"page_token"`
	Filter     string   `json:"filter"`
	OrderBy    []string `json:"order_by"`
	ViewType   word     `json:"view_type"`
}

// viewOf reads a ViewType; what is unknown or absent is active_only.
func viewOf(w word) tracking.View {
	switch w {
	case "DELETED_ONLY", "2":
		return tracking.DeletedOnly
	case "ALL", "3":
		return tracking.All
	}
	return tracking.ActiveOnly
}

type searchExperimentsResponse struct {
	Experiments   []experimentMessage `json:"experiments,omitempty"`
	NextPageToken string              `json:"next_page_token,omitempty"`
}

func (f *face) searchExperiments(ctx context.Context, m *searchExperimentsRequest) (*searchExperimentsResponse, error) {
	page, err := f.Experiments.SearchExperiments(ctx, tracking.ExperimentSearch{
		View: viewOf(m.ViewType), Filter: m.Filter, OrderBy: m.OrderBy, Max: size(integer(m.MaxResults.n)), Token: m.PageToken})
	if err != nil {
		return nil, err
	}
	all := make([]experimentMessage, len(page.Experiments))
	for i, e := range page.Experiments {
		all[i] = experimentOf(ctx, e)
	}
	return &searchExperimentsResponse{all, page.Next}, nil
}

func (f *face) updateExperiment(ctx context.Context, m *experimentRequest) (*empty, error) {
	if err := required("experiment_id", m.ExperimentID, "new_name", m.NewName); err != nil {
		return nil, err
	}
	return &empty{}, f.Experiments.RenameExperiment(ctx, m.ExperimentID, m.NewName)
}

func (f *face) deleteExperiment(ctx context.Context, m *experimentRequest) (*empty, error) {
	if err := required("experiment_id", m.ExperimentID); err != nil {
		return nil, err
	}
	return &empty{}, f.Experiments.DeleteExperiment(ctx, m.ExperimentID)
}

func (f *face) restoreExperiment(ctx context.Context, m *experimentRequest) (*empty, error) {
	if err := required("experiment_id", m.ExperimentID); err != nil {
		return nil, err
	}
	return &empty{}, f.Experiments.RestoreExperiment(ctx, m.ExperimentID)
}

func (f *face) setExperimentTag(ctx context.Context, m *experimentRequest) (*empty, error) {
	if err := required("experiment_id", m.ExperimentID, "key", m.Key); err != nil {
		return nil, err
	}
	return &empty{}, f.Experiments.SetExperimentTag(ctx, m.ExperimentID, tracking.Tag{Key: m.Key, Value: m.Value})
}

func (f *face) deleteExperimentTag(ctx context.Context, m *experimentRequest) (*empty, error) {
	if err := required("experiment_id", m.ExperimentID, "key", m.Key); err != nil {
		return nil, err
	}
	return &empty{}, f.Experiments.DeleteExperimentTag(ctx, m.ExperimentID, m.Key)
}

// size is a page size; what does not fit an int is too large anyway.
func size(n integer) int { return int(min(max(n, -1<<31), 1<<31-1)) }
