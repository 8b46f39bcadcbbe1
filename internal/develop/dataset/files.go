package dataset

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// Lake asks files of rows; package lake/apart does it in a process of its own.
type Lake interface {
	Portrait(ctx context.Context, s lake.Source, rows int, l lake.Limits) (lake.Portrait, error)
	Compare(ctx context.Context, c lake.Comparison) (lake.Difference, error)
}

// Files is what the service needs to ask files of rows.
type Files struct {
	Lake Lake
	// Local gives the file of a blob, where the store of bytes has one; nil where it
	// has none.
	Local func(blob string) (path string, ok bool)
	// Folder is where other objects are brought, one file each while it is asked.
	Folder string
	// Largest is the largest file that is asked, in bytes, and Brought the largest that
	// is brought for it.
	Largest, Brought int64
}

// Try asks a small file, to prove that files can be asked.
func (f Files) Try(ctx context.Context) (err error) {
	file, err := os.CreateTemp(f.Folder, "try-*.csv")
	if err != nil {
		return fault.Because(err, fault.Unavailable, "The folder %s for files that are read cannot be written.", f.Folder)
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	_, err = file.WriteString("a,b\n1,2\n")
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	p, err := f.Lake.Portrait(ctx, lake.Source{Path: file.Name(), Format: lake.CSV}, 1, lake.Limits{Time: tryTime})
	if err == nil && (p.Rows != 1 || len(p.Columns) != 2) {
		err = fault.New(fault.Internal, "A file of 1 row and 2 columns is read as %d rows and %d columns.", p.Rows, len(p.Columns))
	}
	return err
}

// tryTime bounds what Try asks.
const tryTime = 10 * time.Second

// noLake says why no file of rows is asked.
func noLake() error {
	return fault.WithHint(fault.New(fault.Unsupported, "This program was built without DuckDB, which reads files of rows."), "use a release for Linux")
}

// withFile does something with the bytes of an object as a file, by its path.
func (s *Service) withFile(ctx context.Context, h held, do func(path string) error) (err error) {
	if h.size > s.Files.Largest {
		return fault.New(fault.Limit, "The file has %d bytes; one of at most %d is read for its rows.", h.size, s.Files.Largest)
	}
	if path, ok := s.local(h); ok {
		return do(path)
	}
	if h.size > s.Files.Brought {
		return fault.New(fault.Limit, "The file has %d bytes and lies elsewhere; one of at most %d is brought here to be read for its rows.", h.size, s.Files.Brought)
	}
	f, err := os.CreateTemp(s.Files.Folder, "object-*")
	if err != nil {
		return fault.Because(err, fault.Unavailable, "The folder %s for files that are read cannot be written.", s.Files.Folder)
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	o := Object{Size: h.size, at: h, store: s.Blobs}
	r, err := o.From(ctx, 0)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	_, err = io.Copy(f, r)
	if err = errors.Join(err, r.Close(), f.Close()); err != nil {
		return err
	}
	return do(f.Name())
}

// local is the file of an object that has a blob, and a file, to itself.
func (s *Service) local(h held) (string, bool) {
	if s.Files.Local == nil || h.place != 0 {
		return "", false
	}
	path, ok := s.Files.Local(h.blob)
	if !ok {
		return "", false
	}
	info, err := os.Stat(path)
	return path, err == nil && info.Size() == h.size
}

// renamed is a fault whose message names an object instead of the file that it was read
// as.
func renamed(err error, names map[string]string) error {
	if err == nil {
		return nil
	}
	message := fault.Sentence(err)
	for path, name := range names {
		message = strings.ReplaceAll(message, path, name)
	}
	renamed := fault.Because(err, fault.KindOf(err), "%s", message)
	if hint := fault.HintOf(err); hint != "" {
		renamed = fault.WithHint(renamed, "%s", hint)
	}
	return renamed
}

// nameOf is the file name by which a version is known, "" where none is told.
func (s *Service) nameOf(ctx context.Context, remote string, id object.ID) (string, error) {
	v, err := s.VersionIn(ctx, remote, id)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	for _, p := range v.Places {
		if lake.FormatNamed(p.Path) != "" {
			return p.Path, err
		}
	}
	return "", err
}
