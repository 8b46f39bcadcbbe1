package repository

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/lock"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/revision"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Folder is the folder in a repository's root that DVC's own files lie in.
const Folder = ".dvc"

// Environment is what a repository takes from around it.
type Environment struct {
	Getenv func(string) string
	Home   string    // what "~" stands for
	Chance io.Reader // of which names of unfinished files are drawn
	Now    func() time.Time
}

// Repository is one repository.
type Repository struct {
	Root string // absolute, without links

	env    Environment
	config *dvcconfig.Config
	git    *revision.Git // nil without git
	caches [2]*cache.Cache
}

// ErrOutside is what Find fails with outside of every repository.
var ErrOutside = errors.New("not inside of a DVC repository")

// Find gives the root of the repository that a folder lies in: fault.NotFound in dvc's
// words, and ErrOutside below, where there is none.
func Find(start string) (string, error) {
	root, err := filepath.Abs(start)
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "", fault.Because(ErrOutside, fault.NotFound, "directory '%s' does not exist", start)
	}
	if err != nil {
		return "", err
	}
	for {
		if info, err := os.Stat(filepath.Join(root, Folder)); err == nil && info.IsDir() {
			return root, nil
		}
		above := filepath.Dir(root)
		if above == root {
			return "", fault.Because(ErrOutside, fault.NotFound, "you are not inside of a DVC repository (checked up to mount point '%s')", root)
		}
		root = above
	}
}

// Open opens the repository at a root that Find gave. Settings that dvc refuses are
// fault.Invalid.
func Open(root string, env Environment) (*Repository, error) {
	r := &Repository{Root: root, env: env}
	var err error
	if r.config, err = Settings(root, env); err != nil {
		return nil, err
	}
	if !r.config.Section("core").Flag("no_scm", false) {
		r.git, _ = revision.Find(root)
	}
	folder := r.config.Section("cache").Text("dir")
	if folder == "" {
		folder = r.In("cache")
	}
	for _, layout := range []object.Layout{object.Current, object.Legacy} {
		r.caches[layout] = cache.New(folder, layout, env.Chance)
		if r.Shared() {
			r.caches[layout].ForGroup()
		}
	}
	return r, nil
}

// Config is what the settings say.
func (r *Repository) Config() *dvcconfig.Config { return r.config }

// Git is the working copy of git that the repository lies in, nil where it is used
// without git.
func (r *Repository) Git() *revision.Git { return r.git }

// Environment is what the repository was opened with.
func (r *Repository) Environment() Environment { return r.env }

// Cache is where objects of a layout are kept.
func (r *Repository) Cache(layout object.Layout) *cache.Cache { return r.caches[layout] }

// In is a path below .dvc.
func (r *Repository) In(parts ...string) string {
	return filepath.Join(append([]string{r.Root, Folder}, parts...)...)
}

// Path is the absolute path of a path from the root.
func (r *Repository) Path(path string) string {
	return filepath.Join(r.Root, filepath.FromSlash(path))
}

// Shared says whether the cache is one that a group works with.
func (r *Repository) Shared() bool { return r.config.Section("cache").Text("shared") == "group" }

// Own is a path in the folder of what tacit keeps for itself here, which is made.
func (r *Repository) Own(name string) (string, error) {
	folder := r.In("tmp", "tacit")
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return "", fault.Because(err, fault.Unavailable, "%s cannot be made.", folder)
	}
	return filepath.Join(folder, name), nil
}

// Lock takes the repository's lock, as dvc does; with wait until the context ends.
func (r *Repository) Lock(ctx context.Context, wait bool) (*lock.Lock, error) {
	if r.config.Section("core").Flag("hardlink_lock", false) {
		return nil, fault.WithHint(fault.New(fault.Unsupported, "core.hardlink_lock asks for a lock that tacit does not take."), "unset it: dvc config --unset core.hardlink_lock")
	}
	if err := os.MkdirAll(r.In("tmp"), 0o777); err != nil {
		return nil, fault.Because(err, fault.Unavailable, "%s cannot be made.", r.In("tmp"))
	}
	return lock.Take(ctx, r.In("tmp", "lock"), wait)
}

// Hold says in the repository's lock of paths that a command writes some paths from
// the root, and gives what takes them out again.
func (r *Repository) Hold(ctx context.Context, command string, write []string) (release func() error, err error) {
	var absolute []string
	for _, w := range write {
		absolute = append(absolute, r.Path(w))
	}
	held, err := lock.HoldPaths(ctx, r.In("tmp"), command, nil, absolute)
	if err != nil {
		return nil, err
	}
	return func() error { return held.Release(context.WithoutCancel(ctx)) }, nil
}
