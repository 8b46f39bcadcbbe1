//go:build !linux

package worktree

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// read takes in the entries of a folder and gives the folders in it.
func (r *reader) read(f folder) ([]folder, error) {
	entries, err := os.ReadDir(joined(r.root, f.path))
	if errors.Is(err, fs.ErrNotExist) && f.path != "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rules := f.ignore
	if rules != nil {
		r.names = r.names[:0]
		for _, e := range entries {
			r.names = append(r.names, e.Name())
		}
		if rules, err = rules.Enter(f.path, r.names); err != nil {
			return nil, err
		}
	}
	var folders []folder
	for _, e := range entries {
		path := child(f.path, e.Name())
		if e.IsDir() {
			if rules == nil || !rules.Skips(path, true) {
				folders = append(folders, folder{path, rules})
			}
			continue
		}
		if err := r.stat(e, path, rules); err != nil {
			return nil, err
		}
	}
	return folders, nil
}

// stat takes in an entry that is no folder.
func (r *reader) stat(e fs.DirEntry, path string, rules Ignore) error {
	linked := e.Type()&fs.ModeSymlink != 0
	if !linked {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		r.entry(path, rules, statOf(info), kindOf(info.Mode(), false))
		return nil
	}
	info, err := os.Stat(joined(r.root, path))
	switch {
	case err != nil:
		r.entry(path, rules, Stat{Mode: fs.ModeSymlink}, Broken)
	case !info.IsDir():
		r.entry(path, rules, statOf(info), kindOf(info.Mode(), true))
	}
	return nil
}

// statOf has no inode and no time of change here: size, time of writing and mode
// are what tells two states of a file apart.
func statOf(info fs.FileInfo) Stat {
	return Stat{Size: info.Size(), Mtime: info.ModTime().UnixNano(), Mode: info.Mode()}
}

// StatOf asks for one file, following a link.
func StatOf(path string) (Stat, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Stat{}, err
	}
	return statOf(info), nil
}

// Folder is an open folder, whose entries are asked for by their names alone.
type Folder struct{ path string }

// OpenFolder opens a folder; fs.ErrNotExist where there is none.
func OpenFolder(path string) (*Folder, error) {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: path, Err: errors.New("not a folder")}
	}
	if err != nil {
		return nil, err
	}
	return &Folder{path}, nil
}

// Stat asks for one entry, without following a link; fs.ErrNotExist where there is none.
func (f *Folder) Stat(name string) (Stat, error) {
	info, err := os.Lstat(joined(f.path, name))
	if err != nil {
		return Stat{}, err
	}
	return statOf(info), nil
}

// Close lets the folder go.
func (*Folder) Close() error { return nil }

// Read reads a file into a buffer, to its end or until the buffer is full, and tells how
// many bytes came.
func Read(path string, into []byte) (n int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	n, err = io.ReadFull(f, into)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, errors.Join(err, f.Close())
}
