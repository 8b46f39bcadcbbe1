package workingcopy

import (
	"context"
	"errors"
	"os"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/snapshot"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Update is an import that is brought up to date.
type Update struct {
	File string // of the stage, from the root
	Dep  dvcfile.Dep
	From string // how the person is told of where the data come from
	// Differs says that the data are not what the file says of them.
	Differs bool
	// Bring puts them at a place that is not there yet; nil leaves them where they are.
	Bring func(ctx context.Context, to string) error
	// Sent is the version that was sent to a remote instead, nil of all others.
	Sent *dvcfile.Data
}

// Update makes an import what its source has now. Data that lie in the working copy
// and are in no cache stay there until the new ones have come.
func (c Config) Update(ctx context.Context, u Update) error {
	_, err := c.do(ctx, func(w *change) (err error) {
		stages := w.index.File(u.File)
		if len(stages) != 1 || stages[0].Spec == nil || len(stages[0].Outs) != 1 || len(stages[0].Spec.Deps) != 1 {
			return fault.New(fault.Conflict, "'%s' is no import any more.", w.shown(u.File))
		}
		s := stages[0]
		release, err := w.hold(ctx, s.Outs[0].Path)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, release()) }()
		return w.update(ctx, u, s)
	})
	return err
}

func (w *change) update(ctx context.Context, u Update, s *repository.Stage) error {
	was := s.Spec.MD5
	if u.Dep.Repo != nil {
		s.Spec.Deps[0] = u.Dep
	}
	sum, err := s.Spec.Sum()
	if err != nil {
		return err
	}
	whole, err := w.whole(ctx, s.Outs[0])
	if err != nil {
		return err
	}
	if u.Sent == nil && sum == was && !u.Differs && whole {
		w.say("'%s' didn't change, skipping", s.Address(w.shown(s.File)))
		return w.write(s)
	}
	s.Spec.Deps[0] = u.Dep
	out := s.Outs[0]
	if u.Sent != nil {
		s.Spec.Outs[0].Data, s.Spec.Outs[0].Hash, s.Spec.Outs[0].Files = *u.Sent, "md5", nil
		if err := w.summed(addition{out: out}, true); err != nil {
			return err
		}
		return w.write(s)
	}
	w.say("Importing '%s' -> '%s'", u.From, w.shown(out.Path))
	a := addition{target: w.shown(out.Path), path: out.Path, out: out}
	if u.Bring != nil {
		return w.bring(ctx, Import{To: out.Path, Dep: u.Dep, Bring: u.Bring, Known: true}, a)
	}
	return w.letGo(ctx, a)
}

// whole says whether an out lies in the working copy and the cache as its file says.
func (w *change) whole(ctx context.Context, o *repository.Out) (bool, error) {
	if !o.Known || o.External {
		return false, nil
	}
	seen, err := w.seeOuts(ctx, []*repository.Stage{o.Stage})
	if err != nil || !Same(o, seen[o]) {
		return false, err
	}
	ids := []object.ID{o.ID}
	if l := seen[o].Listing; l != nil {
		for i := range l.Len() {
			ids = append(ids, l.ID(i))
		}
	}
	absent, err := w.Repo.Cache(o.Layout).Absent(ctx, ids)
	return len(absent) == 0, err
}

// letGo makes an out one whose data are not here: dvc takes them away, and tacit
// first makes sure that the cache has them.
func (w *change) letGo(ctx context.Context, a addition) error {
	s, err := w.take(ctx, []string{a.path}, object.Current, true)
	if err != nil {
		return err
	}
	if c := &s.Contents[0]; c.Kind == snapshot.File || c.Kind == snapshot.Folder {
		to := w.Repo.Cache(object.Current)
		if err := errors.Join(store(ctx, to, c), to.Sync()); err != nil {
			return err
		}
	}
	spec := a.out.Stage.Spec
	spec.Outs[0].Data, spec.Outs[0].Files, spec.Outs[0].Hash = dvcfile.Data{}, nil, "md5"
	if err := w.summed(a, true); err != nil {
		return err
	}
	if err := w.write(a.out.Stage); err != nil {
		return err
	}
	return os.RemoveAll(w.Repo.Path(a.path))
}
