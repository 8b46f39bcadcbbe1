package scan

import (
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// said is the data of scan.artifact.judged.
type said struct {
	Verdict  string `json:"verdict"`
	Status   string `json:"status"`
	Files    int64  `json:"files"`
	Bytes    int64  `json:"bytes"`
	Critical int64  `json:"critical"`
	High     int64  `json:"high"`
	Medium   int64  `json:"medium"`
	Low      int64  `json:"low"`
	Digest   string `json:"digest"`
}

// passed is the data of scan.gate.overridden and scan.gate.restored.
type passed struct {
	Digest string `json:"digest"`
	Reason string `json:"reason"`
}

// shut is the data of scan.gate.refused.
type shut struct {
	To  string `json:"to"`
	Why string `json:"why"`
}

// failed is the data of scan.version.failed and scan.version.cleared.
type failed struct {
	At      []string `json:"at"`
	Why     string   `json:"why"`
	Verdict string   `json:"verdict,omitempty"`
	Digest  string   `json:"digest,omitempty"`
}

// vouched is the data of scan.signature.judged.
type vouched struct {
	State       SignatureState `json:"state"`
	Key         string         `json:"key,omitempty"`
	Certificate string         `json:"certificate,omitempty"`
	Why         string         `json:"why,omitempty"`
}

// Events are all that the room announces.
func Events() []event.Kind {
	return []event.Kind{
		{Verb: "scan.artifact.judged", Says: "The files of a model were scanned; the verdict is in the data.", Subject: "artifact",
			Relations: []event.Relation{event.ScannedBy}, Data: said{pickle.Clean.String(), pickle.Complete.String(), 5, 81_920, 0, 0, 0, 0, "9f86d081…"}},
		{Verb: "scan.version.placed", Says: "The files of a version were found in the artifacts, where they are scanned; the end is their folder.", Subject: "model",
			Relations: []event.Relation{event.DerivedFrom}},
		{Verb: "scan.version.failed", Says: "A version does not pass the gate of an alias or a model stage that it has: its files, the rules or the policy are others than when it got it. The ends are its files and the rules.",
			Subject: "model", Relations: []event.Relation{event.DerivedFrom, event.ScannedBy},
			Data: failed{[]string{"alias champion", "stage Production"}, "malicious: more.pkl: posix.system: starts programs", pickle.Malicious.String(), "9f86d081…"}},
		{Verb: "scan.version.cleared", Says: "A version that did not pass the gate of an alias or a model stage passes the gates of all that it has; the data tell what it failed at.",
			Subject: "model", Data: failed{[]string{"alias champion"}, "malicious: more.pkl: posix.system: starts programs", pickle.Clean.String(), "9f86d081…"}},
		{Verb: "scan.version.fixed", Says: "Somebody made a safe file of a version's file by scan fix; both are in the data by their SHA-256.", Subject: "model",
			Data: fixes{"9f86d081…", "4e384322…"}},
		{Verb: "scan.version.derived", Says: "A version has a file that was made by scan fix of that of another version, which is the end.", Subject: "model",
			Relations: []event.Relation{event.DerivedFrom}, Data: derived{"4e384322…"}},
		{Verb: "scan.gate.refused", Says: "A version was kept from an alias or a model stage by its verdict; the outcome is refused.", Subject: "model",
			Data: shut{"alias champion", "malicious: model.pkl: posix.system: starts programs"}},
		{Verb: "scan.gate.overridden", Says: "Files pass the gates whatever their verdict is, until they change.", Subject: "artifact",
			Data: passed{"9f86d081…", "reviewed by hand, ticket 4711"}},
		{Verb: "scan.signature.judged", Says: "The signature of a model's files was held against them and who is trusted, and stands otherwise than was told last; the end is the key that signed.",
			Subject: "artifact", Relations: []event.Relation{event.ApprovedBy}, Data: vouched{Verified, "e8450dec4eb9…", "ada", ""}},
		{Verb: "scan.gate.restored", Says: "The verdict of files counts at the gates again.", Subject: "artifact", Data: passed{"9f86d081…", "mended upstream"}},
	}
}

// rootURN names the folder of a model's files.
func rootURN(root string) urn.URN { return urn.New("artifact", strings.Split(root, "/")...) }

// versionPlaced tells where a version's files lie, which leads from it to what is known of
// them.
func versionPlaced(v VersionRef, root string) event.Event {
	return event.Event{Verb: "scan.version.placed", Subject: v.urn(), After: event.Hash(root),
		Links: []event.Link{{Relation: event.DerivedFrom, To: rootURN(root)}}}
}

func judged(before *Judgement, after Judgement) event.Event {
	e := event.Event{Verb: "scan.artifact.judged", Subject: rootURN(after.Root), After: event.Hash(after),
		Links: []event.Link{{Relation: event.ScannedBy, To: urn.New("rules", after.Rules)}},
		Data:  said{after.Verdict, after.Status, after.Files, after.Bytes, after.Critical, after.High, after.Medium, after.Low, after.Digest}}
	if before != nil {
		e.Before = event.Hash(*before)
	}
	return e
}

func overridden(root string, o Override) event.Event {
	return event.Event{Verb: "scan.gate.overridden", Subject: rootURN(root), After: event.Hash(o), Data: passed{o.Digest, o.Reason}}
}

func restored(root string, o Override, reason string) event.Event {
	return event.Event{Verb: "scan.gate.restored", Subject: rootURN(root), Before: event.Hash(o), Data: passed{o.Digest, reason}}
}

func vouchedBy(s Signature) vouched { return vouched{s.State, s.Key, s.Certificate, cut(s.Why)} }

// signatureState is the hash of how a signature stands.
func signatureState(s Signature) string { return event.Hash(vouchedBy(s)) }

// versionFailed tells of a version in use that does not pass; it leads to its files, and
// to the rules that judged them.
func versionFailed(s standing) event.Event {
	e := event.Event{Verb: "scan.version.failed", Subject: s.urn(), After: event.Hash(*s.is), Data: failed{s.is.At, s.is.Why, s.judgement.Verdict, s.is.Digest}}
	if s.was != nil {
		e.Before = event.Hash(*s.was)
	}
	if s.root != "" {
		e.Links = []event.Link{{Relation: event.DerivedFrom, To: rootURN(s.root)}, {Relation: event.ScannedBy, To: urn.New("rules", s.judgement.Rules)}}
	}
	return e
}

func versionCleared(s standing) event.Event {
	return event.Event{Verb: "scan.version.cleared", Subject: s.urn(), Before: event.Hash(*s.was), Data: failed{s.was.At, s.was.Why, s.judgement.Verdict, s.judgement.Digest}}
}

// signatureJudged tells how a signature stands; nothing is told of files that nobody
// signed.
func signatureJudged(root, before string, after Signature) event.Event {
	e := event.Event{Verb: "scan.signature.judged", Subject: rootURN(root), Before: before, After: signatureState(after), Data: vouchedBy(after)}
	if after.State == Verified {
		e.Links = []event.Link{{Relation: event.ApprovedBy, To: urn.New("key", after.Key)}}
	}
	return e
}
