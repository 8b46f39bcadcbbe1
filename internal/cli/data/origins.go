package data

import (
	"context"
	"errors"
	"fmt"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/imports"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// origins are the repositories that data were imported from, each opened once.
type origins struct {
	s    *session
	own  *repository.Repository
	open map[string]*imports.Source
}

// origins of a repository's imports; who asks closes them.
func (s *session) origins(own *repository.Repository) *origins {
	return &origins{s: s, own: own, open: map[string]*imports.Source{}}
}

// of opens the repository of an import at the commit that is recorded.
func (o *origins) of(ctx context.Context, spec *dvcfile.Repo) (*imports.Source, error) {
	options, err := imports.Recorded(spec)
	if err != nil {
		return nil, err
	}
	return o.at(ctx, spec.URL, options)
}

// at opens a repository.
func (o *origins) at(ctx context.Context, url string, options imports.Options) (*imports.Source, error) {
	key := fmt.Sprintf("%q %+v", url, options)
	if s := o.open[key]; s != nil {
		return s, nil
	}
	s, err := imports.Open(ctx, url, options, o.s.around(o.own))
	if err == nil {
		o.open[key] = s
	}
	return s, err
}

// fetch brings an import into a cache.
func (o *origins) fetch(ctx context.Context, selected repository.Selected, to *cache.Cache, jobs int) (files int, bytes int64, err error) {
	source, err := o.of(ctx, selected.Out.Stage.Import())
	if err != nil {
		return 0, 0, err
	}
	done, err := source.Fetch(ctx, selected.Out.Stage.Spec.Deps[0].Path, selected.Sub, to, jobs)
	if err != nil {
		return 0, 0, err
	}
	return done.Objects, done.Bytes, nil
}

// bring brings the data of an import to their place, and tells how many files they are
// and whether they are a folder.
func (o *origins) bring(ctx context.Context, out *repository.Out, to string, jobs int) (files int, dir bool, err error) {
	dep := out.Stage.Spec.Deps[0]
	if dep.Repo != nil {
		source, err := o.of(ctx, dep.Repo)
		if err != nil {
			return 0, false, err
		}
		return source.DownloadCounted(ctx, dep.Path, to, jobs)
	}
	at, err := o.s.locate(dep.Path, o.own.Path(out.Stage.Wdir()), dvcconfig.Over{Options: dep.FSConfig, Tracked: true})
	if err != nil {
		return 0, false, err
	}
	defer func() { err = errors.Join(err, at.Close()) }()
	found, err := at.Look(ctx)
	if err != nil {
		return 0, false, err
	}
	if data, err := found.Data(ctx, jobs); err != nil || !sameHash(data, dep.Data) {
		return 0, false, errors.Join(err, fault.WithHint(fault.New(fault.Conflict, "'%s' has other data now than '%s' was imported from.", dep.Path, out.Path), "bring it up to date: tacit data update %s", out.Stage.File))
	}
	return max(len(found.Files), 1), found.Dir, found.Download(ctx, to, jobs)
}

// files are what the source of an import has below a folder, for a difference. A source
// that does not answer has nothing to tell, and the person is told of that.
func (o *origins) files(ctx context.Context, out *repository.Out) (all []string, folder bool, err error) {
	dep := out.Stage.Dep()
	if dep.DB != nil {
		return nil, false, nil
	}
	if dep.Repo != nil {
		source, err := o.of(ctx, dep.Repo)
		if err == nil {
			all, folder, err = source.Files(ctx, dep.Path)
		}
		return all, folder, o.silent(out, err)
	}
	found, err := o.found(ctx, out)
	if err != nil {
		return nil, false, o.silent(out, err)
	}
	for _, f := range found.Files {
		all = append(all, f.Path)
	}
	return all, found.Dir, nil
}

// silent tells that the source of an import does not answer, which is no failure.
func (o *origins) silent(out *repository.Out, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	o.s.warn("what '" + out.Path + "' is of does not answer, so that only itself is compared: " + fault.Sentence(err))
	return nil
}

// found is what lies at the URL of an import.
func (o *origins) found(ctx context.Context, out *repository.Out) (found *imports.Found, err error) {
	dep := out.Stage.Dep()
	at, err := o.s.locate(dep.Path, o.own.Path(out.Stage.Wdir()), dvcconfig.Over{Options: dep.FSConfig, Tracked: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, at.Close()) }()
	return at.Look(ctx)
}

// Close lets go of all.
func (o *origins) Close() error {
	var all []error
	for _, s := range o.open {
		all = append(all, s.Close())
	}
	return errors.Join(all...)
}

// wanting are the imports among what was selected that say no hash: their data were
// never brought here.
func wanting(selected []repository.Selected) (all []*repository.Out) {
	for _, x := range selected {
		if s := x.Out.Stage; !x.Out.Known && !x.Out.External && s.IsImport() {
			all = append(all, x.Out)
		}
	}
	return all
}

// comparing looks at what lies outside of the repository.
type comparing struct{ s *session }

// Newest is the commit that an import would be of if it were brought up to date.
func (c comparing) Newest(ctx context.Context, spec *dvcfile.Repo) (string, error) {
	return imports.Newest(ctx, spec, c.s.around(c.s.repo))
}

// Differs is how data differ from what a dep says.
func (c comparing) Differs(ctx context.Context, wdir string, d dvcfile.Dep) (word string, err error) {
	if d.VersionID != "" || d.Files != nil {
		return "", fault.WithHint(fault.New(fault.Unsupported, "'%s' is a version that a bucket keeps, which tacit does not read.", d.Path), "ask dvc status for it")
	}
	at, err := c.s.locate(d.Path, wdir, dvcconfig.Over{Options: d.FSConfig, Tracked: true})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, at.Close()) }()
	found, err := at.Look(ctx)
	if fault.Is(err, fault.NotFound) {
		return "deleted", nil
	}
	if err != nil {
		return "", err
	}
	data, err := found.Data(ctx, 0)
	if err == nil && !sameHash(data, d.Data) {
		word = "modified"
	}
	return word, err
}
