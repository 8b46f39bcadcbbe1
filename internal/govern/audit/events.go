package audit

import (
	"encoding/json"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// LogURN names the log, of which there is one.
func LogURN() urn.URN { return urn.New("audit-log", "all") }

// The verbs of the room.
const (
	emptiedVerb  = "audit.entries.emptied"
	verifiedVerb = "audit.log.verified"
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

// Events are all that the room announces.
func Events() []event.Kind {
	return []event.Kind{
		{Verb: emptiedVerb, Says: "Actor, origin and data of old entries are taken out, as retention asks.", Subject: "audit-log", Data: emptied{1767225600000000}},
		{Verb: verifiedVerb, Says: "The audit log was verified; failed when something did not hold.", Subject: "audit-log", Data: verified{1200, 0}},
	}
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
