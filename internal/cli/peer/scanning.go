package peer

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
)

func (t Terminal) scanner() (*scan.Scanner, error) {
	return scan.NewScanner(scan.ScannerConfig{Engine: "tacit " + t.Version, Now: t.Now, Budget: inspect.DefaultBudget()})
}

// scan reads a file or folder. Of a folder only the files that are wanted are
// read; wanted may be nil for all.
func (t Terminal) scan(ctx context.Context, at string, wanted func(name string, folder bool) bool) (*scan.Report, error) {
	s, err := t.scanner()
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(at)
	if err != nil {
		return nil, fault.Because(err, fault.NotFound, "%s cannot be read.", at)
	}
	if info.IsDir() {
		fsys := inspect.Disk(at)
		if wanted != nil {
			fsys = chosen{fsys, wanted}
		}
		return s.Tree(ctx, at, fsys)
	}
	source, closing, err := openFile(at)
	if err != nil {
		return nil, err
	}
	defer closing()
	return s.File(ctx, source), nil
}

// openFile opens a file, also by a link. The caller closes.
func openFile(at string) (*inspect.Source, func(), error) {
	resolved, err := filepath.EvalSymlinks(at)
	if err != nil {
		return nil, nil, fault.Because(err, fault.NotFound, "%s cannot be read.", at)
	}
	source, closing, err := inspect.Open(inspect.Disk(filepath.Dir(resolved)), filepath.Base(resolved))
	if err != nil {
		return nil, nil, fault.Because(err, fault.Unavailable, "%s cannot be read.", at)
	}
	source.Path = at
	return source, closing, nil
}

// heldSource is what standard input gives.
func heldSource(in io.Reader) (*inspect.Source, error) {
	held, err := io.ReadAll(in)
	if err != nil {
		return nil, fault.Because(err, fault.Unavailable, "Standard input cannot be read.")
	}
	return inspect.NewSource("-", bytes.NewReader(held), int64(len(held)), nil)
}

// chosen is a file system of the files that are wanted.
type chosen struct {
	fs.FS
	wanted func(name string, folder bool) bool
}

// ReadDir lists those of a folder.
func (c chosen) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(c.FS, name)
	var kept []fs.DirEntry
	for _, e := range all {
		if c.wanted(path.Join(name, e.Name()), e.IsDir()) {
			kept = append(kept, e)
		}
	}
	return kept, err
}

// Lstat tells of a name itself, also where it is a link.
func (c chosen) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(c.FS, name) }

// ReadLink tells where a link leads.
func (c chosen) ReadLink(name string) (string, error) { return fs.ReadLink(c.FS, name) }

// eachFile calls found for each file of a path, which may be one itself.
func eachFile(at string, wanted func(name string, folder bool) bool, found func(file string) error) error {
	info, err := os.Stat(at)
	if err != nil || !info.IsDir() {
		return found(at)
	}
	return fs.WalkDir(inspect.Disk(at), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil //nolint:nilerr // the scan of the folder tells of it
		case name != "." && wanted != nil && !wanted(name, d.IsDir()):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.Type().IsRegular():
			return found(filepath.Join(at, filepath.FromSlash(name)))
		}
		return nil
	})
}

// written writes what write gives to a file.
func written(at string, write func(io.Writer) error) error {
	var b bytes.Buffer
	err := write(&b)
	if err == nil {
		err = os.WriteFile(at, b.Bytes(), 0o644) //nolint:gosec // a report is for others to read
	}
	if err != nil {
		return fault.Because(err, fault.Unavailable, "The report cannot be written to %s.", at)
	}
	return nil
}
