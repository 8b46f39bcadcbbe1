package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/scan"
)

// Scans are the use cases that this resource calls.
type Scans interface {
	OfVersion(ctx context.Context, name string, number int64) (scan.Verdict, error)
	Again(ctx context.Context, name string, number int64) (scan.Verdict, error)
	Folder(ctx context.Context, root string) (scan.Verdict, error)
	Override(ctx context.Context, name string, number int64, reason string) (scan.Override, error)
	EndOverride(ctx context.Context, name string, number int64, reason string) error
	Fixed(ctx context.Context, name string, number int64, source, file string) error
}

// ScanBody is what is known of a version's files.
type ScanBody struct {
	Verdict   string         `json:"verdict" enum:"clean,unknown,suspicious,malicious"`
	Status    string         `json:"status" enum:"complete,inconclusive,error" doc:"whether everything was read and understood"`
	Reason    string         `json:"reason,omitempty" doc:"of a status that is not complete"`
	Waiting   bool           `json:"waiting,omitempty" doc:"files or rules changed since, or nothing was judged yet: a new verdict is on its way"`
	Judged    *time.Time     `json:"judged,omitempty"`
	Digest    string         `json:"digest,omitempty" doc:"SHA-256 over names and contents of the files"`
	Rules     string         `json:"rules,omitempty" doc:"version of the rule set"`
	Elsewhere string         `json:"elsewhere,omitempty" doc:"where the files lie, when tacit does not keep them"`
	Override  *OverrideBody  `json:"override,omitempty" doc:"that lets the files pass as they are"`
	Asleep    []OverrideBody `json:"asleep,omitempty" doc:"overrides that sleep since the files changed: they hold again when the same bytes come back, and end with DELETE …/override"`
	Failing   *FailingBody   `json:"failing,omitempty" doc:"that the version has an alias or a model stage whose gate it does not pass"`
	Report    *scan.Report   `json:"report,omitempty"`
}

// OverrideBody is a person's word that files pass the gates as they are.
type OverrideBody struct {
	Who      string    `json:"who"`
	Reason   string    `json:"reason"`
	Made     time.Time `json:"made"`
	Digest   string    `json:"digest" doc:"SHA-256 over names and contents of the files that it lets pass, in whatever version they are"`
	Versions int64     `json:"versions,omitempty" doc:"how many versions of the workspace have these files"`
}

// FailingBody is that a version is used as what it may not be.
type FailingBody struct {
	At    []string  `json:"at" nullable:"false" doc:"what it is used as: alias champion, stage Production"`
	Why   string    `json:"why"`
	Since time.Time `json:"since"`
}

// ReasonBody says why.
type ReasonBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000"`
}

// FixBody is a file that was made of a version's file by tacit scan fix.
type FixBody struct {
	Source string `json:"source" pattern:"^[0-9a-f]{64}$" doc:"SHA-256 of the version's file"`
	File   string `json:"file" pattern:"^[0-9a-f]{64}$" doc:"SHA-256 of what was made of it"`
}

// NewScanBody says what to scan.
type NewScanBody struct {
	Path string `json:"path,omitempty" maxLength:"4096" doc:"a folder below the run's artifact root, which it is unless given"`
}

func (f *face) scans() {
	at := numbered("model", "name", "version")
	add(f, operation{"GET", "/models/{name}/versions/{version}/scan", "get-scan", "What a version's files would do when they are loaded", "version.read", at, 0}, f.getScan)
	add(f, operation{"POST", "/models/{name}/versions/{version}/scan", "scan-again", "Have a version's files judged, where they or the rules changed", "version.update", at, 0}, f.scanAgain)
	add(f, operation{"POST", "/runs/{id}/scan", "scan-run", "Have a folder of a run's artifacts judged", "run.update", naming(object("run", "id"), f.scannedFolder), 0}, f.scanRun)
	add(f, operation{"POST", "/models/{name}/versions/{version}/scan/fixes", "tell-fix", "Tell that a file was made of a version's file by tacit scan fix", "version.update", at, http.StatusNoContent}, f.tellFix)
	add(f, operation{"PUT", "/models/{name}/versions/{version}/scan/override", "override-scan", "Let a version's files pass the gates as they are", "version.override", at, 0}, f.overrideScan)
	add(f, operation{"DELETE", "/models/{name}/versions/{version}/scan/override", "end-scan-override", "Have the verdict count again", "version.override", at, 0}, f.endScanOverride)
}

// scannedFolder names the folder that is scanned.
func (f *face) scannedFolder(r *http.Request, m NewScanBody) []route.Object {
	run := r.PathValue("id")
	root, _ := f.Runs.ArtifactRoot(r.Context(), run)
	var objects []route.Object
	for _, u := range artifact.Touched(urn.New("run", run), root, m.Path) {
		objects = append(objects, route.For("artifact.read", u))
	}
	return objects
}

func (f *face) scanRun(ctx context.Context, in *struct {
	RunPath
	Body NewScanBody
}) (*output[ScanBody], error) {
	at, err := f.Runs.ArtifactRoot(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	folder, err := artifact.Below(at, in.Body.Path)
	if err != nil {
		return nil, err
	}
	v, err := f.Scans.Folder(ctx, folder)
	return &output[ScanBody]{scanBody(v)}, err
}

func (f *face) getScan(ctx context.Context, in *VersionPath) (*output[ScanBody], error) {
	v, err := f.Scans.OfVersion(ctx, in.Name, in.Version)
	return &output[ScanBody]{scanBody(v)}, err
}

func (f *face) scanAgain(ctx context.Context, in *VersionPath) (*output[ScanBody], error) {
	v, err := f.Scans.Again(ctx, in.Name, in.Version)
	return &output[ScanBody]{scanBody(v)}, err
}

func (f *face) overrideScan(ctx context.Context, in *struct {
	VersionPath
	Body ReasonBody
}) (*output[OverrideBody], error) {
	o, err := f.Scans.Override(ctx, in.Name, in.Version, in.Body.Reason)
	return &output[OverrideBody]{overrideBody(o, 0)}, err
}

func (f *face) tellFix(ctx context.Context, in *struct {
	VersionPath
	Body FixBody
}) (*changed, error) {
	return &changed{}, f.Scans.Fixed(ctx, in.Name, in.Version, in.Body.Source, in.Body.File)
}

func (f *face) endScanOverride(ctx context.Context, in *VersionPath) (*changed, error) {
	return &changed{}, f.Scans.EndOverride(ctx, in.Name, in.Version, "")
}

func scanBody(v scan.Verdict) ScanBody {
	j := v.Judgement
	b := ScanBody{Verdict: j.Verdict, Status: j.Status, Reason: j.Reason, Waiting: v.Waiting, Digest: j.Digest, Rules: j.Rules, Elsewhere: v.Elsewhere, Report: v.Report}
	if b.Verdict == "" {
		b.Verdict, b.Status = "unknown", "inconclusive"
	}
	if !j.Judged.IsZero() {
		b.Judged = &j.Judged
	}
	if o := v.Override; o != nil {
		body := overrideBody(*o, v.Versions)
		b.Override = &body
	}
	for _, o := range v.Asleep {
		b.Asleep = append(b.Asleep, overrideBody(o, 0))
	}
	if f := v.Failing; f != nil {
		b.Failing = &FailingBody{f.At, f.Why, f.Since}
	}
	return b
}

func overrideBody(o scan.Override, versions int64) OverrideBody {
	return OverrideBody{o.Who, o.Reason, o.Made, o.Digest, versions}
}
