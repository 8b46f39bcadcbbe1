package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/tacit-ml/tacit/internal/develop/dataset/batch"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// byFolder is from how many objects on the 256 folders are opened, and objects asked
// for in them, instead of each by its whole path.
const byFolder = 1000

// Missing gives those of the objects that are not in the cache, in their order. An
// object counts as there by its name and mode alone: one that is not protected is
// missing until Open has hashed it.
func (c *Cache) Missing(ctx context.Context, ids []object.ID) (missing []object.ID, err error) {
	absent := make([]bool, len(ids))
	if len(ids) < byFolder {
		for i := range ids {
			if absent[i], err = c.absent(ctx, ids[i]); err != nil {
				return nil, err
			}
		}
	} else if err := c.missingByFolder(ctx, ids, absent); err != nil {
		return nil, err
	}
	for i, id := range ids {
		if absent[i] {
			missing = append(missing, id)
		}
	}
	return missing, nil
}

func (c *Cache) absent(ctx context.Context, id object.ID) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	there, err := c.protected(id)
	if err != nil {
		return false, fmt.Errorf("cache.Missing(%s): %w", id, err)
	}
	return !there, nil
}

// missingByFolder asks for the objects of one folder after the other, by their names in it.
func (c *Cache) missingByFolder(ctx context.Context, ids []object.ID, absent []bool) error {
	var folders [256][]int32
	for i, id := range ids {
		folders[id.Sum[0]] = append(folders[id.Sum[0]], int32(i))
	}
	return batch.Few(ctx, len(folders), func(int) func(context.Context, int) error {
		return func(_ context.Context, first int) error {
			if err := c.missingIn(first, ids, folders[first], absent); err != nil {
				return fmt.Errorf("cache.Missing: %w", err)
			}
			return nil
		}
	})
}

// missingIn asks for those of the objects that lie in one folder.
func (c *Cache) missingIn(first int, ids []object.ID, in []int32, absent []bool) error {
	if len(in) == 0 {
		return nil
	}
	prefix := fmt.Sprintf("%02x", first)
	folder, err := worktree.OpenFolder(filepath.Join(c.root(), prefix))
	there := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		return err
	}
	for _, i := range in {
		absent[i] = true
		if !there {
			continue
		}
		stat, err := folder.Stat(ids[i].String()[len(prefix):])
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(fmt.Errorf("%s: %w", ids[i], err), folder.Close())
		}
		absent[i] = err != nil || stat.Mode != Protected
	}
	if !there {
		return nil
	}
	return folder.Close()
}

// Absent is Missing that hashes the objects which nobody vouches for: what it gives is
// not there, or was damaged and is out of the way now (LeaveDamaged).
func (c *Cache) Absent(ctx context.Context, ids []object.ID) (map[object.ID]bool, error) {
	missing, err := c.Missing(ctx, ids)
	if err != nil {
		return nil, err
	}
	absent := map[object.ID]bool{}
	for _, id := range missing {
		if absent[id] {
			continue
		}
		r, _, err := c.Open(ctx, id)
		switch {
		case fault.Is(err, fault.NotFound), fault.Is(err, fault.Conflict):
			absent[id] = true
		case err != nil:
			return nil, err
		default:
			if err := r.Close(); err != nil {
				return nil, err
			}
		}
	}
	return absent, nil
}

func (c *Cache) protected(id object.ID) (bool, error) {
	info, err := os.Lstat(c.Path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.Mode() == Protected, err
}

// Each gives every object by its name, in no order. Files
// that are no objects are passed over.
func (c *Cache) Each(ctx context.Context, do func(object.ID) error) error {
	for first := range 256 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.eachIn(first, do); err != nil {
			return err
		}
	}
	return nil
}

// eachIn gives the objects whose names begin with a byte.
func (c *Cache) eachIn(first int, do func(object.ID) error) error {
	prefix := fmt.Sprintf("%02x", first)
	entries, err := readNames(filepath.Join(c.root(), prefix))
	if err != nil {
		return err
	}
	for _, name := range entries {
		id, err := object.Parse(prefix + name)
		if err != nil || id.String() != prefix+name {
			continue
		}
		if err := do(id); err != nil {
			return err
		}
	}
	return nil
}

// readNames are the names in a folder, none where it is not there, or something else is.
func readNames(folder string) ([]string, error) {
	f, err := os.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.IsDir() {
		return nil, errors.Join(err, f.Close())
	}
	names, err := f.Readdirnames(-1)
	return names, errors.Join(err, f.Close())
}
