package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/tacit-ml/tacit/ml/stats"
	"github.com/tacit-ml/tacit/ml/tree"
)

// plan is one run of the experiment.
type plan struct {
	name     string
	note     string
	settings tree.Settings
}

// plans are the runs: a baseline that anybody would try first, then better
// ones.
func plans() []plan {
	with := func(rounds, depth int, rate, subsample float64) tree.Settings {
		s := tree.Default()
		s.Rounds, s.MaxDepth, s.LearningRate, s.Subsample, s.Seed = rounds, depth, rate, subsample, 7
		return s
	}
	return []plan{
		{"baseline", "Ten stumps: what one question at a time can say.", with(10, 1, 0.3, 1)},
		{"shallow", "Trees of depth 3.", with(60, 3, 0.2, 1)},
		{"default", "XGBoost's default settings.", with(100, 6, 0.3, 1)},
		{"slow", "Default depth, a third of the learning rate.", with(120, 6, 0.1, 1)},
		{"deep", "Depth 8 with half of the rows for each tree.", with(120, 8, 0.1, 0.5)},
		{"wide", "Depth 10, slow, four fifths of the rows for each tree.", with(150, 10, 0.06, 0.8)},
	}
}

// trained is a finished run.
type trained struct {
	name, runID, modelID string
	auc                  float64
}

type pair struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type point struct {
	Key       string  `json:"key"`
	Value     float64 `json:"value"`
	Timestamp int64   `json:"timestamp"`
	Step      int     `json:"step"`
	ModelID   string  `json:"model_id,omitempty"`
}

func (w *walk) experiments(ctx context.Context, flights *table) (string, error) {
	var made struct {
		ID string `json:"experiment_id"`
	}
	const about = "Will a flight out of New York arrive more than 15 minutes late? January to March 2013, one flight in five held out."
	err := w.client.post(ctx, "experiments/create", map[string]any{
		"name": experimentName, "tags": []pair{{"mlflow.note.content", about}, {"team", "operations"}},
	}, &made)
	if err != nil {
		return "", err
	}
	w.experiment = made.ID
	train, held := flights.part(false), flights.part(true)
	source, err := tableFile(flights)
	if err != nil {
		return "", err
	}
	baseline := 0.0
	for i, p := range plans() {
		done, err := w.run(ctx, p, flights, train, held, source)
		if err != nil {
			return "", fmt.Errorf("demo: run %s: %w", p.name, err)
		}
		if i == 0 {
			baseline = done.auc
		}
		if done.auc > w.best.auc {
			w.best = done
		}
		source = nil // the first run keeps the table; the others name it
	}
	return fmt.Sprintf("%d runs, best AUC %.4f (baseline %.4f)", len(plans()), w.best.auc, baseline), nil
}

// run makes one run: params, input, curves, plot, table, model.
func (w *walk) run(ctx context.Context, p plan, flights, train, held *table, source []byte) (trained, error) {
	done := trained{name: p.name}
	var made struct {
		Run struct {
			Info struct {
				ID  string `json:"run_id"`
				URI string `json:"artifact_uri"`
			} `json:"info"`
		} `json:"run"`
	}
	err := w.client.post(ctx, "runs/create", map[string]any{
		"experiment_id": w.experiment, "run_name": p.name, "start_time": w.Now().UnixMilli(),
		"tags": []pair{{"mlflow.source.name", "tacit demo"}, {"mlflow.source.type", "LOCAL"}, {"mlflow.user", "demo"},
			{"mlflow.note.content", p.note}, {"stage", map[bool]string{true: "baseline", false: "candidate"}[p.name == "baseline"]}},
	}, &made)
	if err != nil {
		return done, err
	}
	done.runID = made.Run.Info.ID
	if source != nil {
		if err := w.client.upload(ctx, made.Run.Info.URI, "data/flights_q1.parquet", source); err != nil {
			return done, err
		}
		w.location = made.Run.Info.URI + "/data/flights_q1.parquet"
	}
	if err := w.describe(ctx, done.runID, p.settings, flights); err != nil {
		return done, err
	}
	model, predictions, err := w.train(ctx, done.runID, p.settings, train, held)
	if err != nil {
		return done, err
	}
	done.auc = stats.AUC(held.labels, predictions)
	if done.modelID, err = w.logModel(ctx, done.runID, p, model, done.auc); err != nil {
		return done, err
	}
	table, err := importances(model)
	if err != nil {
		return done, err
	}
	for _, f := range []file{{"plots/roc.svg", rocPlot(held.labels, predictions, done.auc)}, {"tables/importance.csv", table}} {
		if err := w.client.upload(ctx, made.Run.Info.URI, f.path, f.content); err != nil {
			return done, err
		}
	}
	return done, w.client.post(ctx, "runs/update", map[string]any{"run_id": done.runID, "status": "FINISHED", "end_time": w.Now().UnixMilli()}, nil)
}

