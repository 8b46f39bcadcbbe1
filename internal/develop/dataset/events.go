package dataset

import (
	"github.com/tacit-ml/tacit/internal/develop/dataset/inspection"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/registration"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// pushed is the data of dataset.version.pushed.
type pushed struct {
	Remote string `json:"remote"`
	MD5    string `json:"md5"`   // the name of the object, with ".dir" of a listing
	Files  int64  `json:"files"` // 1 of a file
	Bytes  int64  `json:"bytes"`
}

// registered is the data of dataset.version.registered.
type registered struct {
	Remote     string `json:"remote"`
	MD5        string `json:"md5"`
	Path       string `json:"path"`
	Commit     string `json:"commit,omitempty"`     // of git
	Repository string `json:"repository,omitempty"` // the address of git's origin
}

// cleared is the data of dataset.blobs.cleared.
type cleared struct {
	Blobs int `json:"blobs"`
}

// moved is the data of dataset.remote.moved.
type moved struct {
	From string `json:"from"`
}

// removed is the data of dataset.objects.removed.
type removed struct {
	Objects int   `json:"objects"`
	Bytes   int64 `json:"bytes"`
}

// Events are all that the room announces.
func Events() []event.Kind {
	return []event.Kind{
		{Verb: "dataset.remote.created", Says: "A remote came to be, by the first push to it.", Subject: "remote"},
		{Verb: "dataset.remote.moved", Says: "A remote became another workspace's.", Subject: "remote", Data: moved{"team"}},
		{Verb: "dataset.remote.deleted", Says: "A remote was deleted with its workspace.", Subject: "remote"},
		{Verb: "dataset.remote.inspected", Says: "A repository told whether a remote has what it needs.", Subject: "remote", Data: inspection.Outcome{Objects: 240, Lost: 0, Unsent: 2, Mended: 1}},
		{Verb: "dataset.objects.removed", Says: "Objects were taken out of a remote.", Subject: "remote", Data: removed{12, 4096}},
		{Verb: "dataset.version.pushed", Says: "A version of data is in a remote, with all its files.", Subject: "data",
			Data: pushed{"churn", "6fdb5336fce0dbfd669f83065f107551.dir", 2, 37_891}},
		{Verb: "dataset.version.registered", Says: "A repository has a version of data at a path.", Subject: "data", Relations: []event.Relation{event.VersionOf},
			Data: registered{"churn", "6fdb5336fce0dbfd669f83065f107551.dir", "data/raw", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "https://example.org/team/churn.git"}},
		{Verb: "dataset.blobs.cleared", Says: "Bytes that nothing is found by any more were deleted.", Subject: "workspace", Data: cleared{7}},
	}
}

// URN names a remote.
func URN(remote string) urn.URN { return urn.New("remote", remote) }

// DataURN names data, wherever they are.
func DataURN(id object.ID) urn.URN { return urn.New("data", id.String()) }

// SetURN names a data set.
func SetURN(remote, path string) urn.URN { return urn.New("dataset", remote, path) }

func remoteCreated(name string) event.Event {
	return event.Event{Verb: "dataset.remote.created", Subject: URN(name), After: event.Hash(name)}
}

func remoteMoved(name, from string) event.Event {
	return event.Event{Verb: "dataset.remote.moved", Subject: URN(name), After: event.Hash(name), Data: moved{from}}
}

func remoteDeleted(name string) event.Event {
	return event.Event{Verb: "dataset.remote.deleted", Subject: URN(name), Before: event.Hash(name)}
}

func remoteInspected(name string, o inspection.Outcome) event.Event {
	return event.Event{Verb: "dataset.remote.inspected", Subject: URN(name), After: event.Hash(o), Data: o}
}

func objectsRemoved(remote string, n int, bytes int64) event.Event {
	return event.Event{Verb: "dataset.objects.removed", Subject: URN(remote), Data: removed{n, bytes}}
}

func versionPushed(remote string, v Version) event.Event {
	data := pushed{remote, v.ID.String(), v.Files, v.Bytes}
	return event.Event{Verb: "dataset.version.pushed", Subject: DataURN(v.ID), After: event.Hash(data), Data: data}
}

func versionRegistered(remote string, id object.ID, r registration.Registration) event.Event {
	data := registered{remote, id.String(), r.Path, r.Commit, r.Repository}
	return event.Event{
		Verb: "dataset.version.registered", Subject: DataURN(id), After: event.Hash(data), Data: data,
		Links: []event.Link{{Relation: event.VersionOf, To: SetURN(remote, r.Path)}},
	}
}

func blobsCleared(workspace string, blobs int) event.Event {
	return event.Event{Verb: "dataset.blobs.cleared", Subject: urn.New("workspace", workspace), Data: cleared{blobs}}
}
