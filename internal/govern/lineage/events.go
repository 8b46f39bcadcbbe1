package lineage

import (
	"encoding/json"

	"github.com/tacit-ml/tacit/internal/foundation/event"
)

// The verbs of what other programs report.
const (
	runReported     = "lineage.run.reported"
	jobReported     = "lineage.job.reported"
	datasetReported = "lineage.dataset.reported"
)

// report is the data of what another program reported, in the words of
// OpenLineage: enough to tell it again.
type report struct {
	State     string                     `json:"state,omitempty"` // START, RUNNING, COMPLETE, ABORT, FAIL or OTHER
	Time      string                     `json:"time"`            // when the program says it was, RFC 3339
	Producer  string                     `json:"producer,omitempty"`
	Name      string                     `json:"name,omitempty"`
	Namespace string                     `json:"namespace,omitempty"`
	Datasets  map[string]string          `json:"datasets,omitempty"` // names of data told by digest
	Facets    map[string]json.RawMessage `json:"facets,omitempty"`   // of run and job, those that are small
	Dropped   []string                   `json:"dropped,omitempty"`  // facets that are not kept
}

// Events are all that the room announces.
func Events() []event.Kind {
	data := report{State: "COMPLETE", Time: "2026-01-02T03:04:05Z", Producer: "https://example.org/etl", Name: "clean", Namespace: "etl"}
	return []event.Kind{
		{Verb: runReported, Says: "Another program told of a run of a job.", Subject: "job-run",
			Relations: []event.Relation{event.DerivedFrom, event.CausedBy, event.Used, event.Produced}, Data: data},
		{Verb: jobReported, Says: "Another program told of a job.", Subject: "job",
			Relations: []event.Relation{event.Used, event.Produced}, Data: report{Time: data.Time, Producer: data.Producer, Name: data.Name, Namespace: data.Namespace}},
		{Verb: datasetReported, Says: "Another program told of a dataset.", Subject: "dataset",
			Data: report{Time: data.Time, Producer: data.Producer, Name: "flights", Namespace: "warehouse"}},
	}
}
