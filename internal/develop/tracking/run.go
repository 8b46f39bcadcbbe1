package tracking

// Status says where a run stands.
type Status string

// The statuses, as MLflow writes them.
const (
	Running   Status = "RUNNING"
	Scheduled Status = "SCHEDULED"
	Finished  Status = "FINISHED"
	Failed    Status = "FAILED"
	Killed    Status = "KILLED"
)

// Ended reports whether no more points are expected.
func (s Status) Ended() bool { return s == Finished || s == Failed || s == Killed }

// Param is a key and a value that is written once.
type Param struct{ Key, Value string }

// Metric is one point of a metric's history.
type Metric struct {
	Key       string
	Value     float64 // finite, or NaN; ±Inf is stored as ±math.MaxFloat64
	Timestamp int64   // ms since 1970, not negative
	Step      int64   // may be negative
	// The logged model and the dataset that the point belongs to, "" for none.
	ModelID       string
	DatasetName   string
	DatasetDigest string
}

// Run is one execution of training code.
type Run struct {
	ID          string // MLflow's form: 32 hexadecimal digits unless the client chose
	Name        string
	Experiment  string
	User        string
	Status      Status
	Start       int64 // ms since 1970
	End         int64 // ms since 1970, 0 while it runs
	Lifecycle   Lifecycle
	ArtifactURI string

	Params  []Param  // by key
	Tags    []Tag    // by key
	Metrics []Metric // the latest of each key, by key
	Inputs  Inputs
	Outputs []ModelOutput
}

// Inputs are what a run read.
type Inputs struct {
	Datasets []DatasetInput
	Models   []string // ids of logged models
}

// Dataset describes data by name and digest.
type Dataset struct {
	Name, Digest       string
	SourceType, Source string
	Schema, Profile    string // JSON texts, "" for none
}

// DatasetInput is a dataset as a run used it: its tags say in which context.
type DatasetInput struct {
	Dataset Dataset
	Tags    []Tag
}

// ModelOutput is a logged model that a run made at a step.
type ModelOutput struct {
	ModelID string
	Step    int64
}
