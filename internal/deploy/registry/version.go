package registry

import (
	"slices"
	"strings"
)

// Stage is a model stage.
type Stage string

// The model stages.
const (
	None       Stage = "None"
	Staging    Stage = "Staging"
	Production Stage = "Production"
	Archived   Stage = "Archived"
)

// stages are the model stages in the order of a model's life.
var stages = [...]Stage{None, Staging, Production, Archived}

// ParseStage reads a model stage without regard to case. fault.Invalid.
func ParseStage(name string) (Stage, error) {
	for _, s := range stages {
		if strings.EqualFold(string(s), name) {
			return s, nil
		}
	}
	return "", invalid("Invalid Model Version stage: %s. Value must be one of None, Staging, Production, Archived.", name)
}

// Ready is the status of every version: what a version points at is there
// before the version is made.
const Ready = "READY"

// Version is one model version.
type Version struct {
	Model       string
	Number      int64 // from 1, never used twice
	Description string
	User        string
	Stage       Stage
	Source      string // URI as the client gave it
	Location    string // where the artifacts are, Source resolved
	RunID       string // "" when no run made it
	RunLink     string
	ModelID     string // id of the logged model, "" for none
	Status      string // Ready
	Created     int64  // ms since 1970
	Updated     int64  // ms since 1970
	Tags        []Tag  // by key
	Aliases     []string
}

// Prompt reports whether the version is one of a prompt, which has no files: a tag
// alone makes none of what has.
func (v Version) Prompt() bool { return marked(v.Tags) && slices.Contains(placeholders, v.Source) }
