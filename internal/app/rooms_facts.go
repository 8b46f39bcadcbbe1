package app

import (
	"cmp"
	"context"
	"strconv"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/develop/tracking/loggedmodel"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

// facts tells govern/access of an object what a decision looks at.
type facts struct {
	tracking  *tracking.Service
	models    *loggedmodel.Service
	registry  *registry.Service
	artifacts *artifact.Service
	lineage   *lineage.Service
}

// mentioned reports whether lineage tells the caller of data, and of what other programs
// reported. Nothing else is known there alone.
func (f *facts) mentioned(ctx context.Context, object urn.URN) (bool, error) {
	switch {
	case object.Kind == "data", object.Kind == "dataset", object.Kind == "job-run", object.Kind == "job" && len(object.Path) > 1:
		found, err := f.lineage.Named(ctx, object.String())
		return len(found) > 0, err
	}
	return true, nil
}

// of gives an object with its name, its tags and what it is in; false when it is
// not there. What no policy looks into is told by its name alone.
func (f *facts) of(ctx context.Context, object urn.URN) (policy.Resource, bool, error) {
	found := policy.Named(object, caller.Workspace(ctx))
	var err error
	switch found.Kind {
	case "experiment":
		err = f.experiment(ctx, &found)
	case "run":
		err = f.run(ctx, &found)
	case "logged-model":
		err = f.loggedModel(ctx, &found)
	case "model":
		err = f.model(ctx, &found)
	case "version":
		err = f.version(ctx, &found, object)
	case "artifact":
		err = f.artifact(ctx, &found)
	}
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) { // a name that nothing can have
		return found, false, nil
	}
	return found, true, err
}

// subjects is the condition over events that they are about things of a kind which
// a condition selects.
func (f *facts) subjects(ctx context.Context, kind string, where filter.Node) (filter.Node, error) {
	switch workspace := caller.Workspace(ctx); kind {
	case "experiment":
		return tracking.ExperimentSubjects(workspace, where), nil
	case "run":
		return tracking.RunSubjects(workspace, where), nil
	case "logged-model":
		return loggedmodel.Subjects(workspace, where), nil
	case "model":
		return f.registry.ModelSubjects(ctx, where)
	case "version":
		return f.registry.VersionSubjects(ctx, where)
	}
	return filter.False{}, nil
}

// any reports whether there is anything of a kind that a condition selects.
func (f *facts) any(ctx context.Context, r rows.Reader, kind string, where filter.Node) (bool, error) {
	switch kind {
	case "experiment":
		return f.tracking.AnyExperiment(ctx, r, where)
	case "run":
		return f.tracking.AnyRun(ctx, r, where)
	case "logged-model":
		return f.models.Any(ctx, r, where)
	case "model":
		return f.registry.AnyModel(ctx, r, where)
	case "version":
		return f.registry.AnyVersion(ctx, r, where)
	}
	return true, nil
}

// files gives the path of each file.
func (f *facts) files(ctx context.Context, do func(path string) error) error {
	return f.artifacts.Each(ctx, do)
}

func (f *facts) experiment(ctx context.Context, found *policy.Resource) error {
	if found.ID == tracking.NewExperiment {
		found.ID = ""
		return fault.New(fault.NotFound, "The experiment is not made yet.")
	}
	e, err := f.tracking.Experiment(ctx, found.ID)
	if err == nil {
		found.ID, found.Name, found.Tags = e.ID, cmp.Or(found.Name, e.Name), tagsOf(e.Tags) // a number may be written in several ways
	}
	return err
}

// inExperiment puts a resource into its experiment.
func (f *facts) inExperiment(ctx context.Context, found *policy.Resource, id string) error {
	found.Within = &policy.Resource{Kind: "experiment", ID: id}
	return f.experiment(ctx, found.Within)
}

// absent gives why there is no such run or logged model, after the statements that
// one takes that is there: no clock tells the two apart.
func (f *facts) absent(ctx context.Context, err error) error {
	if fault.Is(err, fault.NotFound) {
		if _, other := f.tracking.Experiment(ctx, "0"); other != nil && !fault.Is(other, fault.NotFound) {
			return other
		}
	}
	return err
}

func (f *facts) run(ctx context.Context, found *policy.Resource) error {
	r, err := f.tracking.RunHead(ctx, found.ID)
	if err != nil {
		return f.absent(ctx, err)
	}
	found.Name, found.Tags = r.Name, tagsOf(r.Tags)
	return f.inExperiment(ctx, found, r.Experiment)
}

func (f *facts) loggedModel(ctx context.Context, found *policy.Resource) error {
	m, err := f.models.AnyModel(ctx, found.ID)
	if err != nil {
		return f.absent(ctx, err)
	}
	found.Name, found.Tags = m.Name, tagsOf(m.Tags)
	return f.inExperiment(ctx, found, m.Experiment)
}

func (f *facts) model(ctx context.Context, found *policy.Resource) error {
	m, err := f.registry.Model(ctx, found.ID)
	found.Tags = tagsOf(m.Tags)
	return err
}

func (f *facts) version(ctx context.Context, found *policy.Resource, object urn.URN) error {
	if found.Within == nil { // named tacit:version/…, as no version is
		return fault.New(fault.NotFound, "There is no version %s.", found.ID)
	}
	if err := f.model(ctx, found.Within); err != nil {
		return err
	}
	number, err := strconv.ParseInt(object.Path[1], 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "There is no version %s.", found.ID)
	}
	v, err := f.registry.Version(ctx, found.Within.ID, number)
	found.ID, found.Tags = found.Within.ID+"/"+strconv.FormatInt(number, 10), tagsOf(v.Tags)
	return err
}

// artifact puts a file into the run, logged model or experiment whose root it
// lies below. One that lies below none is in the workspace alone.
func (f *facts) artifact(ctx context.Context, found *policy.Resource) error {
	owner := artifact.Owner(found.ID)
	if owner.IsZero() {
		return nil
	}
	within, there, err := f.of(ctx, owner)
	if found.Within = &within; err == nil && !there {
		err = fault.New(fault.NotFound, "There is no %s.", owner)
	}
	return err
}

// tagsOf are tags by their keys.
func tagsOf[T ~struct{ Key, Value string }](tags []T) map[string]string {
	all := make(map[string]string, len(tags))
	for _, t := range tags {
		one := struct{ Key, Value string }(t)
		all[one.Key] = one.Value
	}
	return all
}
