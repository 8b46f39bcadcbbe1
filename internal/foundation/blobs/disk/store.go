// Package disk keeps bytes on a local disk: a key is a file below a root.
//
// Words. Bytes arrive in a file under .incoming of the same volume, are synced,
// and are renamed to their place; then the folder is synced, and those above it that
// are new. So a crash leaves what was there before or what was put, never a part. Uploads in parts lie
// under .uploads until they are complete.
//
// Everything goes through os.Root: no symbolic link leads out. It keeps no side
// files beside the bytes, so that other programs may read the folder.
package disk

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/writable"
)

const (
	incoming = ".incoming"
	uploads  = ".uploads"
)

// Store is bytes below one folder.
type Store struct {
	path   string
	root   *os.Root
	random io.Reader // of names
	// folders keeps a Delete from taking away the emptied folder that a Put has
	// just made: Puts share it, the clearing of folders has it alone.
	folders    sync.RWMutex
	completing blobs.Turns // of uploads
	settled    settled
	sync       func(folder *os.File) error // makes a folder's entries durable
}

var _ blobs.Store = (*Store)(nil)

// Open makes the folder when it is not there. It clears nothing away: another
// process may be at work in it. The random bytes that make names must never fail.
func Open(folder string, random io.Reader) (*Store, error) {
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("disk: %s: %w", folder, err)
	}
	if err := os.MkdirAll(absolute, 0o700); err != nil {
		return nil, fault.Because(err, fault.Unavailable, "The folder %s for bytes cannot be made.", folder)
	}
	root, err := os.OpenRoot(absolute)
	if err != nil {
		return nil, fault.Because(err, fault.Unavailable, "The folder %s for bytes cannot be opened.", folder)
	}
	s := &Store{path: absolute, root: root, random: random, settled: settled{folders: map[string]bool{}}, sync: syncFolder}
	for _, name := range []string{incoming, uploads} {
		if err := root.MkdirAll(name, 0o700); err != nil {
			_ = root.Close()
			return nil, fmt.Errorf("disk: %s: %w", folder, err)
		}
	}
	return s, nil
}

// Close gives the folder back.
func (s *Store) Close() error { return s.root.Close() }

// Address is the folder.
func (s *Store) Address() string { return s.path }

