package inspect

import (
	"context"
	"io/fs"

	"golang.org/x/sync/errgroup"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// largeFile bytes and more are inspected one file at a time: what one takes may
// be much of the budget for memory.
const largeFile = 64 << 20

// Tree inspects all files below the root of a file system whose files are
// io.ReaderAt, in the order of their names, and the units that they form. Links
// are not followed: they are parts that were not read. Parts are given to found
// when all are known; an error of found ends it.
func (i *Inspector) Tree(ctx context.Context, fsys fs.FS, found func(Part) error) error {
	return i.TreeAgain(ctx, fsys, forgetful{}, found)
}

// TreeAgain is Tree of files of which memory knows some: those are not read, and the
// units are judged anew. Memory is asked by one goroutine at a time, and given what
// is new by many.
func (i *Inspector) TreeAgain(ctx context.Context, fsys fs.FS, memory Memory, found func(Part) error) error {
	var parts []Part
	var small, large []func()
	index := func(of *[]func(), name string, d fs.DirEntry) {
		n := len(parts)
		parts = append(parts, Part{})
		*of = append(*of, func() { parts[n] = i.remember(ctx, fsys, name, d, memory) })
	}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			parts = append(parts, unread(name, 0, pickle.Failure, err.Error()))
			return nil
		}
		if d.IsDir() {
			return ctx.Err()
		}
		if known, ok := memory.Recall(name); ok {
			parts = append(parts, known.again())
			return nil
		}
		if info, err := d.Info(); err == nil && info.Size() >= largeFile {
			index(&large, name, d)
		} else {
			index(&small, name, d)
		}
		return nil
	})
	if err != nil {
		return err
	}
	i.inspectAll(small)
	for _, inspect := range large {
		inspect()
	}
	judgeNumbers(parts)
	i.judgeUnits(fsys, parts)
	for _, p := range parts {
		if err := found(p); err != nil {
			return err
		}
	}
	return nil
}

// inspectAll inspects files, as many at once as the budget says.
func (i *Inspector) inspectAll(files []func()) {
	var group errgroup.Group
	group.SetLimit(max(1, i.budget.Workers))
	for _, inspect := range files {
		group.Go(func() error {
			inspect()
			return nil
		})
	}
	_ = group.Wait() // what cannot be read is a part
}
