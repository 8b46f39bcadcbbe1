package audit

import (
	"encoding/json"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// LogURN names the log, of which there is one.
func LogURN() urn.URN { return urn.New("audit-log", "all") }

// The verbs of the room.
const (
	begunVerb    = "audit.log.begun"
	emptiedVerb  = "audit.entries.emptied"
	verifiedVerb = "audit.log.verified"
	acceptedVerb = "audit.checkpoint.accepted"
)

// emptied is the data of audit.entries.emptied.
type emptied struct {
	Before int64 `json:"before"` // microseconds since 1970: older entries were emptied
}

// verified is the data of audit.log.verified.
type verified struct {
	Entries  int64 `json:"entries"`
	Problems int   `json:"problems"`
}

// accepted is the data of audit.checkpoint.accepted.
type accepted struct {
	Before *state `json:"before,omitempty"` // what was signed before, and need not hold; none when nothing was
	After  state  `json:"after"`            // what must hold from then on
}

// state is what a checkpoint says of the log.
type state struct {
	Size int64     `json:"size"`
	Root tlog.Hash `json:"root"`
	Time int64     `json:"time"` // microseconds since 1970: when it was signed
}

func stateOf(c Checkpoint) state { return state{c.Size, c.Root, c.Time.UnixMicro()} }

// Events are all that the room announces.
func Events() []event.Kind {
	return []event.Kind{
		{Verb: begunVerb, Says: "The audit log begins, or goes on with the first version of a new key.", Subject: "audit-log"},
		{Verb: emptiedVerb, Says: "Actor, origin and data of old entries are taken out, as retention asks.", Subject: "audit-log", Data: emptied{1767225600000000}},
		{Verb: verifiedVerb, Says: "The audit log was verified; failed when something did not hold.", Subject: "audit-log", Data: verified{1200, 0}},
		{Verb: acceptedVerb, Says: "The log was taken as it stands, though it may not hold what was signed before.", Subject: "audit-log",
			Data: accepted{&state{1200, tlog.Hash{}, 1767225600000000}, state{1100, tlog.Hash{}, 1767225700000000}}},
	}
}

func logBegun() event.Event { return event.Event{Verb: begunVerb, Subject: LogURN()} }

func checkpointAccepted(before, after Checkpoint) event.Event {
	data := accepted{After: stateOf(after)}
	if before.Note != "" {
		was := stateOf(before)
		data.Before = &was
	}
	return event.Event{Verb: acceptedVerb, Subject: LogURN(), Data: data}
}

func entriesEmptied(before time.Time) event.Event {
	return event.Event{Verb: emptiedVerb, Subject: LogURN(), Data: emptied{before.UnixMicro()}}
}

func logVerified(v Verification) event.Event {
	e := event.Event{Verb: verifiedVerb, Subject: LogURN(), Data: verified{v.Size, v.Found}}
	if !v.OK {
		e.Outcome = event.Failed
	}
	return e
}

// emptiedBefore reads the time that an emptying event tells, zero where e is
// none.
func emptiedBefore(e event.Event) time.Time {
	var data emptied
	raw, ok := e.Data.(json.RawMessage)
	if !ok || e.Verb != emptiedVerb || json.Unmarshal(raw, &data) != nil {
		return time.Time{}
	}
	return time.UnixMicro(data.Before).UTC()
}
