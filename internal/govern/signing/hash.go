package signing

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"path"
	"runtime"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// pageSize is how much of a file is read at once, by each of the readers.
const pageSize = 1 << 20

// Hash gives the manifest of all files below the root of a file system. Files are
// read one page after the other, several at a time. fault.Invalid for links that
// are not allowed, links to folders, and what is neither file nor folder;
// fault.NotFound where nothing is left to sign.
func Hash(ctx context.Context, name string, fsys fs.FS, s Serialization) (m Manifest, err error) {
	defer fault.Wrap(&err, "signing.Hash(%s)", name)
	files, err := walk(fsys, s)
	if err != nil {
		return m, err
	}
	m = Manifest{Name: name, Serialization: s}
	for _, f := range files {
		if m.Resources, err = s.parts(m.Resources, f.Path, f.Size); err != nil {
			return m, err
		}
	}
	return m, m.hash(ctx, func(p string) (fs.File, error) { return fsys.Open(p) })
}

// HashFile gives the manifest of a model that is one file.
func HashFile(ctx context.Context, fsys fs.FS, file string, s Serialization) (m Manifest, err error) {
	defer fault.Wrap(&err, "signing.HashFile(%s)", file)
	info, err := fs.Stat(fsys, file)
	if err != nil {
		return m, err
	}
	if !info.Mode().IsRegular() {
		return m, fault.New(fault.Invalid, "%s is not a file.", file)
	}
	m = Manifest{Name: path.Base(file), Serialization: s}
	if m.Resources, err = s.parts(nil, singleFileName, info.Size()); err != nil {
		return m, err
	}
	return m, m.hash(ctx, func(string) (fs.File, error) { return fsys.Open(file) })
}

// parts adds the resources of a file, without digests.
func (s Serialization) parts(to []Resource, p string, size int64) ([]Resource, error) {
	if s.Method == Files {
		return append(to, Resource{Path: p, To: size}), nil
	}
	if size/int64(s.ShardSize) >= int64(mostResources-len(to)) {
		return nil, fault.New(fault.Invalid, "There are more than %d shards to sign.", mostResources)
	}
	for from := int64(0); from < size; {
		end := from + min(int64(s.ShardSize), size-from)
		to = append(to, Resource{Path: p, From: from, To: end})
		from = end
	}
	return to, nil
}

// hash fills in the digests.
func (m *Manifest) hash(ctx context.Context, open func(string) (fs.File, error)) error {
	if len(m.Resources) == 0 {
		return fault.New(fault.NotFound, "There is no file to sign.")
	}
	if len(m.Resources) > mostResources {
		return fault.New(fault.Invalid, "There are more than %d files to sign.", mostResources)
	}
	m.sort()
	group, ctx := errgroup.WithContext(ctx)
	next := make(chan int)
	group.Go(func() error {
		defer close(next)
		for i := range m.Resources {
			select {
			case next <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			page := make([]byte, pageSize)
			for i := range next {
				if err := m.Resources[i].read(ctx, open, page); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// read takes the digest of one resource. A file that changes its length meanwhile is
// an error.
func (r *Resource) read(ctx context.Context, open func(string) (fs.File, error), page []byte) error {
	file, err := open(r.Path)
	if err != nil {
		return fault.Because(err, fault.Unavailable, "%s cannot be read.", r.Path)
	}
	defer func() { _ = file.Close() }()
	var from io.Reader = file
	if at, ok := file.(io.ReaderAt); ok {
		from = io.NewSectionReader(at, r.From, r.To-r.From)
	} else if _, err := io.CopyN(io.Discard, file, r.From); err != nil {
		return fault.Because(err, fault.Unavailable, "%s cannot be read.", r.Path)
	}
	sum, read := sha256.New(), int64(0)
	for read < r.To-r.From {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := from.Read(page[:min(int64(len(page)), r.To-r.From-read)])
		read += int64(n)
		_, _ = sum.Write(page[:n])
		if err != nil && (!errors.Is(err, io.EOF) || read < r.To-r.From) {
			return fault.Because(err, fault.Unavailable, "%s cannot be read to its end; does something write to it?", r.Path)
		}
	}
	sum.Sum(r.Digest[:0])
	return nil
}

// File is a file of a model.
type File struct {
	Path   string // from the model's folder
	Size   int64  // bytes
	Digest Digest // of its bytes, where it is known
}

// walk lists the files below a root that are to be signed.
func walk(fsys fs.FS, s Serialization) (all []File, err error) {
	return all, fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fault.Because(err, fault.Unavailable, "%s cannot be read.", p)
		case p != "." && s.ignores(p):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		case !utf8.ValidString(p):
			return fault.New(fault.Invalid, "The name %q is no text, and cannot be signed.", p)
		}
		info, err := d.Info()
		if err == nil && d.Type()&fs.ModeSymlink != 0 {
			if !s.AllowSymlinks {
				return fault.WithHint(fault.New(fault.Invalid, "%s is a link.", p), "--allow-symlinks signs what it leads to; --ignore leaves it out")
			}
			info, err = fs.Stat(fsys, p)
		}
		switch {
		case err != nil:
			return fault.Because(err, fault.Unavailable, "%s cannot be read.", p)
		case !info.Mode().IsRegular():
			return fault.WithHint(fault.New(fault.Invalid, "%s leads to what is no file, and cannot be signed.", p), "--ignore leaves it out")
		case len(all) == mostResources:
			return fault.New(fault.Invalid, "There are more than %d files to sign.", mostResources)
		}
		all = append(all, File{Path: p, Size: info.Size()})
		return nil
	})
}

// Of gives the manifest of files whose digests are known already, one resource a
// file. fault.NotFound where nothing is left to sign.
func Of(name string, files []File, ignored ...string) (m Manifest, err error) {
	m = Manifest{Name: name, Serialization: Usual(ignored...)}
	for _, f := range files {
		if !validPath(f.Path) {
			return m, fault.New(fault.Invalid, "%q is no path below a model's folder.", cut(f.Path))
		}
		if !m.Serialization.ignores(f.Path) {
			m.Resources = append(m.Resources, Resource{Path: f.Path, To: f.Size, Digest: f.Digest})
		}
	}
	if len(m.Resources) == 0 {
		return m, fault.New(fault.NotFound, "There is no file to sign.")
	}
	m.sort()
	return m, nil
}
