package repository

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/ignore"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// IgnoreFile is where DVC's patterns stand.
const IgnoreFile = ".dvcignore"

// Rules are what DVC passes over in a folder of the working copy, by the .dvcignore
// files in it and above it.
func (r *Repository) Rules(folder string) (*ignore.Set, error) {
	set, err := r.more(ignore.Defaults(), "")
	for i := 0; err == nil && folder != "" && i <= len(folder); i++ {
		if i == len(folder) || folder[i] == '/' {
			if set.Entry(folder[:i], true) {
				return set, nil // nothing in it is looked at
			}
			set, err = r.more(set, folder[:i])
		}
	}
	return set, err
}

// more adds the patterns of the .dvcignore in a folder, where there is one.
func (r *Repository) more(set *ignore.Set, folder string) (*ignore.Set, error) {
	name := path.Join(folder, IgnoreFile)
	if set.Entry(name, false) {
		return set, nil
	}
	content, err := readLimited(r.Path(name), maxIgnore)
	if errors.Is(err, fs.ErrNotExist) || isNoFolder(err) {
		return set, nil
	}
	if err != nil {
		return nil, err
	}
	return set.With(folder, name, content)
}

// maxIgnore is how long a file of patterns is that is read, in bytes.
const maxIgnore = 16 << 20

// Ignores says whether DVC passes over a path, and by which patterns.
func (r *Repository) Ignores(p string, folder bool) (bool, []ignore.Source, error) {
	above := path.Dir(p)
	if above == "." {
		above = ""
	}
	set, err := r.Rules(above)
	if err != nil {
		return false, nil, err
	}
	ignored, by := set.Match(p, folder)
	return ignored, by, nil
}

// ErrPatternsInData is what lies below the refusal of a .dvcignore within data.
var ErrPatternsInData = errors.New("patterns within data")

// Walk gives the files of a folder of data, with their paths from the root. A
// .dvcignore in it is fault.Invalid, as with dvc.
func (r *Repository) Walk(ctx context.Context, folder string) ([]worktree.File, error) {
	above := path.Dir(folder)
	if above == "." {
		above = ""
	}
	set, err := r.Rules(above)
	if err != nil {
		return nil, err
	}
	return worktree.WalkBelow(ctx, r.Root, folder, &walking{root: r.Root, set: set})
}

// walking applies DVC's patterns on a walk of data.
type walking struct {
	root string // the repository's
	set  *ignore.Set
	none bool // everything is left out: it belongs to another repository
}

// Enter refuses a folder with patterns of its own.
func (w *walking) Enter(folder string, names []string) (worktree.Ignore, error) {
	if slices.Contains(names, IgnoreFile) && !w.set.Entry(path.Join(folder, IgnoreFile), false) {
		return nil, fault.WithHint(fault.Because(ErrPatternsInData, fault.Invalid, "%s file should not be in collected dir path: '%s'", IgnoreFile, path.Join(w.root, folder)),
			"move its patterns to the .dvcignore of a folder above")
	}
	if slices.Contains(names, Folder) && folder != "" {
		return &walking{none: true}, nil
	}
	return w, nil
}

// Skips says whether DVC passes over an entry.
func (w *walking) Skips(p string, folder bool) bool {
	return w.none || w.set.Entry(p, folder)
}

// isNoFolder says that a path leads through a file.
func isNoFolder(err error) bool {
	return err != nil && strings.Contains(err.Error(), "not a directory")
}