// describe logs params and the dataset.
func (w *walk) describe(ctx context.Context, runID string, s tree.Settings, flights *table) error {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	err := w.client.post(ctx, "runs/log-batch", map[string]any{"run_id": runID, "params": []pair{
		{"objective", string(s.Objective)}, {"num_boost_round", strconv.Itoa(s.Rounds)}, {"max_depth", strconv.Itoa(s.MaxDepth)},
		{"eta", number(s.LearningRate)}, {"lambda", number(s.Lambda)}, {"min_child_weight", number(s.MinChildWeight)},
		{"max_bin", strconv.Itoa(s.MaxBin)}, {"subsample", number(s.Subsample)}, {"seed", strconv.FormatUint(s.Seed, 10)},
	}}, nil)
	if err != nil {
		return err
	}
	type column struct {
		Type     string `json:"type"`
		Name     string `json:"name"`
		Required bool   `json:"required"`
	}
	var columns []column
	for _, name := range features {
		columns = append(columns, column{"float", name, false})
	}
	schema, err := json.Marshal(map[string]any{"mlflow_colspec": columns})
	if err != nil {
		return err
	}
	profile, err := json.Marshal(map[string]any{"num_rows": len(flights.labels), "num_elements": len(flights.labels) * len(features)})
	if err != nil {
		return err
	}
	source, err := json.Marshal(map[string]string{"uri": w.location})
	if err != nil {
		return err
	}
	tags := []pair{{"mlflow.data.context", "training"}}
	if w.dataset != "" {
		tags = append(tags, pair{"tacit.data.md5", w.dataset})
	}
	return w.client.post(ctx, "runs/log-inputs", map[string]any{"run_id": runID, "datasets": []any{map[string]any{
		"tags": tags,
		"dataset": map[string]string{"name": "flights", "digest": flights.version[:8], "source_type": "uri", "source": string(source),
			"schema": string(schema), "profile": string(profile)},
	}}}, nil)
}

// train grows the model and logs four curves, a point a boosting round.
func (w *walk) train(ctx context.Context, runID string, s tree.Settings, train, held *table) (*tree.Model, []float32, error) {
	var points []point
	var last []float32
	model, err := tree.Train(train.data, train.labels, held.data, s, func(r tree.Round) error {
		at := w.Now().UnixMilli()
		for key, value := range map[string]float64{
			"train_logloss": stats.LogLoss(train.labels, r.Train), "validation_logloss": stats.LogLoss(held.labels, r.Watch),
		} {
			points = append(points, point{Key: key, Value: value, Timestamp: at, Step: r.Number})
		}
		if r.Number%5 == 0 || r.Number == 1 || r.Number == s.Rounds {
			points = append(points, point{Key: "validation_auc", Value: stats.AUC(held.labels, r.Watch), Timestamp: at, Step: r.Number})
		}
		if r.Number == s.Rounds {
			last = append(last, r.Watch...)
		}
		if len(points) >= 100 || r.Number == s.Rounds {
			batch := points
			points = nil
			return w.client.post(ctx, "runs/log-batch", map[string]any{"run_id": runID, "metrics": batch}, nil)
		}
		return nil
	})
	return model, last, err
}

// logModel makes the logged model of a run with its files.
func (w *walk) logModel(ctx context.Context, runID string, p plan, m *tree.Model, auc float64) (string, error) {
	var made struct {
		Model struct {
			Info struct {
				ID  string `json:"model_id"`
				URI string `json:"artifact_uri"`
			} `json:"info"`
		} `json:"model"`
	}
	err := w.client.post(ctx, "logged-models", map[string]any{
		"experiment_id": w.experiment, "name": "model", "model_type": "xgboost", "source_run_id": runID,
		"params": []pair{{"max_depth", strconv.Itoa(p.settings.MaxDepth)}, {"num_boost_round", strconv.Itoa(p.settings.Rounds)}},
	}, &made)
	if err != nil {
		return "", err
	}
	id := made.Model.Info.ID
	files, err := modelFiles(m, id, runID, w.Now())
	if err != nil {
		return id, err
	}
	for _, f := range files {
		if err := w.client.upload(ctx, made.Model.Info.URI, f.path, f.content); err != nil {
			return id, err
		}
	}
	err = w.client.call(ctx, "PATCH", "logged-models/"+id, map[string]any{"model_id": id, "status": "LOGGED_MODEL_READY"}, nil)
	if err != nil {
		return id, err
	}
	err = w.client.post(ctx, "runs/outputs", map[string]any{"run_id": runID, "models": []map[string]any{{"model_id": id, "step": p.settings.Rounds}}}, nil)
	if err != nil {
		return id, err
	}
	return id, w.client.post(ctx, "runs/log-batch", map[string]any{"run_id": runID, "metrics": []point{
		{Key: "auc", Value: auc, Timestamp: w.Now().UnixMilli(), Step: p.settings.Rounds, ModelID: id}}}, nil)
}

// models registers the best model, names it champion and stages it.
func (w *walk) models(ctx context.Context) (string, error) {
	const about = "Says whether a flight out of New York arrives more than 15 minutes late, from what is known before it leaves."
	err := w.client.post(ctx, "registered-models/create", map[string]any{"name": modelName, "description": about, "tags": []pair{{"task", "binary classification"}}}, nil)
	if err != nil {
		return "", err
	}
	var made struct {
		Version struct {
			Version string `json:"version"`
		} `json:"model_version"`
	}
	err = w.client.post(ctx, "model-versions/create", map[string]any{
		"name": modelName, "source": "models:/" + w.best.modelID, "run_id": w.best.runID, "model_id": w.best.modelID,
		"description": "Best of the demo's runs: " + w.best.name + ".",
	}, &made)
	if err != nil {
		return "", err
	}
	version := made.Version.Version
	err = w.client.post(ctx, "registered-models/alias", map[string]string{"name": modelName, "alias": championAlias, "version": version}, nil)
	if err != nil {
		return "", err
	}
	err = w.client.post(ctx, "model-versions/transition-stage", map[string]any{"name": modelName, "version": version, "stage": "Production", "archive_existing_versions": false}, nil)
	return fmt.Sprintf("%s %s, alias %s, model stage Production", modelName, version, championAlias), err
}

// grouped writes a count with its digits grouped.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
