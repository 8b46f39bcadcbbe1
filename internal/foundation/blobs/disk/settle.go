package disk

import (
	"errors"
	"io/fs"
	"path"
	"sync"
)

// settled are folders that a crash does not take away: the folder above each was synced
// after it was made, and so were those further above. To sync them for every file would
// cost a lone push most of its time.
type settled struct {
	lock    sync.Mutex
	folders map[string]bool // by path
	changes uint64          // how often a folder was made or taken away
}

// mostSettled is how many folders are remembered.
const mostSettled = 1 << 16

// has says whether a folder is settled, and how often folders changed until then.
func (s *settled) has(folder string) (bool, uint64) {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.folders[folder], s.changes
}

// note remembers folders that were settled, unless one was made or taken away since
// changes was asked for: it might be one of them.
func (s *settled) note(folders []string, changes uint64) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.changes != changes {
		return
	}
	if len(s.folders)+len(folders) > mostSettled {
		clear(s.folders)
	}
	for _, folder := range folders {
		s.folders[folder] = true
	}
}

// forget is told of a folder that was made or taken away.
func (s *settled) forget(folder string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	delete(s.folders, folder)
	s.changes++
}

// make makes a folder and those above it that are not there, which another process may
// have taken away.
func (s *Store) make(folder string) error {
	err := s.root.Mkdir(folder, 0o700)
	if errors.Is(err, fs.ErrNotExist) && folder != "." {
		if err := s.make(path.Dir(folder)); err != nil {
			return err
		}
		err = s.root.Mkdir(folder, 0o700)
	}
	if err == nil {
		s.settled.forget(folder)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil // where it is a file, the rename says so
	}
	return err
}

// settle makes the entries of a folder durable, and the folder's own with those above it
// unless they are. A folder that was taken away meanwhile has none.
func (s *Store) settle(folder string) error {
	_, changes := s.settled.has(folder)
	var fresh []string
	for ; ; folder = path.Dir(folder) {
		there, err := s.syncNamed(folder)
		if err != nil {
			return err
		}
		if known, _ := s.settled.has(folder); folder == "." || there && known {
			break
		}
		if there {
			fresh = append(fresh, folder)
		}
	}
	s.settled.note(fresh, changes)
	return nil
}

// syncStaying makes durable that something was taken out of a folder: in the first at or
// above it that is there.
func (s *Store) syncStaying(folder string) error {
	for ; ; folder = path.Dir(folder) {
		if there, err := s.syncNamed(folder); there || err != nil {
			return err
		}
	}
}

// syncNamed makes the entries of a folder durable, where it is there.
func (s *Store) syncNamed(folder string) (there bool, err error) {
	f, err := s.root.Open(folder)
	if errors.Is(err, fs.ErrNotExist) && folder != "." {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, errors.Join(s.sync(f), f.Close())
}
