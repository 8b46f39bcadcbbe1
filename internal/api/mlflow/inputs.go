package mlflow

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// Inputs are the use cases that this resource calls.
type Inputs interface {
	LogInputs(ctx context.Context, run string, in tracking.Inputs) error
	LogOutputs(ctx context.Context, run string, out []tracking.ModelOutput) error
	RecordModel(ctx context.Context, run string, description json.RawMessage) error
	SearchDatasets(ctx context.Context, experiments []string) ([]tracking.DatasetSummary, error)
}

func (f *face) inputs() []route.Route {
	const at = "/2.0/mlflow/"
	return slices.Concat(
		rpc("POST", at+"runs/log-inputs", "run.update", inputsObjects, f.logInputs),
		rpc("POST", at+"runs/outputs", "run.update", outputsObjects, f.logOutputs),
		rpc("POST", at+"runs/log-model", "run.update", logModelObject, f.logModel),
		rpc("POST", at+"experiments/search-datasets", "run.search", datasetsObjects, f.searchDatasets),
	)
}

type datasetMessage struct {
	Name       string `json:"name"`
	Digest     string `json:"digest"`
	SourceType string `json:"source_type"`
	Source     string `json:"source"`
	Schema     string `json:"schema"`
	Profile    string `json:"profile"`
}

type logInputsRequest struct {
	RunID    string `json:"run_id"`
	Datasets []struct {
		Tags    []pair         `json:"tags"`
		Dataset datasetMessage `json:"dataset"`
	} `json:"datasets"`
	Models []struct {
		ModelID string `json:"model_id"`
	} `json:"models"`
}

// inputsObjects ask for the run, and for reading the models it used.
func inputsObjects(m *logInputsRequest) []route.Object {
	objects := route.On(runURN(m.RunID))
	for _, model := range m.Models {
		objects = append(objects, route.For("logged-model.read", loggedModelURN(model.ModelID)))
	}
	return objects
}

func (f *face) logInputs(ctx context.Context, m *logInputsRequest) (*empty, error) {
	if err := required("run_id", m.RunID); err != nil {
		return nil, err
	}
	var in tracking.Inputs
	for _, d := range m.Datasets {
		in.Datasets = append(in.Datasets, tracking.DatasetInput{Dataset: tracking.Dataset(d.Dataset), Tags: tagsOf(d.Tags)})
	}
	for _, model := range m.Models {
		in.Models = append(in.Models, model.ModelID)
	}
	return &empty{}, f.Inputs.LogInputs(ctx, m.RunID, in)
}

type logOutputsRequest struct {
	RunID  string `json:"run_id"`
	Models []struct {
		ModelID string  `json:"model_id"`
		Step    integer `json:"step"`
	} `json:"models"`
}

// outputsObjects ask for the run, and for the models that it says it made.
func outputsObjects(m *logOutputsRequest) []route.Object {
	objects := route.On(runURN(m.RunID))
	for _, model := range m.Models {
		objects = append(objects, modelToUpdate(model.ModelID))
	}
	return objects
}

func (f *face) logOutputs(ctx context.Context, m *logOutputsRequest) (*empty, error) {
	if err := required("run_id", m.RunID); err != nil {
		return nil, err
	}
	if m.Models == nil {
		return nil, missing("models")
	}
	out := make([]tracking.ModelOutput, len(m.Models))
	for i, model := range m.Models {
		out[i] = tracking.ModelOutput{ModelID: model.ModelID, Step: int64(model.Step)}
	}
	return &empty{}, f.Inputs.LogOutputs(ctx, m.RunID, out)
}

type logModelRequest struct {
	RunID     string `json:"run_id"`
	ModelJSON string `json:"model_json"`
}

func logModelObject(m *logModelRequest) []route.Object { return route.On(runURN(m.RunID)) }

// modelFields must be in a model's description.
var modelFields = [...]string{"artifact_path", "flavors", "utc_time_created", "run_id"}

func (f *face) logModel(ctx context.Context, m *logModelRequest) (*empty, error) {
	if err := required("run_id", m.RunID, "model_json", m.ModelJSON); err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(m.ModelJSON), &fields) != nil {
		return nil, fault.New(fault.Invalid, "Malformed model info. \n %s \n is not a valid JSON.", m.ModelJSON)
	}
	var absent []string
	for _, name := range modelFields {
		if _, ok := fields[name]; !ok {
			absent = append(absent, "'"+name+"'")
		}
	}
	if absent != nil {
		return nil, fault.New(fault.Invalid, "Model json is missing mandatory fields: {%s}", strings.Join(absent, ", "))
	}
	return &empty{}, f.Inputs.RecordModel(ctx, m.RunID, json.RawMessage(m.ModelJSON))
}

type searchDatasetsRequest struct {
	ExperimentIDs []string `json:"experiment_ids"`
}

func datasetsObjects(m *searchDatasetsRequest) []route.Object { return experimentsOf(m.ExperimentIDs) }

type datasetSummary struct {
	ExperimentID string `json:"experiment_id"`
	Name         string `json:"name"`
	Digest       string `json:"digest"`
	Context      string `json:"context,omitempty"`
}

type searchDatasetsResponse struct {
	Summaries []datasetSummary `json:"dataset_summaries,omitempty"`
}

func (f *face) searchDatasets(ctx context.Context, m *searchDatasetsRequest) (*searchDatasetsResponse, error) {
	if len(m.ExperimentIDs) == 0 {
		return nil, fault.New(fault.Invalid, "SearchDatasets request must specify at least one experiment_id.")
	}
	if len(m.ExperimentIDs) > tracking.MaxDatasetExperiments {
		return nil, fault.New(fault.Invalid, "SearchDatasets request cannot specify more than %d experiment_ids. Received %d experiment_ids.", tracking.MaxDatasetExperiments, len(m.ExperimentIDs))
	}
	all, err := f.Inputs.SearchDatasets(ctx, m.ExperimentIDs)
	if err != nil {
		return nil, err
	}
	answer := &searchDatasetsResponse{}
	for _, d := range all {
		answer.Summaries = append(answer.Summaries, datasetSummary{d.Experiment, d.Name, d.Digest, d.Context})
	}
	return answer, nil
}
