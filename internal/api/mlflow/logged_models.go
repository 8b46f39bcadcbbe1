package mlflow

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/develop/tracking/loggedmodel"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// LoggedModels are the use cases that this resource calls.
type LoggedModels interface {
	Create(context.Context, loggedmodel.Spec) (loggedmodel.Model, error)
	Model(ctx context.Context, id string) (loggedmodel.Model, error)
	AnyModel(ctx context.Context, id string) (loggedmodel.Model, error)
	Source(ctx context.Context, id string) (location, run string, err error)
	Finalize(ctx context.Context, id string, status loggedmodel.Status) (loggedmodel.Model, error)
	Delete(ctx context.Context, id string) error
	Search(context.Context, loggedmodel.Search) (loggedmodel.Page, error)
	LogParams(ctx context.Context, id string, params []tracking.Param) error
	SetTags(ctx context.Context, id string, tags []tracking.Tag) error
	DeleteTag(ctx context.Context, id, key string) error
}

func (f *face) loggedModels() []route.Route {
	const (
		all = "/2.0/mlflow/logged-models"
		one = all + "/{model_id}"
	)
	file := route.Route{Method: "GET", Pattern: "/ajax-api" + one + "/artifacts/files", Action: "artifact.read",
		Decode: decodeModelFile, Objects: f.modelFileObjects, Serve: f.getModelArtifact, Stream: true}
	return slices.Concat(
		rpc("POST", all, "logged-model.create", newModelObjects, f.createLoggedModel),
		rpc("POST", all+"/search", "logged-model.search", searchedModels, f.searchLoggedModels),
		rpc("GET", one, "logged-model.read", loggedModelObject, f.getLoggedModel),
		rpc("PATCH", one, "logged-model.update", loggedModelObject, f.finalizeLoggedModel),
		rpc("DELETE", one, "logged-model.delete", loggedModelObject, f.deleteLoggedModel),
		rpc("POST", one+"/params", "logged-model.update", loggedModelObject, f.logModelParams),
		rpc("PATCH", one+"/tags", "logged-model.update", loggedModelObject, f.setModelTags),
		rpc("DELETE", one+"/tags/{tag_key...}", "logged-model.update", loggedModelObject, f.deleteModelTag),
		naming(f.modelFolderObjects, rpc("GET", one+"/artifacts/directories", "artifact.read", nil, f.listModelArtifacts)),
		[]route.Route{file},
	)
}

// loggedModelRequest is the message of all that act on one logged model.
type loggedModelRequest struct {
	ModelID      string `json:"model_id"`
	AllowDeleted string `json:"allow_deleted"`
	Status       word   `json:"status"`
	Params       []pair `json:"params"`
	Tags         []pair `json:"tags"`
	TagKey       string `json:"tag_key"`
	Directory    string `json:"artifact_directory_path"`
}

func loggedModelObject(m *loggedModelRequest) []route.Object {
	return route.On(loggedModelURN(m.ModelID))
}

func loggedModelURN(id string) urn.URN {
	if id == "" {
		return urn.URN{}
	}
	return tracking.LoggedModelURN(id)
}

type createLoggedModelRequest struct {
	ExperimentID string `json:"experiment_id"`
	Name         string `json:"name"`
	ModelType    string `json:"model_type"`
	SourceRunID  string `json:"source_run_id"`
	Params       []pair `json:"params"`
	Tags         []pair `json:"tags"`
}

// newModelObjects ask for the experiment, and for the run that made the model.
func newModelObjects(m *createLoggedModelRequest) []route.Object {
	objects := experimentsOf([]string{m.ExperimentID})
	if m.SourceRunID != "" {
		objects = append(objects, route.For("run.update", runURN(m.SourceRunID)))
	}
	return objects
}

type loggedModelResponse struct {
	Model loggedModelMessage `json:"model"`
}

type loggedModelMessage struct {
	Info loggedModelInfo `json:"info"`
	Data loggedModelData `json:"data"`
}

type loggedModelInfo struct {
	ModelID      string `json:"model_id"`
	ExperimentID string `json:"experiment_id"`
	Name         string `json:"name"`
	Created      int64  `json:"creation_timestamp_ms"`
	Updated      int64  `json:"last_updated_timestamp_ms"`
	ArtifactURI  string `json:"artifact_uri"`
	Status       string `json:"status"`
	ModelType    string `json:"model_type"`
	SourceRunID  string `json:"source_run_id"`
	Tags         []pair `json:"tags,omitempty"`
}

