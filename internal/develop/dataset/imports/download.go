package imports

import (
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// usualJobs is how many files are on their way at once unless it is said.
const usualJobs = 16

// piece is a file that is brought.
type piece struct {
	rel  string // below what is brought, "" for that itself
	open func(ctx context.Context) (io.ReadCloser, error)
	id   *object.ID // that the bytes must have, nil where nobody knows
	hash object.Hashing
}

// plan is all that is brought, and the folders that have nothing in them.
type plan struct {
	files   []piece
	folders []string
}

// Download brings a path of the source to a place on this machine. What lies there stays
// but for the files that come: a place that is new has all of it, or nothing.
func (s *Source) Download(ctx context.Context, p, to string, jobs int) error {
	_, _, err := s.DownloadCounted(ctx, p, to, jobs)
	return err
}

// DownloadCounted is Download that tells how many files came, and whether they are a
// folder.
func (s *Source) DownloadCounted(ctx context.Context, p, to string, jobs int) (n int, folder bool, err error) {
	e, err := s.Entry(ctx, p)
	if err != nil {
		return 0, false, err
	}
	var all plan
	if err := s.collect(ctx, e, "", &all); err != nil {
		return 0, false, err
	}
	return len(all.files), e.Dir, all.bring(ctx, to, e.Dir, jobs)
}

// Files are the paths of the files of a folder of the source, below it; none of a file.
func (s *Source) Files(ctx context.Context, p string) (all []string, folder bool, err error) {
	e, err := s.Entry(ctx, p)
	if err != nil {
		return nil, false, err
	}
	return all, e.Dir, s.walk(ctx, e, "", func(below *Entry, rel string) error {
		if !below.Dir {
			all = append(all, rel)
		}
		return nil
	})
}

// walk calls a function with all that lies in a folder of the source, and its path there.
func (s *Source) walk(ctx context.Context, folder *Entry, rel string, do func(e *Entry, rel string) error) error {
	if !folder.Dir {
		return nil
	}
	entries, err := s.Entries(ctx, folder)
	if err != nil {
		return err
	}
	for _, below := range entries {
		name := path.Base(below.Path)
		if IsDVCs(name) || dvcfile.ToolsOwn(name) { // no data; a git that is run beside .git would do what it says
			continue
		}
		at := path.Join(rel, name)
		if err := do(below, at); err != nil {
			return err
		}
		if err := s.walk(ctx, below, at, do); err != nil {
			return err
		}
	}
	return nil
}

// collect finds the files of an entry.
func (s *Source) collect(ctx context.Context, e *Entry, rel string, all *plan) error {
	if !e.Dir {
		f, err := s.piece(ctx, e, rel)
		all.files = append(all.files, f)
		return err
	}
	all.folders = append(all.folders, rel)
	return s.walk(ctx, e, rel, func(below *Entry, rel string) error {
		if below.Dir {
			all.folders = append(all.folders, rel)
			return nil
		}
		f, err := s.piece(ctx, below, rel)
		all.files = append(all.files, f)
		return err
	})
}

// piece is how the file of an entry is read: where its working copy has it, from there.
func (s *Source) piece(ctx context.Context, e *Entry, rel string) (piece, error) {
	if e.onDisk {
		if file, ok := s.inside(filepath.Join(s.root, filepath.FromSlash(e.Path))); ok {
			return piece{rel: rel, open: opens(file)}, nil
		}
		if e.ID == nil {
			return piece{}, fault.New(fault.Invalid, "'%s' of '%s' is a link that leads out of it, or nowhere.", e.Path, s.URL)
		}
	}
	if from := s.above[e.out]; from != nil {
		return s.pieceAbove(ctx, from, e, rel)
	}
	if e.ID == nil {
		return piece{}, fault.WithHint(fault.New(fault.NotFound, "'%s' of '%s' has no data yet: nothing says its hash.", e.Path, s.URL), "run, or add, it there, and commit")
	}
	f := piece{rel: rel, id: e.ID}
	if e.out.Layout == object.Legacy {
		f.hash = object.Dos2Unix
	}
	if e.out.Stage.Import() != nil { // which may be nowhere but in its own source
		r, err := s.object(ctx, e.out, *e.ID)
		if fault.Is(err, fault.NotFound) {
			from, err := s.chain(ctx, e.out)
			if err != nil {
				return piece{}, err
			}
			return s.pieceAbove(ctx, from, e, rel)
		}
		if err != nil {
			return piece{}, err
		}
		if err := r.Close(); err != nil {
			return piece{}, err
		}
	}
	if _, err := s.remote(ctx, e.out.Remote); err != nil { // opened here, since later many ask for it at once
		return piece{}, err
	}
	f.open = func(ctx context.Context) (io.ReadCloser, error) { return s.object(ctx, e.out, *e.ID) }
	return f, nil
}

// pieceAbove is a file of an out that was imported, in the source of that.
func (s *Source) pieceAbove(ctx context.Context, from *Source, e *Entry, rel string) (piece, error) {
	below := strings.TrimPrefix(strings.TrimPrefix(e.Path, e.out.Path), "/")
	above, err := from.Entry(ctx, path.Join(e.out.Stage.Spec.Deps[0].Path, below))
	if err != nil {
		return piece{}, err
	}
	f, err := from.piece(ctx, above, rel)
	if f.id == nil && e.ID != nil {
		f.id = e.ID
		if e.out.Layout == object.Legacy {
			f.hash = object.Dos2Unix
		}
	}
	return f, err
}

func opens(file string) func(context.Context) (io.ReadCloser, error) {
	return func(context.Context) (io.ReadCloser, error) { return os.Open(file) } //nolint:gosec // what a person asks for
}

// bring writes all files beside their place, and puts them there when all have come: a
// place that is new at once, and into a folder that is there one by one.
func (p *plan) bring(ctx context.Context, to string, folder bool, jobs int) (err error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil { //nolint:gosec // less the umask
		return fault.Because(err, fault.Unavailable, "The folder of '%s' cannot be made.", to)
	}
	info, err := os.Lstat(to)
	there := err == nil
	if there && folder != info.IsDir() {
		return fault.WithHint(fault.New(fault.Exists, "'%s' is there, and is a folder where a file comes, or a file where a folder comes.", to), "move it, or name another place")
	}
	made, err := os.MkdirTemp(filepath.Dir(to), ".tacit-")
	if err != nil {
		return fault.Because(err, fault.Unavailable, "Nothing can be written beside '%s'.", to)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(made)) }()
	at := filepath.Join(made, "new")
	if err := p.write(ctx, at, jobs); err != nil {
		return err
	}
	if !there || !folder {
		return os.Rename(at, to)
	}
	for _, f := range p.folders {
		if err := os.MkdirAll(filepath.Join(to, filepath.FromSlash(f)), 0o777); err != nil { //nolint:gosec // less the umask
			return err
		}
	}
	for _, f := range p.files {
		rel := filepath.FromSlash(f.rel)
		if err := os.Rename(filepath.Join(at, rel), filepath.Join(to, rel)); err != nil {
			return err
		}
	}
	return nil
}

