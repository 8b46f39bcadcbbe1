package workingcopy

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// AddCopy copies data from elsewhere on the machine to a place in the working copy, and
// adds them. What lies there is replaced only by force. Nothing is left of a copy that
// could not be added.
func (c Config) AddCopy(ctx context.Context, source, to string, force bool) (touched []string, err error) {
	if strings.Contains(source, "://") {
		return nil, fault.WithHint(fault.New(fault.Unsupported, "'%s' is not a file or folder of this machine.", source), "import-url fetches it and remembers where it came from")
	}
	from := source
	if !filepath.IsAbs(from) {
		from = filepath.Join(c.Cwd, from)
	}
	target := to
	if !filepath.IsAbs(target) {
		target = filepath.Join(c.Cwd, target)
	}
	if info, err := os.Stat(target); err == nil && info.IsDir() {
		target = filepath.Join(target, filepath.Base(from))
	}
	if _, err := os.Lstat(target); err == nil && !force {
		return nil, fault.New(fault.Exists, "The file '%s' already exists locally. \nTo override, re-run with '--force'.", to)
	}
	if p := c.Repo.From(c.Cwd, target); p == "" || p == ".." || strings.HasPrefix(p, "../") {
		return nil, fault.New(fault.Invalid, "'%s' is outside of the repository.", to)
	}
	return c.do(ctx, func(w *change) error { return w.addCopy(ctx, from, target) })
}

// addCopy copies beside the place, and then to it. What a process that is killed in
// between leaves is mended by mend.
func (w *change) addCopy(ctx context.Context, from, target string) (err error) {
	made, err := copyBeside(ctx, w.Repo, from)
	if err != nil {
		return err
	}
	folder, kept := filepath.Dir(made), false
	defer func() {
		if !kept {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}()
	if err := replace(filepath.Join(folder, "place"), []byte(w.Repo.From(w.Cwd, target))); err != nil {
		return err
	}
	former := filepath.Join(folder, "former")
	err = os.Rename(target, former)
	replaced := err == nil
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err = errors.Join(makeFolder(filepath.Dir(target)), os.Rename(made, target)); err == nil {
		if err = w.add(ctx, []string{target}, Adding{}); err != nil {
			err = errors.Join(err, os.RemoveAll(target))
		}
	}
	if err != nil && replaced {
		back := os.Rename(former, target)
		kept, err = back != nil, errors.Join(err, back)
	}
	return err
}

// copyBeside copies a file or a folder to a place in the repository that is not its own yet.
func copyBeside(ctx context.Context, r *repository.Repository, from string) (string, error) {
	info, err := os.Stat(from)
	if err != nil {
		return "", fault.Because(err, fault.NotFound, "[Errno 2] No such file or directory: '%s'", from)
	}
	own, err := r.Own("")
	if err != nil {
		return "", err
	}
	folder, err := os.MkdirTemp(own, copying)
	if err != nil {
		return "", err
	}
	made := filepath.Join(folder, "new")
	if !info.IsDir() {
		return made, link.Make(link.Copy, from, made)
	}
	files, err := worktree.Walk(ctx, from, nil)
	if err == nil {
		err = os.MkdirAll(made, 0o777) //nolint:gosec // less the umask, as all folders of data
	}
	for i := 0; i < len(files) && err == nil; i++ {
		to := filepath.Join(made, filepath.FromSlash(files[i].Path))
		if err = errors.Join(ctx.Err(), os.MkdirAll(filepath.Dir(to), 0o777)); err == nil { //nolint:gosec // as above
			err = link.Make(link.Copy, filepath.Join(from, filepath.FromSlash(files[i].Path)), to)
		}
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(folder))
	}
	return made, nil
}
