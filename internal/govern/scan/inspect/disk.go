package inspect

import (
	"io/fs"
	"os"
	"path/filepath"
)

// Disk is the files below a folder of this machine. Names may be of any bytes, which
// those of os.DirFS may not: what has such a name can be loaded as well.
func Disk(root string) fs.FS { return disk(root) }

type disk string

// at is where a name lies; one that leads out lies nowhere.
func (d disk) at(op, name string) (string, error) {
	local := filepath.FromSlash(name)
	if !filepath.IsLocal(local) {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	return filepath.Join(string(d), local), nil
}

// Open opens a file.
func (d disk) Open(name string) (fs.File, error) {
	at, err := d.at("open", name)
	if err != nil {
		return nil, err
	}
	return os.Open(at)
}

// Stat tells of a file, also by a link.
func (d disk) Stat(name string) (fs.FileInfo, error) {
	at, err := d.at("stat", name)
	if err != nil {
		return nil, err
	}
	return os.Stat(at)
}

// Lstat tells of a name itself, also where it is a link.
func (d disk) Lstat(name string) (fs.FileInfo, error) {
	at, err := d.at("lstat", name)
	if err != nil {
		return nil, err
	}
	return os.Lstat(at)
}

// ReadLink tells where a link leads.
func (d disk) ReadLink(name string) (string, error) {
	at, err := d.at("readlink", name)
	if err != nil {
		return "", err
	}
	return os.Readlink(at)
}

// ReadDir lists a folder.
func (d disk) ReadDir(name string) ([]fs.DirEntry, error) {
	at, err := d.at("open", name)
	if err != nil {
		return nil, err
	}
	return os.ReadDir(at)
}

// Sub is the files below a folder in it.
func (d disk) Sub(name string) (fs.FS, error) {
	at, err := d.at("sub", name)
	return disk(at), err
}