type loggedModelData struct {
	Params  []pair        `json:"params,omitempty"`
	Metrics []modelMetric `json:"metrics,omitempty"`
}

// modelMetric is a Metric of a logged model.
type modelMetric struct {
	Key           string          `json:"key"`
	Value         json.RawMessage `json:"value"`
	Timestamp     int64           `json:"timestamp"`
	Step          int64           `json:"step"`
	DatasetName   string          `json:"dataset_name,omitempty"`
	DatasetDigest string          `json:"dataset_digest,omitempty"`
	ModelID       string          `json:"model_id"`
	RunID         string          `json:"run_id"`
}

// modelStatuses are the values of LoggedModelStatus by name and number.
var modelStatuses = map[word]loggedmodel.Status{
	"LOGGED_MODEL_PENDING": loggedmodel.Pending, "1": loggedmodel.Pending, "LOGGED_MODEL_READY": loggedmodel.Ready, "2": loggedmodel.Ready,
	"LOGGED_MODEL_UPLOAD_FAILED": loggedmodel.Failed, "3": loggedmodel.Failed,
}

func statusName(s loggedmodel.Status) string {
	if s == loggedmodel.Failed {
		return "LOGGED_MODEL_UPLOAD_FAILED"
	}
	return "LOGGED_MODEL_" + string(s)
}

func loggedModelOf(m loggedmodel.Model) loggedModelMessage {
	message := loggedModelMessage{Info: loggedModelInfo{m.ID, m.Experiment, m.Name, m.Created, m.Updated, m.ArtifactURI, statusName(m.Status),
		m.Type, m.SourceRun, pairsOf(m.Tags)}}
	for _, p := range m.Params {
		message.Data.Params = append(message.Data.Params, pair(p))
	}
	for _, v := range m.Metrics {
		message.Data.Metrics = append(message.Data.Metrics, modelMetric{v.Key, appendFloat(nil, v.Value), v.Timestamp, v.Step,
			v.DatasetName, v.DatasetDigest, v.ModelID, v.Run})
	}
	return message
}

func answerModel(m loggedmodel.Model, err error) (*loggedModelResponse, error) {
	return &loggedModelResponse{loggedModelOf(m)}, err
}

func paramsOf(pairs []pair) []tracking.Param {
	params := make([]tracking.Param, len(pairs))
	for i, p := range pairs {
		params[i] = tracking.Param(p)
	}
	return params
}

func (f *face) createLoggedModel(ctx context.Context, m *createLoggedModelRequest) (*loggedModelResponse, error) {
	if err := required("experiment_id", m.ExperimentID); err != nil {
		return nil, err
	}
	return answerModel(f.LoggedModels.Create(ctx, loggedmodel.Spec{Experiment: m.ExperimentID, Name: m.Name, Type: m.ModelType, SourceRun: m.SourceRunID,
		Params: paramsOf(m.Params), Tags: tagsOf(m.Tags)}))
}

func (f *face) getLoggedModel(ctx context.Context, m *loggedModelRequest) (*loggedModelResponse, error) {
	if strings.EqualFold(m.AllowDeleted, "true") {
		return answerModel(f.LoggedModels.AnyModel(ctx, m.ModelID))
	}
	return answerModel(f.LoggedModels.Model(ctx, m.ModelID))
}

func (f *face) finalizeLoggedModel(ctx context.Context, m *loggedModelRequest) (*loggedModelResponse, error) {
	status, ok := modelStatuses[m.Status]
	if !ok {
		return nil, missing("status")
	}
	return answerModel(f.LoggedModels.Finalize(ctx, m.ModelID, status))
}

func (f *face) deleteLoggedModel(ctx context.Context, m *loggedModelRequest) (*empty, error) {
	return &empty{}, f.LoggedModels.Delete(ctx, m.ModelID)
}

func (f *face) logModelParams(ctx context.Context, m *loggedModelRequest) (*empty, error) {
	return &empty{}, f.LoggedModels.LogParams(ctx, m.ModelID, paramsOf(m.Params))
}

func (f *face) setModelTags(ctx context.Context, m *loggedModelRequest) (*empty, error) {
	return &empty{}, f.LoggedModels.SetTags(ctx, m.ModelID, tagsOf(m.Tags))
}

