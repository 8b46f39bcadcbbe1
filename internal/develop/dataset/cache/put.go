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
	"syscall"

	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Put stores all of r and gives the object's name. Nothing is left of a reader that
// fails. The bytes are durable once Sync has returned.
func (c *Cache) Put(ctx context.Context, r io.Reader) (id object.ID, size int64, err error) {
	defer fault.Wrap(&err, "cache.Put")
	defer c.full(&err)
	if err := c.current(); err != nil {
		return id, 0, err
	}
	f, err := c.create(c.root())
	if err != nil {
		return id, 0, err
	}
	sum := md5.New()
	size, err = c.copy(io.MultiWriter(&early{f: f}, sum), untilDone(ctx, r))
	id = object.ID{Sum: [16]byte(sum.Sum(nil))}
	if err := c.finish(f, id, err); err != nil {
		return object.ID{}, 0, err
	}
	return id, size, nil
}

// Store stores size bytes under the name of an object. Bytes that do not hash to it,
// and more or fewer of them, are fault.Conflict, and nothing is stored.
func (c *Cache) Store(ctx context.Context, id object.ID, r io.Reader, size int64) (err error) {
	defer fault.Wrap(&err, "cache.Store(%s)", id)
	defer c.full(&err)
	f, err := c.create(filepath.Dir(c.Path(id)))
	if err != nil {
		return err
	}
	sum := object.NewDigest(c.hashing(id))
	n, err := c.copy(io.MultiWriter(&early{f: f}, sum), untilDone(ctx, r))
	if got := sum.Sum(); err == nil && (got != id.Sum || n != size) {
		err = fault.New(fault.Conflict, "What came for the object %s are %d bytes that hash to %x, of %d that were said.", id, n, got, size)
	}
	return c.finish(f, id, err)
}

// PutBytes stores bytes under their name, which the caller has hashed them to.
// An object that is there, protected, is left as it is.
func (c *Cache) PutBytes(id object.ID, content []byte) (err error) {
	defer fault.Wrap(&err, "cache.PutBytes(%s)", id)
	defer c.full(&err)
	if there, err := c.protected(id); err != nil || there {
		return err
	}
	f, err := c.create(filepath.Dir(c.Path(id)))
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return c.finish(f, id, err)
}

// Adopt makes a file the object that its bytes hash to, as the caller has found, by
// a link of a type from the file: with a hardlink the file becomes the object's
// second name, and read-only. A symbolic link from the cache into a working copy is
// refused: objects are files.
func (c *Cache) Adopt(id object.ID, file string, t link.Type) (err error) {
	defer fault.Wrap(&err, "cache.Adopt(%s)", id)
	defer c.full(&err)
	if err := c.current(); err != nil {
		return err
	}
	if t == link.Symlink {
		return fault.New(fault.Invalid, "An object is a file of its own, and never a symbolic link.")
	}
	if t == link.Hardlink {
		if done, err := c.name(id, file); done || err != nil {
			return err
		}
	}
	if there, err := c.protected(id); err != nil || there {
		return err
	}
	temporary, err := c.unfinished(filepath.Dir(c.Path(id)))
	if err != nil {
		return err
	}
	err = link.Make(t, file, temporary)
	if errors.Is(err, fs.ErrNotExist) {
		if err = c.MakeFolder(filepath.Dir(temporary)); err == nil {
			err = link.Make(t, file, temporary)
		}
	}
	if err != nil {
		return err
	}
	if err = os.Chmod(temporary, Protected); err == nil {
		err = c.publish(temporary, id)
	}
	return discard(temporary, err)
}

// name gives a file that is not empty the object's name as a second one, where nothing
// has it. Until the file is protected, nobody vouches for the object.
func (c *Cache) name(id object.ID, file string) (done bool, err error) {
	if id.Sum == md5.Sum(nil) {
		return false, nil
	}
	path := c.Path(id)
	err = link.MakeFull(link.Hardlink, file, path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = c.MakeFolder(filepath.Dir(path)); err == nil {
			err = link.MakeFull(link.Hardlink, file, path)
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := os.Chmod(path, Protected); err != nil {
		return false, errors.Join(err, os.Remove(path))
	}
	return true, nil
}

// copyBuffer is how many bytes are read at once, unless fewer are there.
const copyBuffer = 256 << 10

// copy copies with a buffer that was used before: objects are often smaller than one.
func (c *Cache) copy(to io.Writer, from io.Reader) (int64, error) {
	buffer, ok := c.buffers.Get().(*[copyBuffer]byte)
	if !ok {
		buffer = new([copyBuffer]byte)
	}
	defer c.buffers.Put(buffer)
	return io.CopyBuffer(to, from, buffer[:])
}

// early is a file that goes to the disk while it is written.
type early struct {
	f           *os.File
	begun, size int64
}

// step is how many bytes go at once.
const step = 16 << 20

// Write writes on.
func (e *early) Write(b []byte) (int, error) {
	n, err := e.f.Write(b)
	if e.size += int64(n); e.size-e.begun >= step {
		begin(e.f, e.begun, e.size-e.begun)
		e.begun = e.size
	}
	return n, err
}

// Remove takes an object out of the cache; that there is none is no error.
func (c *Cache) Remove(id object.ID) error {
	if err := os.Remove(c.Path(id)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// finish makes a file, written with or without an error, the object, or takes it away.
func (c *Cache) finish(f *os.File, id object.ID, err error) error {
	if err == nil {
		err = errors.Join(f.Chmod(Protected), settle(f))
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = c.publish(f.Name(), id)
	}
	return discard(f.Name(), err)
}

// full says in words that the disk is full: of a cache, or of a remote that is a folder.
func (c *Cache) full(err *error) {
	if errors.Is(*err, syscall.ENOSPC) || errors.Is(*err, syscall.EDQUOT) {
		*err = fault.WithHint(fault.Because(*err, fault.Unavailable, "There is no room in %s: the disk is full.", c.folder),
			"make room, and say the command again")
	}
}

// discard takes an unfinished file away if there was an error.
func discard(file string, err error) error {
	if err == nil {
		return nil
	}
	if left := os.Remove(file); !errors.Is(left, fs.ErrNotExist) {
		err = errors.Join(err, left)
	}
	return err
}

// publish gives a finished file the name of its object. An object that is there
// already stays where it is protected: others may have links to it.
func (c *Cache) publish(file string, id object.ID) error {
	there, err := c.protected(id)
	if err != nil {
		return err
	}
	if there {
		return os.Remove(file)
	}
	path := c.Path(id)
	err = link.Rename(file, path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = c.MakeFolder(filepath.Dir(path)); err == nil {
			err = link.Rename(file, path)
		}
	}
	return err
}

// create makes an unfinished file in a folder of the cache.
func (c *Cache) create(folder string) (*os.File, error) {
	path, err := c.unfinished(folder)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		if err := c.MakeFolder(folder); err != nil {
			return nil, err
		}
		return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	}
	return f, err
}

// current refuses to add what is new in the layout of DVC 2, to which only objects come
// that were added by it.
func (c *Cache) current() error {
	if c.layout == object.Current {
		return nil
	}
	return fault.New(fault.Unsupported, "The cache %s has the layout of DVC 2, to which nothing is added.", c.folder)
}

// unfinished is a new name for an unfinished file, in DVC's form.
func (c *Cache) unfinished(folder string) (string, error) {
	var random [16]byte
	c.lock.Lock()
	_, err := io.ReadFull(c.chance, random[:])
	c.lock.Unlock()
	return filepath.Join(folder, fmt.Sprintf(".%s.tmp", base64.RawURLEncoding.EncodeToString(random[:]))), err
}
