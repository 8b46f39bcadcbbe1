package lineage

import (
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// passive says each relation from its end: what the subject used was used by it.
var passive = map[event.Relation]string{
	event.Produced: "produced by", event.Used: "used by", event.DerivedFrom: "source of", event.VersionOf: "has version",
	event.ValidatedBy: "validation of", event.ScannedBy: "scan of", event.ApprovedBy: "approved", event.DeployedAs: "deployment of",
	event.ServedBy: "served", event.DriftedOn: "drift of", event.LabelledBy: "label of", event.CausedBy: "led to",
}

// Word says how a thing stands to the next one on a way through the graph. On
// the way down one goes with the data: from the source of the edge.
func Word(r event.Relation, down bool) string {
	if down == fromEnd(r) {
		if word := passive[r]; word != "" {
			return word
		}
	}
	return string(r)
}

// Noun is what people call things of a URN's kind.
func Noun(u urn.URN) string {
	if u.Kind == "model" && len(u.Path) == 2 {
		return "model version"
	}
	return strings.ReplaceAll(u.Kind, "-", " ")
}
