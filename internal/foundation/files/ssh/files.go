package ssh

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/pkg/sftp"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
)

func told(name string, info fs.FileInfo) files.Info {
	return files.Info{Path: name, Size: info.Size(), Modified: info.ModTime()}
}

// Open reads a file; what broke is taken up where it broke.
func (p *Place) Open(ctx context.Context, name string, from int64) (_ io.ReadCloser, _ files.Info, err error) {
	defer fault.Wrap(&err, "ssh.Open(%s)", name)
	at, err := p.at(name)
	if err != nil {
		return nil, files.Info{}, err
	}
	return files.Steady(ctx, p.Retries, from, func(ctx context.Context, from int64) (io.ReadCloser, files.Info, error) {
		c, err := p.connected(ctx)
		if err != nil {
			return nil, files.Info{}, err
		}
		f, err := c.Open(at)
		if err != nil {
			return nil, files.Info{}, p.explain(ctx, name, c, err)
		}
		info, err := f.Stat()
		if err == nil && info.IsDir() {
			err = os.ErrNotExist
		}
		if err == nil {
			_, err = f.Seek(from, io.SeekStart)
		}
		if err != nil {
			return nil, files.Info{}, p.explain(ctx, name, c, errors.Join(err, f.Close()))
		}
		r := &reading{File: f, place: p, client: c, ctx: ctx, name: name}
		r.stop = context.AfterFunc(ctx, func() { _ = f.Close() })
		return r, told(name, info), nil
	})
}

// reading is a file that is read until its context ends.
type reading struct {
	*sftp.File
	place  *Place
	client *sftp.Client
	ctx    context.Context //nolint:containedctx // of the one file that is read
	name   string
	stop   func() bool
}

// Read reads on.
func (r *reading) Read(b []byte) (int, error) {
	n, err := r.File.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = r.place.explain(r.ctx, r.name, r.client, err)
	}
	return n, err
}

// WriteTo reads all that is left, several parts at once.
func (r *reading) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{r})
}

// Close lets go of the file.
func (r *reading) Close() error {
	if !r.stop() {
		return nil
	}
	return r.File.Close()
}

// Stat tells of a file.
func (p *Place) Stat(ctx context.Context, name string) (info files.Info, err error) {
	defer fault.Wrap(&err, "ssh.Stat(%s)", name)
	at, err := p.at(name)
	if err != nil {
		return info, err
	}
	err = p.do(ctx, name, func(c *sftp.Client) error {
		found, err := c.Stat(at)
		if err == nil && found.IsDir() {
			err = os.ErrNotExist
		}
		if err == nil {
			info = told(name, found)
		}
		return err
	}, files.Always)
	return info, err
}

// Put stores a file.
func (p *Place) Put(ctx context.Context, name string, r io.Reader, size int64, again func() (io.ReadCloser, error)) (err error) {
	defer fault.Wrap(&err, "ssh.Put(%s)", name)
	at, err := p.at(name)
	if err != nil {
		return err
	}
	var random [16]byte
	p.lock.Lock()
	_, err = io.ReadFull(p.Random, random[:])
	p.lock.Unlock()
	if err != nil {
		return err
	}
	unfinished := path.Join(path.Dir(at), "."+base64.RawURLEncoding.EncodeToString(random[:])+".tmp")
	from := files.Renewed(r, again)
	defer func() { _ = from.Close() }()
	return p.do(ctx, name, func(c *sftp.Client) error {
		err := p.write(ctx, c, unfinished, name, from.Reader, size)
		if err == nil {
			err = c.PosixRename(unfinished, at)
		}
		if err != nil {
			_ = c.Remove(unfinished) // the reason is err
		}
		return err
	}, from.Renew)
}

// write writes a new file, and the folders that it lies in.
func (p *Place) write(ctx context.Context, c *sftp.Client, at, name string, r io.Reader, size int64) error {
	const flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	f, err := c.OpenFile(at, flags)
	if errors.Is(err, os.ErrNotExist) {
		if err := c.MkdirAll(path.Dir(at)); err != nil {
			return err
		}
		f, err = c.OpenFile(at, flags)
	}
	if err != nil {
		return err
	}
	source := &sourced{ctx: ctx, r: r}
	n, err := io.Copy(f, source)
	if source.err != nil {
		err = source.err // which is not the wire's
	} else if err == nil && size != files.Unknown && n != size {
		err = fault.New(fault.Invalid, "%s was said to have %d bytes, %d came.", name, size, n)
	}
	return errors.Join(err, f.Close())
}

// sourced reads until its context ends, and remembers what the reader failed with.
type sourced struct {
	ctx context.Context //nolint:containedctx // of the one file that is written
	r   io.Reader
	err error
}

// Read reads on.
func (s *sourced) Read(b []byte) (int, error) {
	if s.err = context.Cause(s.ctx); s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = fault.Because(err, fault.KindOf(err), "%s", fault.Sentence(err))
	}
	return n, err
}

// List gives the files below a prefix; links to folders are not followed.
func (p *Place) List(ctx context.Context, prefix string, each func(files.Info) error) (err error) {
	defer fault.Wrap(&err, "ssh.List(%s)", prefix)
	begin := path.Dir(prefix + "x")
	if begin == "." {
		begin = ""
	}
	for waiting := []string{begin}; len(waiting) > 0; {
		folder := waiting[0]
		waiting = waiting[1:]
		var found []fs.FileInfo
		err := p.do(ctx, folder, func(c *sftp.Client) (err error) {
			found, err = c.ReadDirContext(ctx, path.Join(p.Folder, folder))
			return err
		}, files.Always)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		for _, info := range found {
			name := path.Join(folder, info.Name())
			switch {
			case info.IsDir() && (strings.HasPrefix(name+"/", prefix) || strings.HasPrefix(prefix, name+"/")):
				waiting = append(waiting, name)
			case !info.IsDir() && strings.HasPrefix(name, prefix):
				if err := each(told(name, info)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Remove takes files away.
func (p *Place) Remove(ctx context.Context, names ...string) (err error) {
	defer fault.Wrap(&err, "ssh.Remove")
	for _, name := range names {
		at, err := p.at(name)
		if err != nil {
			return err
		}
		err = p.do(ctx, name, func(c *sftp.Client) error { return c.Remove(at) }, files.Always)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}
