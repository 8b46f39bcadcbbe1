package scan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sync"
	"syscall"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/signing"
)

// folder is a folder of the artifacts as a file system whose files are
// io.ReaderAt.
type folder struct {
	ctx   context.Context
	files *snapshot
	root  string
}

// mostEntries bounds what is listed of one folder.
const mostEntries = 1 << 20

func (f folder) at(name string) (string, error) {
	if !fs.ValidPath(name) {
		return "", fs.ErrInvalid
	}
	return path.Join(f.root, name), nil
}

// ReadDir lists a folder.
func (f folder) ReadDir(name string) ([]fs.DirEntry, error) {
	at, err := f.at(name)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	entries, err := f.files.List(f.ctx, at)
	if err == nil && len(entries) == 0 { // of what is no folder, and of what is not there, as well
		var e Entry
		if e, err = f.entry(name, at); err == nil && !e.Folder {
			err = syscall.ENOTDIR
		}
	}
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	if len(entries) > mostEntries {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fmt.Errorf("more than %d entries", mostEntries)}
	}
	all := make([]fs.DirEntry, len(entries))
	for i, e := range entries {
		all[i] = fs.FileInfoToDirEntry(info{e})
	}
	return all, nil
}

// Open opens a file, or a folder for what walks.
func (f folder) Open(name string) (fs.File, error) {
	at, err := f.at(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	e, err := f.entry(name, at)
	switch {
	case err != nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	case e.Folder:
		return &openedFolder{entry: e, folder: f, name: name}, nil
	}
	return &opened{entry: e, ctx: f.ctx, files: f.files}, nil
}

// entry is the file or the folder of a name, which lies at a path.
func (f folder) entry(name, at string) (Entry, error) {
	if name == "." {
		return Entry{Path: ".", Folder: true}, nil
	}
	return f.files.entry(f.ctx, at)
}

// info is an entry as the standard library has it.
type info struct{ Entry }

// Name is the last name of the path.
func (i info) Name() string { return path.Base(i.Path) }

// Size is that of the bytes.
func (i info) Size() int64 { return i.Entry.Size }

// Mode tells files and folders apart; there is nothing else.
func (i info) Mode() fs.FileMode {
	if i.Folder {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// ModTime is not known.
func (i info) ModTime() time.Time { return time.Time{} }

// IsDir reports whether it is a folder.
func (i info) IsDir() bool { return i.Folder }

// Sys is nothing.
func (i info) Sys() any { return nil }

// opened is a file that is read by ranges: a reader that goes on where it stopped
// stays open.
type opened struct {
	entry Entry
	ctx   context.Context
	files *snapshot
	at    int64 // where Read goes on

	mu     sync.Mutex
	reader io.ReadCloser
	next   int64 // where reader stands
}

// Stat tells of the file.
func (o *opened) Stat() (fs.FileInfo, error) { return info{o.entry}, nil }

// Read reads on.
func (o *opened) Read(p []byte) (int, error) {
	n, err := o.ReadAt(p, o.at)
	o.at += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// ReadAt reads at a place.
func (o *opened) ReadAt(p []byte, off int64) (int, error) {
	switch {
	case off < 0:
		return 0, &fs.PathError{Op: "read", Path: o.entry.Path, Err: fs.ErrInvalid}
	case len(p) == 0:
		return 0, nil
	case off >= o.entry.Size:
		return 0, io.EOF
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.seek(off); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(o.reader, p[:min(int64(len(p)), o.entry.Size-off)])
	o.next += int64(n)
	if err == io.ErrUnexpectedEOF || err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

// nearby is how far ahead is read over rather than asked for anew.
const nearby = 1 << 20

// errChanged is that of a file which has other bytes than it had when it was listed.
var errChanged = errors.New("the file changed while it was read")

// seek has the reader stand at a place.
func (o *opened) seek(off int64) error {
	if o.reader != nil && off >= o.next && off-o.next <= nearby {
		n, err := io.CopyN(io.Discard, o.reader, off-o.next)
		o.next += n
		if err == nil {
			return nil
		}
	}
	if err := o.Close(); err != nil {
		return err
	}
	reader, etag, err := o.files.Open(o.ctx, o.entry.Path, blobs.Range{Offset: off})
	if fault.Is(err, fault.NotFound) {
		o.files.changed.Store(true)
	}
	if err != nil {
		return err
	}
	if etag != o.entry.ETag {
		o.files.changed.Store(true)
		_ = reader.Close() // nothing of it counts
		return errChanged
	}
	o.reader, o.next = reader, off
	return nil
}

// Close ends reading.
func (o *opened) Close() error {
	if o.reader == nil {
		return nil
	}
	err := o.reader.Close()
	o.reader = nil
	return err
}

// openedFolder is a folder that is listed, some entries at a time.
type openedFolder struct {
	entry  Entry
	folder folder
	name   string
	listed bool
	rest   []fs.DirEntry
}

// Stat tells of the folder.
func (o *openedFolder) Stat() (fs.FileInfo, error) { return info{o.entry}, nil }

// Read is of files.
func (o *openedFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: o.name, Err: syscall.EISDIR}
}

// Close does nothing.
func (o *openedFolder) Close() error { return nil }

// ReadDir lists the next n entries, all that are left when n is not above 0.
func (o *openedFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if !o.listed {
		all, err := o.folder.ReadDir(o.name)
		if err != nil {
			return nil, err
		}
		o.rest, o.listed = all, true
	}
	if n > 0 && len(o.rest) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(o.rest) {
		n = len(o.rest)
	}
	next := o.rest[:n]
	o.rest = o.rest[n:]
	return next, nil
}

// listing is a hash over the names, sizes and tags of all files below a folder: a
// file that came, went or changed gives another. It is "" for no files.
func listing(ctx context.Context, files Files, root string) (string, error) {
	all, _, err := listings(ctx, files, root)
	return all, err
}

// only is artifacts of which one file is seen.
type only struct {
	Files
	file Entry
}

// List lists the one file in its folder.
func (o only) List(_ context.Context, folder string) ([]Entry, error) {
	if folder == path.Dir(o.file.Path) {
		return []Entry{o.file}, nil
	}
	return nil, nil
}

// alone gives artifacts and the folder in which the files of a root are: a root that
// is a file itself is the one file of its folder.
func alone(ctx context.Context, files Files, root string) (Files, string, error) {
	below, err := files.List(ctx, root)
	if err != nil || len(below) > 0 || root == "" {
		return files, root, err
	}
	beside, err := files.List(ctx, path.Dir(root))
	if err != nil {
		return files, root, err
	}
	for _, e := range beside {
		if e.Path == root && !e.Folder {
			return only{files, e}, path.Dir(root), nil
		}
	}
	return files, root, nil
}

// newFolder is the files of a root as a file system.
func newFolder(ctx context.Context, files Files, root string) (folder, error) {
	files, root, err := alone(ctx, files, root)
	return folder{ctx, snapshotOf(files), root}, err
}

// listings are the listing of all files, and that of all but the signature.
func listings(ctx context.Context, files Files, root string) (all, rest string, err error) {
	defer fault.Wrap(&err, "scan.listing(%s)", root)
	if files, root, err = alone(ctx, files, root); err != nil {
		return "", "", err
	}
	sum, others, any, signature := sha256.New(), sha256.New(), false, path.Join(root, signing.FileName)
	var walk func(at string, depth int) error
	walk = func(at string, depth int) error {
		if depth > mostDepth {
			return fault.New(fault.Invalid, "The folder %s has more than %d folders one in the other.", root, mostDepth)
		}
		entries, err := files.List(ctx, at)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Folder {
				if err := walk(e.Path, depth+1); err != nil {
					return err
				}
				continue
			}
			any = true
			line := fmt.Appendf(nil, "%q %d %q\n", e.Path, e.Size, e.ETag)
			_, _ = sum.Write(line)
			if e.Path != signature {
				_, _ = others.Write(line)
			}
		}
		return nil
	}
	if err := walk(root, 0); err != nil || !any {
		return "", "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), hex.EncodeToString(others.Sum(nil)), nil
}

// mostDepth is the deepest folder that is looked into.
const mostDepth = 200
