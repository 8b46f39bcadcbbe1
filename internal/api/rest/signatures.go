package rest

import (
	"context"
	"net/http"
	"path"
	"strconv"

	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/signing"
)

// Signatures are the use cases that this resource calls.
type Signatures interface {
	SignatureOf(ctx context.Context, name string, number int64) (scan.Signature, error)
	SignatureBelow(ctx context.Context, root string) (scan.Signature, error)
	ContentsOf(ctx context.Context, name string, number int64) (scan.Contents, error)
	ContentsBelow(ctx context.Context, root string) (scan.Contents, error)
	// FolderOf is the folder of a version's files in the artifacts of the workspace.
	FolderOf(ctx context.Context, name string, number int64) (string, error)
	SignVersion(ctx context.Context, name string, number int64, text []byte) (scan.Signature, error)
	SignBelow(ctx context.Context, root string, text []byte) (scan.Signature, error)
}

// SignatureBody is how the signature of files stands.
type SignatureBody struct {
	State       string           `json:"state" enum:"unsigned,verified,unverified" doc:"verified by the keys and certificates that scan.policy trusts"`
	Why         string           `json:"why,omitempty" doc:"of a signature that is not verified"`
	Key         string           `json:"key,omitempty" doc:"SHA-256 of the public key that signed, in PEM"`
	Certificate string           `json:"certificate,omitempty" doc:"whom the certificate of that key is for"`
	Added       []string         `json:"added,omitempty" doc:"files that were not signed"`
	Changed     []string         `json:"changed,omitempty"`
	Removed     []string         `json:"removed,omitempty"`
	Waiting     bool             `json:"waiting,omitempty" doc:"files changed since, or nothing was judged yet: POST …/scan has that done"`
	Elsewhere   string           `json:"elsewhere,omitempty" doc:"where the files lie, when tacit does not keep them"`
	Files       []SignedFileBody `json:"files,omitempty" doc:"all files with their digests, when they are asked for"`
	Bundle      string           `json:"bundle,omitempty" doc:"the text of model.sig, when files are asked for"`
}

// SignedFileBody is a file as it was judged.
type SignedFileBody struct {
	Path   string `json:"path"`
	Size   int64  `json:"size" doc:"bytes"`
	SHA256 string `json:"sha256"`
}

// NewSignatureBody is a signature that was made elsewhere.
type NewSignatureBody struct {
	Bundle string `json:"bundle" minLength:"1" doc:"the text of model.sig: a Sigstore bundle of OpenSSF Model Signing"`
}

// NewRunSignatureBody is one for a folder of a run.
type NewRunSignatureBody struct {
	NewSignatureBody
	Path string `json:"path,omitempty" maxLength:"4096" doc:"a folder below the run's artifact root, which it is unless given"`
}

func (f *face) signatures() {
	at := numbered("model", "name", "version")
	add(f, operation{"GET", "/models/{name}/versions/{version}/signature", "get-signature", "Who signed a version's files, and whether they are as they were signed", "version.read", at, 0}, f.getSignature)
	add(f, operation{"PUT", "/models/{name}/versions/{version}/signature", "sign-version", "Put a signature beside a version's files", "version.update", target{objects: f.signedVersion}, 0}, f.signVersion)
	add(f, operation{"GET", "/runs/{id}/signature", "get-run-signature", "Who signed the files of a run's folder", "artifact.read", target{objects: f.folderOf}, 0}, f.getRunSignature)
	add(f, operation{"PUT", "/runs/{id}/signature", "sign-run", "Put a signature into a folder of a run's artifacts", "run.update", naming(object("run", "id"), f.signedFolder), 0}, f.signRun)
}

