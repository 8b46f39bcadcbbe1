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
	settingsVerb = "audit.settings.changed"
)

// mostTold bounds the targets that an event tells, maxTold the bytes of each.
const mostTold, maxTold = 20, 500

// settled is the data of audit.settings.changed.
type settled struct {
	Retention string   `json:"retention,omitempty"` // as in tacit.yaml, none for ever
	Export    []string `json:"export,omitempty"`    // addresses of the first targets
	Targets   int      `json:"targets"`             // in all
}

// emptied is the data of audit.entries.emptied.
type emptied struct {
	Before int64 `json:"before"` // microseconds since 1970: older entries were emptied
	Sealed bool  `json:"sealed"` // what is left of them has a seal of its own; an earlier tacit gave it none
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
	Sealed bool   `json:"sealed"`           // what an earlier tacit left of emptied entries was sealed with it
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
		{Verb: emptiedVerb, Says: "Actor, origin and data of old entries are taken out, as retention asks.", Subject: "audit-log", Data: emptied{1767225600000000, true}},
		{Verb: verifiedVerb, Says: "The audit log was verified; failed when something did not hold.", Subject: "audit-log", Data: verified{1200, 0}},
		{Verb: acceptedVerb, Says: "The log was taken as it stands, though it may not hold what was signed before.", Subject: "audit-log",
			Data: accepted{&state{1200, tlog.Hash{}, 1767225600000000}, state{1100, tlog.Hash{}, 1767225700000000}, true}},
		{Verb: settingsVerb, Says: "Other exports or another retention of tacit.yaml are in force, since it was read again or at a start; before and after are hashes of these settings.", Subject: "audit-log",
			Data: settled{"400d", []string{"syslogs://siem.example.org:6514"}, 1}},
	}
}

// hashOf is the hash of settings. To name no target is the same however it is written.
func hashOf(s Settings) string {
	s.Export = append([]Target{}, s.Export...)
	return event.Hash(s)
}

func settingsChanged(before string, s Settings) event.Event {
	data := settled{Retention: s.Retention, Targets: len(s.Export)}
	for _, t := range s.Export[:min(len(s.Export), mostTold)] {
		data.Export = append(data.Export, t.To[:min(len(t.To), maxTold)])
	}
	return event.Event{Verb: settingsVerb, Subject: LogURN(), Before: before, After: hashOf(s), Data: data}
}

func logBegun() event.Event { return event.Event{Verb: begunVerb, Subject: LogURN()} }

func checkpointAccepted(before, after Checkpoint) event.Event {
	data := accepted{After: stateOf(after), Sealed: true}
	if before.Note != "" {
		was := stateOf(before)
		data.Before = &was
	}
	return event.Event{Verb: acceptedVerb, Subject: LogURN(), Data: data}
}

func entriesEmptied(before time.Time) event.Event {
	return event.Event{Verb: emptiedVerb, Subject: LogURN(), Data: emptied{before.UnixMicro(), true}}
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
