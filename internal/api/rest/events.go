package rest

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Events is the stream as the API reads it.
type Events interface {
	List(ctx context.Context, q event.Query) ([]event.Event, error)
	Get(ctx context.Context, workspace, id string, visible filter.Node) (event.Event, error)
}

// Visibility is the condition under which the caller may see an object of a list,
// whether they may do something with one, and events as the caller may be told of them.
type Visibility interface {
	Visible(ctx context.Context, action string) (filter.Node, error)
	Check(ctx context.Context, action string, object urn.URN) error
	Told(ctx context.Context, all []event.Event) ([]event.Event, error)
}

// EventBody is one event.
type EventBody struct {
	Position int64           `json:"position" doc:"place in the stream"`
	ID       string          `json:"id"`
	Time     time.Time       `json:"time"`
	Actor    string          `json:"actor"`
	Action   string          `json:"action" example:"run.create" doc:"the permission that was asked; empty for what tacit does by itself"`
	Verb     string          `json:"verb" example:"tracking.run.created"`
	Subject  string          `json:"subject" example:"tacit:run/5f1e"`
	Links    []LinkBody      `json:"links" nullable:"false"`
	Cause    string          `json:"cause,omitempty"`
	Request  string          `json:"request,omitempty"`
	Address  string          `json:"address,omitempty"`
	Client   string          `json:"client,omitempty"`
	Outcome  string          `json:"outcome" enum:"done,refused,failed"`
	Before   string          `json:"before,omitempty" doc:"SHA-256 of the state before"`
	After    string          `json:"after,omitempty" doc:"SHA-256 of the state after"`
	Data     json.RawMessage `json:"data,omitempty"`
	Mark     string          `json:"mark,omitempty" enum:"forged,emptied,unsealed" doc:"forged: written or changed by another than tacit, but for an entry of the audit log that is told as changed; emptied: retention took actor, origin and most of its data out; unsealed: from before events were sealed, and nothing vouches for it; absent else"`
}

// LinkBody is one edge that an event asserts.
type LinkBody struct {
	Relation string `json:"relation"`
	To       string `json:"to"`
}

// EventPath names an event.
type EventPath struct {
	ID string `path:"id" maxLength:"64"`
}

type listEventsInput struct {
	Before  int64  `query:"before" minimum:"0" doc:"only positions below it"`
	After   int64  `query:"after" minimum:"0" doc:"only positions above it; without before, what came behind it in the order in which events settle: go on with the last position, and none is missed"`
	Limit   int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"items of a page at most"`
	Page    string `query:"page" maxLength:"1000" doc:"next of the page before; the rest stays the same"`
	Verb    string `query:"verb" maxLength:"200" doc:"verbs that begin so"`
	Subject string `query:"subject" maxLength:"4096" doc:"URN of the subject"`
}

func (f *face) events() {
	add(f, operation{"GET", "/events", "list-events", "What happened in the workspace, the newest first", "event.list", listed, 0}, f.listEvents)
	add(f, operation{"GET", "/events/{id}", "get-event", "One event", "event.read", object("event", "id"), 0}, f.getEvent)
}

func (f *face) listEvents(ctx context.Context, in *listEventsInput) (*output[Page[EventBody]], error) {
	visible, err := f.Access.Visible(ctx, "event.list")
	if err != nil {
		return nil, err
	}
	q := event.Query{
		Workspace: caller.Workspace(ctx), Before: in.Before, After: in.After, Limit: in.Limit + 1, VerbPrefix: in.Verb, Subject: in.Subject, Visible: visible,
	}
	scope := page.Scope("events", q.Workspace, q.VerbPrefix, q.Subject, strconv.FormatInt(in.Before, 10), strconv.FormatInt(in.After, 10))
	ascends := q.Ascends()
	end, err := page.Open(f.PageKey, scope, in.Page)
	if err != nil {
		return nil, err
	}
	switch {
	case end == nil:
	case ascends:
		q.After = end[0].Value.(int64)
	default:
		q.Before = end[0].Value.(int64)
	}
	found, err := f.Events.List(ctx, q)
	if err != nil {
		return nil, err
	}
	found, err = f.Access.Told(ctx, found)
	next := ""
	if len(found) > in.Limit {
		found = found[:in.Limit]
		next = f.after(scope, found[in.Limit-1].Position)
	}
	return pageOf(found, next, eventBody), err
}

func (f *face) getEvent(ctx context.Context, in *EventPath) (*output[EventBody], error) {
	visible, err := f.Access.Visible(ctx, "event.list")
	if err != nil {
		return nil, err
	}
	e, err := f.Events.Get(ctx, caller.Workspace(ctx), in.ID, visible)
	if err != nil {
		return nil, err
	}
	told, err := f.Access.Told(ctx, []event.Event{e})
	if err != nil {
		return nil, err
	}
	return &output[EventBody]{eventBody(told[0])}, nil
}

func eventBody(e event.Event) EventBody {
	b := EventBody{
		Position: e.Position, ID: e.ID, Time: e.Time, Actor: e.Actor.String(), Action: e.Action, Verb: e.Verb, Subject: e.Subject.String(), Links: []LinkBody{},
		Cause: e.Cause, Request: e.Origin.Request, Address: e.Origin.Address, Client: e.Origin.Client, Outcome: string(e.Outcome), Before: e.Before, After: e.After,
		Mark: string(e.Mark),
	}
	for _, l := range e.Links {
		b.Links = append(b.Links, LinkBody{string(l.Relation), l.To.String()})
	}
	if raw, ok := e.Data.(json.RawMessage); ok {
		b.Data = raw
	}
	return b
}
