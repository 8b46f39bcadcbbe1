//go:build unix

package app

import (
	"errors"

	"golang.org/x/sys/unix"
)

func inUse(err error) bool { return errors.Is(err, unix.EADDRINUSE) }
