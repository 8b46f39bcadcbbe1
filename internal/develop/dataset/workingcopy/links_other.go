//go:build !unix

package workingcopy

import "io/fs"

// linkedTwice says whether a file has another name: where that is not told, whether it
// may not be written to, as data that share an object's inode.
func linkedTwice(info fs.FileInfo) bool { return info.Mode().Perm()&0o200 == 0 }