func (f *face) deleteModelTag(ctx context.Context, m *loggedModelRequest) (*empty, error) {
	return &empty{}, f.LoggedModels.DeleteTag(ctx, m.ModelID, m.TagKey)
}

type searchLoggedModelsRequest struct {
	ExperimentIDs []string       `json:"experiment_ids"`
	Filter        string         `json:"filter"`
	Datasets      []modelDataset `json:"datasets"`
	MaxResults    count          `json:"max_results"`
	OrderBy       []modelOrder   `json:"order_by"`
	PageToken     string         `json:"page_token"`
}

func searchedModels(m *searchLoggedModelsRequest) []route.Object {
	return experimentsOf(m.ExperimentIDs)
}

type modelDataset struct {
	Name   string `json:"dataset_name"`
	Digest string `json:"dataset_digest"`
}

type modelOrder struct {
	Field     string `json:"field_name"`
	Ascending *bool  `json:"ascending"`
	Name      string `json:"dataset_name"`
	Digest    string `json:"dataset_digest"`
}

type searchLoggedModelsResponse struct {
	Models        []loggedModelMessage `json:"models,omitempty"`
	NextPageToken string               `json:"next_page_token,omitempty"`
}

// The page sizes of a search that names none, and of one that names 0.
const (
	defaultLoggedPage = 50
	zeroLoggedPage    = 100
)

func (f *face) searchLoggedModels(ctx context.Context, m *searchLoggedModelsRequest) (*searchLoggedModelsResponse, error) {
	if len(m.ExperimentIDs) == 0 {
		return nil, missing("experiment_ids")
	}
	q := loggedmodel.Search{Experiments: m.ExperimentIDs, Filter: m.Filter, Max: defaultLoggedPage, Token: m.PageToken}
	if m.MaxResults.set {
		if q.Max = size(integer(m.MaxResults.n)); q.Max == 0 {
			q.Max = zeroLoggedPage
		}
	}
	for _, d := range m.Datasets {
		q.Datasets = append(q.Datasets, loggedmodel.Dataset(d))
	}
	for _, o := range m.OrderBy {
		q.OrderBy = append(q.OrderBy, loggedmodel.Order{Field: o.Field, Desc: o.Ascending != nil && !*o.Ascending,
			Dataset: loggedmodel.Dataset{Name: o.Name, Digest: o.Digest}})
	}
	page, err := f.LoggedModels.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	answer := &searchLoggedModelsResponse{Models: make([]loggedModelMessage, len(page.Models)), NextPageToken: page.Next}
	for i, model := range page.Models {
		answer.Models[i] = loggedModelOf(model)
	}
	return answer, nil
}

func (f *face) modelFolderObjects(r *http.Request, message any) []route.Object {
	m := message.(*loggedModelRequest)
	return f.inLoggedModel(r.Context(), m.ModelID, m.Directory)
}

// inLoggedModel names what is touched of a logged model's files, as inRun does.
func (f *face) inLoggedModel(ctx context.Context, id, path string) []route.Object {
	root, _, _ := f.LoggedModels.Source(ctx, id)
	return route.On(artifact.Touched(loggedModelURN(id), root, path)...)
}

// listModelArtifacts names what it finds from the model's root on.
func (f *face) listModelArtifacts(ctx context.Context, m *loggedModelRequest) (*listArtifactsResponse, error) {
	model, err := f.LoggedModels.Model(ctx, m.ModelID)
	if err != nil {
		return nil, err
	}
	return f.listRoot(ctx, model.ArtifactURI, m.Directory)
}

// modelFile is the message of the route that names a file below a model's root.
type modelFile struct{ model, path string }

func decodeModelFile(r *http.Request) (any, error) {
	m := &modelFile{r.PathValue("model_id"), r.URL.Query().Get("artifact_file_path")}
	if m.path == "" {
		return nil, fault.New(fault.Invalid, "Request must include the \"artifact_file_path\" query parameter.")
	}
	return m, nil
}

func (f *face) modelFileObjects(r *http.Request, message any) []route.Object {
	m := message.(*modelFile)
	return f.inLoggedModel(r.Context(), m.model, m.path)
}

func (f *face) getModelArtifact(w http.ResponseWriter, r *http.Request, message any) error {
	m := message.(*modelFile)
	model, err := f.LoggedModels.Model(r.Context(), m.model)
	if err != nil {
		return err
	}
	p, err := artifact.Below(model.ArtifactURI, m.path)
	if err != nil {
		return err
	}
	return f.send(w, r, p)
}
