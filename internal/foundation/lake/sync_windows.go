package lake

import (
	"errors"

	"golang.org/x/sys/windows"
)

// syncFolder has nothing to do: entries are durable with their files.
func syncFolder(string) error { return nil }

// noRoom reports whether an error is that a disk is full.
func noRoom(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}
