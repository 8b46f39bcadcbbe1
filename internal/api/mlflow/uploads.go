package mlflow

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
)

const (
	// maxParts is how many parts an upload may have; S3 takes no more.
	maxParts = 10_000
	// uploadTime is how long the addresses of an upload's parts hold.
	uploadTime = 24 * time.Hour
)

func (f *face) uploads() []route.Route {
	const at = "/2.0/mlflow-artifacts/mpu/"
	return slices.Concat(
		f.placing(rpc("POST", at+"create/{artifact_path...}", "artifact.write", nil, f.createUpload)),
		f.placing(rpc("POST", at+"complete/{artifact_path...}", "artifact.write", nil, f.completeUpload)),
		f.placing(rpc("POST", at+"abort/{artifact_path...}", "artifact.write", nil, f.abortUpload)),
		// The client sends parts without its credentials: the address itself
		// says who may.
		[]route.Route{{Method: "PUT", Pattern: "/api" + at + "part/{path...}", Public: true, Decode: f.decodePart, Serve: f.putPart, Stream: true}},
	)
}

// uploadRequest is the message of all that act on an upload. Path names the
// file; older clients send its path on their own machine.
type uploadRequest struct {
	place
	Folder   string   `json:"artifact_path"`
	Path     string   `json:"path"`
	NumParts integer  `json:"num_parts"`
	UploadID string   `json:"upload_id"`
	Parts    []upPart `json:"parts"`
}

type upPart struct {
	Number integer `json:"part_number"`
	ETag   string  `json:"etag"`
}

func (m *uploadRequest) asked() string {
	p, err := pathOf(m.Folder, m.Path)
	if err != nil {
		return ""
	}
	return p
}

// file is the path of the file in its workspace.
func (m *uploadRequest) file() (string, error) {
	if m.path != "" {
		return m.path, nil
	}
	return pathOf(m.Folder, m.Path) // says why it is none
}

type createUploadResponse struct {
	UploadID    string       `json:"upload_id"`
	Credentials []credential `json:"credentials"`
}

type credential struct {
	URL     string            `json:"url"`
	Number  int               `json:"part_number"`
	Headers map[string]string `json:"headers"`
}

func (f *face) createUpload(ctx context.Context, m *uploadRequest) (*createUploadResponse, error) {
	if err := required("path", m.Path); err != nil {
		return nil, err
	}
	p, err := m.file()
	if err != nil {
		return nil, err
	}
	if m.NumParts < 1 || m.NumParts > maxParts {
		return nil, fault.New(fault.Invalid, "An upload has 1 to %d parts, not %d.", maxParts, m.NumParts)
	}
	upload, err := f.Artifacts.CreateUpload(m.in(ctx), p)
	if err != nil {
		return nil, err
	}
	answer := &createUploadResponse{UploadID: upload, Credentials: make([]credential, m.NumParts)}
	until := f.Now().Add(uploadTime).Unix()
	for i := range answer.Credentials {
		t := partTicket{place: place{m.workspace, p}, upload: upload, number: i + 1, until: until}
		answer.Credentials[i] = credential{URL: f.partAddress(ctx, t), Number: t.number, Headers: map[string]string{}}
	}
	return answer, nil
}

func (f *face) completeUpload(ctx context.Context, m *uploadRequest) (*empty, error) {
	if err := required("path", m.Path); err != nil {
		return nil, err
	}
	if len(m.Parts) == 0 {
		return nil, missing("parts")
	}
	p, err := m.file()
	if err != nil {
		return nil, err
	}
	parts := make([]blobs.Part, len(m.Parts))
	for i, part := range m.Parts {
		parts[i] = blobs.Part{Number: size(part.Number), ETag: strings.Trim(part.ETag, `"`)}
	}
	_, err = f.Artifacts.CompleteUpload(m.in(ctx), p, m.UploadID, parts)
	return &empty{}, err
}

func (f *face) abortUpload(ctx context.Context, m *uploadRequest) (*empty, error) {
	if err := required("path", m.Path); err != nil {
		return nil, err
	}
	p, err := m.file()
	if err != nil {
		return nil, err
	}
	return &empty{}, f.Artifacts.AbortUpload(m.in(ctx), p, m.UploadID)
}

// partTicket is the right to store one part until a time.
type partTicket struct {
	place
	upload string
	number int
	until  int64 // s since 1970
}

// words are what is signed: all that the ticket says.
func (t partTicket) words() []string {
	return []string{"part", t.workspace, t.path, t.upload, strconv.Itoa(t.number), strconv.FormatInt(t.until, 10)}
}

func (f *face) partAddress(ctx context.Context, t partTicket) string {
	query := url.Values{"upload": {t.upload}, "part": {strconv.Itoa(t.number)}, "until": {strconv.FormatInt(t.until, 10)},
		"signature": {f.sign(t.words())}}
	if t.workspace != caller.Workspace(ctx) {
		query.Set("workspace", t.workspace)
	}
	place := url.URL{Path: "/api/2.0/mlflow-artifacts/mpu/part/" + t.path, RawQuery: query.Encode()}
	return route.Address(ctx, place.String())
}

// decodePart reads and checks a ticket.
func (f *face) decodePart(r *http.Request) (any, error) {
	query := r.URL.Query()
	p, err := artifact.Clean(r.PathValue("path"))
	if err != nil {
		return nil, err
	}
	t := partTicket{place: place{cmp.Or(query.Get("workspace"), caller.Workspace(r.Context())), p}, upload: query.Get("upload")}
	number, err := strconv.ParseInt(query.Get("part"), 10, 32)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%q is not the number of a part.", query.Get("part"))
	}
	if t.until, err = strconv.ParseInt(query.Get("until"), 10, 64); err != nil {
		return nil, fault.New(fault.Invalid, "%q is not a time.", query.Get("until"))
	}
	t.number = int(number)
	if !f.signed(query.Get("signature"), t.words()) || f.Now().Unix() > t.until {
		return nil, fault.New(fault.Denied, "The address of this part was not given out by this tacit, or holds no longer.")
	}
	return &t, nil
}

func (f *face) putPart(w http.ResponseWriter, r *http.Request, m any) error {
	t := m.(*partTicket)
	part, err := f.Artifacts.PutPart(t.in(r.Context()), t.path, t.upload, t.number, r.Body, r.ContentLength)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", strconv.Quote(part.ETag))
	return respond(w, empty{})
}
