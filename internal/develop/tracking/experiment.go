package tracking

// Lifecycle says whether an experiment or a run is in use or in the bin.
type Lifecycle string

// The lifecycle stages, as MLflow writes them.
const (
	Active  Lifecycle = "active"
	Deleted Lifecycle = "deleted"
)

// View says which lifecycle stages a search looks at.
type View uint8

// The views.
const (
	ActiveOnly View = iota
	DeletedOnly
	All
)

// DefaultExperiment is the id of the experiment "Default", there from the
// start in every workspace.
const DefaultExperiment = "0"

// Tag is a key and a value that may be overwritten.
type Tag struct{ Key, Value string }

// Experiment holds runs.
type Experiment struct {
	ID               string // decimal digits, counted for each workspace
	Name             string // unique in the workspace, deleted ones included; 1 to 500 bytes
	ArtifactLocation string // URI, mlflow-artifacts:/<id> unless chosen
	Lifecycle        Lifecycle
	Created          int64 // ms since 1970
	Updated          int64 // ms since 1970
	Tags             []Tag // by key
}
