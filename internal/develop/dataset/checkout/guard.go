package checkout

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/staging"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// named is how many files an error names.
const named = 5

// guard refuses to lose bytes that are not in the cache.
func (c Config) guard(ctx context.Context, losing []staging.Entry) error {
	var ids []object.ID
	for _, e := range losing {
		if e.Kind < worktree.Broken {
			ids = append(ids, e.ID())
		}
	}
	absent, err := c.Cache.Missing(ctx, ids)
	if err != nil || len(absent) == 0 {
		return err
	}
	set := map[object.ID]bool{}
	for _, id := range absent {
		set[id] = true
	}
	unsaved := &Unsaved{}
	var paths []string
	for _, e := range losing {
		if e.Kind < worktree.Broken && set[e.ID()] {
			unsaved.Paths = append(unsaved.Paths, e.Path)
			paths = append(paths, fmt.Sprintf("%q", e.Path))
		}
	}
	slices.Sort(unsaved.Paths)
	n := len(paths)
	if n > named {
		paths = append(paths[:named], fmt.Sprintf("and %d more", n-named))
	}
	return fault.WithHint(fault.Because(unsaved, fault.Conflict, "%d files have changes that are in no version and would be lost: %s.", n, strings.Join(paths, ", ")),
		"add them first, or lose them with --force")
}

// linked says whether a file shares its object's bytes by the type of link that is set.
func (c Config) linked(there staging.Entry, id object.ID) (bool, error) {
	if there.Size == 0 && there.Kind == worktree.Regular {
		return c.Link != link.Symlink, nil
	}
	from := c.Cache.Path(id)
	if c.Link == link.Symlink {
		target, err := os.Readlink(filepath.Join(c.Root, there.Path))
		return err == nil && target == from, nil
	}
	stat, err := worktree.StatOf(from)
	if err != nil {
		return false, err
	}
	same := there.Kind == worktree.Regular && stat.Inode == there.Inode && stat.Device == there.Device
	if c.Link == link.Hardlink {
		return same, nil
	}
	return !same && there.Kind == worktree.Regular, nil
}
