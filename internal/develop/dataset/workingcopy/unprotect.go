package workingcopy

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Unprotect makes data files of their own, which may be written to: links become copies.
func (c Config) Unprotect(ctx context.Context, target string) error {
	w := &change{Config: c}
	p := c.Repo.From(c.Cwd, target)
	if _, err := os.Lstat(c.Repo.Path(p)); errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.NotFound, "can't unprotect non-existing data '%s'", target)
	}
	lock, err := c.Repo.Lock(ctx, c.Wait)
	if err != nil {
		return err
	}
	return errors.Join(w.unprotect(ctx, p), lock.Release())
}

// unprotect does it for what lies at a path; that there is nothing is no error.
func (w *change) unprotect(ctx context.Context, p string) error {
	full := w.Repo.Path(p)
	info, err := os.Lstat(full)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return w.own(full)
	}
	files, err := worktree.Walk(ctx, full, nil)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if f.Kind < worktree.Broken {
			if err := w.own(filepath.Join(full, filepath.FromSlash(f.Path))); err != nil {
				return err
			}
		}
	}
	return nil
}

// beside ends the name of a copy that is not in its place yet.
const beside = ".tacit.tmp"

// own is own, and of a cache that a group shares the group may write to the file as well.
func (w *change) own(file string) error {
	if err := own(file); err != nil || !w.Repo.Shared() {
		return err
	}
	info, err := os.Lstat(file)
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	return os.Chmod(file, info.Mode().Perm()|0o664)
}

// own makes one file one of its own, that its owner may write to.
func own(file string) error {
	info, err := os.Lstat(file)
	if err != nil {
		return err
	}
	mode := info.Mode().Perm()
	if info.Mode()&fs.ModeSymlink != 0 || linkedTwice(info) {
		from := file
		if target, err := filepath.EvalSymlinks(file); err == nil {
			from = target
		} else {
			return nil //nolint:nilerr // a link that leads nowhere has nothing to be copied
		}
		if err := link.Replace(link.Copy, from, file, beside); err != nil {
			return fault.Because(err, fault.Unavailable, "'%s' cannot be made a file of its own.", file)
		}
		return nil
	}
	if mode&0o200 == 0 {
		return os.Chmod(file, mode|0o200)
	}
	return nil
}
