//go:build unix

package disk

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// syncFolder makes a folder's entries durable.
func syncFolder(f *os.File) error { return f.Sync() }

// fileNumber is the number of a file in its volume, 0 when it has none.
func fileNumber(info fs.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Ino
	}
	return 0
}

// notFolder reports whether a file stands where a folder is needed, or a
// folder where a file is.
func notFolder(err error) bool {
	return errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.EISDIR) || errors.Is(err, unix.ENOTEMPTY)
}
