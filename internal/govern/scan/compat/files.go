package compat

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// File is a file of a folder.
type File struct {
	Bytes  io.ReaderAt
	Size   int64
	Folder bool // it is none
}

// Files is a folder on this machine.
type Files struct {
	fs.FS
	root string
}

// Folder gives the files below a folder.
func Folder(root string) Files { return Files{os.DirFS(root), root} }

// walk gives the files below a folder in the order of Python's os.walk and of pathlib's
// rglob: as the folder itself lists them, those of a folder before those of the folders
// in it. What cannot be listed is passed over, and so are links to folders.
func (f Files) walk(folder string, enter func(name string) bool, found func(name string) error) error {
	d, err := os.Open(filepath.Join(f.root, filepath.FromSlash(folder)))
	if err != nil {
		return nil //nolint:nilerr // as they do
	}
	entries, err := d.ReadDir(-1)
	if shut := d.Close(); err == nil && shut != nil {
		return shut
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		if err := found(path.Join(folder, e.Name())); err != nil {
			return err
		}
	}
	for _, e := range entries {
		if name := path.Join(folder, e.Name()); e.IsDir() && enter(name) {
			if err := f.walk(name, enter, found); err != nil {
				return err
			}
		}
	}
	return nil
}

// ErrIrregular is of what is neither a file nor a folder, whose reader might wait.
var ErrIrregular = errors.New("it is neither a file nor a folder")

// Follow opens a file, also by a link. The caller closes.
func (f Files) Follow(name string) (File, func(), error) {
	return Open(filepath.Join(f.root, filepath.FromSlash(name)))
}

// Open opens a file of this machine, also by a link. The caller closes.
func Open(at string) (File, func(), error) {
	nothing := func() {}
	info, err := os.Stat(at)
	switch {
	case err != nil:
		return File{}, nothing, err
	case info.IsDir():
		return File{Folder: true}, nothing, nil
	case !info.Mode().IsRegular():
		return File{}, nothing, ErrIrregular
	}
	f, err := os.Open(at)
	if err != nil {
		return File{}, nothing, err
	}
	return File{Bytes: f, Size: info.Size()}, func() { _ = f.Close() }, nil
}

// suffix is the extension of a path's last name, as pathlib has it: a name that
// only begins or ends with a dot has none.
func suffix(at string) string {
	name := at[strings.LastIndexByte(at, '/')+1:]
	if i := strings.LastIndexByte(name, '.'); i > 0 && i < len(name)-1 {
		return name[i:]
	}
	return ""
}

// suffixOf is os.path.splitext: dots before the name are none, and one behind it
// is an extension.
func suffixOf(at string) string {
	name := at[strings.LastIndexByte(at, '/')+1:]
	name = strings.TrimLeft(name, ".")
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[i:]
	}
	return ""
}

func has(list, word string) bool {
	for _, w := range strings.Fields(list) {
		if w == word {
			return true
		}
	}
	return false
}

// begins reports whether a stream begins with a signature.
func begins(s *stream, signature string) (bool, error) {
	b, err := s.bytesAt(0, int64(len(signature)))
	return string(b) == signature, err
}
