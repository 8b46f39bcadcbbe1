package cache

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Protected is the mode of an object whose bytes were hashed after they were written.
const Protected fs.FileMode = 0o444

// aside ends the name of an object that does not hash to it.
const aside = ".damaged"

// Cache is a folder of objects in one layout. Several programs may use one at once.
type Cache struct {
	folder  string
	layout  object.Layout
	lock    sync.Mutex // of chance
	chance  io.Reader
	buffers sync.Pool // of *[copyBuffer]byte
	group   bool
	leaves  bool // damaged objects where they are
}

// New gives the cache in a folder, which is made by the first object. Names of
// unfinished files are drawn from chance.
func New(folder string, layout object.Layout, chance io.Reader) *Cache {
	return &Cache{folder: folder, layout: layout, chance: chance}
}

// ForGroup has folders that are made from now on belong to the group of the one above, who
// may write to them, whatever the umask: what dvc's cache.shared = group asks for.
func (c *Cache) ForGroup() { c.group = true }

// LeaveDamaged says whether a damaged object keeps its name when somebody opens it: who
// only looks changes nothing.
func (c *Cache) LeaveDamaged(leave bool) { c.leaves = leave }

// MakeFolder makes a folder of the cache, and those above it that are not there.
func (c *Cache) MakeFolder(folder string) error {
	if !c.group {
		return os.MkdirAll(folder, 0o777) //nolint:gosec // less the umask, as all folders of a cache
	}
	err := os.Mkdir(folder, 0o777) //nolint:gosec // as above
	if errors.Is(err, fs.ErrNotExist) && folder != filepath.Dir(folder) {
		if err := c.MakeFolder(filepath.Dir(folder)); err != nil {
			return err
		}
		err = os.Mkdir(folder, 0o777) //nolint:gosec // as above
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil // where it is no folder, whoever writes into it is told
	case err != nil:
		return err
	}
	return os.Chmod(folder, 0o775|fs.ModeSetgid) //nolint:gosec // what it is for
}

// Folder is where the cache lies.
func (c *Cache) Folder() string { return c.folder }

// Path is where an object lies, or would lie.
func (c *Cache) Path(id object.ID) string {
	return filepath.Join(c.folder, filepath.FromSlash(id.Path(c.layout)))
}

// Open opens an object and tells its size in bytes. fault.NotFound where there is
// none; fault.Conflict for one that did not hash to its name, which is out of the
// way then (LeaveDamaged). What is read of a protected object was hashed when it was written.
func (c *Cache) Open(ctx context.Context, id object.ID) (_ io.ReadCloser, size int64, err error) {
	defer fault.Wrap(&err, "cache.Open(%s)", id)
	f, err := os.Open(c.Path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fault.New(fault.NotFound, "The object %s is not in the cache %s.", id, c.folder)
	}
	if err != nil {
		return nil, 0, err
	}
	size, err = c.trusted(ctx, f, id)
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, size, nil
}

// trusted gives the size of an open object that is protected, or else hashes to its
// name, which protects it; one that does not is renamed.
func (c *Cache) trusted(ctx context.Context, f *os.File, id object.ID) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if info.Mode().Perm() == Protected {
		return info.Size(), nil
	}
	sum, _, err := object.Hash(untilDone(ctx, f), c.hashing(id))
	if err != nil {
		return 0, err
	}
	if sum == id.Sum {
		_, err := f.Seek(0, io.SeekStart)
		return info.Size(), errors.Join(err, f.Chmod(Protected))
	}
	if c.leaves {
		return 0, fault.WithHint(fault.New(fault.Conflict, "The object %s has other bytes than its name says.", id), "tacit data fsck --repair puts it out of the way")
	}
	if err := os.Rename(f.Name(), f.Name()+aside); err != nil {
		return 0, err
	}
	return 0, fault.WithHint(fault.New(fault.Conflict, "The object %s has other bytes than its name says.", id),
		"it is kept as %s; fetch it again, or add the file again", f.Name()+aside)
}

// hashing is how an object's name was taken: DVC 2 hashed files with Unix ends of
// lines, and listings as they are.
func (c *Cache) hashing(id object.ID) object.Hashing {
	if c.layout == object.Legacy && !id.Dir {
		return object.Dos2Unix
	}
	return object.MD5
}

// untilDone reads r until ctx ends.
func untilDone(ctx context.Context, r io.Reader) io.Reader { return &stoppable{ctx, r} }

type stoppable struct {
	ctx context.Context
	r   io.Reader
}

func (s *stoppable) Read(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(b)
}

// root is the folder of the 256 folders.
func (c *Cache) root() string {
	if c.layout == object.Legacy {
		return c.folder
	}
	return filepath.Join(c.folder, "files", "md5")
}
