package loggedmodel

import (
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/room"
)

// made is the data of tracking.logged_model.created.
type made struct {
	Name       string `json:"name"`
	Type       string `json:"type,omitempty"`
	Experiment string `json:"experiment"`
}

// standing is the data of tracking.logged_model.finalized.
type standing struct {
	From Status `json:"from"`
	To   Status `json:"to"`
}

// written is the data of what wrote params or tags: how many, and the first keys.
type written struct {
	Params int      `json:"params,omitempty"`
	Tags   int      `json:"tags,omitempty"`
	Keys   []string `json:"keys"`
}

// keyed is the data of an event about one key.
type keyed struct {
	Key string `json:"key"`
}

// Events are all that this part of the room announces.
func Events() []event.Kind {
	const subject = "logged-model"
	return []event.Kind{
		{Verb: "tracking.logged_model.created", Says: "A run began to log a model.", Subject: subject, Relations: []event.Relation{event.DerivedFrom}, Data: made{"model", "", "1"}},
		{Verb: "tracking.logged_model.finalized", Says: "A logged model's files are all there, or will never be.", Subject: subject, Data: standing{Pending, Ready}},
		{Verb: "tracking.logged_model.described", Says: "Params or tags of a logged model were written.", Subject: subject, Data: written{Params: 1, Keys: []string{"lr"}}},
		{Verb: "tracking.logged_model.untagged", Says: "A tag of a logged model was taken off.", Subject: subject, Data: keyed{"team"}},
		{Verb: "tracking.logged_model.deleted", Says: "A logged model went into the bin.", Subject: subject},
		{Verb: "tracking.logged_model.transferred", Says: "A logged model came from another workspace.", Subject: subject, Data: brought{"model", "team"}},
		{Verb: "tracking.logged_model.purged", Says: "A logged model was removed for good.", Subject: subject, Data: gone{"model"}},
	}
}

// gone is the data of tracking.logged_model.purged.
type gone struct {
	Name string `json:"name"`
}

// brought is the data of tracking.logged_model.transferred.
type brought struct {
	Name string `json:"name"`
	From string `json:"from"` // the workspace
}

func modelTransferred(m *room.Move, before, after Model) event.Event {
	return event.Event{Verb: "tracking.logged_model.transferred", Subject: tracking.LoggedModelURN(after.ID),
		Before: hash(before), After: hash(after), Data: brought{after.Name, m.From}}
}

func modelPurged(id, name string) event.Event {
	return event.Event{Verb: "tracking.logged_model.purged", Subject: tracking.LoggedModelURN(id), Before: event.Hash(gone{name}), Data: gone{name}}
}

// state is what the hash of a model's state is over.
type state struct {
	ID, Experiment, Name, Type, SourceRun string
	Status                                Status
	Lifecycle                             tracking.Lifecycle
}

func hash(m Model) string {
	return event.Hash(state{m.ID, m.Experiment, m.Name, m.Type, m.SourceRun, m.Status, m.Lifecycle})
}

func modelCreated(m Model) event.Event {
	e := event.Event{Verb: "tracking.logged_model.created", Subject: tracking.LoggedModelURN(m.ID), After: hash(m), Data: made{m.Name, m.Type, m.Experiment}}
	if m.SourceRun != "" {
		e.Links = []event.Link{{Relation: event.DerivedFrom, To: tracking.RunURN(m.SourceRun)}}
	}
	return e
}

func modelFinalized(before, after Model) event.Event {
	return event.Event{Verb: "tracking.logged_model.finalized", Subject: tracking.LoggedModelURN(after.ID),
		Before: hash(before), After: hash(after), Data: standing{before.Status, after.Status}}
}

func modelDeleted(before, after Model) event.Event {
	return event.Event{Verb: "tracking.logged_model.deleted", Subject: tracking.LoggedModelURN(after.ID), Before: hash(before), After: hash(after)}
}

// maxKeysTold bounds the keys that an event names, in bytes.
const maxKeysTold = 3000

func described(id string, params []tracking.Param, tags []tracking.Tag) event.Event {
	d := written{Params: len(params), Tags: len(tags), Keys: []string{}}
	size := 0
	tell := func(key string) {
		if size += len(key); size <= maxKeysTold {
			d.Keys = append(d.Keys, key)
		}
	}
	for _, p := range params {
		tell(p.Key)
	}
	for _, t := range tags {
		tell(t.Key)
	}
	return event.Event{Verb: "tracking.logged_model.described", Subject: tracking.LoggedModelURN(id),
		After: event.Hash(struct {
			Params []tracking.Param
			Tags   []tracking.Tag
		}{params, tags}), Data: d}
}

func untagged(id, key, value string) event.Event {
	return event.Event{Verb: "tracking.logged_model.untagged", Subject: tracking.LoggedModelURN(id),
		Before: event.Hash(tracking.Tag{Key: key, Value: value}), Data: keyed{key}}
}
