package disk

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// syncFolder does nothing: Windows keeps a folder's entries durable itself and
// refuses to flush a folder.
func syncFolder(*os.File) error { return nil }

// fileNumber is 0: Windows tells a file's number of an open file alone.
func fileNumber(fs.FileInfo) uint64 { return 0 }

// notFolder reports whether a file stands where a folder is needed, or a
// folder where a file is.
func notFolder(err error) bool {
	return errors.Is(err, windows.ERROR_DIRECTORY) || errors.Is(err, windows.ERROR_PATH_NOT_FOUND) || errors.Is(err, windows.ERROR_ACCESS_DENIED)
}
