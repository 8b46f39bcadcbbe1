package app

import (
	"context"
	"io"
	"path"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/bom"
)

// described tells govern/bom what is known of versions.
type described struct {
	judged
	artifacts *artifact.Service
	access    *access.Service
}

// Describe tells of a version and its run. A run that is gone is none, and of one
// that the caller may not read there is the id, which the version has as well.
func (d described) Describe(ctx context.Context, name string, number int64) (v bom.Version, err error) {
	of, err := d.versions.Version(ctx, name, number)
	if err != nil {
		return v, err
	}
	v = bom.Version{Name: of.Model, Number: of.Number, Description: of.Description, Stage: string(of.Stage), Aliases: of.Aliases, Tags: tagsOf(of.Tags),
		Created: time.UnixMilli(of.Created).UTC(), User: of.User, Source: of.Source}
	if of.RunID == "" {
		return v, nil
	}
	if err := d.access.Check(ctx, "run.read", urn.New("run", of.RunID)); fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound) {
		v.Run = &bom.Run{ID: of.RunID}
		return v, nil
	} else if err != nil {
		return v, err
	}
	run, err := d.runs.Run(ctx, of.RunID)
	if fault.Is(err, fault.NotFound) {
		return v, nil
	}
	if err == nil {
		v.Run = runOf(run)
	}
	return v, err
}

// runOf is a run as govern/bom has it.
func runOf(r tracking.Run) *bom.Run {
	run := &bom.Run{ID: r.ID, Name: r.Name, User: r.User, Params: map[string]string{}, Metrics: map[string]float64{}, Tags: map[string]string{}}
	if r.End > 0 {
		run.Ended = time.UnixMilli(r.End).UTC()
	}
	for _, p := range r.Params {
		run.Params[p.Key] = p.Value
	}
	for _, m := range r.Metrics {
		run.Metrics[m.Key] = m.Value
	}
	for _, t := range r.Tags {
		run.Tags[t.Key] = t.Value
	}
	for _, in := range r.Inputs.Datasets {
		data := bom.Data{Name: in.Dataset.Name, Digest: in.Dataset.Digest, SourceType: in.Dataset.SourceType, Source: in.Dataset.Source}
		for _, t := range in.Tags {
			if t.Key == "mlflow.data.context" {
				data.Context = t.Value
			}
		}
		run.Data = append(run.Data, data)
	}
	return run
}

// Read reads the beginning of a file of a version.
func (d described) Read(ctx context.Context, name string, number int64, file string, most int64) ([]byte, error) {
	root, _, err := d.OfVersion(ctx, name, number)
	if err == nil && root == "" {
		err = fault.New(fault.NotFound, "Version %d of %s has no files that tacit keeps.", number, name)
	}
	if err != nil {
		return nil, err
	}
	r, _, err := d.artifacts.Open(ctx, path.Join(root, file), blobs.Range{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(io.LimitReader(r, most))
}
