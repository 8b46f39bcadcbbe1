package workingcopy

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/snapshot"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Committing says what is committed.
type Committing struct {
	Force     bool // without asking
	WithDeps  bool
	Recursive bool
	NoRelink  bool
}

// Commit makes what lies in the working copy the version of outs that are there already:
// of those that the target names, or of all where it is "". Where something changed the
// person is asked first.
func (c Config) Commit(ctx context.Context, target string, how Committing) error {
	_, err := c.do(ctx, func(w *change) (err error) {
		var targets []string
		if target != "" {
			targets = []string{target}
		}
		selected, err := w.Repo.Select(w.index, w.Cwd, targets, repository.Flags{WithDeps: how.WithDeps, Recursive: how.Recursive})
		if err != nil {
			return err
		}
		if how.NoRelink {
			w.linking = "copy"
		}
		stages := stagesOf(selected)
		var outs []string
		for _, s := range stages {
			for _, o := range s.Outs {
				outs = append(outs, o.Path)
			}
		}
		release, err := w.hold(ctx, outs...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, release()) }()
		if err := w.commit(ctx, stages, how); err != nil {
			return errors.Join(err, w.undo())
		}
		w.touched = nil // dvc says nothing of them
		if how.NoRelink {
			return nil
		}
		return w.remember(w.left)
	})
	return err
}

// stagesOf are the stages of what was selected, each once.
func stagesOf(selected []repository.Selected) (all []*repository.Stage) {
	seen := map[*repository.Stage]bool{}
	for _, s := range selected {
		if !seen[s.Out.Stage] {
			seen[s.Out.Stage] = true
			all = append(all, s.Out.Stage)
		}
	}
	return all
}

