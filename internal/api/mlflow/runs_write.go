package mlflow

import "github.com/tacit-ml/tacit/internal/develop/tracking"

// run writes a Run message behind what was written.
func (o *writer) run(r *tracking.Run) {
	o.begin('{')
	o.runFields(r)
	o.outputs(r.Outputs)
	o.end('}')
}

// runFields writes a Run's fields but its outputs.
func (o *writer) runFields(r *tracking.Run) {
	o.runInfo("info", r)
	o.open("data", '{')
	if len(r.Metrics) > 0 {
		o.open("metrics", '[')
		for i := range r.Metrics {
			o.item()
			o.metric(&r.Metrics[i])
			o.end('}')
		}
		o.end(']')
	}
	if len(r.Params) > 0 {
		o.open("params", '[')
		for _, p := range r.Params {
			o.pair(p.Key, p.Value)
		}
		o.end(']')
	}
	o.tags(r.Tags)
	o.end('}')
	o.inputs(&r.Inputs)
}

func (o *writer) runInfo(name string, r *tracking.Run) {
	o.open(name, '{')
	o.text("run_uuid", r.ID)
	o.text("experiment_id", r.Experiment)
	o.text("run_name", r.Name)
	o.text("user_id", r.User)
	o.text("status", string(r.Status))
	o.int("start_time", r.Start)
	if r.End != 0 {
		o.int("end_time", r.End)
	}
	o.text("artifact_uri", r.ArtifactURI)
	o.text("lifecycle_stage", string(r.Lifecycle))
	o.text("run_id", r.ID)
	o.end('}')
}

// metric writes the fields of a Metric message.
func (o *writer) metric(m *tracking.Metric) {
	o.text("key", m.Key)
	o.float("value", m.Value)
	o.int("timestamp", m.Timestamp)
	o.int("step", m.Step)
}

// pair writes {"key":…,"value":…} into a list.
func (o *writer) pair(key, value string) {
	o.item()
	o.text("key", key)
	o.text("value", value)
	o.end('}')
}

func (o *writer) tags(tags []tracking.Tag) {
	if len(tags) == 0 {
		return
	}
	o.open("tags", '[')
	for _, t := range tags {
		o.pair(t.Key, t.Value)
	}
	o.end(']')
}

func (o *writer) inputs(in *tracking.Inputs) {
	o.open("inputs", '{')
	if len(in.Datasets) > 0 {
		o.open("dataset_inputs", '[')
		for i := range in.Datasets {
			d := &in.Datasets[i]
			o.item()
			o.tags(d.Tags)
			o.open("dataset", '{')
			o.text("name", d.Dataset.Name)
			o.text("digest", d.Dataset.Digest)
			o.text("source_type", d.Dataset.SourceType)
			o.text("source", d.Dataset.Source)
			o.some("schema", d.Dataset.Schema)
			o.some("profile", d.Dataset.Profile)
			o.end('}')
			o.end('}')
		}
		o.end(']')
	}
	if len(in.Models) > 0 {
		o.open("model_inputs", '[')
		for _, m := range in.Models {
			o.item()
			o.text("model_id", m)
			o.end('}')
		}
		o.end(']')
	}
	o.end('}')
}

func (o *writer) outputs(out []tracking.ModelOutput) {
	o.open("outputs", '{')
	if len(out) > 0 {
		o.open("model_outputs", '[')
		for _, m := range out {
			o.item()
			o.text("model_id", m.ModelID)
			o.int("step", m.Step)
			o.end('}')
		}
		o.end(']')
	}
	o.end('}')
}