// Sweep clears received files and uploads that dead processes left.
func (s *Store) Sweep(ctx context.Context, olderThan time.Time) (n int, err error) {
	defer fault.Wrap(&err, "disk.Sweep")
	for _, folder := range []string{incoming, uploads} {
		entries, err := fs.ReadDir(s.root.FS(), folder)
		if err != nil {
			return n, err
		}
		for _, e := range entries {
			if err := ctx.Err(); err != nil {
				return n, err
			}
			// A folder's time is that of its newest part.
			info, err := e.Info()
			if err != nil || !info.ModTime().Before(olderThan) {
				continue // it was moved meanwhile, or is in work
			}
			if err := s.root.RemoveAll(folder + "/" + e.Name()); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

func check(key string) error {
	if err := blobs.CheckKey(key); err != nil {
		return err
	}
	if first, _, _ := strings.Cut(key, "/"); first == incoming || first == uploads {
		return fault.New(fault.Invalid, "Invalid path %q: %s is tacit's own.", key, first)
	}
	return nil
}

// Put stores all of r under key.
func (s *Store) Put(ctx context.Context, key string, r io.Reader, size int64) (_ blobs.Info, err error) {
	defer fault.Wrap(&err, "disk.Put")
	if err := check(key); err != nil {
		return blobs.Info{}, err
	}
	name, err := s.receive(ctx, incoming, key, r, size)
	if err != nil {
		return blobs.Info{}, err
	}
	return s.place(name, key)
}

// explain gives a fault for a disk that has no space left; other errors come
// back as they are.
func explain(err error) error {
	if err != nil && noRoom(err) {
		return writable.NoRoom(err, "the store of bytes")
	}
	return err
}

// receive writes r to a new synced file in folder and gives its name.
func (s *Store) receive(ctx context.Context, folder, key string, r io.Reader, size int64) (_ string, err error) {
	var random [12]byte
	if _, err := io.ReadFull(s.random, random[:]); err != nil {
		return "", err
	}
	name := folder + "/" + hex.EncodeToString(random[:])
	defer func() { err = explain(err) }()
	file, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = s.root.Remove(name)
		}
	}()
	if err := fill(ctx, file, key, r, size); err != nil {
		return "", err
	}
	// Two files of one tick of the clock shall not have one time: half a
	// millisecond at most is added to it.
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	spread := time.Duration(binary.BigEndian.Uint32(random[:])) * (500 * time.Microsecond) >> 32
	if err := s.root.Chtimes(name, time.Time{}, info.ModTime().Add(spread)); err != nil {
		return "", err
	}
	if err := file.Sync(); err != nil {
		return "", err
	}
	return name, file.Close()
}

// place moves a received file to its key.
func (s *Store) place(name, key string) (blobs.Info, error) {
	// The file keeps its number and time when it is moved; by its key it may be
	// another's already.
	info, err := s.root.Lstat(name)
	if err == nil {
		err = s.move(name, key)
	}
	if err != nil {
		_ = s.root.Remove(name)
		s.clear(path.Dir(key)) // what was made of its folders
		return blobs.Info{}, explain(s.shape(key, err))
	}
	if err := s.settle(path.Dir(key)); err != nil {
		return blobs.Info{}, explain(err)
	}
	return about(key, info), nil
}

// move makes the folders of a key and renames name to it.
func (s *Store) move(name, key string) error {
	s.folders.RLock()
	defer s.folders.RUnlock()
	if err := s.make(path.Dir(key)); err != nil {
		return err
	}
	return s.root.Rename(name, key)
}

// shape explains that a file stands where a folder is needed, or the reverse.
func (s *Store) shape(key string, err error) error {
	if errors.Is(err, fs.ErrExist) || notFolder(err) {
		return fault.Because(err, fault.Conflict, "Nothing can be stored at %q: part of the path is a file, or it is a folder.", key)
	}
	return err
}

// Get opens the bytes of key.
func (s *Store) Get(_ context.Context, key string, part blobs.Range) (_ io.ReadCloser, _ blobs.Info, err error) {
	defer fault.Wrap(&err, "disk.Get")
	file, info, err := s.open(key)
	if err != nil {
		return nil, blobs.Info{}, err
	}
	if part.Offset > info.Size || (part.Offset == info.Size && info.Size > 0) || part.Offset < 0 {
		_ = file.Close()
		return nil, blobs.Info{}, blobs.BeyondEnd(key, part.Offset, info.Size)
	}
	if _, err := file.Seek(part.Offset, io.SeekStart); err != nil {
		_ = file.Close()
		return nil, blobs.Info{}, err
	}
	if part.Length > 0 {
		return limited{io.LimitReader(file, part.Length), file}, info, nil
	}
	return file, info, nil
}

func (s *Store) open(key string) (*os.File, blobs.Info, error) {
	if err := check(key); err != nil {
		return nil, blobs.Info{}, err
	}
	file, err := s.root.Open(key)
	if err != nil {
		return nil, blobs.Info{}, missing(key, err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = blobs.Missing(key)
	}
	if err != nil {
		_ = file.Close()
		return nil, blobs.Info{}, err
	}
	return file, about(key, info), nil
}

// Stat tells what is stored under key.
func (s *Store) Stat(_ context.Context, key string) (_ blobs.Info, err error) {
	defer fault.Wrap(&err, "disk.Stat")
	if err := check(key); err != nil {
		return blobs.Info{}, err
	}
	info, err := s.root.Lstat(key)
	if err != nil {
		return blobs.Info{}, missing(key, err)
	}
	if !info.Mode().IsRegular() {
		return blobs.Info{}, blobs.Missing(key)
	}
	return about(key, info), nil
}

// Delete removes the bytes of key and the folders that it leaves empty.
func (s *Store) Delete(_ context.Context, key string) (err error) {
	defer fault.Wrap(&err, "disk.Delete")
	if err := check(key); err != nil {
		return err
	}
	info, err := s.root.Lstat(key)
	if err != nil || info.IsDir() {
		if err == nil || fault.Is(missing(key, err), fault.NotFound) {
			return nil
		}
		return err
	}
	if err := s.root.Remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return s.syncStaying(s.clear(path.Dir(key)))
}

// clear removes a folder and those above it as long as they are empty, and
// gives the first that stays. A file that stands there is left alone.
func (s *Store) clear(folder string) string {
	s.folders.Lock()
	defer s.folders.Unlock()
	for ; folder != "."; folder = path.Dir(folder) {
		info, err := s.root.Lstat(folder)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil || !info.IsDir() || s.root.Remove(folder) != nil {
			break
		}
		s.settled.forget(folder)
	}
	return folder
}

// Check writes, reads and removes one file.
func (s *Store) Check(ctx context.Context) error {
	const key = "tacit-check"
	if _, err := s.Put(ctx, key, strings.NewReader("ok"), 2); err != nil {
		return err
	}
	if _, err := s.Stat(ctx, key); err != nil {
		return err
	}
	return s.Delete(ctx, key)
}

func missing(key string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || notFolder(err) {
		return blobs.Missing(key)
	}
	return err
}

func about(key string, info fs.FileInfo) blobs.Info {
	return blobs.Info{
		Key: key, Size: info.Size(), Modified: info.ModTime().UTC(),
		ETag: tag(info),
	}
}

// tag changes with the bytes. A file has another number than the one that it
// replaces, where the system numbers files; its time is spread.
func tag(info fs.FileInfo) string {
	return fmt.Sprintf("%x-%x-%x", info.ModTime().UnixNano(), info.Size(), fileNumber(info))
}

// limited reads a part of a file.
type limited struct {
	io.Reader
	io.Closer
}
