package cache

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Protected is the mode of an object whose bytes were hashed after they were written.
const Protected fs.FileMode = 0o444

// aside ends the name of an object that does not hash to it.
const aside = ".damaged"

// Cache is a folder of objects in one layout. Several programs may use one at once.
type Cache struct {
	folder string
	layout object.Layout
	chance io.Reader
}

// New gives the cache in a folder, which is made by the first object. Names of
// unfinished files are drawn from chance.
func New(folder string, layout object.Layout, chance io.Reader) *Cache {
	return &Cache{folder, layout, chance}
}

// Folder is where the cache lies.
func (c *Cache) Folder() string { return c.folder }

// Path is where an object lies, or would lie.
func (c *Cache) Path(id object.ID) string {
	return filepath.Join(c.folder, filepath.FromSlash(id.Path(c.layout)))
}

// Open opens an object and tells its size in bytes. fault.NotFound where there is
// none; fault.Conflict for one that did not hash to its name, which is out of the
// way then. What is read of a protected object was hashed when it was written.
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

// Put stores all of r and gives the object's name. Nothing is left of a reader that
// fails. The bytes are durable once Sync has returned.
func (c *Cache) Put(ctx context.Context, r io.Reader) (id object.ID, size int64, err error) {
	defer fault.Wrap(&err, "cache.Put")
	f, err := c.create()
	if err != nil {
		return id, 0, err
	}
	sum := md5.New()
	size, err = io.Copy(io.MultiWriter(f, sum), untilDone(ctx, r))
	id = object.ID{Sum: [16]byte(sum.Sum(nil))}
	if err := c.finish(f, id, err); err != nil {
		return object.ID{}, 0, err
	}
	return id, size, nil
}

// PutListing stores a listing's bytes under its name.
func (c *Cache) PutListing(content []byte) (id object.ID, err error) {
	defer fault.Wrap(&err, "cache.PutListing")
	f, err := c.create()
	if err != nil {
		return id, err
	}
	id = object.ID{Sum: md5.Sum(content), Dir: true}
	_, err = f.Write(content)
	if err := c.finish(f, id, err); err != nil {
		return object.ID{}, err
	}
	return id, nil
}

// finish makes a file, written with or without an error, the object, or takes it away.
func (c *Cache) finish(f *os.File, id object.ID, err error) error {
	if err == nil {
		err = errors.Join(f.Chmod(Protected), settle(f))
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = c.publish(f.Name(), id)
	}
	if err == nil {
		return nil
	}
	if left := os.Remove(f.Name()); !errors.Is(left, fs.ErrNotExist) {
		err = errors.Join(err, left)
	}
	return err
}

// publish gives a finished file the name of its object. An object that is there
// already stays where it is protected: others may have links to it.
func (c *Cache) publish(file string, id object.ID) error {
	path := c.Path(id)
	if info, err := os.Lstat(path); err == nil && info.Mode() == Protected {
		return os.Remove(file)
	}
	err := os.Rename(file, path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(filepath.Dir(path), 0o777); err == nil {
			err = os.Rename(file, path)
		}
	}
	return err
}

// root is the folder of the 256 folders.
func (c *Cache) root() string {
	if c.layout == object.Legacy {
		return c.folder
	}
	return filepath.Join(c.folder, "files", "md5")
}

// create makes an unfinished file, named as DVC names them, where objects are.
func (c *Cache) create() (*os.File, error) {
	if c.layout != object.Current {
		return nil, fault.New(fault.Unsupported, "The cache %s has the layout of DVC 2, which is only read.", c.folder)
	}
	folder := c.root()
	var random [16]byte
	if _, err := io.ReadFull(c.chance, random[:]); err != nil {
		return nil, err
	}
	path := filepath.Join(folder, fmt.Sprintf(".%s.tmp", base64.RawURLEncoding.EncodeToString(random[:])))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(folder, 0o777); err != nil {
			return nil, err
		}
		return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	}
	return f, err
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
