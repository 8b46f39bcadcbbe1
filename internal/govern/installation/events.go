package installation

import (
	"strconv"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// jobData is the data of an event about a job.
type jobData struct {
	Kind string `json:"kind"`
}

// keyData is the data of an event about a key.
type keyData struct {
	Version int64 `json:"version"` // the newest
}

// The verbs about archives.
const (
	backupWritten  = "installation.backup.written"
	backupRestored = "installation.backup.restored"
)

// Events are all that the room announces.
func Events() []event.Kind {
	archive := Archive{Made: time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC), File: "tacit-monday.tar.zst", Host: "ml-1", User: "ada", Tables: 52, Records: 4800, Blobs: 12, Bytes: 1 << 20}
	return []event.Kind{
		{Verb: backupWritten, Says: "An archive of all records was written.", Subject: "backup", Data: archive},
		{Verb: backupRestored, Says: "The store is what an archive held. The first server tells it that runs afterwards; what the archive holds of the log comes before.", Subject: "backup", Data: archive},
		{Verb: "installation.job.cancelled", Says: "A job of tacit's own was kept from starting, or told to stop.", Subject: "job", Data: jobData{"audit.verify"}},
		{Verb: "installation.key.rotated", Says: "What tacit signs by a key is signed by another version of it.", Subject: "key", Data: keyData{2}},
		{Verb: "installation.key.retired", Says: "The versions of a key before the newest are gone, and what they signed holds no longer.", Subject: "key", Data: keyData{2}},
	}
}

func jobCancelled(id int64, kind string) event.Event {
	return event.Event{Verb: "installation.job.cancelled", Subject: urn.New("job", strconv.FormatInt(id, 10)), Data: jobData{kind}}
}

func keyRotated(name string, version int64) event.Event {
	e := event.Event{Verb: "installation.key.rotated", Subject: urn.New("key", name), After: event.Hash(version), Data: keyData{version}}
	if version > 1 {
		e.Before = event.Hash(version - 1)
	}
	return e
}

func keyRetired(name string, version int64) event.Event {
	return event.Event{Verb: "installation.key.retired", Subject: urn.New("key", name), After: event.Hash(version), Data: keyData{version}}
}
