package worktree

import "io/fs"

// Stat is what a file system says of a file. Two equal values of the same path,
// taken at different times, mean the same bytes, if the file was at rest.
type Stat struct {
	Device uint64
	Inode  uint64
	Size   int64 // bytes
	Mtime  int64 // ns since 1970
	Ctime  int64 // ns since 1970; 0 where the system has none
	Mode   fs.FileMode
}

// Kind says how an entry can be read.
type Kind uint8

const (
	Regular Kind = iota
	Linked       // a symbolic link to a regular file; its Stat is the file's
	Broken       // a symbolic link that leads nowhere
	Special      // a device, a pipe, a socket: nothing with content
)

// File is an entry of a folder that is no folder.
type File struct {
	Path string // relative to where the walk began, with slashes; any bytes but NUL
	Stat
	Kind Kind
}

// Ignore says what a walk leaves out. Its methods are called from several
// goroutines at once.
type Ignore interface {
	// Enter gives the rules for a folder's entries; it is called once a folder,
	// with its path ("" at the root) and the names in it.
	Enter(folder string, names []string) (Ignore, error)
	// Skips says whether an entry of the entered folder is left out.
	Skips(path string, isFolder bool) bool
}
