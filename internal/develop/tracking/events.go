package tracking

import (
	"encoding/json"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// ExperimentURN names an experiment.
func ExperimentURN(id string) urn.URN { return urn.New("experiment", id) }

// NewExperiment stands in a URN for the id of an experiment that is to be made.
const NewExperiment = "new"

// ExperimentNamedURN names an experiment as it would be after it was made, by
// NewExperiment, or renamed: permissions are asked on its name.
func ExperimentNamedURN(id, name string) urn.URN { return urn.New("experiment", id, name) }

// RunURN names a run.
func RunURN(id string) urn.URN { return urn.New("run", id) }

// DataURN names data by its digest: whoever used the same data used the same
// thing, whatever it was called.
func DataURN(digest string) urn.URN { return urn.New("data", digest) }

// LoggedModelURN names a logged model.
func LoggedModelURN(id string) urn.URN { return urn.New("logged-model", id) }

// named is the data of an event about something with a name.
type named struct {
	Name string `json:"name"`
}

// purged is the data of tracking.experiment.purged.
type purged struct {
	Name string `json:"name"`
	Runs int64  `json:"runs"`
}

// brought is the data of tracking.experiment.transferred and
// tracking.run.transferred.
type brought struct {
	Name       string `json:"name"`
	From       string `json:"from"`       // the workspace
	Experiment string `json:"experiment"` // its number there
}

// runStarted is the data of tracking.run.created.
type runStarted struct {
	Name       string `json:"name"`
	Experiment string `json:"experiment"`
}

// runChanged is the data of tracking.run.updated and tracking.run.ended.
type runChanged struct {
	Name   string `json:"name"`
	Status Status `json:"status"`
	End    int64  `json:"end,omitempty"`
}

// pairsWritten is the data of what wrote params and tags: how many, and the
// first keys.
type pairsWritten struct {
	Params    int      `json:"params,omitempty"`
	Tags      int      `json:"tags,omitempty"`
	ParamKeys []string `json:"param_keys,omitempty"`
	TagKeys   []string `json:"tag_keys,omitempty"`
}

// keyed is the data of an event about one key.
type keyed struct {
	Key string `json:"key"`
}

// sealed is the data of tracking.metrics.sealed.
type sealed struct {
	Points int64  `json:"points"` // since the run began
	Hash   string `json:"hash"`   // chained SHA-256 over all that was merged
}

// counted is the data of inputs and outputs: how many the event tells of, and
// what a run calls the data it used, by digest. A request with many is told by
// several events.
type counted struct {
	Count    int               `json:"count"`
	Datasets map[string]string `json:"datasets,omitempty"`
}

// Events are all that the room announces.
func Events() []event.Kind {
	experiment, run := "experiment", "run"
	return []event.Kind{
		{Verb: "tracking.experiment.created", Says: "An experiment was made.", Subject: experiment, Data: named{"churn"}},
		{Verb: "tracking.experiment.renamed", Says: "An experiment got another name.", Subject: experiment, Data: named{"churn"}},
		{Verb: "tracking.experiment.deleted", Says: "An experiment and its runs went into the bin.", Subject: experiment},
		{Verb: "tracking.experiment.restored", Says: "An experiment and its runs came out of the bin.", Subject: experiment},
		{Verb: "tracking.experiment.purged", Says: "An experiment was removed for good, with its runs.", Subject: experiment, Data: purged{"churn", 12}},
		{Verb: "tracking.experiment.transferred", Says: "An experiment came from another workspace, with its runs.", Subject: experiment,
			Relations: []event.Relation{event.DerivedFrom}, Data: brought{"churn", "team", "3"}},
		{Verb: "tracking.experiment.tagged", Says: "A tag of an experiment was set.", Subject: experiment, Data: keyed{"team"}},
		{Verb: "tracking.experiment.untagged", Says: "A tag of an experiment was taken off.", Subject: experiment, Data: keyed{"team"}},
		{Verb: "tracking.run.created", Says: "A run began.", Subject: run, Relations: []event.Relation{event.CausedBy}, Data: runStarted{"calm-otter-7", "1"}},
		{Verb: "tracking.run.updated", Says: "A run's name or status changed.", Subject: run, Data: runChanged{Name: "calm-otter-7", Status: Running}},
		{Verb: "tracking.run.ended", Says: "A run finished, failed or was killed.", Subject: run, Data: runChanged{"calm-otter-7", Finished, 1764000000000}},
		{Verb: "tracking.run.deleted", Says: "A run went into the bin.", Subject: run},
		{Verb: "tracking.run.restored", Says: "A run came out of the bin.", Subject: run},
		{Verb: "tracking.run.transferred", Says: "A run came from another workspace.", Subject: run, Data: brought{"calm-otter-7", "team", "3"}},
		{Verb: "tracking.run.described", Says: "Params or tags of a run were written.", Subject: run, Data: pairsWritten{1, 1, []string{"lr"}, []string{"team"}}},
		{Verb: "tracking.run.untagged", Says: "A tag of a run was taken off.", Subject: run, Data: keyed{"team"}},
		{Verb: "tracking.input.recorded", Says: "A run used datasets or models.", Subject: run, Relations: []event.Relation{event.Used}, Data: counted{1, map[string]string{"8a3b12c0": "flights"}}},
		{Verb: "tracking.output.recorded", Says: "A run made models.", Subject: run, Relations: []event.Relation{event.Produced}, Data: counted{Count: 1}},
		{Verb: "tracking.metrics.sealed", Says: "Points of a run's metrics were merged for good.", Subject: run, Data: sealed{400, "…"}},
	}
}

func experimentCreated(e Experiment) event.Event {
	return event.Event{Verb: "tracking.experiment.created", Subject: ExperimentURN(e.ID), After: event.Hash(e), Data: named{e.Name}}
}

func experimentRenamed(before, after Experiment) event.Event {
	return event.Event{Verb: "tracking.experiment.renamed", Subject: ExperimentURN(after.ID),
		Before: event.Hash(before), After: event.Hash(after), Data: named{after.Name}}
}

func experimentMoved(before, after Experiment) event.Event {
	e := event.Event{Verb: "tracking.experiment.deleted", Subject: ExperimentURN(after.ID), Before: event.Hash(before), After: event.Hash(after)}
	if after.Lifecycle == Active {
		e.Verb = "tracking.experiment.restored"
	}
	return e
}

func experimentPurged(before Experiment, runs int64) event.Event {
	return event.Event{Verb: "tracking.experiment.purged", Subject: ExperimentURN(before.ID), Before: event.Hash(before), Data: purged{before.Name, runs}}
}

func experimentTransferred(m *room.Move, before, after Experiment) event.Event {
	return event.Event{Verb: "tracking.experiment.transferred", Subject: ExperimentURN(after.ID),
		Links:  []event.Link{{Relation: event.DerivedFrom, To: ExperimentURN(before.ID).In(m.From)}},
		Before: event.Hash(before), After: event.Hash(after), Data: brought{after.Name, m.From, before.ID}}
}

func runTransferred(m *room.Move, before, after Run) event.Event {
	return event.Event{Verb: "tracking.run.transferred", Subject: RunURN(after.ID),
		Before: event.Hash(stateOf(before)), After: event.Hash(stateOf(after)), Data: brought{cut(after.Name, 200), m.From, before.Experiment}}
}

func experimentTagged(id string, t Tag) event.Event {
	return event.Event{Verb: "tracking.experiment.tagged", Subject: ExperimentURN(id), After: event.Hash(t), Data: keyed{t.Key}}
}

func experimentUntagged(id string, was Tag) event.Event {
	return event.Event{Verb: "tracking.experiment.untagged", Subject: ExperimentURN(id), Before: event.Hash(was), Data: keyed{was.Key}}
}

// parentTag is the tag of a run that another began, as clients write it.
const parentTag = "mlflow.parentRunId"

func runCreated(r Run) event.Event {
	e := event.Event{Verb: "tracking.run.created", Subject: RunURN(r.ID), After: event.Hash(stateOf(r)), Data: runStarted{cut(r.Name, 200), r.Experiment}}
	for _, t := range r.Tags {
		if t.Key == parentTag && checkRunID(t.Value) == nil {
			e.Links = []event.Link{{Relation: event.CausedBy, To: RunURN(t.Value)}}
		}
	}
	return e
}

// state is what the hash of a run's state is over.
type state struct {
	ID, Name, Experiment, User string
	Status                     Status
	Lifecycle                  Lifecycle
	Start, End                 int64
}

func stateOf(r Run) state {
	return state{r.ID, r.Name, r.Experiment, r.User, r.Status, r.Lifecycle, r.Start, r.End}
}

func runUpdated(before, after Run) event.Event {
	e := event.Event{Verb: "tracking.run.updated", Subject: RunURN(after.ID),
		Before: event.Hash(stateOf(before)), After: event.Hash(stateOf(after)),
		Data: runChanged{cut(after.Name, 200), after.Status, after.End}}
	if after.Status.Ended() && !before.Status.Ended() {
		e.Verb = "tracking.run.ended"
	}
	return e
}

func runMoved(before, after Run) event.Event {
	e := event.Event{Verb: "tracking.run.deleted", Subject: RunURN(after.ID),
		Before: event.Hash(stateOf(before)), After: event.Hash(stateOf(after))}
	if after.Lifecycle == Active {
		e.Verb = "tracking.run.restored"
	}
	return e
}

// maxKeysTold bounds the keys of one sort that an event names, in bytes.
const maxKeysTold = 3000

func runDescribed(id string, params []Param, tags []Tag) event.Event {
	d := pairsWritten{Params: len(params), Tags: len(tags)}
	size := 0
	for _, p := range params {
		if size += len(p.Key); size > maxKeysTold {
			break
		}
		d.ParamKeys = append(d.ParamKeys, p.Key)
	}
	size = 0
	for _, t := range tags {
		if size += len(t.Key); size > maxKeysTold {
			break
		}
		d.TagKeys = append(d.TagKeys, t.Key)
	}
	return event.Event{Verb: "tracking.run.described", Subject: RunURN(id),
		After: event.Hash(struct {
			Params []Param
			Tags   []Tag
		}{params, tags}), Data: d}
}

func runUntagged(id string, was Tag) event.Event {
	return event.Event{Verb: "tracking.run.untagged", Subject: RunURN(id), Before: event.Hash(was), Data: keyed{was.Key}}
}

// inputsRecorded tells what a run used; versions are those of data that are known by
// their bytes.
func inputsRecorded(id string, in Inputs, versions []urn.URN) []event.Event {
	var links []event.Link
	names := map[string]string{}
	for _, d := range in.Datasets {
		links = append(links, event.Link{Relation: event.Used, To: DataURN(d.Dataset.Digest)})
		names[d.Dataset.Digest] = d.Dataset.Name
	}
	for _, v := range versions {
		links = append(links, event.Link{Relation: event.Used, To: v})
	}
	for _, m := range in.Models {
		links = append(links, event.Link{Relation: event.Used, To: LoggedModelURN(m)})
	}
	all := linked("tracking.input.recorded", id, links)
	for i := range all {
		all[i].Data = counted{len(all[i].Links), told(all[i].Links, names)}
	}
	return all
}

// Bounds of the names of data that an event tells.
const (
	maxNameTold  = 60   // characters of one
	maxNamesTold = 8000 // bytes of all, as JSON
)

// told are the names of the data that links lead to, nil for none.
func told(links []event.Link, names map[string]string) map[string]string {
	all, size := map[string]string{}, 0
	for _, l := range links {
		if l.To.Kind != "data" {
			continue
		}
		digest := l.To.Name()
		if names[digest] == "" {
			continue // a version has no other name
		}
		name := cut(names[digest], maxNameTold)
		text, _ := json.Marshal([]string{digest, name}) // texts always have a form
		if size += len(text); size > maxNamesTold {
			break
		}
		all[digest] = name
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

func outputsRecorded(id string, out []ModelOutput) []event.Event {
	var links []event.Link
	for _, o := range out {
		links = append(links, event.Link{Relation: event.Produced, To: LoggedModelURN(o.ModelID)})
	}
	return linked("tracking.output.recorded", id, links)
}

// linked tells of a run's links, in as many events as may hold them.
func linked(verb, id string, links []event.Link) []event.Event {
	var all []event.Event
	for some := range slices.Chunk(links, event.MaxLinks) {
		all = append(all, event.Event{Verb: verb, Subject: RunURN(id), Links: some, After: event.Hash(some), Data: counted{Count: len(some)}})
	}
	return all
}

func metricsSealed(id string, points int64, hash string) event.Event {
	return event.Event{Verb: "tracking.metrics.sealed", Subject: RunURN(id), After: hash, Data: sealed{points, hash}}
}
