package tracking

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/label"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// ContextTag is the tag of an input that says what the data was used for.
const ContextTag = "mlflow.data.context"

// Limits of a search for datasets.
const (
	MaxDatasetExperiments = 20
	MaxDatasetSummaries   = 1000
)

func (d DatasetInput) check(at string) error {
	for _, f := range []struct {
		name, value string
		limit       int
	}{
		{"name", d.Dataset.Name, MaxDatasetName}, {"digest", d.Dataset.Digest, MaxDatasetDigest}, {"source_type", d.Dataset.SourceType, MaxDatasetName},
		{"source", d.Dataset.Source, MaxDatasetSource}, {"schema", d.Dataset.Schema, MaxDatasetSchema}, {"profile", d.Dataset.Profile, MaxDatasetProfile},
	} {
		if err := label.Length(f.name, f.value, f.limit); err != nil {
			return err
		}
		if err := label.Stored(at+".dataset."+f.name, f.value); err != nil {
			return err
		}
	}
	if d.Dataset.Name == "" || d.Dataset.Digest == "" {
		return invalid("Dataset input must have a dataset with a name and a digest: %s", at)
	}
	for i, t := range d.Tags {
		tag := fmt.Sprintf("%s.tags[%d]", at, i)
		if err := label.Length("key", t.Key, MaxInputTagKey); err != nil {
			return err
		}
		if err := label.Length("value", t.Value, MaxInputTagValue); err != nil {
			return err
		}
		if err := label.Stored(tag, t.Key+t.Value); err != nil {
			return err
		}
	}
	return nil
}

// LogInputs notes which datasets and logged models an active run used. What is
// noted already is left as it is.
func (s *Service) LogInputs(ctx context.Context, run string, in Inputs) (err error) {
	defer fault.Wrap(&err, "tracking.LogInputs(%s)", run)
	if err := checkRunID(run); err != nil {
		return err
	}
	if len(in.Datasets) > MaxBatchDatasets {
		return invalid("A batch logging request can contain at most %d datasets. Got %d datasets. Please split up datasets across multiple requests and try again.", MaxBatchDatasets, len(in.Datasets))
	}
	for i, d := range in.Datasets {
		if err := d.check(fmt.Sprintf("datasets[%d]", i)); err != nil {
			return err
		}
	}
	if err := checkModelIDs(in.Models); err != nil {
		return err
	}
	return s.changeRun(ctx, run, func(tx *rows.Tx, r Run) error {
		var versions []urn.URN
		for _, d := range in.Datasets {
			if err := insertUsed(ctx, tx, r, d); err != nil {
				return err
			}
			if s.Data == nil {
				continue
			}
			some, err := s.Data.Used(ctx, tx, run, d)
			if err != nil {
				return err
			}
			versions = append(versions, some...)
		}
		for _, m := range in.Models {
			if _, err := tx.Exec(ctx, insertModelInput, caller.Workspace(ctx), run, m); err != nil {
				return err
			}
		}
		return s.appendAll(ctx, tx, inputsRecorded(run, in, versions))
	})
}

func insertUsed(ctx context.Context, tx *rows.Tx, r Run, d DatasetInput) error {
	workspace := caller.Workspace(ctx)
	experiment, err := experimentID(r.Experiment)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, insertDataset, workspace, experiment, d.Dataset.Name, d.Dataset.Digest,
		d.Dataset.SourceType, d.Dataset.Source, d.Dataset.Schema, d.Dataset.Profile); err != nil {
		return err
	}
	var usedFor *string
	kept := make([]Tag, 0, len(d.Tags))
	for _, t := range d.Tags {
		if t.Key == ContextTag {
			usedFor = &t.Value
		}
		kept = append(kept, t)
	}
	tags, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertInput, workspace, r.ID, experiment, d.Dataset.Name, d.Dataset.Digest, usedFor, string(tags))
	return err
}

func checkModelIDs(ids []string) error {
	if len(ids) > MaxBatchDatasets {
		return invalid("A request can contain at most %d models. Got %d models.", MaxBatchDatasets, len(ids))
	}
	for i, m := range ids {
		name := fmt.Sprintf("models[%d].model_id", i)
		if m == "" {
			return invalid("Missing value for required parameter '%s'.", name)
		}
		if err := label.Length(name, m, MaxKey); err != nil {
			return err
		}
		if err := label.Stored(name, m); err != nil {
			return err
		}
	}
	return nil
}

