package lineage

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Limits of one report.
const (
	MaxReport   = 1 << 20 // bytes
	MaxDatasets = 120     // inputs and outputs together
	maxFacets   = 8 << 10 // bytes of facets that are kept, as JSON
	maxNames    = 3 << 10 // bytes of names of data that are kept, as JSON
	maxDropped  = 20      // facets that are named as not kept
	maxWord     = 500     // bytes of a producer, a namespace or a name
)

// openEvent is an event of OpenLineage 2-0-2: of a run when Run is there, of a
// dataset when Dataset is, else of a job.
type openEvent struct {
	EventType string        `json:"eventType,omitempty"`
	EventTime string        `json:"eventTime"`
	Producer  string        `json:"producer"`
	SchemaURL string        `json:"schemaURL"`
	Run       *openRun      `json:"run,omitempty"`
	Job       *openJob      `json:"job,omitempty"`
	Dataset   *openDataset  `json:"dataset,omitempty"`
	Inputs    []openDataset `json:"inputs,omitempty"`
	Outputs   []openDataset `json:"outputs,omitempty"`
}

type openRun struct {
	ID     string `json:"runId"`
	Facets facets `json:"facets,omitempty"`
}

type openJob struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Facets    facets `json:"facets,omitempty"`
}

type openDataset struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Facets    facets `json:"facets,omitempty"`
}

type facets map[string]json.RawMessage

// isUUID matches the id of a run.
var isUUID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// states are the types of a run's event.
var states = []string{"START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"}

// understand makes the event of this room that a report says. fault.Invalid
// with the place that is wrong, fault.Limit beyond the limits.
func understand(body []byte, workspace string) (event.Event, error) {
	if len(body) > MaxReport {
		return event.Event{}, fault.New(fault.Limit, "A lineage event has at most %d bytes, this one has %d.", MaxReport, len(body))
	}
	if !utf8.Valid(body) {
		return event.Event{}, fault.New(fault.Invalid, "A lineage event is UTF-8 text.")
	}
	var o openEvent
	if err := json.Unmarshal(body, &o); err != nil {
		return event.Event{}, fault.WithHint(fault.Because(err, fault.Invalid, "The body is not an event of OpenLineage: %s.", err), "send one as https://openlineage.io/spec/2-0-2 describes it")
	}
	if n := len(o.Inputs) + len(o.Outputs); n > MaxDatasets {
		return event.Event{}, fault.New(fault.Limit, "A lineage event names at most %d inputs and outputs, this one names %d.", MaxDatasets, n)
	}
	if _, err := time.Parse(time.RFC3339Nano, o.EventTime); err != nil {
		return event.Event{}, fault.New(fault.Invalid, "eventTime: %q is not a time as RFC 3339 writes it.", short(o.EventTime))
	}
	if err := word("producer", o.Producer); err != nil {
		return event.Event{}, err
	}
	switch {
	case o.Run != nil:
		return understandRun(o, workspace)
	case o.Dataset != nil:
		u, err := nameDataset("dataset", *o.Dataset, workspace)
		if err == nil && u.Kind != "dataset" {
			err = fault.New(fault.Invalid, "dataset: what tacit keeps is not told by others.")
		}
		r := report{Time: o.EventTime, Producer: o.Producer, Name: o.Dataset.Name, Namespace: o.Dataset.Namespace}
		r.keep(o.Dataset.Facets)
		return event.Event{Verb: datasetReported, Subject: u, After: event.Hash(r), Data: r}, err
	}
	subject, r, err := understandJob(o)
	if err != nil {
		return event.Event{}, err
	}
	links, err := o.links(&r, workspace)
	r.keep(o.Job.Facets)
	return event.Event{Verb: jobReported, Subject: subject, Links: links, After: event.Hash(r), Data: r}, err
}

func understandRun(o openEvent, workspace string) (event.Event, error) {
	job, r, err := understandJob(o)
	if err != nil {
		return event.Event{}, err
	}
	id := strings.ToLower(o.Run.ID)
	if !isUUID.MatchString(id) {
		return event.Event{}, fault.New(fault.Invalid, "run.runId: %q is not a UUID.", short(o.Run.ID))
	}
	if r.State = o.EventType; r.State == "" {
		r.State = "OTHER"
	}
	if !slices.Contains(states, r.State) {
		return event.Event{}, fault.New(fault.Invalid, "eventType: %q is none of %s.", short(o.EventType), strings.Join(states, ", "))
	}
	links := []event.Link{{Relation: event.DerivedFrom, To: job}}
	if parent := parentOf(o.Run.Facets); parent != "" {
		links = append(links, event.Link{Relation: event.CausedBy, To: urn.New("job-run", parent)})
	}
	of, err := o.links(&r, workspace)
	if err != nil {
		return event.Event{}, err
	}
	all := maps.Clone(o.Job.Facets)
	if all == nil {
		all = facets{}
	}
	maps.Copy(all, o.Run.Facets)
	r.keep(all)
	return event.Event{Verb: runReported, Subject: urn.New("job-run", id), Links: append(links, of...), After: event.Hash(r), Data: r}, nil
}

