package workingcopy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/snapshot"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Import is data of elsewhere that become an out of a stage of their own.
type Import struct {
	To  string      // a path from Cwd, which has no data yet or may be replaced
	Dep dvcfile.Dep // where they come from; without a path that is not remembered
	// Bring puts them at a place that is not there yet; nil leaves them where they are.
	Bring func(ctx context.Context, to string) error
	// Known says that Dep tells the state in which they are: the file has its sum then.
	Known bool
	// Sent is the version that was sent to a remote instead, nil of all others.
	Sent *dvcfile.Data
	// Force replaces the stage that the place has until now, where that has no other out.
	Force bool
}

// HasFolder refuses a place, a path from Cwd, whose folder is not there: who mistypes it
// is told before anything is brought.
func (c Config) HasFolder(to string) error {
	folder := filepath.Dir(c.Repo.Path(c.Repo.From(c.Cwd, to)))
	switch info, err := os.Stat(folder); {
	case err != nil:
		return fault.WithHint(fault.Because(err, fault.NotFound, "stage working dir '%s' does not exist", folder), "make it first: mkdir -p %s", folder)
	case !info.IsDir():
		return fault.New(fault.Invalid, "stage working dir '%s' is not directory", folder)
	}
	return nil
}

// Import brings data, puts them into the cache and writes the file of their stage, and
// gives the files that git should be told of. What lay at the place is put back where
// that fails.
func (c Config) Import(ctx context.Context, i Import) (touched []string, err error) {
	return c.do(ctx, func(w *change) (err error) {
		p, err := w.place(i.To)
		if err != nil {
			return err
		}
		a := addition{target: i.To, path: p}
		if a.out, err = w.importing(ctx, i, p); err != nil {
			return err
		}
		if err := w.overlaps([]addition{{target: i.To, path: p, out: a.out, fresh: true}}); err != nil {
			return err
		}
		release, err := w.hold(ctx, p)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, release()) }()
		if err := w.untracked(ctx, p); err != nil {
			return err
		}
		if i.Bring == nil {
			if i.Sent != nil {
				a.out.Stage.Spec.Outs[0].Data = *i.Sent
			}
			err = errors.Join(w.ignore(ctx, p), w.summed(a, i.Known), w.write(a.out.Stage))
		} else {
			err = w.bring(ctx, i, a)
		}
		if err != nil {
			return errors.Join(err, w.undo())
		}
		return nil
	})
}

// importing is the out of a new stage, as fresh gives it, with where it comes from.
func (w *change) importing(ctx context.Context, i Import, p string) (*repository.Out, error) {
	o := w.index.Owner(p)
	if s := p + repository.Suffix; !i.Force || o == nil || o.Path != p || o.Stage.File != s || len(o.Stage.Outs) != 1 || !o.Stage.IsSource() {
		var err error
		if o, err = w.fresh(ctx, i.To, p); err != nil {
			return nil, err
		}
	} else {
		o.Stage.Spec.MD5 = ""
		o.Stage.Spec.Outs[0].Data = dvcfile.Data{}
	}
	if o.Stage.Spec.Frozen, o.Stage.Spec.Deps = i.Dep.Path != "", nil; i.Dep.Path != "" {
		o.Stage.Spec.Deps = []dvcfile.Dep{i.Dep}
	}
	o.Stage.Spec.Outs[0].Hash = "md5"
	return o, nil
}

// summed gives a file the sum by which dvc sees that somebody changed it.
func (w *change) summed(a addition, known bool) (err error) {
	if known {
		a.out.Stage.Spec.MD5, err = a.out.Stage.Spec.Sum()
	}
	return err
}

// bring brings the data beside their place, and then to it. What a process that is
// killed in between leaves is mended by mend.
func (w *change) bring(ctx context.Context, i Import, a addition) (err error) {
	own, err := w.Repo.Own("")
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp(own, bringing)
	if err != nil {
		return fault.Because(err, fault.Unavailable, "Nothing can be written in %s.", own)
	}
	kept := false
	defer func() {
		if !kept {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}()
	made, former, place := filepath.Join(folder, "new"), filepath.Join(folder, "former"), w.Repo.Path(a.path)
	if err := i.Bring(ctx, made); err != nil {
		return err
	}
	if err := replace(filepath.Join(folder, "place"), []byte(a.path)); err != nil {
		return err
	}
	replaced := os.Rename(place, former) == nil
	if err = errors.Join(makeFolder(filepath.Dir(place)), os.Rename(made, place)); err == nil {
		if err = w.imported(ctx, i, a); err != nil {
			err = errors.Join(err, os.RemoveAll(place))
		}
	}
	if err != nil && replaced {
		back := os.Rename(former, place)
		kept, err = back != nil, errors.Join(err, back)
	}
	return err
}

// What begins the names of folders in which data lie on their way: those of an import, and
// those of a copy that is added.
const (
	bringing = "import-"
	copying  = "copy-"
)

// mend puts back what a process took from its place that was killed before it put
// something else there. What it took from a place that has something else now is kept,
// and the person is told where.
func (w *change) mend() error {
	own := w.Repo.In("tmp", "tacit")
	left, err := os.ReadDir(own)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, one := range left {
		if !strings.HasPrefix(one.Name(), bringing) && !strings.HasPrefix(one.Name(), copying) {
			continue
		}
		folder := filepath.Join(own, one.Name())
		former := filepath.Join(folder, "former")
		p, err := readThere(filepath.Join(folder, "place"))
		if err != nil {
			return err
		}
		if _, err := os.Lstat(former); err != nil || p == nil {
			if err := os.RemoveAll(folder); err != nil {
				return err
			}
			continue
		}
		if err := w.putBack(folder, former, string(p)); err != nil {
			return err
		}
	}
	return nil
}

// putBack mends one folder.
func (w *change) putBack(folder, former, p string) error {
	place := w.Repo.Path(p)
	if _, err := os.Lstat(place); err == nil {
		kept := filepath.Join(filepath.Dir(folder), "kept-"+strings.TrimPrefix(strings.TrimPrefix(filepath.Base(folder), bringing), copying))
		if w.Warn != nil {
			w.Warn(fmt.Sprintf("A command that was killed had begun to replace '%s'. What lay there is in '%s'.", w.shown(p), filepath.Join(kept, "former")))
		}
		return os.Rename(folder, kept)
	}
	if err := errors.Join(makeFolder(filepath.Dir(place)), os.Rename(former, place)); err != nil {
		return err
	}
	if w.Warn != nil {
		w.Warn(fmt.Sprintf("A command that was killed had taken '%s' away. It was put back.", w.shown(p)))
	}
	return os.RemoveAll(folder)
}

// imported makes what came an out.
func (w *change) imported(ctx context.Context, i Import, a addition) error {
	s, err := w.take(ctx, []string{a.path}, object.Current, true)
	if err != nil {
		return err
	}
	c := &s.Contents[0]
	to := w.Repo.Cache(object.Current)
	v, _, err := w.versionOf(ctx, a, c)
	if err != nil {
		return err
	}
	if err := errors.Join(store(ctx, to, c), to.Sync()); err != nil {
		return err
	}
	v.set(&a.out.Stage.Spec.Outs[0])
	a.out.ID, a.out.Known, a.out.Size, a.out.NFiles, a.out.Layout = v.id, true, v.size, v.nfiles, object.Current
	if err := w.summed(a, i.Known); err != nil {
		return err
	}
	if err := w.ignore(ctx, a.path); err != nil {
		return err
	}
	if err := w.write(a.out.Stage); err != nil {
		return err
	}
	return w.remember(map[string]snapshot.Trace{a.path: c.Trace})
}
