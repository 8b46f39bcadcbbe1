package rest

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
)

// Stores tells where the server keeps things, without secrets.
type Stores interface {
	RowsAddress() string
	BlobsAddress() string
}

// Checks looks at what the server stands on.
type Checks interface {
	// Checks changes nothing but to write, read and remove one small thing in
	// the store of bytes.
	Checks(context.Context) []CheckBody
}

// ServerBody is what a server says of itself.
type ServerBody struct {
	Version   string    `json:"version" doc:"tacit's own version"`
	Started   time.Time `json:"started"`
	Workspace string    `json:"workspace" doc:"workspace of this request"`
	Actor     string    `json:"actor" doc:"who asks, as a URN"`
	Rows      string    `json:"rows" doc:"store of records"`
	Blobs     string    `json:"blobs" doc:"store of bytes"`
}

// CheckBody is one thing that was looked at.
type CheckBody struct {
	Verdict string `json:"verdict" enum:"ok,warn,fail"`
	What    string `json:"what" doc:"the part that was looked at" example:"rows"`
	Text    string `json:"text"`
	Remedy  string `json:"remedy,omitempty"`
}

func (f *face) server() {
	add(f, operation{"GET", "/server", "get-server", "What this server is, and who you are to it", "server.read", whole, 0}, f.getServer)
	add(f, operation{"GET", "/server/checks", "list-server-checks", "Look at what the server stands on", "server.observe", whole, 0}, f.listChecks)
}

func (f *face) getServer(ctx context.Context, _ *struct{}) (*output[ServerBody], error) {
	c := caller.From(ctx)
	return &output[ServerBody]{ServerBody{
		Version: f.Version, Started: f.Started.UTC().Truncate(time.Millisecond), Workspace: c.Workspace, Actor: c.Actor.String(),
		Rows: f.Stores.RowsAddress(), Blobs: f.Stores.BlobsAddress(),
	}}, nil
}

func (f *face) listChecks(ctx context.Context, _ *struct{}) (*output[Page[CheckBody]], error) {
	return pageOf(f.Checks.Checks(ctx), "", func(c CheckBody) CheckBody { return c }), nil
}
