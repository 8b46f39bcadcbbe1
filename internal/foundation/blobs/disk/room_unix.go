//go:build unix

package disk

import (
	"errors"

	"golang.org/x/sys/unix"
)

// noRoom reports whether the disk is full, a quota is used up, or a file would
// be larger than the process may write.
func noRoom(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) || errors.Is(err, unix.EFBIG)
}
