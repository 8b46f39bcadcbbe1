package workingcopy

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/checkout"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/snapshot"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// count sorts what was done by outs.
func (k *checking) count(r *checkout.Result) {
	of := func(p string) *checked { return k.byPath[k.index.Owner(p).Path] }
	for _, p := range r.Added {
		of(p).added++
	}
	for _, p := range r.Modified {
		of(p).modified++
	}
	for _, p := range r.Deleted {
		of(p).deleted++
	}
	for _, m := range r.Missing {
		of(m.Path).failed = true
	}
}

// unsaved tells in dvc's words what would be lost.
func (k *checking) unsaved(err error) error {
	var u *checkout.Unsaved
	if !errors.As(err, &u) {
		return err
	}
	var paths []string
	for _, p := range u.Paths {
		paths = append(paths, k.Repo.Path(p))
	}
	return fault.WithHint(fault.Because(u, fault.Conflict, "Can't remove the following unsaved files without confirmation. Use `--force` to force.\n%s", strings.Join(paths, "\n")),
		"dvc commit keeps them in a version")
}

// tell sums up by outs.
func (k *checking) tell() {
	r := k.result
	for _, c := range k.outs {
		shown := k.shown(c.out.Path)
		if c.failed {
			if r.Failed = append(r.Failed, shown); c.added+c.modified+c.deleted == 0 {
				continue
			}
		}
		if info, err := os.Stat(k.Repo.Path(c.out.Path)); err == nil && info.IsDir() {
			shown += "/"
		}
		switch {
		case c.added+c.modified+c.deleted == 0:
			if c.absent && c.out.ID.Dir && !c.failed && k.makeEmpty(c.out) {
				r.Added = append(r.Added, shown+"/")
			}
			continue
		case c.absent:
			r.Added = append(r.Added, shown)
		default:
			r.Modified = append(r.Modified, shown)
		}
		r.Files.Added, r.Files.Modified, r.Files.Deleted = r.Files.Added+c.added, r.Files.Modified+c.modified, r.Files.Deleted+c.deleted
	}
	for _, list := range [][]string{r.Added, r.Modified, r.Deleted} {
		slices.SortFunc(list, func(a, b string) int {
			if x, y := strings.HasSuffix(a, "/"), strings.HasSuffix(b, "/"); x != y {
				if x {
					return -1
				}
				return 1
			}
			return strings.Compare(a, b)
		})
	}
	if k.how.AllowMissing {
		r.Failed = nil
	}
}

// makeEmpty makes the folder of a version that has no files.
func (k *checking) makeEmpty(o *repository.Out) bool {
	return os.MkdirAll(k.Repo.Path(o.Path), 0o777) == nil //nolint:gosec // less the umask, as all folders of data
}

// present are the outs of which something was made, and those that no command was known
// to have brought until now, as they are there: a walk costs the former alone.
func (k *checking) present(ctx context.Context) (map[string]snapshot.Trace, error) {
	all := map[string]snapshot.Trace{}
	for _, c := range k.outs {
		if c.failed {
			continue
		}
		if c.added+c.modified+c.deleted > 0 {
			seen, err := Looking(k.Repo, object.Current).See(ctx, c.out.Path)
			if err != nil {
				return nil, err
			}
			all[c.out.Path] = snapshot.TraceOf(seen.Files)
		} else if c.found != nil {
			all[c.out.Path] = *c.found
		}
	}
	return all, nil
}
