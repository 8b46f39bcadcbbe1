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
func (c *Cache) Missing(ctx context.Context, ids []object.ID) (missing []object.ID, err error) {
	absent := make([]bool, len(ids))
	if len(ids) < enumerate {
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

// missingByFolder reads one folder after the other, and asks for what has a name there:
// what it holds of all names is those of one folder.
func (c *Cache) missingByFolder(ctx context.Context, ids []object.ID, absent []bool) error {
	var folders [256][]int32
	for i, id := range ids {
		folders[id.Sum[0]] = append(folders[id.Sum[0]], int32(i))
	}
	there := map[object.ID]bool{}
	for first, in := range folders {
		if len(in) == 0 {
			continue
		}
		clear(there)
		if err := c.eachIn(first, func(id object.ID) error { there[id] = true; return nil }); err != nil {
			return err
		}
		for _, i := range in {
			if absent[i] = !there[ids[i]]; absent[i] {
				continue
			}
			var err error
			if absent[i], err = c.absent(ctx, ids[i]); err != nil {
				return err
			}
		}
	}
	return nil
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
