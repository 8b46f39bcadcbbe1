//go:build unix

package cli

import (
	"os/signal"
	"syscall"
)

// outliveFileSize makes a file that grows over the process's limit (ulimit -f)
// an error of the write instead of the end of the program.
func outliveFileSize() { signal.Ignore(syscall.SIGXFSZ) }