// commit looks at all outs and asks, then stores them, then writes the files.
func (w *change) commit(ctx context.Context, stages []*repository.Stage, how Committing) error {
	seen, err := w.seeOuts(ctx, stages)
	if err != nil {
		return err
	}
	runs := map[*repository.Stage]bool{}
	for _, s := range stages {
		r, err := w.recipeOf(ctx, s)
		if err != nil {
			return err
		}
		changed, err := w.ask(s, seen, r, how)
		if err != nil {
			return err
		}
		runs[s] = r != nil && r.known && (changed || how.Force)
	}
	if err := w.storeOuts(ctx, stages, seen); err != nil {
		return err
	}
	for _, s := range stages {
		for _, o := range s.Outs {
			if !o.NoCache && !o.External {
				if err := w.ignore(ctx, o.Path); err != nil {
					return err
				}
			}
		}
	}
	if err := w.writeAll(stages); err != nil {
		return err
	}
	for s, ran := range runs {
		if ran {
			if err := w.saveRun(ctx, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// seeOuts looks at the outs of stages, without storing anything.
func (w *change) seeOuts(ctx context.Context, stages []*repository.Stage) (map[*repository.Out]*snapshot.Content, error) {
	seen := map[*repository.Out]*snapshot.Content{}
	for _, layout := range []object.Layout{object.Current, object.Legacy} {
		var outs []*repository.Out
		var places []string
		for _, s := range stages {
			for _, o := range s.Outs {
				if o.Layout == layout && !o.External {
					outs, places = append(outs, o), append(places, o.Path)
				}
			}
		}
		if len(outs) == 0 {
			continue
		}
		taken, err := w.take(ctx, places, layout, false)
		if err != nil {
			return nil, err
		}
		for i, o := range outs {
			seen[o] = &taken.Contents[i]
		}
	}
	return seen, nil
}

// Same says whether what lies at an out's place is its version.
func Same(o *repository.Out, c *snapshot.Content) bool {
	return o.Known && (c.Kind == snapshot.File || c.Kind == snapshot.Folder) && c.ID == o.ID
}

// ask asks about a stage of which something changed, and tells whether something did.
func (w *change) ask(s *repository.Stage, seen map[*repository.Out]*snapshot.Content, r *recipe, how Committing) (bool, error) {
	var changed, deps []string
	if r != nil {
		for _, d := range r.deps {
			deps = append(deps, "'"+d+"'")
		}
	}
	for _, o := range s.Outs {
		if c := seen[o]; c != nil && !Same(o, c) {
			changed = append(changed, "'"+w.shown(o.Path)+"'")
		}
	}
	named := "stage: '" + s.Address(w.shown(s.File)) + "'"
	var question string
	switch sum, err := sumOf(s); {
	case len(deps) > 0 && len(changed) > 0:
		question = fmt.Sprintf("dependencies [%s] and outputs [%s] of %s changed.", strings.Join(deps, ", "), strings.Join(changed, ", "), named)
	case len(deps) > 0:
		question = fmt.Sprintf("dependencies [%s] of %s changed.", strings.Join(deps, ", "), named)
	case len(changed) > 0:
		question = fmt.Sprintf("outputs [%s] of %s changed.", strings.Join(changed, ", "), named)
	case r != nil && r.command:
		question = fmt.Sprintf("'cmd' of %s has changed.", named)
	case err != nil, sum == "", sum == s.Spec.MD5:
		return false, err
	default:
		question = fmt.Sprintf("'md5' of %s changed.", named)
	}
	if how.Force || w.Confirm != nil && w.Confirm(question+" Are you sure you want to commit it?") {
		return true, nil
	}
	return false, fault.New(fault.Conflict, "unable to commit changed %s. Use `-f|--force` to force.", named)
}

// sumOf is the sum that stands at the top of an import's file, "" of other stages.
func sumOf(s *repository.Stage) (string, error) {
	if s.Spec == nil || s.Spec.MD5 == "" && !s.IsImport() {
		return "", nil
	}
	return s.Spec.Sum()
}

// storeOuts brings what lies at the outs into the cache, and makes their stages say it.
// What an out of DVC 2 has unchanged stays as DVC 2 wrote it.
func (w *change) storeOuts(ctx context.Context, stages []*repository.Stage, seen map[*repository.Out]*snapshot.Content) error {
	var outs []*repository.Out
	var places []string
	for _, s := range stages {
		for _, o := range s.Outs {
			c := seen[o]
			switch {
			case c == nil, o.Layout == object.Legacy && Same(o, c) && !w.anew:
				continue
			case c.Kind == snapshot.Absent:
				return fault.New(fault.NotFound, "output '%s' does not exist", w.shown(o.Path))
			case c.Kind == snapshot.Other:
				return fault.New(fault.Invalid, "output '%s' is not a file or directory", w.shown(o.Path))
			case c.Size == 0 && w.Warn != nil:
				w.Warn(fmt.Sprintf("'%s' is empty.", w.shown(o.Path)))
			}
			outs, places = append(outs, o), append(places, o.Path)
		}
	}
	if err := w.untracked(ctx, cached(outs)...); err != nil {
		return err
	}
	for _, keep := range []bool{true, false} {
		if err := w.storeSome(ctx, outs, places, keep); err != nil {
			return err
		}
	}
	return w.Repo.Cache(object.Current).Sync()
}

// storeSome stores the outs that are kept in the cache, or hashes those that are not.
func (w *change) storeSome(ctx context.Context, outs []*repository.Out, places []string, keep bool) error {
	var some []*repository.Out
	var at []string
	for i, o := range outs {
		if o.NoCache != keep {
			some, at = append(some, o), append(at, places[i])
		}
	}
	if len(some) == 0 {
		return nil
	}
	taken, err := w.take(ctx, at, object.Current, keep)
	if err != nil {
		return err
	}
	for i, o := range some {
		c := &taken.Contents[i]
		if c.Kind != snapshot.File && c.Kind != snapshot.Folder {
			return fault.New(fault.Conflict, "'%s' vanished while it was read.", w.shown(o.Path))
		}
		if keep {
			if err := store(ctx, w.Repo.Cache(object.Current), c); err != nil {
				return err
			}
			w.left[o.Path] = c.Trace
		}
		versionOf(c).apply(o)
	}
	return nil
}

// cached are the places of the outs that are kept in the cache.
func cached(outs []*repository.Out) (all []string) {
	for _, o := range outs {
		if !o.NoCache {
			all = append(all, o.Path)
		}
	}
	return all
}

// apply makes an out, and what its file will say of it, a version.
func (v version) apply(o *repository.Out) {
	o.ID, o.Known, o.Size, o.NFiles, o.IsExec, o.Layout = v.id, true, v.size, v.nfiles, v.exec, object.Current
	switch {
	case o.Stage.Spec != nil:
		v.set(&o.Stage.Spec.Outs[o.Position])
	case o.Stage.Lock != nil:
		v.set(&o.Stage.Lock.Outs[o.Position])
	}
}

// writeAll writes the files of stages: .dvc files, and each dvc.lock once.
func (w *change) writeAll(stages []*repository.Stage) error {
	locks := map[string][]*repository.Stage{}
	for _, s := range stages {
		if s.Spec == nil {
			file := path.Join(path.Dir(s.File), repository.LockFile)
			locks[file] = append(locks[file], s)
			continue
		}
		sum, err := sumOf(s)
		if err != nil {
			return err
		}
		s.Spec.MD5 = sum
		if err := w.write(s); err != nil {
			return err
		}
	}
	for file, of := range locks {
		if err := w.writeLock(file, of); err != nil {
			return err
		}
	}
	return nil
}

// writeLock writes what stages of a pipeline are now made of, and made.
func (w *change) writeLock(file string, stages []*repository.Stage) error {
	text, err := readThere(w.Repo.Path(file))
	if err != nil {
		return err
	}
	lock := &dvcfile.Lock{}
	if text != nil {
		if lock, err = dvcfile.ParseLock(file, text); err != nil {
			return err
		}
	}
	for _, s := range stages {
		lock.Set(*s.Lock)
	}
	next, err := lock.Encode()
	if err != nil {
		return err
	}
	if text == nil {
		w.say("Generating lock file '%s'", w.shown(file))
	}
	if string(next) != string(text) {
		w.say("Updating lock file '%s'", w.shown(file))
	}
	return replace(w.Repo.Path(file), next)
}

// lockDeps makes a stage say what its deps within the repository are now.
func (w *change) lockDeps(ctx context.Context, s *repository.Stage) error {
	var places []string
	var deps []*dvcfile.Dep
	for i := range s.Lock.Deps {
		d := &s.Lock.Deps[i]
		if strings.Contains(d.Path, "://") || path.IsAbs(d.Path) || d.Dataset != nil {
			continue
		}
		if p := path.Join(s.Wdir(), d.Path); p != "." && !strings.HasPrefix(p, "../") {
			places, deps = append(places, p), append(deps, d)
		}
	}
	seen, err := w.seeEach(ctx, places)
	if err != nil {
		return err
	}
	for i, d := range deps {
		c := seen[i]
		if c.Kind != snapshot.File && c.Kind != snapshot.Folder {
			return fault.New(fault.NotFound, "dependency '%s' does not exist", w.shown(places[i]))
		}
		o := dvcfile.Out{Entry: d.Entry}
		versionOf(c).set(&o)
		if d.MD5 != o.MD5 || d.Hash != o.Hash {
			d.Entry = o.Entry
		}
	}
	return nil
}

// seeEach looks at places of which one may lie in another.
func (w *change) seeEach(ctx context.Context, places []string) ([]*snapshot.Content, error) {
	seen, err := w.takeAll(ctx, slices.Clone(places), false)
	if err != nil {
		return nil, err
	}
	all := make([]*snapshot.Content, len(places))
	for i, p := range places {
		all[i] = seen[p]
	}
	return all, nil
}
