// Package folder is a place of files that is a folder of this machine.
//
// A file is written beside its place under a name of chance, and renamed: it is there
// at once or not at all. Nothing is synced: who wants that syncs the file system once.
package folder

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
)

// Place is a folder.
type Place struct {
	root   string
	lock   sync.Mutex // of random
	random io.Reader
}

var _ files.Place = (*Place)(nil)

// New gives the place in a folder, which the first file makes. Names of unfinished
// files are drawn from random.
func New(root string, random io.Reader) *Place { return &Place{root: root, random: random} }

// Address is the folder.
func (p *Place) Address() string { return p.root }

func (p *Place) at(name string) (string, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) || name == "." {
		return "", fault.New(fault.Invalid, "%q leads to no file below %s.", name, p.root)
	}
	return filepath.Join(p.root, filepath.FromSlash(name)), nil
}

func explain(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.Because(err, fault.NotFound, "There is no file %s.", name)
	case errors.Is(err, fs.ErrPermission):
		return fault.Because(err, fault.Denied, "The file %s may not be reached.", name)
	case errors.Is(err, syscall.ENOSPC):
		return fault.Because(err, fault.Unavailable, "There is no room for the file %s: the disk is full.", name)
	}
	return err
}

// Open reads a file.
func (p *Place) Open(_ context.Context, name string, from int64) (io.ReadCloser, files.Info, error) {
	at, err := p.at(name)
	if err != nil {
		return nil, files.Info{}, err
	}
	f, err := os.Open(at)
	if err != nil {
		return nil, files.Info{}, explain(name, err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fs.ErrNotExist
	}
	if err == nil {
		_, err = f.Seek(from, io.SeekStart)
	}
	if err != nil {
		return nil, files.Info{}, errors.Join(explain(name, err), f.Close())
	}
	return f, told(name, info), nil
}

func told(name string, info fs.FileInfo) files.Info {
	return files.Info{Path: name, Size: info.Size(), Modified: info.ModTime()}
}

// Stat tells of a file.
func (p *Place) Stat(_ context.Context, name string) (files.Info, error) {
	at, err := p.at(name)
	if err != nil {
		return files.Info{}, err
	}
	info, err := os.Stat(at)
	if err == nil && info.IsDir() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return files.Info{}, explain(name, err)
	}
	return told(name, info), nil
}

// Put stores a file.
func (p *Place) Put(ctx context.Context, name string, r io.Reader, size int64, _ func() (io.ReadCloser, error)) (err error) {
	defer fault.Wrap(&err, "folder.Put(%s)", name)
	at, err := p.at(name)
	if err != nil {
		return err
	}
	var random [16]byte
	p.lock.Lock()
	_, err = io.ReadFull(p.random, random[:])
	p.lock.Unlock()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(at), 0o777)
	}
	if err != nil {
		return explain(name, err)
	}
	unfinished := filepath.Join(filepath.Dir(at), "."+base64.RawURLEncoding.EncodeToString(random[:])+".tmp")
	f, err := os.OpenFile(unfinished, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return explain(name, err)
	}
	n, err := io.Copy(f, reader{ctx, r})
	if err == nil && size != files.Unknown && n != size {
		err = fault.New(fault.Invalid, "%s was said to have %d bytes, %d came.", name, size, n)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(unfinished, at)
	}
	if err != nil {
		return explain(name, errors.Join(err, os.Remove(unfinished)))
	}
	return nil
}

// reader reads until its context ends.
type reader struct {
	ctx context.Context //nolint:containedctx // of the one file that is written
	r   io.Reader
}

// Read reads on.
func (r reader) Read(b []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}

// List gives the files below a prefix; links to folders are not followed.
func (p *Place) List(ctx context.Context, prefix string, each func(files.Info) error) error {
	begin := path.Dir(prefix + "x")
	err := filepath.WalkDir(filepath.Join(p.root, filepath.FromSlash(begin)), func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(p.root, at)
		if name = filepath.ToSlash(name); err != nil || d.IsDir() || !strings.HasPrefix(name, prefix) {
			return errors.Join(err, context.Cause(ctx))
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) { // it went meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		return each(told(name, info))
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Remove takes files away.
func (p *Place) Remove(ctx context.Context, names ...string) error {
	for _, name := range names {
		at, err := p.at(name)
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		if err := os.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return explain(name, err)
		}
	}
	return nil
}

// Close has nothing to let go.
func (p *Place) Close() error { return nil }
