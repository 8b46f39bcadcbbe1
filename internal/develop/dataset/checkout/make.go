package checkout

import (
	"crypto/md5" //nolint:gosec // the name of what is empty
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/tacit-ml/tacit/internal/develop/dataset/link"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// maker is what one goroutine keeps.
type maker struct {
	Config
	scratch string // the name of its file that is not in its place yet
	clean   bool   // nothing has that name
	folder  string // the last folder that was made sure of, relative to the root
}

// beside ends the name of an unfinished file that cannot be made in scratch.
const beside = ".tacit.tmp"

// make makes one file, in place of what is there.
func (m *maker) make(w Want) error {
	path := filepath.Join(m.Root, w.Path)
	if err := m.enter(w.Path); err != nil {
		return err
	}
	from := m.Cache.Path(w.ID)
	make := link.Make
	if w.ID.Sum != md5.Sum(nil) {
		make = link.MakeFull
	}
	if m.Link.Shared() { // a link is there at once or not at all, and takes nobody's place
		if err := make(m.Link, from, path); !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	if !m.clean {
		if err := os.Remove(m.scratch); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	m.clean = false
	if err := make(m.Link, from, m.scratch); err != nil {
		return err
	}
	return m.move(from, path)
}

// move gives the file in scratch its place.
func (m *maker) move(from, path string) error {
	err := link.Rename(m.scratch, path)
	if errors.Is(err, syscall.EISDIR) || errors.Is(err, fs.ErrExist) { // an empty folder is nothing to a version
		if err = os.Remove(path); err == nil {
			err = link.Rename(m.scratch, path)
		}
	}
	if errors.Is(err, syscall.EXDEV) { // something is mounted in the working copy
		return errors.Join(link.Replace(m.Link, from, path, beside), os.Remove(m.scratch))
	}
	if err != nil {
		return errors.Join(err, os.Remove(m.scratch))
	}
	m.clean = m.Link != link.Hardlink // two names of one inode stay where one is renamed to the other (POSIX rename)
	return nil
}

// enter makes sure of the folders that a path lies in. None of them may be a link:
// the file would come to be outside of the version's folder.
func (m *maker) enter(path string) error {
	cut := strings.LastIndexByte(path, '/')
	if cut < 0 || path[:cut] == m.folder {
		return nil
	}
	folder := path[:cut]
	for end := 0; end < len(folder); end++ {
		next := strings.IndexByte(folder[end:], '/')
		if next < 0 {
			next = len(folder) - end
		}
		end += next
		if err := enterOne(filepath.Join(m.Root, folder[:end]), folder[:end]); err != nil {
			return err
		}
	}
	m.folder = folder
	return nil
}

func enterOne(full, folder string) error {
	err := os.Mkdir(full, 0o777)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(full)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return nil
	}
	return fault.WithHint(fault.New(fault.Conflict, "%q is to be a folder, and is a link or a file.", folder), "remove it, and say the command again")
}

// remove deletes files, and the folders that hold nothing then.
func (c Config) remove(paths []string) error {
	emptied := map[string]bool{}
	for _, path := range paths {
		if err := os.Remove(filepath.Join(c.Root, path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if cut := strings.LastIndexByte(path, '/'); cut > 0 {
			emptied[path[:cut]] = true
		}
	}
	for folder := range emptied {
		for {
			if err := os.Remove(filepath.Join(c.Root, folder)); err != nil {
				break // it holds something, or was removed already
			}
			cut := strings.LastIndexByte(folder, '/')
			if cut < 0 {
				break
			}
			folder = folder[:cut]
		}
	}
	return nil
}
