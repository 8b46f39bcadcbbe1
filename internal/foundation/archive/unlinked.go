package archive

import (
	"errors"
	"os"
)

// Unlinked is a file without a name: it is gone with its program, however that
// ends.
type Unlinked struct{ *os.File }

// NewUnlinked makes one in the folder for temporary files.
func NewUnlinked() (Unlinked, error) {
	f, err := os.CreateTemp("", "tacit-unpacked-")
	if err == nil {
		_ = os.Remove(f.Name()) // where a file in use cannot be removed, Close removes it
	}
	return Unlinked{f}, err
}

// Close lets go of the file.
func (u Unlinked) Close() error {
	err := u.File.Close()
	if gone := os.Remove(u.Name()); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// OnDisk is a Scratching without a budget but the disk's.
func OnDisk() (Scratch, error) { return NewUnlinked() }
