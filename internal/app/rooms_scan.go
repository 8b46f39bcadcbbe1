package app

import (
	"bytes"
	"context"
	"io"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/develop/tracking/loggedmodel"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/govern/scan"
)

// gate asks govern/scan which versions may serve.
type gate struct{ scan **scan.Service }

// Admit asks.
func (g gate) Admit(ctx context.Context, name string, number int64, alias string, stage registry.Stage) (registry.Admission, error) {
	return (*g.scan).Admit(ctx, name, number, scan.Target{Alias: alias, Stage: string(stage)})
}

// scanned are the artifacts as govern/scan reads them.
type scanned struct{ *artifact.Service }

// List lists a folder.
func (s scanned) List(ctx context.Context, folder string) ([]scan.Entry, error) {
	entries, err := s.Service.List(ctx, folder)
	all := make([]scan.Entry, len(entries))
	for i, e := range entries {
		all[i] = scan.Entry{Path: e.Path, Folder: e.Folder, Size: e.Size, ETag: e.ETag}
	}
	return all, err
}

// Open opens a part of a file.
func (s scanned) Open(ctx context.Context, path string, part blobs.Range) (_ io.ReadCloser, etag string, err error) {
	r, info, err := s.Service.Open(ctx, path, part)
	return r, info.ETag, err
}

// Put stores a file.
func (s scanned) Put(ctx context.Context, path string, text []byte) error {
	_, err := s.Service.Put(ctx, path, bytes.NewReader(text), int64(len(text)))
	return err
}

// judged tells govern/scan where the files of models lie.
type judged struct {
	versions *registry.Service
	models   *loggedmodel.Service
	runs     *tracking.Service
}

// Origin is the run of a version, with what it says of its program and its data.
func (j judged) Origin(ctx context.Context, name string, number int64) (o scan.Origin, err error) {
	v, err := j.versions.Version(ctx, name, number)
	if err != nil || v.RunID == "" {
		return o, err
	}
	run, err := j.runs.Run(ctx, v.RunID)
	if fault.Is(err, fault.NotFound) {
		return o, nil
	}
	o.Run, o.Inputs = run.ID, len(run.Inputs.Datasets)
	for _, t := range run.Tags {
		if t.Key == "mlflow.source.name" || t.Key == "mlflow.source.git.commit" && o.Source == "" {
			o.Source = t.Value
		}
	}
	return o, err
}

// OfVersion is where a version's files lie.
func (j judged) OfVersion(ctx context.Context, name string, number int64) (folder, elsewhere string, err error) {
	v, err := j.versions.Version(ctx, name, number)
	if err != nil {
		return "", "", err
	}
	at, err := j.versions.FilesAt(ctx, v)
	if err != nil || v.Prompt() {
		return "", "", err
	}
	folder, elsewhere = placeOf(at)
	return folder, elsewhere, nil
}

// OfLoggedModel is where a logged model's files lie.
func (j judged) OfLoggedModel(ctx context.Context, id string) (folder, elsewhere string, err error) {
	at, _, err := j.models.Source(ctx, id)
	if err == nil {
		folder, elsewhere = placeOf(at)
	}
	return folder, elsewhere, err
}

// placeOf tells a folder of the artifacts from what lies elsewhere.
func placeOf(root string) (folder, elsewhere string) {
	if folder, ok := artifact.Folder(root); ok && folder != "" {
		return folder, ""
	}
	return "", root
}

// Uses are the aliases and the model stage of a version.
func (j judged) Uses(ctx context.Context, r rows.Reader, name string, number int64) ([]scan.Target, error) {
	uses, err := j.versions.Uses(ctx, r, name, number)
	all := make([]scan.Target, len(uses))
	for i, u := range uses {
		all[i] = scan.Target{Alias: u.Alias, Stage: string(u.Stage)}
	}
	return all, err
}

// Used are the versions with an alias or a model stage.
func (j judged) Used(ctx context.Context) ([]scan.VersionRef, error) {
	versions, err := j.versions.Used(ctx)
	all := make([]scan.VersionRef, len(versions))
	for i, v := range versions {
		all[i] = scan.VersionRef{Name: v.Model, Number: v.Number}
	}
	return all, err
}

// Workspaces are those with registered models.
func (j judged) Workspaces(ctx context.Context) ([]string, error) { return j.versions.Workspaces(ctx) }

// Warn sets the tag, and takes it away for nothing to say.
func (j judged) Warn(ctx context.Context, name string, number int64, text string) error {
	return j.versions.Mark(ctx, name, number, registry.Tag{Key: scan.Tag, Value: text})
}
