package comparison

import (
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Difference is what dvc diff tells: files, and folders that are outs.
type Difference struct {
	Changes    []Change // but the unchanged
	NotInCache []*Entry // of the older side, where the newer one is the working copy
}

// Diff compares a revision with another one, or with the working copy where that is "":
// all data, or what the targets name, which are paths from the folder cwd.
// fault.NotFound for a revision that is none, and for a target that neither side has.
// What was imported and never brought here is asked of its source.
func Diff(ctx context.Context, r *repository.Repository, cwd, a, b string, targets []string, sources Sources) (*Difference, error) {
	d := &Difference{}
	git := r.Git()
	if git == nil {
		return nil, fault.New(fault.NotFound, "Only supported for Git repositories. If you're seeing this error in a Git repo, try updating the DVC configuration with `dvc config core.no_scm false`.")
	}
	if empty, err := git.Empty(ctx); err != nil || empty {
		return d, err
	}
	commit, err := git.Resolve(ctx, a)
	if err != nil {
		return nil, err
	}
	if b != "" {
		other, err := git.Resolve(ctx, b)
		if err != nil || other == commit {
			return d, err
		}
	}
	old, missing, err := selectIn(ctx, r, cwd, a, targets)
	if err != nil {
		return nil, err
	}
	now, missingNow, err := selectIn(ctx, r, cwd, b, targets)
	if err != nil {
		return nil, err
	}
	for _, t := range missing {
		if slices.Contains(missingNow, t) {
			return nil, fault.New(fault.NotFound, "[Errno 2] No such file or directory: '%s'", t)
		}
	}
	from, to := sideOf(r, old), sideOf(r, now)
	if b == "" {
		if to, err = present(ctx, r, now); err != nil {
			return nil, err
		}
	}
	from.sources, to.sources = sources, sources
	changes, err := compare(ctx, from, to, asked{files: true, unchanged: b == ""})
	if err != nil {
		return nil, err
	}
	return d, d.take(ctx, r, changes, b == "")
}

// take keeps what is told, and asks the cache for what the older side has.
func (d *Difference) take(ctx context.Context, r *repository.Repository, changes []Change, ask bool) (err error) {
	var old []*Entry
	for _, c := range changes {
		if c.Old != nil && !c.brought {
			old = append(old, c.Old)
		}
		if c.Kind != Unchanged && c.Kind != Unknown {
			d.Changes = append(d.Changes, c)
		}
	}
	if ask {
		d.NotInCache, err = notInCache(ctx, r, old)
	}
	return err
}

// selectIn finds the targets in a revision; those that it has not are told of.
func selectIn(ctx context.Context, r *repository.Repository, cwd, rev string, targets []string) (all []repository.Selected, missing []string, err error) {
	ix, err := r.Index(ctx, rev)
	if err != nil {
		return nil, nil, err
	}
	if len(targets) == 0 {
		all, err = r.Select(ix, cwd, nil, repository.Flags{})
		return all, nil, err
	}
	for _, t := range targets {
		found, err := r.Select(ix, cwd, []string{t}, repository.Flags{})
		switch {
		case fault.Is(err, fault.NotFound):
			missing = append(missing, t)
		case err != nil:
			return nil, nil, err
		}
		for _, s := range found {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all, missing, nil
}
