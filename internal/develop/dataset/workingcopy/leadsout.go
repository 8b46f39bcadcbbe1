package workingcopy

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// inside refuses a path behind a link that leads out of the repository: git brings links
// with a clone, and a command must not store, replace or delete files elsewhere because a
// .dvc file says so. Where folder is set the path itself is no such link to a folder,
// either.
func (w *change) inside(p string, folder bool) error {
	if !filepath.IsLocal(filepath.FromSlash(p)) { // an external out, which is not of the working copy
		return nil
	}
	root, err := filepath.EvalSymlinks(w.Repo.Root)
	if err != nil {
		return err
	}
	for end := 0; end < len(p); end++ {
		next := strings.IndexByte(p[end:], '/')
		if last := next < 0; last && !folder {
			return nil
		} else if last {
			next = len(p) - end
		}
		end += next
		out, err := leadsOut(w.Repo.Path(p[:end]), root)
		if err != nil {
			return err
		}
		if out {
			return fault.WithHint(fault.New(fault.Conflict, "'%s' is a link that leads out of the repository: nothing behind it is changed.", w.shown(p[:end])),
				"make it a folder of its own, or remove the .dvc file")
		}
	}
	return nil
}

// leadsOut says whether a path is a link to a folder that does not lie in the root.
func leadsOut(full, root string) (bool, error) {
	info, err := os.Lstat(full)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return false, ignoreAbsent(err)
	}
	real, err := filepath.EvalSymlinks(full)
	if err != nil {
		return false, ignoreAbsent(err)
	}
	if info, err = os.Stat(real); err != nil || !info.IsDir() {
		return false, ignoreAbsent(err)
	}
	relative, err := filepath.Rel(root, real)
	return err != nil || !filepath.IsLocal(relative), nil
}

func ignoreAbsent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
