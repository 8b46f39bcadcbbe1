package mlflow

import (
	"context"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/uri"
)

// Artifacts are the use cases that this resource calls.
type Artifacts interface {
	Put(ctx context.Context, path string, r io.Reader, size int64) (artifact.File, error)
	Open(ctx context.Context, path string, part blobs.Range) (io.ReadCloser, blobs.Info, error)
	List(ctx context.Context, path string) ([]artifact.Entry, error)
	Delete(ctx context.Context, path string) error
	CreateUpload(ctx context.Context, path string) (string, error)
	PutPart(ctx context.Context, path, upload string, number int, r io.Reader, size int64) (blobs.Part, error)
	CompleteUpload(ctx context.Context, path, upload string, parts []blobs.Part) (artifact.File, error)
	AbortUpload(ctx context.Context, path, upload string) error
}

// MaxPageUpload bounds what the page of a run may upload, in bytes.
const MaxPageUpload = 10 << 20

func (f *face) artifacts() []route.Route {
	const proxy = "/2.0/mlflow-artifacts/"
	file := func(method, action string, serve func(http.ResponseWriter, *http.Request, *place) error) []route.Route {
		return f.placing(both(proxy+"artifacts/{path...}", route.Route{Method: method, Action: action, Decode: decodePath, Stream: true,
			Serve: func(w http.ResponseWriter, r *http.Request, m any) error {
				at := m.(*filePath).at()
				return serve(w, r.WithContext(at.in(r.Context())), at)
			}}))
	}
	return slices.Concat(
		file("PUT", "artifact.write", f.putArtifact),
		file("GET", "artifact.read", f.getArtifact),
		file("DELETE", "artifact.delete", f.deleteArtifact),
		f.placing(rpc("GET", proxy+"artifacts", "artifact.read", nil, f.listFolder)),
		naming(f.listObjects, rpc("GET", "/2.0/mlflow/artifacts/list", "artifact.read", nil, f.listArtifacts)),
		[]route.Route{
			{Method: "GET", Pattern: "/get-artifact", Action: "artifact.read", Decode: decodeRunFile, Objects: f.runFileObjects, Serve: f.getRunArtifact, Stream: true},
			{Method: "GET", Pattern: "/model-versions/get-artifact", Action: "artifact.read", Decode: decodeVersionFile, Objects: versionFileObject,
				Serve: f.getVersionArtifact, Stream: true},
			{Method: "POST", Pattern: "/ajax-api/2.0/mlflow/upload-artifact", Action: "artifact.write", Decode: decodeRunFile, Objects: f.runFileObjects,
				Serve: f.uploadRunArtifact, Stream: true},
		},
		f.uploads(),
	)
}

// filePath is the message of the routes that name a file by its path.
type filePath struct {
	place
	given string
}

func (m *filePath) asked() string { return m.given }

// decodePath refuses to write or delete where the address has a query: clients
// do not quote the names of files, so that "a?b" would be the file "a".
func decodePath(r *http.Request) (any, error) {
	path := r.PathValue("path")
	if (r.URL.RawQuery != "" || r.URL.ForceQuery) && r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil, fault.New(fault.Invalid, "Invalid path: behind '%s' the address goes on with '?%s', which is no part of a file's name. "+
			"MLflow's client cannot send a name with a question mark: give the file another, or write %%3F for it.", path, r.URL.RawQuery)
	}
	p, err := artifact.Exact(path)
	if err == nil && strings.HasSuffix(path, "/") {
		switch r.Method {
		case http.MethodPut:
			err = fault.New(fault.Invalid, "Invalid path: '%s' names a folder, not a file.", path)
		case http.MethodGet, http.MethodHead:
			err = fault.New(fault.NotFound, "No such artifact: '%s'", path)
		}
	}
	return &filePath{given: p}, err
}

func (f *face) putArtifact(w http.ResponseWriter, r *http.Request, at *place) error {
	if _, err := f.Artifacts.Put(r.Context(), at.path, r.Body, r.ContentLength); err != nil {
		return err
	}
	return respond(w, empty{})
}

func (f *face) getArtifact(w http.ResponseWriter, r *http.Request, at *place) error {
	return f.send(w, r, at.path)
}

func (f *face) deleteArtifact(w http.ResponseWriter, r *http.Request, at *place) error {
	if err := f.Artifacts.Delete(r.Context(), at.path); err != nil {
		return err
	}
	return respond(w, empty{})
}

// folderRequest asks for what lies directly below a path of the workspace.
type folderRequest struct {
	place
	Path string `json:"path"`
}

func (m *folderRequest) asked() string {
	p, err := artifact.Clean(m.Path)
	if err != nil {
		return ""
	}
	return p
}

type fileInfo struct {
	Path  string `json:"path"`
	IsDir bool   `json:"is_dir"`
	Size  int64  `json:"file_size,omitempty"`
}

type listFolderResponse struct {
	Files []fileInfo `json:"files,omitempty"`
}

// listFolder names what it finds by the last segment alone.
func (f *face) listFolder(ctx context.Context, m *folderRequest) (*listFolderResponse, error) {
	folder := m.path
	if folder == "" {
		folder = m.Path // the workspace, or a path that is refused
	}
	entries, err := f.Artifacts.List(m.in(ctx), folder)
	if err != nil {
		return nil, err
	}
	return &listFolderResponse{filesOf(entries, "")}, nil
}

// filesOf names entries by their last segment below a folder.
func filesOf(entries []artifact.Entry, below string) []fileInfo {
	files := make([]fileInfo, len(entries))
	for i, e := range entries {
		files[i] = fileInfo{path.Join(below, path.Base(e.Path)), e.Folder, e.Size}
	}
	return files
}

