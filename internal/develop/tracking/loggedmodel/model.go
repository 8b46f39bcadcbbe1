package loggedmodel

import (
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/label"
)

// Status says whether a model's files are there.
type Status string

// The statuses.
const (
	Pending Status = "PENDING"
	Ready   Status = "READY"
	Failed  Status = "FAILED"
)

// statuses are all of them.
var statuses = [...]Status{Pending, Ready, Failed}

// ParseStatus reads a status. fault.Invalid.
func ParseStatus(name string) (Status, error) {
	for _, s := range statuses {
		if string(s) == name {
			return s, nil
		}
	}
	return "", invalid("Unknown model status '%s'. Valid statuses are PENDING, READY and FAILED.", name)
}

// Model is one logged model.
type Model struct {
	ID          string // m- and 32 hexadecimal digits
	Experiment  string
	Name        string // without / : . % " '
	ArtifactURI string // root of its files
	Status      Status
	Lifecycle   tracking.Lifecycle
	Type        string // "" when the client named none
	SourceRun   string // "" when no run made it
	Created     int64  // ms since 1970
	Updated     int64  // ms since 1970

	Params  []tracking.Param // by key
	Tags    []tracking.Tag   // by key
	Metrics []Metric         // by key, step, timestamp
}

// Metric is a point that belongs to a model, and the run that logged it.
type Metric struct {
	tracking.Metric
	Run string
}

// Limits, in characters.
const (
	MaxName  = 500
	MaxType  = 500
	MaxKey   = 255
	MaxValue = 65_535
	// MaxParams bounds the params of one request.
	MaxParams = 1000
	// MaxTags bounds the tags of one request.
	MaxTags = 1000
	// maxMetricKey bounds a point's key, dataset and digest together, in
	// bytes: engines bound what stands in an index.
	maxMetricKey = 2000
)

const badInName = `/:.%"'`

func checkName(name string) error {
	if strings.ContainsAny(name, badInName) {
		return invalid("Invalid model name ('%s') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%%', '\"', \"'\")", name)
	}
	return label.Text("name", name, MaxName)
}
