package workingcopy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/snapshot"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Adding says how data are added.
type Adding struct {
	NoCommit bool // the sums alone are taken: nothing goes into the cache
	NoRelink bool // files stay files of their own where links are shared
}

// addition is one target of an add.
type addition struct {
	target string // as it was typed
	path   string // from the root
	out    *repository.Out
	fresh  bool // the stage is a new one
}

// Add makes data of the working copy outs, and gives the files that git should be told
// of. A path within an out becomes that part of a new version of the out; one that is
// gone is taken out of it. Nothing is written before all targets are in the cache.
func (c Config) Add(ctx context.Context, targets []string, how Adding) (touched []string, err error) {
	return c.do(ctx, func(w *change) error { return w.add(ctx, targets, how) })
}

func (w *change) add(ctx context.Context, targets []string, how Adding) (err error) {
	all, err := w.additions(ctx, targets)
	if err != nil {
		return err
	}
	var places, outs []string
	for _, a := range all {
		places, outs = append(places, a.path), append(outs, a.out.Path)
	}
	release, err := w.hold(ctx, outs...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := w.untracked(ctx, outs...); err != nil {
		return err
	}
	if how.NoRelink {
		w.linking = "copy"
	}
	seen, err := w.takeAll(ctx, places, !how.NoCommit)
	if err != nil {
		return err
	}
	for _, p := range places {
		if info, err := os.Stat(filepath.Join(w.Repo.Path(p), ".dvc")); err == nil && info.IsDir() && w.Warn != nil {
			w.Warn(fmt.Sprintf("'%s' is a repository of DVC of its own: what lies in it is no part of a version here.", w.shown(p)))
		}
	}
	if err := w.apply(ctx, all, seen, how); err != nil {
		return errors.Join(err, w.undo())
	}
	return nil
}

// takeAll looks at places of which some may lie within others.
func (w *change) takeAll(ctx context.Context, places []string, store bool) (map[string]*snapshot.Content, error) {
	seen := map[string]*snapshot.Content{}
	rest := slices.Compact(slices.Sorted(slices.Values(places)))
	for len(rest) > 0 {
		var apart, within []string
		for _, p := range rest {
			if len(apart) > 0 && repository.Within(p, apart[len(apart)-1]) {
				within = append(within, p)
			} else {
				apart = append(apart, p)
			}
		}
		s, err := w.take(ctx, apart, object.Current, store)
		if err != nil {
			return nil, err
		}
		for i, p := range apart {
			seen[p] = &s.Contents[i]
		}
		rest = within
	}
	return seen, nil
}

// additions finds or makes the out of each target, and refuses what cannot be one.
func (w *change) additions(ctx context.Context, targets []string) ([]addition, error) {
	var all []addition
	for _, target := range targets {
		p, err := w.place(target)
		if err != nil {
			return nil, err
		}
		a := addition{target: target, path: p, out: w.index.Owner(p)}
		if a.out == nil {
			if i := slices.IndexFunc(all, func(b addition) bool { return b.path == p }); i >= 0 {
				continue // said twice
			}
			if a.out, err = w.fresh(ctx, target, p); err != nil {
				return nil, err
			}
			a.fresh = true
		} else if err := w.mayUpdate(a); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, w.overlaps(all)
}

// place is a target's path from the root.
func (w *change) place(target string) (string, error) {
	p := w.Repo.From(w.Cwd, target)
	if p == "" {
		return "", fault.WithHint(fault.New(fault.Invalid, "The repository itself cannot be added."), "name its folders and files")
	}
	if p == ".." || strings.HasPrefix(p, "../") || strings.Contains(target, "://") {
		return "", fault.WithHint(fault.New(fault.Invalid, "Cached output(s) outside of DVC project: %s. See <https://dvc.org/doc/user-guide/data-management/importing-external-data> for more info.", filepath.Clean(w.Repo.Path(p))),
			"import-url copies data in and remembers where they came from")
	}
	for i := 0; i <= len(p); i++ {
		if i < len(p) && p[i] != '/' {
			continue
		}
		info, err := os.Lstat(w.Repo.Path(p[:i]))
		if err != nil || info.Mode()&os.ModeSymlink == 0 {
			continue
		}
		if target, err := os.Stat(w.Repo.Path(p[:i])); i < len(p) || err == nil && target.IsDir() {
			return "", fault.New(fault.Invalid, "Cannot add files inside symlinked directories to DVC. See <https://dvc.org/doc/user-guide/troubleshooting#add-symlink> for more information.")
		}
	}
	return p, nil
}

// mayUpdate refuses to change what a pipeline makes, and to look into a file.
func (w *change) mayUpdate(a addition) error {
	if !a.out.Stage.IsSource() {
		file := w.shown(a.out.Stage.File)
		return fault.New(fault.Conflict, "cannot update '%s': overlaps with an output of stage: '%s' in '%s'.\nRun the pipeline or use 'dvc commit' to force update it.",
			path.Base(a.path), a.out.Stage.Address(file), file)
	}
	if a.path != a.out.Path && a.out.Known && !a.out.ID.Dir {
		return fault.New(fault.Invalid, "Cannot modify '%s' which is being tracked as a file", w.shown(a.out.Path))
	}
	return nil
}

// fresh is an out of a new stage beside the data.
func (w *change) fresh(ctx context.Context, target, p string) (*repository.Out, error) {
	if repository.IsStageFile(path.Base(p)) {
		return nil, fault.New(fault.Invalid, "DVC file '%s' cannot be an output.", target)
	}
	info, err := os.Stat(w.Repo.Path(p))
	folder := err == nil && info.IsDir()
	ignored, by, err := w.Repo.Ignores(p, folder)
	if err != nil {
		return nil, err
	}
	if ignored {
		return nil, fault.New(fault.Invalid, "Path '%s' is ignored by %s", w.Repo.Path(p), by[len(by)-1])
	}
	file := p + repository.Suffix
	ignored, err = w.Repo.GitIgnores(ctx, file, false)
	if err != nil {
		return nil, err
	}
	if ignored {
		return nil, fault.WithHint(fault.New(fault.Invalid, "bad DVC file name '%s' is git-ignored.", w.shown(file)), "take it out of .gitignore: git is to keep it")
	}
	if _, err := os.Lstat(w.Repo.Path(file)); err == nil {
		return nil, fault.WithHint(fault.New(fault.Exists, "'%s' already exists, and is of other data.", w.shown(file)), "move it, or remove it: dvc remove %s", w.shown(file))
	}
	spec := &dvcfile.Stage{Outs: []dvcfile.Out{{Entry: dvcfile.Entry{Path: path.Base(p)}}}}
	s := &repository.Stage{File: file, Spec: spec}
	o := &repository.Out{Stage: s, Path: p}
	s.Outs = []*repository.Out{o}
	return o, nil
}

// overlaps refuses data that would belong to two outs.
func (w *change) overlaps(all []addition) error {
	outs := slices.Clone(w.index.Outs)
	for _, a := range all {
		if a.fresh {
			outs = append(outs, a.out)
		}
	}
	for _, a := range all {
		for _, o := range outs {
			if o == a.out || o.External || !repository.Within(o.Path, a.out.Path) {
				continue
			}
			file := w.shown(o.Stage.File)
			if o.Path == a.out.Path {
				return fault.New(fault.Conflict, "output '%s' is already specified in stage: '%s'.\nUse `dvc remove %s` to stop tracking the overlapping output.", w.shown(o.Path), o.Stage.Address(file), o.Stage.Address(file))
			}
			return fault.New(fault.Conflict, "Cannot add '%s', because it is overlapping with other DVC tracked output: '%s'.\nTo include '%s' in '%s', run 'dvc remove %s' and then 'dvc add %s'",
				w.shown(a.out.Path), w.shown(o.Path), w.shown(o.Path), w.shown(a.out.Path), o.Stage.Address(file), w.shown(a.out.Path))
		}
	}
	return nil
}

// apply makes the versions of all outs from what was seen, stores their listings, and
// then writes.
func (w *change) apply(ctx context.Context, all []addition, seen map[string]*snapshot.Content, how Adding) error {
	to := w.Repo.Cache(object.Current)
	var stages []*repository.Stage
	brought := map[string]snapshot.Trace{} // of a part, what it was: no command left all of its folder as it is
	for _, a := range all {
		v, listed, err := w.versionOf(ctx, a, seen[a.path])
		if err != nil {
			return err
		}
		for _, l := range []*snapshot.Content{listed, seen[a.path]} { // dvc stores the listing of a part as well
			if how.NoCommit || l == nil {
				continue
			}
			if err := store(ctx, to, l); err != nil {
				return err
			}
		}
		if !how.NoCommit && !how.NoRelink && seen[a.path].Kind != snapshot.Absent {
			brought[a.path] = seen[a.path].Trace
		}
		v.set(&a.out.Stage.Spec.Outs[a.out.Position])
		a.out.ID, a.out.Known, a.out.Size, a.out.NFiles, a.out.Layout = v.id, true, v.size, v.nfiles, object.Current
		if !slices.Contains(stages, a.out.Stage) {
			stages = append(stages, a.out.Stage)
		}
	}
	if !how.NoCommit {
		if err := to.Sync(); err != nil {
			return err
		}
	}
	for _, s := range stages {
		for _, o := range s.Outs {
			if err := w.ignore(ctx, o.Path); err != nil {
				return err
			}
		}
	}
	for _, s := range stages {
		if err := w.write(s); err != nil {
			return err
		}
	}
	return w.remember(brought)
}

// versionOf is the version of an addition's out, with the listing to store, if it has one.
func (w *change) versionOf(ctx context.Context, a addition, c *snapshot.Content) (version, *snapshot.Content, error) {
	switch {
	case c.Kind == snapshot.Other:
		return version{}, nil, fault.New(fault.Invalid, "output '%s' is not a file or directory", w.shown(a.path))
	case a.path != a.out.Path:
		return w.part(ctx, a, c)
	case c.Kind == snapshot.Absent:
		return version{}, nil, fault.New(fault.NotFound, "output '%s' does not exist: [Errno 2] No such file or directory: '%s'", w.shown(a.path), w.Repo.Path(a.path))
	}
	return versionOf(c), c, nil
}
