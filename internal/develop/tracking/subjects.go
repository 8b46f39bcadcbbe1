package tracking

import (
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
)

// ExperimentSubjects is the condition that an event's subject, of which it is known
// that it is an experiment, is one of a workspace that a condition over experiments
// selects.
func ExperimentSubjects(workspace string, where filter.Node) filter.Node {
	return filter.Listed{Field: event.Attribute("subject"), From: "tracking_experiment r", On: experimentIDText + " = SUBSTR(@, LENGTH('tacit:experiment/') + 1)",
		Workspace: workspace, Schema: experimentSchema{}, Where: where}
}

// RunSubjects is the same of runs.
func RunSubjects(workspace string, where filter.Node) filter.Node {
	return filter.Listed{Field: event.Attribute("subject"), From: "tracking_run r", On: "r.run = SUBSTR(@, LENGTH('tacit:run/') + 1)",
		Workspace: workspace, Schema: runSchema{}, Where: where}
}
