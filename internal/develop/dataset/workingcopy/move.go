package workingcopy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/snapshot"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Move gives data another place, with the file of their stage where that has their name.
// The version stays what it was; bytes that are in no version go into the cache, as with
// dvc.
func (c Config) Move(ctx context.Context, from, to string) (touched []string, err error) {
	return c.do(ctx, func(w *change) (err error) {
		source := w.Repo.From(w.Cwd, from)
		o := w.index.Owner(source)
		if o == nil || o.Path != source {
			return fault.New(fault.NotFound, "Unable to find DVC file with output '%s'", w.shown(source))
		}
		if !o.Stage.IsSource() {
			shown := w.shown(o.Stage.File)
			return fault.New(fault.Conflict, "move is not permitted for stages that are not data sources. You need to either move '%s' to a new location and edit it by hand, or remove '%s' and create a new one at the desired location.",
				o.Stage.Address(shown), o.Stage.Address(shown))
		}
		target, err := w.place(to)
		if err != nil {
			return err
		}
		if info, err := os.Stat(w.Repo.Path(target)); err == nil && info.IsDir() {
			target = path.Join(target, path.Base(source))
		}
		release, err := w.hold(ctx, source, target)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, release()) }()
		return w.move(ctx, o, target)
	})
}

// move checks, renames, and writes.
func (w *change) move(ctx context.Context, o *repository.Out, target string) error {
	file := o.Stage.File
	if strings.TrimSuffix(path.Base(file), repository.Suffix) == path.Base(o.Path) {
		file = target + repository.Suffix
	}
	if err := w.mayMove(o, target, file); err != nil {
		return err
	}
	_, err := os.Lstat(w.Repo.Path(o.Path))
	there := err == nil
	if !there && w.Warn != nil {
		w.Warn(fmt.Sprintf("'%s' missing", w.Repo.Path(o.Path)))
	}
	former := o.Path
	if there {
		if err := os.Rename(w.Repo.Path(former), w.Repo.Path(target)); err != nil {
			return fault.Because(err, fault.Unavailable, "'%s' cannot be moved to '%s'.", w.shown(former), w.shown(target))
		}
	}
	if err := w.moved(ctx, o, target, file, there); err != nil {
		if there {
			err = errors.Join(err, os.Rename(w.Repo.Path(target), w.Repo.Path(former)))
		}
		return errors.Join(err, w.undo())
	}
	if !o.NoCache || o.Stage.Import() != nil {
		if err := w.unignore(former); err != nil {
			return err
		}
	}
	if file != o.Stage.File {
		w.touched[o.Stage.File] = true
		if err := os.Remove(w.Repo.Path(o.Stage.File)); err != nil {
			return err
		}
	}
	return errors.Join(w.forget(former), w.arrived(ctx, target))
}

// arrived says that a command brought what lies at a place.
func (w *change) arrived(ctx context.Context, p string) error {
	seen, err := Looking(w.Repo, object.Current).See(ctx, p)
	if err != nil || seen.Kind == snapshot.Absent {
		return err
	}
	return w.remember(map[string]snapshot.Trace{p: snapshot.TraceOf(seen.Files)})
}

// mayMove refuses a place that is taken, or that is none.
func (w *change) mayMove(o *repository.Out, target, file string) error {
	if folder := folderOf(file); folder != "" {
		if info, err := os.Stat(w.Repo.Path(folder)); err != nil {
			return fault.New(fault.NotFound, "stage working dir '%s' does not exist", w.Repo.Path(folder))
		} else if !info.IsDir() {
			return fault.New(fault.Invalid, "stage working dir '%s' is not directory", w.Repo.Path(folder))
		}
	}
	if _, err := os.Lstat(w.Repo.Path(file)); err == nil && file != o.Stage.File {
		return fault.New(fault.Exists, "'%s' already exists", w.shown(file))
	}
	if _, err := os.Lstat(w.Repo.Path(target)); err == nil {
		return fault.WithHint(fault.New(fault.Exists, "'%s' already exists", w.shown(target)), "remove it first, or choose another name")
	}
	for _, other := range w.index.Outs {
		if other != o && !other.External && (repository.Within(other.Path, target) || repository.Within(target, other.Path)) {
			return fault.New(fault.Conflict, "output '%s' overlaps with '%s' of stage: '%s'", w.shown(target), w.shown(other.Path), other.Stage.Address(w.shown(other.Stage.File)))
		}
	}
	return nil
}

// moved makes the stage say the new place.
func (w *change) moved(ctx context.Context, o *repository.Out, target, file string, there bool) error {
	old := o.Stage
	s := &repository.Stage{File: file, Spec: old.Spec, Frozen: old.Frozen}
	spec := s.Spec
	if file != old.File {
		if err := w.adjustDeps(spec, old.Wdir(), folderOf(file)); err != nil {
			return err
		}
		spec.Wdir = ""
		spec = spec.Fresh()
		s.Spec = spec
		spec.Outs[o.Position].Path = path.Base(target)
	} else {
		relative, err := filepath.Rel(filepath.FromSlash("/"+old.Wdir()), filepath.FromSlash("/"+target))
		if err != nil {
			return err
		}
		spec.Outs[o.Position].Path = filepath.ToSlash(relative)
	}
	if there && !o.NoCache {
		if err := w.storeMoved(ctx, o, target); err != nil {
			return err
		}
	}
	if !o.NoCache || old.Import() != nil {
		if err := w.ignore(ctx, target); err != nil {
			return err
		}
	}
	sum, err := sumOf(s)
	if err != nil {
		return err
	}
	spec.MD5 = sum
	return w.write(s)
}

// adjustDeps makes the deps of a stage lead to the same files from another folder, also
// those that lie outside of the repository.
func (w *change) adjustDeps(spec *dvcfile.Stage, was, is string) error {
	for i := range spec.Deps {
		d := &spec.Deps[i]
		if d.Repo != nil || d.DB != nil || strings.Contains(d.Path, "://") || path.IsAbs(d.Path) {
			continue
		}
		p, err := filepath.Rel(w.Repo.Path(is), filepath.Join(w.Repo.Path(was), filepath.FromSlash(d.Path)))
		if err != nil {
			return err
		}
		d.Path = filepath.ToSlash(p)
	}
	return nil
}

// storeMoved stores what lies at the new place, where it is not the version anyway.
func (w *change) storeMoved(ctx context.Context, o *repository.Out, target string) error {
	seen, err := w.take(ctx, []string{target}, o.Layout, false)
	if err != nil || Same(o, &seen.Contents[0]) {
		return err
	}
	if seen, err = w.take(ctx, []string{target}, object.Current, true); err != nil {
		return err
	}
	cache := w.Repo.Cache(object.Current)
	if err := store(ctx, cache, &seen.Contents[0]); err != nil {
		return err
	}
	return cache.Sync()
}
