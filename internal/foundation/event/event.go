// Package event is the one stream in which every room tells what changed.
//
// Words. An event is written in the same transaction as the change it
// announces. Its verb is <room>.<noun>.<past participle>; subject, actor and
// the ends of its links are URNs; a link is an edge of lineage that the event
// asserts. A subscriber keeps a cursor and gets each event at least once and
// in order per subject; it is idempotent by event id. An event whose
// transaction commits late is held back for, never skipped.
//
// It is not for telemetry: no event for each metric point, prediction or span;
// those are sealed by one event with count and hash.
package event

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Relation says how the subject of an event stands to the end of a link.
type Relation string

// The relations, each defined once.
const (
	Produced    Relation = "produced"     // the subject brought the end into being
	Used        Relation = "used"         // the subject read the end
	DerivedFrom Relation = "derived-from" // the subject was made out of the end
	VersionOf   Relation = "version-of"   // the subject is a version of the end
	ValidatedBy Relation = "validated-by" // the end judged the subject's data
	ScannedBy   Relation = "scanned-by"   // the end scanned the subject
	ApprovedBy  Relation = "approved-by"  // the end, a person or who holds a key, approved the subject
	DeployedAs  Relation = "deployed-as"  // the subject runs as the end
	ServedBy    Relation = "served-by"    // the subject, a prediction, came from the end
	DriftedOn   Relation = "drifted-on"   // the subject drifted on the end
	LabelledBy  Relation = "labelled-by"  // the end is the subject's ground truth
	CausedBy    Relation = "caused-by"    // the end led to the subject
)

// Outcome says how the act ended.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
	Failed  Outcome = "failed"
)

// Link is one edge that an event asserts from its subject.
type Link struct {
	Relation Relation `json:"relation"`
	To       urn.URN  `json:"to"`
}

// Event is one thing that happened. A room's constructor fills Verb, Subject,
// Links, Before, After and Data; the log fills the rest from the caller.
type Event struct {
	Position  int64         // place in the stream, set by the log
	ID        string        // UUIDv7
	Time      time.Time     // to the microsecond, UTC
	Workspace string        //
	Actor     urn.URN       //
	Verb      string        // tracking.run.created
	Action    string        // permission asked: run.create; "" becomes the caller's
	Subject   urn.URN       //
	Links     []Link        //
	Cause     string        // event id or request id that led to it
	Origin    caller.Origin //
	Outcome   Outcome       // "" becomes Done
	Before    string        // Hash of the state before, "" when there was none
	After     string        // Hash of the state after, "" when nothing is left
	Data      any           // small, marshals to a JSON object; nil for none. Read back as json.RawMessage
	Mark      Mark          // why its seal does not vouch for it, "" where it does; set by the log
}

// Kind describes a verb for docs/events.md and for subscribers.
type Kind struct {
	Verb      string
	Says      string     // one sentence
	Subject   string     // URN kind of the subject
	Relations []Relation // that its links may have
	Data      any        // a sample value of its Data, nil for none
}

// Hash is the SHA-256 of v's canonical JSON in hexadecimal: keys sorted, no
// spaces, as encoding/json writes a map. It panics when v cannot be JSON, which
// is a mistake of the program.
func Hash(v any) string {
	first, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("event: hash of %T: %v", v, err))
	}
	var generic any
	if err := json.Unmarshal(first, &generic); err != nil {
		panic(fmt.Sprintf("event: hash of %T: %v", v, err))
	}
	canonical, err := json.Marshal(generic)
	if err != nil {
		panic(fmt.Sprintf("event: hash of %T: %v", v, err))
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}
