//go:build unix

package link

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Rename gives a file another name, in place of a file that has it. os.Rename asks first
// what is there, for a clearer error where it is a folder; this is syscall.EISDIR then.
func Rename(from, to string) error {
	for {
		err := unix.Rename(from, to)
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EINTR) {
			return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
		}
	}
}
