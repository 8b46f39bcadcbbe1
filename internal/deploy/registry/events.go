package registry

import (
	"strconv"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/uri"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// ModelURN names a registered model.
func ModelURN(name string) urn.URN { return urn.New("model", name) }

// VersionURN names a model version.
func VersionURN(name string, number int64) urn.URN {
	return urn.New("model", name, strconv.FormatInt(number, 10))
}

func runURN(id string) urn.URN { return urn.New("run", id) }

func loggedModelURN(id string) urn.URN { return urn.New("logged-model", id) }

// renamed is the data of registry.model.renamed.
type renamed struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// keyed is the data of an event about one key.
type keyed struct {
	Key string `json:"key"`
}

// brought is the data of registry.model.transferred and
// registry.version.transferred.
type brought struct {
	From string `json:"from"` // the workspace
}

// made is the data of registry.version.created.
type made struct {
	Source string `json:"source,omitempty"` // cut to 2,000 bytes
}

// staged is the data of registry.version.staged.
type staged struct {
	From Stage `json:"from"`
	To   Stage `json:"to"`
}

// pointed is the data of an event about an alias.
type pointed struct {
	Alias string `json:"alias"`
	From  int64  `json:"from,omitempty"` // version that it pointed at before
	To    int64  `json:"to,omitempty"`   // version that it points at now
}

// Events are all that the room announces.
func Events() []event.Kind {
	const model, version = "model", "model"
	return []event.Kind{
		{Verb: "registry.model.created", Says: "A registered model was made.", Subject: model},
		{Verb: "registry.model.described", Says: "A registered model got another description.", Subject: model},
		{Verb: "registry.model.renamed", Says: "A registered model got another name, with its versions.", Subject: model,
			Relations: []event.Relation{event.DerivedFrom}, Data: renamed{"churn", "churn-eu"}},
		{Verb: "registry.model.transferred", Says: "A registered model came from another workspace, with its versions.", Subject: model, Data: brought{"team"}},
		{Verb: "registry.model.deleted", Says: "A registered model and its versions were removed.", Subject: model},
		{Verb: "registry.model.tagged", Says: "A tag of a registered model was set.", Subject: model, Data: keyed{"team"}},
		{Verb: "registry.model.untagged", Says: "A tag of a registered model was taken off.", Subject: model, Data: keyed{"team"}},
		{Verb: "registry.version.created", Says: "A model version was made.", Subject: version,
			Relations: []event.Relation{event.VersionOf, event.DerivedFrom}, Data: made{"models:/m-…"}},
		{Verb: "registry.version.described", Says: "A model version got another description.", Subject: version},
		{Verb: "registry.version.staged", Says: "A model version moved to another model stage.", Subject: version, Data: staged{None, Staging}},
		{Verb: "registry.version.transferred", Says: "A model version came from another workspace.", Subject: version, Data: brought{"team"}},
		{Verb: "registry.version.deleted", Says: "A model version was deleted; its number stays used.", Subject: version},
		{Verb: "registry.version.tagged", Says: "A tag of a model version was set.", Subject: version, Data: keyed{"checked"}},
		{Verb: "registry.version.untagged", Says: "A tag of a model version was taken off.", Subject: version, Data: keyed{"checked"}},
		{Verb: "registry.alias.set", Says: "An alias was pointed at a model version.", Subject: version, Data: pointed{"champion", 2, 3}},
		{Verb: "registry.alias.removed", Says: "An alias was taken away from a model version.", Subject: version, Data: pointed{"champion", 3, 0}},
	}
}

// modelState is what the hash of a model's state is over.
type modelState struct {
	Name, Description string
	Created           int64
}

func stateOf(m Model) string {
	return event.Hash(modelState{m.Name, m.Description, m.Created})
}

func modelCreated(m Model) event.Event {
	return event.Event{Verb: "registry.model.created", Subject: ModelURN(m.Name), After: stateOf(m)}
}

func modelDescribed(before, after Model) event.Event {
	return event.Event{Verb: "registry.model.described", Subject: ModelURN(after.Name), Before: stateOf(before), After: stateOf(after)}
}

func modelRenamed(before, after Model) event.Event {
	return event.Event{Verb: "registry.model.renamed", Subject: ModelURN(after.Name),
		Links:  []event.Link{{Relation: event.DerivedFrom, To: ModelURN(before.Name)}},
		Before: stateOf(before), After: stateOf(after), Data: renamed{before.Name, after.Name}}
}

func modelTransferred(m *room.Move, of Model) event.Event {
	return event.Event{Verb: "registry.model.transferred", Subject: ModelURN(of.Name), Before: stateOf(of), After: stateOf(of), Data: brought{m.From}}
}

func versionTransferred(m *room.Move, before, after Version) event.Event {
	return event.Event{Verb: "registry.version.transferred", Subject: VersionURN(after.Model, after.Number),
		Before: stateOfVersion(before), After: stateOfVersion(after), Data: brought{m.From}}
}

func modelDeleted(before Model) event.Event {
	return event.Event{Verb: "registry.model.deleted", Subject: ModelURN(before.Name), Before: stateOf(before)}
}

func modelTagged(name string, t Tag) event.Event {
	return event.Event{Verb: "registry.model.tagged", Subject: ModelURN(name), After: event.Hash(t), Data: keyed{t.Key}}
}

func modelUntagged(name string, was Tag) event.Event {
	return event.Event{Verb: "registry.model.untagged", Subject: ModelURN(name), Before: event.Hash(was), Data: keyed{was.Key}}
}

// versionState is what the hash of a version's state is over.
type versionState struct {
	Model                               string
	Number                              int64
	Description, Source, Location, Link string
	Run, LoggedModel                    string
	Stage                               Stage
}

func stateOfVersion(v Version) string {
	return event.Hash(versionState{v.Model, v.Number, v.Description, v.Source, v.Location, v.RunLink, v.RunID, v.ModelID, v.Stage})
}

func versionCreated(v Version) event.Event {
	e := event.Event{Verb: "registry.version.created", Subject: VersionURN(v.Model, v.Number),
		Links: []event.Link{{Relation: event.VersionOf, To: ModelURN(v.Model)}}, After: stateOfVersion(v), Data: made{v.Source[:min(len(v.Source), 2000)]}}
	if v.RunID != "" {
		e.Links = append(e.Links, event.Link{Relation: event.DerivedFrom, To: runURN(v.RunID)})
	}
	if v.ModelID != "" {
		e.Links = append(e.Links, event.Link{Relation: event.DerivedFrom, To: loggedModelURN(v.ModelID)})
	}
	if from := pointerOf(uri.Parse(v.Source)); from.name != "" { // a copy of another version
		if number, err := strconv.ParseInt(from.version, 10, 64); err == nil {
			e.Links = append(e.Links, event.Link{Relation: event.DerivedFrom, To: VersionURN(from.name, number)})
		}
	}
	return e
}

func versionDescribed(before, after Version) event.Event {
	return event.Event{Verb: "registry.version.described", Subject: VersionURN(after.Model, after.Number),
		Before: stateOfVersion(before), After: stateOfVersion(after)}
}

func versionStaged(before, after Version) event.Event {
	return event.Event{Verb: "registry.version.staged", Subject: VersionURN(after.Model, after.Number),
		Before: stateOfVersion(before), After: stateOfVersion(after), Data: staged{before.Stage, after.Stage}}
}

func versionDeleted(before Version) event.Event {
	return event.Event{Verb: "registry.version.deleted", Subject: VersionURN(before.Model, before.Number), Before: stateOfVersion(before)}
}

func versionTagged(name string, number int64, t Tag) event.Event {
	return event.Event{Verb: "registry.version.tagged", Subject: VersionURN(name, number), After: event.Hash(t), Data: keyed{t.Key}}
}

func versionUntagged(name string, number int64, was Tag) event.Event {
	return event.Event{Verb: "registry.version.untagged", Subject: VersionURN(name, number), Before: event.Hash(was), Data: keyed{was.Key}}
}

func aliasSet(name, alias string, before, after int64) event.Event {
	e := event.Event{Verb: "registry.alias.set", Subject: VersionURN(name, after), After: event.Hash(pointed{Alias: alias, To: after}), Data: pointed{alias, before, after}}
	if before != 0 {
		e.Before = event.Hash(pointed{Alias: alias, To: before})
	}
	return e
}

func aliasRemoved(name, alias string, before int64) event.Event {
	return event.Event{Verb: "registry.alias.removed", Subject: VersionURN(name, before), Before: event.Hash(pointed{Alias: alias, To: before}), Data: pointed{Alias: alias, From: before}}
}
