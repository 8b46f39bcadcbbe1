package rest

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Artifacts are the use cases that this resource calls.
type Artifacts interface {
	Page(ctx context.Context, path, after string, limit int) (_ []artifact.Entry, next string, err error)
}

// FileBody is one line of a folder of artifacts.
type FileBody struct {
	Path     string     `json:"path" doc:"from the run's artifact root"`
	Folder   bool       `json:"folder"`
	Size     int64      `json:"size" doc:"bytes, 0 for a folder"`
	Modified *time.Time `json:"modified,omitempty"`
	Download string     `json:"download,omitempty" doc:"address of the file's bytes"`
}

type listFilesInput struct {
	RunPath
	Path  string `query:"path" maxLength:"4096" doc:"a folder below the artifact root, which it is unless given"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"items of a page at most"`
	Page  string `query:"page" maxLength:"20000" doc:"next of the page before; the rest stays the same"`
}

func (f *face) artifacts() {
	add(f, operation{"GET", "/runs/{id}/artifacts", "list-artifacts", "What lies in a folder of a run's artifacts", "artifact.read", target{objects: f.folderOf}, 0}, f.listFiles)
}

// folderOf names what is touched of a run's files. Who may be told that there is
// no such run, is asked for the run.
func (f *face) folderOf(r *http.Request, _ []byte) []route.Object {
	run := r.PathValue("id")
	root, _ := f.Runs.ArtifactRoot(r.Context(), run)
	return route.On(artifact.Touched(urn.New("run", run), root, r.URL.Query().Get("path"))...)
}

func (f *face) listFiles(ctx context.Context, in *listFilesInput) (*output[Page[FileBody]], error) {
	at, err := f.Runs.ArtifactRoot(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	folder, err := artifact.Below(at, in.Path)
	if err != nil {
		return nil, err
	}
	top, err := artifact.Below(at, "")
	if err != nil {
		return nil, err
	}
	scope, after := page.Scope("artifacts", caller.Workspace(ctx), folder), ""
	end, err := page.Open(f.PageKey, scope, in.Page)
	if err != nil {
		return nil, err
	}
	if end != nil {
		after = end[0].Value.(string)
	}
	found, next, err := f.Artifacts.Page(ctx, folder, after, in.Limit)
	if err == nil && len(found) == 0 && end == nil && folder != top {
		err = fault.New(fault.NotFound, "Run with id=%s has no folder '%s'", in.ID, in.Path)
	}
	if next != "" {
		next = page.Seal(f.PageKey, scope, []filter.Key{{Value: next}})
	}
	return pageOf(found, next, func(e artifact.Entry) FileBody {
		b := FileBody{Path: strings.TrimPrefix(e.Path, top+"/"), Folder: e.Folder, Size: e.Size}
		if !e.Folder {
			b.Modified = new(e.Modified.UTC().Truncate(time.Millisecond))
			b.Download = route.Address(ctx, "/get-artifact?"+url.Values{"run_id": {in.ID}, "path": {b.Path}}.Encode())
		}
		return b
	}), err
}
