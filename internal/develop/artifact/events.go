package artifact

import (
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// stored is the data of artifact.file.stored and artifact.file.hashed.
type stored struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256,omitempty"`
}

// deleted is the data of artifact.file.deleted.
type deleted struct {
	Files int `json:"files"`
}

// Events are all that the room announces.
func Events() []event.Kind {
	return []event.Kind{
		{Verb: "artifact.file.stored", Says: "A file was stored, or replaced.", Subject: "artifact",
			Relations: []event.Relation{event.DerivedFrom}, Data: stored{12, "…"}},
		{Verb: "artifact.file.hashed", Says: "The hash of a file was told, which came in parts or too fast for it.", Subject: "artifact", Data: stored{12, "…"}},
		{Verb: "artifact.file.deleted", Says: "A file, or all files of a folder, were deleted.", Subject: "artifact", Data: deleted{1}},
		{Verb: "artifact.workspace.cleared", Says: "The files of a workspace that is gone were deleted.", Subject: "workspace", Data: deleted{7}},
		{Verb: "artifact.workspace.moved", Says: "The files of a workspace that was moved are all at their new place.", Subject: "workspace", Data: arrived{"moved-3f2a9c01", 7}},
	}
}

func fileStored(f File) event.Event {
	e := event.Event{Verb: "artifact.file.stored", Subject: URN(f.Path), After: event.Hash(f), Data: stored{f.Size, f.SHA256}}
	if from := Owner(f.Path); !from.IsZero() {
		e.Links = []event.Link{{Relation: event.DerivedFrom, To: from}}
	}
	return e
}

func fileHashed(f File) event.Event {
	return event.Event{Verb: "artifact.file.hashed", Subject: URN(f.Path), After: event.Hash(f), Data: stored{f.Size, f.SHA256}}
}

func fileDeleted(p string, before any, files int) event.Event {
	return event.Event{Verb: "artifact.file.deleted", Subject: URN(p), Before: event.Hash(before), Data: deleted{files}}
}

// arrived is the data of artifact.workspace.moved.
type arrived struct {
	Folder string `json:"folder"`
	Files  int    `json:"files"`
}

func spaceMoved(m move, files int) event.Event {
	return event.Event{Verb: "artifact.workspace.moved", Subject: urn.New("workspace", m.origin), Data: arrived{m.folder, files}}
}

func spaceCleared(workspace string, files int) event.Event {
	return event.Event{Verb: "artifact.workspace.cleared", Subject: urn.New("workspace", workspace), Data: deleted{files}}
}
