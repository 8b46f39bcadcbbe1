package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// enumerate is from how many objects on folders are read instead of asking for each:
// reading all 256 folders costs about as much as that many questions.
const enumerate = 1000

// Missing gives those of the objects that are not in the cache, in their order. An
// object counts as there by its name and mode alone: one that is not protected is
// missing until Open has hashed it.
func (c *Cache) Missing(ctx context.Context, ids []object.ID) ([]object.ID, error) {
	there := c.protected
	if len(ids) >= enumerate {
		names, err := c.names(ctx)
		if err != nil {
			return nil, err
		}
		there = func(id object.ID) (bool, error) {
			if !names[id] {
				return false, nil
			}
			return c.protected(id)
		}
	}
	var missing []object.ID
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		ok, err := there(id)
		if err != nil {
			return nil, fmt.Errorf("cache.Missing(%s): %w", id, err)
		}
		if !ok {
			missing = append(missing, id)
		}
	}
	return missing, nil
}

// Absent is Missing that hashes the objects which nobody vouches for: what it gives is
// not there, or was damaged and is out of the way now.
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

// names are the objects that have a file, by reading each folder once.
func (c *Cache) names(ctx context.Context) (map[object.ID]bool, error) {
	all := map[object.ID]bool{}
	return all, c.Each(ctx, func(id object.ID) error {
		all[id] = true
		return nil
	})
}

// Each gives every object by its name, in no order. Files
// that are no objects are passed over.
func (c *Cache) Each(ctx context.Context, do func(object.ID) error) error {
	for first := range 256 {
		if err := ctx.Err(); err != nil {
			return err
		}
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
	}
	return nil
}

// readNames are the names in a folder, none where it is not there.
func readNames(folder string) ([]string, error) {
	f, err := os.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names, err := f.Readdirnames(-1)
	return names, errors.Join(err, f.Close())
}