type listArtifactsRequest struct {
	RunID   string `json:"run_id"`
	RunUUID string `json:"run_uuid"`
	Path    string `json:"path"`
}

func (m *listArtifactsRequest) run() string {
	if m.RunID != "" {
		return m.RunID
	}
	return m.RunUUID
}

func (f *face) listObjects(r *http.Request, message any) []route.Object {
	m := message.(*listArtifactsRequest)
	return f.inRun(r.Context(), m.run(), m.Path)
}

type listArtifactsResponse struct {
	RootURI string     `json:"root_uri"`
	Files   []fileInfo `json:"files,omitempty"`
}

// listArtifacts names what it finds from the run's root on.
func (f *face) listArtifacts(ctx context.Context, m *listArtifactsRequest) (*listArtifactsResponse, error) {
	if err := required("run_id", m.run()); err != nil {
		return nil, err
	}
	r, err := f.Runs.Run(ctx, m.run())
	if err != nil {
		return nil, err
	}
	return f.listRoot(ctx, r.ArtifactURI, m.Path)
}

func (f *face) listRoot(ctx context.Context, root, below string) (*listArtifactsResponse, error) {
	folder, err := artifact.Below(root, below)
	if err != nil {
		return nil, err
	}
	entries, err := f.Artifacts.List(ctx, folder)
	if err != nil {
		return nil, err
	}
	start, err := artifact.Below("mlflow-artifacts:/", below)
	return &listArtifactsResponse{root, filesOf(entries, start)}, err
}

// runFile is the message of the routes that name a file below a run's root.
type runFile struct{ run, path string }

func decodeRunFile(r *http.Request) (any, error) {
	query := r.URL.Query()
	m := &runFile{query.Get("run_id"), query.Get("path")}
	if m.run == "" {
		m.run = query.Get("run_uuid")
	}
	switch {
	case m.run == "":
		return nil, fault.New(fault.Invalid, "Request must specify run_id or run_uuid.")
	case m.path == "":
		return nil, fault.New(fault.Invalid, "Request must specify path.")
	}
	return m, nil
}

func (f *face) runFileObjects(r *http.Request, message any) []route.Object {
	m := message.(*runFile)
	return f.inRun(r.Context(), m.run, m.path)
}

// inRun names what is touched of a run's files. Who may be told that there is no
// such run, is asked for the run.
func (f *face) inRun(ctx context.Context, run, path string) []route.Object {
	root, _ := f.Runs.ArtifactRoot(ctx, run)
	return route.On(artifact.Touched(runURN(run), root, path)...)
}

// place is the path of a file below its run's root.
func (f *face) place(ctx context.Context, m *runFile) (string, error) {
	r, err := f.Runs.Run(ctx, m.run)
	if err != nil {
		return "", err
	}
	return artifact.Below(r.ArtifactURI, m.path)
}

func (f *face) getRunArtifact(w http.ResponseWriter, r *http.Request, m any) error {
	p, err := f.place(r.Context(), m.(*runFile))
	if err != nil {
		return err
	}
	return f.send(w, r, p)
}

// versionFile is the message of the route that names a file below the root of
// a model version.
type versionFile struct {
	name   string
	number int64
	path   string
}

func decodeVersionFile(r *http.Request) (any, error) {
	query := r.URL.Query()
	m := &versionFile{name: query.Get("name"), path: query.Get("path")}
	if err := required("name", m.name, "version", query.Get("version"), "path", m.path); err != nil {
		return nil, err
	}
	var err error
	m.number, err = versionNumber(query.Get("version"))
	return m, err
}

func versionFileObject(_ *http.Request, m any) []route.Object {
	return route.On(registry.VersionURN(m.(*versionFile).name, m.(*versionFile).number))
}

func (f *face) getVersionArtifact(w http.ResponseWriter, r *http.Request, message any) error {
	m := message.(*versionFile)
	v, err := f.ModelVersions.Version(r.Context(), m.name, m.number)
	if err != nil {
		return err
	}
	root, err := f.ModelVersions.FilesAt(r.Context(), v)
	if err != nil {
		return err
	}
	p, err := artifact.Below(root, m.path)
	if err != nil {
		return err
	}
	return f.send(w, r, p)
}

func (f *face) uploadRunArtifact(w http.ResponseWriter, r *http.Request, m any) error {
	p, err := f.place(r.Context(), m.(*runFile))
	if err != nil {
		return err
	}
	switch {
	case r.ContentLength > MaxPageUpload:
		return pageTooLarge()
	case r.ContentLength == 0:
		return fault.New(fault.Invalid, "Request must specify data.")
	}
	body := &bounded{r.Body, MaxPageUpload}
	if _, err := f.Artifacts.Put(r.Context(), p, body, r.ContentLength); err != nil {
		return err
	}
	return respond(w, empty{})
}

func pageTooLarge() error {
	return fault.New(fault.Invalid, "Artifact size is too large. Max size is %dMB.", MaxPageUpload>>20)
}

// bounded fails where more bytes come than are left.
type bounded struct {
	io.Reader
	left int64
}

// Read reads on.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, pageTooLarge()
	}
	return n, err
}

// pathOf joins a folder's path and a name that a client gave as a path of its
// own machine, slashes of either kind.
func pathOf(folder, name string) (string, error) {
	clean, err := artifact.Clean(name[strings.LastIndexAny(name, `/\`)+1:])
	if err != nil {
		return "", err
	}
	below, err := uri.Exact(folder)
	if err != nil {
		return "", err
	}
	return artifact.Clean(path.Join(below, path.Base(clean)))
}
