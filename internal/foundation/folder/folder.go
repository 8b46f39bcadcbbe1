// Package folder is tacit's place on disk: who may use it, and how a command
// reaches the server that does.
//
// Words. The folder (./.tacit unless chosen) holds tacit.db, blobs/, master.key,
// audit.checkpoint, lock and tacit.sock. One process at a time locks it; a running server listens
// on the socket, for this user alone, so that a command beside it finds it.
//
// It does not read or write what lies in the folder.
package folder

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Folder is a locked folder.
type Folder struct {
	path string
	lock *os.File
	made []string // folders that were not there before, the outermost first
}

// Holder is who holds a folder's lock.
type Holder struct {
	PID    int    `json:"pid"`
	Listen string `json:"listen,omitempty"` // address of the server, "" for a command
	Rows   string `json:"rows,omitempty"`   // address of the records without a password, "" when they are in the folder
}

// Open makes the folder when it is not there and locks it. It answers
// fault.Conflict, naming the holder, when another process has it.
func Open(path string) (*Folder, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("folder %s: %w", path, err)
	}
	made := missing(absolute)
	if err := os.MkdirAll(absolute, 0o700); err != nil {
		removeEmpty(made)
		return nil, unusable(err, "The folder %s cannot be made.", path)
	}
	file, err := os.OpenFile(filepath.Join(absolute, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unusable(err, "The folder %s cannot be used.", path)
	}
	if err := lockFile(file); err != nil {
		holder := readHolder(file)
		_ = file.Close()
		if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("folder %s: lock: %w", path, err)
		}
		return nil, fault.WithHint(fault.New(fault.Conflict, "The folder %s is used by another tacit (pid %d).", path, holder.PID),
			"stop that tacit, or choose another folder with --dir")
	}
	f := &Folder{path: absolute, lock: file, made: made}
	if err := f.Hold(Holder{PID: os.Getpid()}); err != nil {
		return nil, errors.Join(unusable(err, "The folder %s cannot be written.", path), f.Undo())
	}
	return f, nil
}

func unusable(cause error, format, path string) error {
	return fault.WithHint(fault.Because(cause, fault.Unavailable, format, path), "make it possible to write there, or choose another folder with --dir")
}

// Hold writes who holds the lock, for others to read.
func (f *Folder) Hold(h Holder) error {
	b, err := json.Marshal(h)
	if err != nil {
		return err
	}
	// Over what stands there, and cut afterwards: on a full disk the place is kept.
	if _, err := f.lock.WriteAt(b, 0); err != nil {
		return fmt.Errorf("folder %s: %w", f.path, err)
	}
	if err := f.lock.Truncate(int64(len(b))); err != nil {
		return fmt.Errorf("folder %s: %w", f.path, err)
	}
	return nil
}

// HolderOf reads who holds, or last held, the folder at path; the zero Holder
// when nobody ever did.
func HolderOf(path string) Holder {
	file, err := os.Open(filepath.Join(path, "lock"))
	if err != nil {
		return Holder{}
	}
	defer func() { _ = file.Close() }()
	return readHolder(file)
}

func readHolder(file *os.File) (h Holder) {
	b := make([]byte, 4096)
	n, _ := file.ReadAt(b, 0)
	_ = json.Unmarshal([]byte(strings.TrimRight(string(b[:n]), "\x00")), &h)
	return h
}

// missing are the folders on the way to path that are not there.
func missing(path string) (all []string) {
	for {
		if _, err := os.Stat(path); err == nil || path == filepath.Dir(path) {
			return all
		}
		all = append([]string{path}, all...)
		path = filepath.Dir(path)
	}
}

func removeEmpty(folders []string) {
	for i := len(folders) - 1; i >= 0; i-- {
		_ = os.Remove(folders[i])
	}
}

// Undo removes a folder that Open has made, with all that is in it, so that a
// start that came to nothing leaves nothing. A folder that was there before
// stays as it is. It is called instead of Close.
func (f *Folder) Undo() error {
	if len(f.made) == 0 {
		return f.Close()
	}
	if runtime.GOOS == "windows" { // it removes no open file
		if err := f.Close(); err != nil {
			return err
		}
		defer removeEmpty(f.made)
		return os.RemoveAll(f.path)
	}
	err := errors.Join(os.RemoveAll(f.path), f.Close()) // nobody else comes in before it is gone
	removeEmpty(f.made)
	return err
}

// Path is the folder's absolute path.
func (f *Folder) Path() string { return f.path }

// Join is a path inside the folder.
func (f *Folder) Join(name string) string { return filepath.Join(f.path, name) }

// Close gives the folder back.
func (f *Folder) Close() error { return f.lock.Close() }
