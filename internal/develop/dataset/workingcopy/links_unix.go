//go:build unix

package workingcopy

import (
	"io/fs"
	"syscall"
)

// linkedTwice says whether a file has another name.
func linkedTwice(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Nlink > 1
}
