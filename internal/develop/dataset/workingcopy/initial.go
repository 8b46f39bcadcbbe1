package workingcopy

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/tacit-ml/tacit/internal/develop/dataset/gitignore"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/revision"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Initial says how a repository begins.
type Initial struct {
	NoSCM  bool // without git
	Subdir bool // below the root of git's working copy
	Force  bool // in place of one that is there, with its cache
}

// patterns is what a new .dvcignore says.
const patterns = "# Add patterns of files dvc should ignore, which could improve\n# the performance. Learn more at\n# https://dvc.org/doc/user-guide/dvcignore\n"

// Init makes a folder a repository, and tells git of its files.
func Init(ctx context.Context, folder string, how Initial, env repository.Environment) error {
	if how.NoSCM && how.Subdir {
		return fault.New(fault.Invalid, "Cannot initialize repo with `--no-scm` and `--subdir`")
	}
	root, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	git, err := gitOf(root, how)
	if err != nil {
		return err
	}
	inside := filepath.Join(root, repository.Folder)
	if git != nil {
		ignored, err := git.Ignored(ctx, []string{inside})
		if err != nil {
			return err
		}
		if ignored[inside] {
			return fault.New(fault.Conflict, "%s is ignored by your SCM tool. \nMake sure that it's tracked, for example, by adding '!.dvc' to .gitignore.", inside)
		}
	}
	if info, err := os.Stat(inside); err == nil && info.IsDir() {
		if !how.Force {
			return fault.New(fault.Exists, "'%s' exists. Use `-f` to force.", repository.Folder)
		}
		if err := os.RemoveAll(inside); err != nil {
			return fault.Because(err, fault.Unavailable, "'%s' cannot be removed.", inside)
		}
	}
	return write(ctx, root, how, git)
}

// gitOf is the working copy of git that the repository is to lie in, nil without one.
func gitOf(root string, how Initial) (*revision.Git, error) {
	if how.NoSCM {
		return nil, nil
	}
	git, ok := revision.Find(root)
	if ok && (how.Subdir || git.Root() == root) {
		return git, nil
	}
	return nil, fault.New(fault.NotFound, "%s is not tracked by any supported SCM tool (e.g. Git). Use `--no-scm` if you don't want to use any SCM or `--subdir` if initializing inside a subdirectory of a parent SCM repository.", root)
}

// write makes a repository's first files.
func write(ctx context.Context, root string, how Initial, git *revision.Git) error {
	inside := filepath.Join(root, repository.Folder)
	if err := makeFolder(filepath.Join(inside, "tmp")); err != nil {
		return err
	}
	settings, ignored := "", []byte(nil)
	if how.NoSCM {
		settings = "[core]\n    no_scm = True\n"
	}
	files := []string{filepath.Join(inside, "config"), filepath.Join(root, repository.IgnoreFile)}
	if err := replace(files[0], []byte(settings)); err != nil {
		return err
	}
	if _, err := os.Lstat(files[1]); err != nil {
		if err := replace(files[1], []byte(patterns)); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(inside, "tmp", "btime"), nil, 0o666); err != nil { //nolint:gosec // less the umask, as dvc's
		return unwritable(filepath.Join(inside, "tmp", "btime"), err)
	}
	if git == nil {
		return nil
	}
	for _, name := range []string{"config.local", "tmp", "cache"} {
		ignored = gitignore.Add(ignored, name)
	}
	files = append(files, filepath.Join(inside, ".gitignore"))
	if err := replace(files[2], ignored); err != nil {
		return err
	}
	return git.Add(ctx, files...)
}

// Destroy takes everything of DVC away: .dvc files, pipelines, settings, and the cache
// within the repository. Data stay, as files of their own.
func (c Config) Destroy(ctx context.Context) error {
	_, err := c.do(ctx, func(w *change) error {
		w.touched = nil
		for _, s := range w.index.Stages {
			for _, o := range s.Outs {
				if o.External || o.NoCache {
					continue
				}
				if err := w.unprotect(ctx, o.Path); err != nil {
					return err
				}
			}
		}
		for _, s := range w.index.Stages {
			files := []string{s.File}
			if s.Spec == nil {
				files = append(files, filepath.Join(filepath.Dir(s.File), repository.LockFile))
			}
			for _, f := range files {
				if err := os.Remove(w.Repo.Path(f)); err != nil && !errors.Is(err, os.ErrNotExist) {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := os.Remove(c.Repo.Path(repository.IgnoreFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.RemoveAll(c.Repo.In())
}
