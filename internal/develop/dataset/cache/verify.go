package cache

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Verify hashes every object, protected or not, and gives those that do not hash to
// their names, with how many there are.
func (c *Cache) Verify(ctx context.Context) (damaged []object.ID, n int, err error) {
	defer fault.Wrap(&err, "cache.Verify")
	ids := make(chan object.ID)
	var lock sync.Mutex
	var workers sync.WaitGroup
	var failed error
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for id := range ids {
				sound, err := c.sound(ctx, id)
				lock.Lock()
				if !sound && err == nil {
					damaged = append(damaged, id)
				}
				failed = errors.Join(failed, err)
				lock.Unlock()
			}
		})
	}
	err = c.Each(ctx, func(id object.ID) error {
		n++
		ids <- id
		return nil
	})
	close(ids)
	workers.Wait()
	return damaged, n, errors.Join(err, failed)
}

// sound says whether an object hashes to its name; one that went meanwhile is.
func (c *Cache) sound(ctx context.Context, id object.ID) (bool, error) {
	f, err := os.Open(c.Path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	sum, _, err := object.Hash(untilDone(ctx, f), c.hashing(id))
	return sum == id.Sum, errors.Join(err, f.Close())
}

// SetAside puts a damaged object out of the way and gives its new path.
func (c *Cache) SetAside(id object.ID) (string, error) {
	path := c.Path(id)
	return path + aside, os.Rename(path, path+aside)
}

// Unfinished are the files that programs which ended had begun to write, DVC's and
// tacit's, and did not touch since a time.
func (c *Cache) Unfinished(ctx context.Context, since time.Time) (paths []string, err error) {
	err = filepath.WalkDir(c.root(), func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case d.IsDir() && len(d.Name()) > 2 && path != c.root(): // the other layout's, or what is not of objects
			return fs.SkipDir
		case d.IsDir() || !isUnfinished(d.Name()):
			return nil
		}
		info, err := d.Info()
		if err == nil && info.ModTime().Before(since) {
			paths = append(paths, path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return paths, err
}

// isUnfinished says whether a name is one of DVC's form: a dot, 22 characters, ".tmp".
func isUnfinished(name string) bool {
	behind, hidden := strings.CutPrefix(name, ".")
	middle, ok := strings.CutSuffix(behind, ".tmp")
	return hidden && ok && len(middle) == 22 && !strings.ContainsFunc(middle, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}
