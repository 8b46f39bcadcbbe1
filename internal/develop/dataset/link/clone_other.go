//go:build !linux

package link

import (
	"errors"
	"os"
)

// clone is not to be had by open files here.
func clone(_, _ *os.File) error { return errors.ErrUnsupported }
