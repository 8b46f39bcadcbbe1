package cache

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// settle leaves a written file to Sync.
func settle(*os.File) error { return nil }

// begin has the system write what was written to a file so far, and does not wait: the
// disk works while the rest is read and hashed.
func begin(f *os.File, from, size int64) {
	_ = unix.SyncFileRange(int(f.Fd()), from, size, unix.SYNC_FILE_RANGE_WRITE) // it is written anyway, by Sync at the latest
}

// Sync returns when all that was put is durable: one call for the whole file system
// costs what a few files cost one by one.
func (c *Cache) Sync() error {
	f, err := os.Open(c.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(os.NewSyscallError("syncfs", unix.Syncfs(int(f.Fd()))), f.Close())
}