// signedVersion names the version, and the file that is written beside its own.
func (f *face) signedVersion(r *http.Request, body []byte) []route.Object {
	objects := numbered("model", "name", "version").objects(r, body)
	number, err := strconv.ParseInt(plain(r.PathValue("version")), 10, 64)
	if err != nil {
		return objects
	}
	folder, err := f.Signatures.FolderOf(r.Context(), r.PathValue("name"), number)
	if err != nil {
		return objects // there is no such version, or it has no files, which is told later
	}
	file := path.Join(folder, signing.FileName)
	objects = append(objects, route.For("artifact.write", artifact.URN(file)))
	if owner := artifact.Owner(file); !owner.IsZero() {
		objects = append(objects, route.For("artifact.write", owner))
	}
	return objects
}

// signedFolder names the file that is written.
func (f *face) signedFolder(r *http.Request, m NewRunSignatureBody) []route.Object {
	run := r.PathValue("id")
	root, _ := f.Runs.ArtifactRoot(r.Context(), run)
	var objects []route.Object
	for _, u := range artifact.Touched(urn.New("run", run), root, path.Join(m.Path, signing.FileName)) {
		objects = append(objects, route.For("artifact.write", u))
	}
	return objects
}

type getSignatureInput struct {
	VersionPath
	Files bool `query:"files" doc:"give all files with their digests as well, and the signature itself"`
}

func (f *face) getSignature(ctx context.Context, in *getSignatureInput) (*output[SignatureBody], error) {
	s, err := f.Signatures.SignatureOf(ctx, in.Name, in.Version)
	body := signatureBody(s)
	if err == nil && in.Files && s.Elsewhere == "" {
		var c scan.Contents
		c, err = f.Signatures.ContentsOf(ctx, in.Name, in.Version)
		body.fill(c)
	}
	return &output[SignatureBody]{body}, err
}

func (f *face) signVersion(ctx context.Context, in *struct {
	VersionPath
	Body NewSignatureBody
}) (*output[SignatureBody], error) {
	s, err := f.Signatures.SignVersion(ctx, in.Name, in.Version, []byte(in.Body.Bundle))
	return &output[SignatureBody]{signatureBody(s)}, err
}

type getRunSignatureInput struct {
	RunPath
	Path  string `query:"path" maxLength:"4096" doc:"a folder below the artifact root, which it is unless given"`
	Files bool   `query:"files" doc:"give all files with their digests as well, and the signature itself"`
}

func (f *face) getRunSignature(ctx context.Context, in *getRunSignatureInput) (*output[SignatureBody], error) {
	folder, err := f.folderBelow(ctx, in.ID, in.Path)
	if err != nil {
		return nil, err
	}
	s, err := f.Signatures.SignatureBelow(ctx, folder)
	body := signatureBody(s)
	if err == nil && in.Files {
		var c scan.Contents
		c, err = f.Signatures.ContentsBelow(ctx, folder)
		body.fill(c)
	}
	return &output[SignatureBody]{body}, err
}

func (f *face) signRun(ctx context.Context, in *struct {
	RunPath
	Body NewRunSignatureBody
}) (*output[SignatureBody], error) {
	folder, err := f.folderBelow(ctx, in.ID, in.Body.Path)
	if err != nil {
		return nil, err
	}
	s, err := f.Signatures.SignBelow(ctx, folder, []byte(in.Body.Bundle))
	return &output[SignatureBody]{signatureBody(s)}, err
}

// folderBelow is a folder of a run's artifacts.
func (f *face) folderBelow(ctx context.Context, run, p string) (string, error) {
	at, err := f.Runs.ArtifactRoot(ctx, run)
	if err != nil {
		return "", err
	}
	return artifact.Below(at, p)
}

func signatureBody(s scan.Signature) SignatureBody {
	return SignatureBody{State: string(s.State), Why: s.Why, Key: s.Key, Certificate: s.Certificate, Added: s.Added, Changed: s.Changed, Removed: s.Removed,
		Waiting: s.Waiting, Elsewhere: s.Elsewhere}
}

// fill adds files and the signature; what waits for a verdict of some waits.
func (b *SignatureBody) fill(c scan.Contents) {
	b.Waiting, b.Bundle = b.Waiting || c.Waiting, string(c.Bundle)
	for _, file := range c.Files {
		b.Files = append(b.Files, SignedFileBody{file.Path, file.Size, file.Digest.String()})
	}
}
