package inspect

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
)

// Open opens a file of a file system, whose files are io.ReaderAt, as a source
// that can look for what lies beside it. The caller closes.
func Open(fsys fs.FS, name string) (s *Source, closing func(), err error) {
	return sourceOf(fsys, name, true)
}

// sourceOf opens a file of a file system as a source.
func sourceOf(fsys fs.FS, name string, beside bool) (*Source, func(), error) {
	// A pipe would hold whoever opens it, and a link lead out of the folder.
	if info, err := fs.Lstat(fsys, name); err != nil {
		return nil, nil, err
	} else if !info.Mode().IsRegular() {
		return nil, nil, errIrregular
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, nil, err
	}
	closing := func() { _ = f.Close() }
	r, ok := f.(io.ReaderAt)
	info, err := f.Stat()
	if err == nil && (!ok || !info.Mode().IsRegular()) {
		err = errIrregular
	}
	if err != nil {
		closing()
		return nil, nil, err
	}
	opened := []func(){closing}
	s := &Source{}
	if beside {
		s.Beside = func(other string) (*Source, error) {
			o, c, err := sourceOf(fsys, path.Join(path.Dir(name), other), false)
			if err == nil {
				opened = append(opened, c)
			}
			return o, err
		}
	}
	size := info.Size()
	if size == 0 {
		if r, size, err = unsized(r); err != nil {
			closing()
			return nil, nil, err
		}
	}
	made, err := NewSource(name, r, size, s.Beside)
	return made, func() {
		for _, c := range slices.Backward(opened) {
			c()
		}
	}, err
}

// mostUnsized bytes of a file that says it has none are read.
const mostUnsized = 8 << 20

// unsized reads a file whose size is 0 once. The files of procfs and of some mounted
// file systems say that of themselves and have bytes, which whoever loads them gets.
func unsized(r io.ReaderAt) (io.ReaderAt, int64, error) {
	held, err := io.ReadAll(io.NewSectionReader(r, 0, mostUnsized+1))
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("its size is said to be 0, and its bytes cannot be read: %w", err)
	case len(held) > mostUnsized:
		return nil, 0, fmt.Errorf("its size is said to be 0, and it has more than %d bytes: not scanned", mostUnsized)
	}
	return bytes.NewReader(held), int64(len(held)), nil
}