// LogOutputs notes which logged models an active run made.
func (s *Service) LogOutputs(ctx context.Context, run string, out []ModelOutput) (err error) {
	defer fault.Wrap(&err, "tracking.LogOutputs(%s)", run)
	ids := make([]string, len(out))
	for i, o := range out {
		ids[i] = o.ModelID
	}
	if err := checkModelIDs(ids); err != nil {
		return err
	}
	return s.changeRun(ctx, run, func(tx *rows.Tx, _ Run) error {
		for _, o := range out {
			if _, err := tx.Exec(ctx, insertModelOutput, caller.Workspace(ctx), run, o.ModelID, o.Step); err != nil {
				return err
			}
		}
		return s.appendAll(ctx, tx, outputsRecorded(run, out))
	})
}

func (s *Service) appendAll(ctx context.Context, tx *rows.Tx, all []event.Event) error {
	for _, e := range all {
		if err := s.Events.Append(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// modelHistoryTag lists the models of a run for clients before MLflow 3.
const modelHistoryTag = "mlflow.log-model.history"

// RecordModel adds a model's description, a JSON object, to the list that the
// run's tag mlflow.log-model.history holds.
func (s *Service) RecordModel(ctx context.Context, run string, description json.RawMessage) (err error) {
	defer fault.Wrap(&err, "tracking.RecordModel(%s)", run)
	return s.changeRun(ctx, run, func(tx *rows.Tx, _ Run) error {
		workspace := caller.Workspace(ctx)
		was, err := rows.One(ctx, tx, rows.Column[string], selectTag, workspace, run, modelHistoryTag)
		if err != nil && !rows.IsNone(err) {
			return err
		}
		var all []json.RawMessage
		if was != "" && json.Unmarshal([]byte(was), &all) != nil {
			return invalid("The tag %s of run %s is not a JSON list.", modelHistoryTag, run)
		}
		text, err := json.Marshal(append(all, description))
		if err != nil {
			return err
		}
		if err := label.Length("value", string(text), MaxTagValue*8); err != nil {
			return err
		}
		t := Tag{modelHistoryTag, string(text)}
		if _, err := tx.Exec(ctx, upsertTag, workspace, run, t.Key, t.Value); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, runDescribed(run, nil, []Tag{t}))
	})
}

// DatasetSummary is a dataset that runs of an experiment used.
type DatasetSummary struct {
	Experiment   string
	Name, Digest string
	Context      string // "" for none
}

// SearchDatasets gives the datasets that those runs of the experiments used
// which the caller may see, at most MaxDatasetSummaries.
func (s *Service) SearchDatasets(ctx context.Context, experiments []string) (_ []DatasetSummary, err error) {
	defer fault.Wrap(&err, "tracking.SearchDatasets")
	within, err := experimentIDs(experiments)
	if err != nil || len(within) == 0 {
		return nil, err
	}
	visible, err := s.Access.Visible(ctx, "run.read")
	if err != nil {
		return nil, err
	}
	q := filter.Query{Dialect: s.DB.Dialect()}
	statement := datasetSummaries + q.Arg(caller.Workspace(ctx)) + " AND i.experiment IN " + q.In(within...)
	where, err := filter.Render(&q, runSchema{}, visible)
	if err != nil {
		return nil, err
	}
	statement += " AND " + where + " ORDER BY i.experiment, i.name, i.digest, i.context LIMIT " + q.Arg(int64(MaxDatasetSummaries))
	return rows.Collect(ctx, s.DB.Read(), func(row rows.Scanner) (DatasetSummary, error) {
		var (
			d          DatasetSummary
			experiment int64
			usedFor    *string
		)
		err := row.Scan(&experiment, &d.Name, &d.Digest, &usedFor)
		if d.Experiment = experimentText(experiment); usedFor != nil {
			d.Context = *usedFor
		}
		return d, err
	}, statement, q.Args()...)
}
