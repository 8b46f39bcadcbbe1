package loggedmodel

import (
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
)

// Subjects is the condition that an event's subject, of which it is known that it
// is a logged model, is one of a workspace that a condition over logged models
// selects.
func Subjects(workspace string, where filter.Node) filter.Node {
	return filter.Listed{Field: event.Attribute("subject"), From: "tracking_logged_model r", On: "r.model = SUBSTR(@, LENGTH('tacit:logged-model/') + 1)",
		Workspace: workspace, Schema: schema{}, Where: where}
}
