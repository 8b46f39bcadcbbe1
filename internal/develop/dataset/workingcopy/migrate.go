package workingcopy

import (
	"context"
	"errors"

	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
)

// Migrate gives every object that DVC 2 left in the cache its place of DVC 3 as well,
// without a second copy where the file system can, and tells how many it gave one. With
// dry nothing is changed, and all are counted.
func (c Config) Migrate(ctx context.Context, dry bool) (n int, err error) {
	_, err = c.do(ctx, func(w *change) error {
		from, to := w.Repo.Cache(object.Legacy), w.Repo.Cache(object.Current)
		err := from.Each(ctx, func(id object.ID) error {
			if dry {
				n++
				return nil
			}
			r, _, err := from.Open(ctx, id)
			if err != nil {
				return err
			}
			sum, _, err := object.Hash(r, object.MD5)
			if err = errors.Join(err, r.Close()); err != nil {
				return err
			}
			now := object.ID{Sum: sum, Dir: id.Dir}
			if missing, err := to.Missing(ctx, []object.ID{now}); err != nil || len(missing) == 0 {
				return err
			}
			n++
			err = to.Adopt(now, from.Path(id), link.Hardlink)
			if errors.Is(err, link.ErrUnsupported) {
				err = to.Adopt(now, from.Path(id), link.Copy)
			}
			return err
		})
		if err != nil || dry {
			return err
		}
		return to.Sync()
	})
	return n, err
}

// MigrateFiles makes all outs that DVC 2 wrote what DVC 3 writes, as far as their data
// lie in the working copy, and gives the files that say so then, or would with dry, and
// those that git should be told of.
func (c Config) MigrateFiles(ctx context.Context, dry bool) (files, touched []string, err error) {
	touched, err = c.do(ctx, func(w *change) (err error) {
		var stages []*repository.Stage
		var outs []string
		for _, s := range w.index.Stages {
			legacy := false
			for _, o := range s.Outs {
				legacy = legacy || o.Layout == object.Legacy && !o.External && o.Known
			}
			if !legacy {
				continue
			}
			files, stages = append(files, w.shown(s.File)), append(stages, s)
			for _, o := range s.Outs {
				outs = append(outs, o.Path)
			}
		}
		if dry || len(stages) == 0 {
			return nil
		}
		release, err := w.hold(ctx, outs...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, release()) }()
		return w.migrate(ctx, stages)
	})
	return files, touched, err
}

// migrate stores the outs of stages anew, and writes their files.
func (w *change) migrate(ctx context.Context, stages []*repository.Stage) error {
	seen, err := w.seeOuts(ctx, stages)
	if err != nil {
		return err
	}
	for o, c := range seen {
		if o.Layout != object.Legacy || !Same(o, c) { // what changed is for its owner to commit
			delete(seen, o)
		}
	}
	w.anew = true
	if err := w.storeOuts(ctx, stages, seen); err != nil {
		return err
	}
	for _, s := range stages {
		if s.Lock != nil {
			if err := w.lockDeps(ctx, s); err != nil {
				return err
			}
		}
	}
	w.touched = map[string]bool{}
	return w.writeAll(stages)
}