func understandJob(o openEvent) (urn.URN, report, error) {
	r := report{Time: o.EventTime, Producer: o.Producer}
	if o.Job == nil {
		return urn.URN{}, r, fault.New(fault.Invalid, "job: a lineage event tells of a run, a job or a dataset, and this one names none.")
	}
	for _, w := range [][2]string{{"job.namespace", o.Job.Namespace}, {"job.name", o.Job.Name}} {
		if err := word(w[0], w[1]); err != nil {
			return urn.URN{}, r, err
		}
	}
	r.Name, r.Namespace = o.Job.Name, o.Job.Namespace
	u := urn.New("job", o.Job.Namespace, o.Job.Name)
	return u, r, fits("job", u)
}

// parentOf is the run that a run's facets name as its parent, "" for none.
func parentOf(f facets) string {
	var parent struct {
		Run openRun `json:"run"`
	}
	if json.Unmarshal(f["parent"], &parent) != nil {
		return ""
	}
	if id := strings.ToLower(parent.Run.ID); isUUID.MatchString(id) {
		return id
	}
	return ""
}

// links are the edges to inputs and outputs. Data whose version is told is
// linked by it as well, as runs link it by its digest.
func (o openEvent) links(r *report, workspace string) ([]event.Link, error) {
	var all []event.Link
	size := 0
	for _, side := range []struct {
		name     string
		relation event.Relation
		datasets []openDataset
	}{{"inputs", event.Used, o.Inputs}, {"outputs", event.Produced, o.Outputs}} {
		for _, d := range side.datasets {
			u, err := nameDataset(side.name, d, workspace)
			if err != nil {
				return nil, err
			}
			all = append(all, event.Link{Relation: side.relation, To: u})
			version := versionOf(d)
			if version == "" || u.Kind != "dataset" {
				continue
			}
			all = append(all, event.Link{Relation: side.relation, To: urn.New("data", version)})
			if r.Datasets == nil {
				r.Datasets = map[string]string{}
			}
			if text, _ := json.Marshal([]string{version, short(d.Name)}); size+len(text) <= maxNames { // texts always have a form
				r.Datasets[version], size = short(d.Name), size+len(text)
			}
		}
	}
	return all, nil
}

// versionOf is the version that a dataset's facets tell, "" for none that can
// name data.
func versionOf(d openDataset) string {
	var version struct {
		Version string `json:"datasetVersion"`
	}
	if json.Unmarshal(d.Facets["version"], &version) != nil || len(version.Version) > 128 || strings.ContainsRune(version.Version, 0) {
		return ""
	}
	return version.Version
}

// tacitNamespace begins the namespaces of datasets that are things of a tacit:
// tacit:<workspace>, with their URN as name.
const tacitNamespace = "tacit:"

// nameDataset is the URN of a dataset that a report names.
func nameDataset(place string, d openDataset, workspace string) (urn.URN, error) {
	if err := word(place+".namespace", d.Namespace); err != nil {
		return urn.URN{}, err
	}
	if name, ok := strings.CutPrefix(d.Namespace, tacitNamespace); ok {
		if u, err := urn.Parse(d.Name); err == nil && u.Workspace == "" && name != "" {
			u = local(u.In(name), workspace)
			return u, fits(place, u)
		}
	}
	if err := word(place+".name", d.Name); err != nil {
		return urn.URN{}, err
	}
	u := urn.New("dataset", d.Namespace, d.Name)
	return u, fits(place, u)
}

// word refuses what cannot be part of a name.
func word(place, value string) error {
	switch {
	case strings.TrimSpace(value) == "":
		return fault.New(fault.Invalid, "%s is missing.", place)
	case len(value) > maxWord:
		return fault.New(fault.Invalid, "%s has %d bytes, at most %d are taken.", place, len(value), maxWord)
	case strings.ContainsRune(value, 0):
		return fault.New(fault.Invalid, "%s has a NUL.", place)
	}
	return nil
}

func fits(place string, u urn.URN) error {
	if n := len(u.String()); n > maxURN {
		return fault.New(fault.Invalid, "%s: namespace and name are too long together: %d bytes as a URN, at most %d.", place, n, maxURN)
	}
	return nil
}

// keep takes facets while they are small, by name, and names the rest.
func (r *report) keep(all facets) {
	size := 0
	for _, name := range slices.Sorted(maps.Keys(all)) {
		text, err := json.Marshal(facets{name: all[name]})
		if err == nil && size+len(text) <= maxFacets {
			if r.Facets == nil {
				r.Facets = map[string]json.RawMessage{}
			}
			r.Facets[name], size = all[name], size+len(text)
			continue
		}
		if len(r.Dropped) < maxDropped {
			r.Dropped = append(r.Dropped, short(name))
		}
	}
	if text, err := json.Marshal(r); err != nil || len(text) > event.MaxData {
		r.Facets, r.Dropped = nil, nil // names alone are so long that no facet has a place
	}
}

// short bounds a client's word in a message.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