// write writes the files below a place, several at once; the first that fails ends it.
func (p *plan) write(ctx context.Context, to string, jobs int) error {
	for _, f := range p.folders {
		if err := os.MkdirAll(filepath.Join(to, filepath.FromSlash(f)), 0o777); err != nil { //nolint:gosec // less the umask
			return err
		}
	}
	return each(ctx, p.files, jobs, func(ctx context.Context, f piece) error {
		return f.write(ctx, filepath.Join(to, filepath.FromSlash(f.rel)))
	})
}

// write writes one file, and fails where its bytes are not what they must be.
func (f piece) write(ctx context.Context, to string) (err error) {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	made, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // in a folder of its own, less the umask
	if err != nil {
		return fault.Because(err, fault.Unavailable, "'%s' cannot be written.", to)
	}
	sum := object.NewDigest(f.hash)
	if _, err := io.Copy(io.MultiWriter(made, sum), r); err != nil {
		return errors.Join(err, made.Close())
	}
	if err := errors.Join(made.Sync(), made.Close()); err != nil {
		return fault.Because(err, fault.Unavailable, "'%s' cannot be written.", to)
	}
	if f.id != nil && sum.Sum() != f.id.Sum {
		return fault.New(fault.Conflict, "What came for '%s' does not hash to %s: it is not kept.", f.rel, f.id)
	}
	return nil
}

// Address is where an object of the source lies that has a path: in the cache of a
// repository of this machine without a remote, else in its remote. fault.NotFound for
// what DVC does not track.
func (s *Source) Address(ctx context.Context, p string) (string, error) {
	e, err := s.Entry(ctx, p)
	if err != nil {
		return "", err
	}
	if e.out == nil || e.ID == nil {
		return "", fault.New(fault.NotFound, "'%s' of '%s' is not tracked by DVC.", p, s.URL)
	}
	r, err := s.remote(ctx, e.out.Remote)
	if err != nil {
		return "", err
	}
	if r != nil {
		return strings.TrimSuffix(r.Address(), "/") + "/" + e.ID.Path(e.out.Layout), nil
	}
	if s.origin == nil {
		return "", fault.New(fault.Invalid, "no remote specified in %s", s.URL)
	}
	return s.origin.Cache(e.out.Layout).Path(*e.ID), nil
}
