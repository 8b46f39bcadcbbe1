package staging

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"os"
	"path/filepath"

	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
)

// small is up to which size, in bytes, a file is held whole while it is staged.
const small = 1 << 20

// worker is what one goroutine keeps.
type worker struct {
	Config
	content [small + 1]byte
}

// stage reads one file, and stores its bytes where there is a cache.
func (w *worker) stage(ctx context.Context, e *Entry) error {
	path := filepath.Join(w.Root, e.Path)
	began := w.Now()
	stored, err := w.read(ctx, e, path)
	if err != nil {
		return err
	}
	if err := w.unchanged(e, path); err != nil {
		return err
	}
	if w.Cache != nil && !stored {
		if err := w.adopt(e, path); err != nil {
			return err
		}
	}
	e.Kept, e.Rest = false, worktree.AtRest(e.Stat, began)
	return nil
}

// read hashes a file, and stores it from the same bytes where it is to be copied.
func (w *worker) read(ctx context.Context, e *Entry, path string) (stored bool, err error) {
	stored = w.Cache != nil && (w.Link == link.Copy || e.Kind == worktree.Linked)
	if e.Size <= small {
		return stored, w.whole(e, path, stored)
	}
	f, err := os.Open(path)
	if err != nil {
		return false, vanished(e.Path, err)
	}
	var size int64
	if stored {
		var id object.ID
		id, size, err = w.Cache.Put(ctx, f)
		e.Sum = id.Sum
	} else {
		e.Sum, size, err = object.Hash(f, w.Hashing)
	}
	if err == nil && size != e.Size {
		err = changed(e.Path)
	}
	return stored, errors.Join(err, f.Close())
}

// whole reads a small file.
func (w *worker) whole(e *Entry, path string, store bool) error {
	n, err := worktree.Read(path, w.content[:])
	if err != nil {
		return vanished(e.Path, err)
	}
	if int64(n) != e.Size {
		return changed(e.Path)
	}
	if w.Hashing != object.MD5 {
		e.Sum, _, err = object.Hash(bytes.NewReader(w.content[:n]), w.Hashing)
		return err
	}
	e.Sum = md5.Sum(w.content[:n])
	if !store {
		return nil
	}
	return w.Cache.PutBytes(e.ID(), w.content[:n])
}

// adopt makes the object of a file that was hashed, and the file a link to it where
// links are shared. An object whose file was written to meanwhile is taken back.
func (w *worker) adopt(e *Entry, path string) error {
	by := w.Link
	if by == link.Symlink { // the object keeps the file's inode, then the file's name leads to it
		by = link.Hardlink
	}
	err := w.Cache.Adopt(e.ID(), path, by)
	if errors.Is(err, link.ErrUnsupported) && w.Link == link.Symlink {
		err = w.Cache.Adopt(e.ID(), path, link.Copy)
	}
	if err != nil {
		return err
	}
	if err := w.unchanged(e, path); err != nil {
		return errors.Join(err, w.Cache.Remove(e.ID()))
	}
	if !w.Link.Shared() {
		return nil
	}
	return w.share(e, path)
}

// beside ends the name of a link that is not in its place yet.
const beside = ".tacit.tmp"

// share makes a file a link to its object, unless it is one.
func (w *worker) share(e *Entry, path string) error {
	from := w.Cache.Path(e.ID())
	if w.Link == link.Hardlink {
		object, err := worktree.StatOf(from)
		if err != nil || e.Size == 0 || object.Inode == e.Inode && object.Device == e.Device {
			return err
		}
	}
	if err := link.Replace(w.Link, from, path, beside); err != nil {
		return err
	}
	stat, err := worktree.StatOf(path)
	e.Stat = stat
	return err
}

// unchanged makes sure that a file is what the walk saw. Where links are shared, the
// time of change alone may be another one: each new name of an inode, and its
// protection, change it.
func (w *worker) unchanged(e *Entry, path string) error {
	stat, err := worktree.StatOf(path)
	if err != nil {
		return vanished(e.Path, err)
	}
	seen := e.Stat
	if w.Cache != nil && w.Link != link.Copy {
		seen.Ctime, seen.Mode = stat.Ctime, stat.Mode
	}
	if stat != seen {
		return changed(e.Path)
	}
	e.Stat = stat
	return nil
}
