package link

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Make makes the file to, which must not be there, with the bytes of from. A
// failure leaves nothing. The mode of a copy and of a reflink is 0666 less the
// umask; the other types have none of their own.
func Make(t Type, from, to string) error {
	switch t {
	case Hardlink:
		return hardlink(from, to)
	case Symlink:
		target, err := filepath.Abs(from)
		if err != nil {
			return err
		}
		return unsupported(os.Symlink(target, to))
	case Reflink:
		return write(from, to, clone)
	case Copy:
		return write(from, to, copyBytes)
	}
	return fmt.Errorf("link %s: %q is no type of link", to, t)
}

// MakeFull is Make of bytes that the caller knows not to be none, which saves asking.
func MakeFull(t Type, from, to string) error {
	if t == Hardlink {
		return unsupported(os.Link(from, to))
	}
	return Make(t, from, to)
}

// maxName is how long a name of a file is at most, in bytes (NAME_MAX of Linux and macOS).
const maxName = 255

// Beside is a name for what is to take the place of a file and is not there yet: the
// file's own with an end, or its hash where that would be longer than a name may be.
func Beside(file, end string) string {
	folder, name := filepath.Split(file)
	if len(name)+len(end) > maxName {
		name = fmt.Sprintf(".%x", sha256.Sum256([]byte(name)))
	}
	return folder + name + end
}

// Replace makes the file to as Make does, in place of the one that is there: whoever
// opens it finds the former or the new one. end is of the name of what is not in its
// place yet (Beside).
func Replace(t Type, from, to, end string) error {
	beside := Beside(to, end)
	if err := Make(t, from, beside); err != nil {
		return err
	}
	if err := Rename(beside, to); err != nil {
		return errors.Join(err, os.Remove(beside))
	}
	// Two names of one inode stay where one is renamed to the other (POSIX rename).
	if err := os.Remove(beside); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// hardlink gives an empty file a new inode: a file system counts the names of an
// inode in few bits, and all empty files would share one.
func hardlink(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.Size() == 0 {
		return write(from, to, func(_, _ *os.File) error { return nil })
	}
	return unsupported(os.Link(from, to))
}

// write makes a file and fills it; one that could not be filled is taken away.
func write(from, to string, fill func(to, from *os.File) error) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	err = errors.Join(fill(target, source), target.Close())
	if err != nil {
		return errors.Join(unsupported(err), os.Remove(to))
	}
	return nil
}

// copyBytes lets the system copy where it can (copy_file_range).
func copyBytes(to, from *os.File) error {
	_, err := io.Copy(to, from)
	return err
}

// unsupported marks the errors by which systems say that they have no such link.
func unsupported(err error) error {
	for _, code := range []error{syscall.EXDEV, syscall.EPERM, syscall.EMLINK, errors.ErrUnsupported, syscall.EINVAL} {
		if errors.Is(err, code) {
			return fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
	}
	return err
}

// First gives the first of some types that works from one folder to another, by
// making an empty-handed try of each with small files of its own. None is
// ErrUnsupported.
func First(types []Type, from, to string) (Type, error) {
	for _, t := range types {
		err := try(t, from, to)
		if err == nil {
			return t, nil
		}
		if !errors.Is(err, ErrUnsupported) {
			return "", err
		}
	}
	return "", fmt.Errorf("from %s to %s: %w: %v", from, to, ErrUnsupported, types)
}

// try makes one link of a type and takes it away again.
func try(t Type, from, to string) (err error) {
	source, err := os.CreateTemp(from, ".tacit-*.tmp")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(source.Name())) }()
	if _, err := source.WriteString("x"); err != nil {
		return errors.Join(err, source.Close())
	}
	if err := source.Close(); err != nil {
		return err
	}
	target := filepath.Join(to, filepath.Base(source.Name())+"."+string(t))
	if err := Make(t, source.Name(), target); err != nil {
		return err
	}
	if err := os.Remove(target); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
